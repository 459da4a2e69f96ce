"""Builds new rows from rows of the old application."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askchopper import policy
from askchopper.services.knowledge.formats import FORMATS, extension_of
from askchopper.services.legacy_import import values
from askchopper.services.legacy_import.files import FoundFile
from askchopper.vocabulary import DocumentState, DraftFileState, DraftState

_DEFAULT_PRICE = 30
Row = dict[str, Any]


@dataclass(frozen=True)
class StoredFile:
    """A stored file to which a row will refer."""

    id: uuid.UUID
    key: str
    found: FoundFile


def draft(row: Row, owner: uuid.UUID, pack_id: uuid.UUID) -> Row:
    """Build the draft row for an old pack."""
    price = (
        values.whole(row.get("price"), most=policy.MAX_PRICE_TOKENS) if row.get("price") is not None else _DEFAULT_PRICE
    )
    tags = [values.line(tag, length=40) for tag in str(row.get("tags") or "").split(",")]
    return {
        "id": pack_id,
        "user_id": owner,
        "state": DraftState.DRAFT.value,
        "title": values.line(row["title"], length=80),
        "description": values.paragraph(row.get("text"), length=4_000),
        "genre_slug": values.genre(row.get("genre")),
        "tags": [tag for tag in dict.fromkeys(tags) if tag][: policy.MAX_PACK_TAGS],
        "price_tokens": price,
        "created_at": values.moment(row.get("at")),
    }


def sound(row: Row, draft: uuid.UUID, stored: StoredFile, position: int) -> Row:
    """Build a sound of a draft, to be analysed."""
    name = values.line(row.get("name"), length=255) or stored.found.path.name
    return {
        "id": stored.id,
        "draft_id": draft,
        "position": position,
        "file_name": stored.found.path.name[:255],
        "title": Path(name).stem[:100] or "Sound",
        "size_bytes": stored.found.size_bytes,
        "sha256": stored.found.sha256,
        "store_key": stored.key,
        "state": DraftFileState.WAITING.value,
        "created_at": values.moment(row.get("at")),
    }


def document(row: Row, owner: uuid.UUID, stored: StoredFile) -> Row:
    """Build a document, to be ingested."""
    known = FORMATS[extension_of(stored.found.path.name)]
    return {
        "id": stored.id,
        "user_id": owner,
        "title": values.line(row.get("name"), length=255) or stored.found.path.name[:255],
        "kind": known.kind.value,
        "media_type": known.media_type,
        "size_bytes": stored.found.size_bytes,
        "sha256": stored.found.sha256,
        "store_key": stored.key,
        "state": DocumentState.READING.value,
        "facts": {},
        "created_at": values.moment(row.get("at")),
    }
