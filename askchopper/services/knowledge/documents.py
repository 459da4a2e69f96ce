"""Documents that members upload for the assistant. A member sees only their own."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs
from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store import BlobStore
from askchopper.models.knowledge import document_pages, documents
from askchopper.observability import log
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.identifiers import parse_id
from askchopper.schemas.knowledge import DocumentSummary, DocumentsUse, ModelImage, PagedText
from askchopper.schemas.text import searchable
from askchopper.schemas.uploads import UploadSummary
from askchopper.services.knowledge.formats import FORMATS, extension_of
from askchopper.vocabulary import DocumentKind, DocumentState, JobName

MAX_LIMIT = 200  # as many as a member may have
NO_DOCUMENT = "There is no such document."
_IMAGE_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}
_COLUMNS = (
    documents.c.id, documents.c.title, documents.c.kind, documents.c.media_type, documents.c.size_bytes, documents.c.state,
    documents.c.problem, documents.c.pages, documents.c.characters, documents.c.tokens_estimate, documents.c.facts,
    documents.c.created_at,
)  # fmt: skip


def folder_of(document_id: uuid.UUID) -> str:
    """Return the storage folder of a document."""
    return f"documents/{document_id}/"


def store_key(document_id: uuid.UUID, *, sha256: str, file_name: str) -> str:
    """Return the storage key of a document, which contains only the extension of the file's own name."""
    return f"{folder_of(document_id)}{sha256}.{extension_of(file_name)}"


def model_key(document_id: uuid.UUID | str, media_type: str) -> str:
    """Return the storage key of a document's image for the model; ``media_type`` is ``image/png`` or ``image/jpeg``."""
    return f"documents/{document_id}/model.{_IMAGE_ENDINGS[media_type]}"


async def add(session: AsyncSession, viewer: Viewer, *, upload: UploadSummary) -> DocumentSummary:
    """Register an uploaded file as a document and enqueue its ingestion.

    Content that the member has already uploaded returns the existing document. If that one failed, it is ingested again
    under the new name, since only the new extension may be right.

    Args:
        session: the caller's transaction.
        viewer: the owner.
        upload: the completed upload with its digest.

    Invariant: one document per member and content.
    Emits: the job READ_DOCUMENT, in the same transaction.
    """
    sha256 = upload.sha256 or ""
    known = FORMATS[extension_of(upload.file_name)]
    values: dict[str, Any] = {
        "id": upload.id, "user_id": viewer.user_id, "title": upload.file_name, "kind": known.kind, "media_type": known.media_type,
        "size_bytes": upload.size_bytes, "sha256": sha256, "store_key": store_key(upload.id, sha256=sha256, file_name=upload.file_name),
        "state": DocumentState.READING, "problem": "", "characters": 0, "tokens_estimate": 0, "facts": {},
    }  # fmt: skip
    # The no-op update waits for concurrent writers of the same content, and returns the row.
    statement = upsert(documents).values(values)
    statement = statement.on_conflict_do_update(
        constraint="uq_documents_content", set_={"sha256": statement.excluded.sha256}
    )
    document = _line((await session.execute(statement.returning(*_COLUMNS))).one())
    if document.state is DocumentState.FAILED:
        document = await _retry_ingestion(session, document, upload.file_name)
    if document.state is DocumentState.READING:
        await jobs.enqueue(session, JobName.READ_DOCUMENT, lock=document.id, document_id=document.id)
    log.info("documents.added", user=str(viewer.user_id), document=document.id, kind=document.kind.value)
    return document


async def list_documents(
    session: AsyncSession, viewer: Viewer, *, text: str = "", cursor: str | None = None, limit: int = 50
) -> Page[DocumentSummary]:
    """List the viewer's documents, newest first; with ``text``, those whose file name contains all of its words.

    Raises:
        InvalidInputError: the cursor is invalid or belongs to another list.
    """
    size = max(1, min(limit, MAX_LIMIT))
    conditions = [documents.c.title.icontains(word, autoescape=True) for word in searchable(text).split()]
    if cursor:
        conditions.append(documents.c.id < _id_of(cursor))
    found = await session.execute(
        select(*_COLUMNS)
        .where(documents.c.user_id == viewer.user_id, *conditions)
        .order_by(documents.c.id.desc())
        .limit(size + 1)
    )
    lines = [_line(row) for row in found]
    return Page(tuple(lines[:size]), cursors.encode(lines[size - 1].id) if len(lines) > size else None)


async def get_document(session: AsyncSession, viewer: Viewer, *, document_id: str) -> DocumentSummary:
    """Return one of the viewer's documents.

    Raises:
        NotFoundError: the viewer has no such document.
    """
    found = await find_documents(session, viewer, document_ids=(document_id,))
    if not found:
        raise NotFoundError(NO_DOCUMENT)
    return found[0]


async def find_documents(
    session: AsyncSession, viewer: Viewer, *, document_ids: Sequence[str]
) -> tuple[DocumentSummary, ...]:
    """Return the viewer's documents among the given ids, in the order given, without duplicates."""
    known_ids = as_ids(document_ids)
    if not known_ids:
        return ()
    rows = await session.execute(
        select(*_COLUMNS).where(documents.c.user_id == viewer.user_id, documents.c.id.in_(known_ids))
    )
    by_id = {row.id: _line(row) for row in rows}
    return tuple(by_id[known_id] for known_id in known_ids if known_id in by_id)


async def whole_text(session: AsyncSession, viewer: Viewer, *, document_id: str) -> tuple[PagedText, ...]:
    """Return a document's text page by page; empty for images and until ingestion has finished.

    Raises:
        NotFoundError: the viewer has no such document.
    """
    document = await get_document(session, viewer, document_id=document_id)
    rows = await session.execute(
        select(document_pages.c.page, document_pages.c.text)
        .where(document_pages.c.document_id == uuid.UUID(document.id))
        .order_by(document_pages.c.position)
    )
    return tuple(PagedText(row.page, row.text) for row in rows)


async def model_image(files: BlobStore, document: DocumentSummary) -> ModelImage:
    """Return a document's image for the model: scaled down, upright, without metadata.

    Raises:
        NotFoundError: the document is not an image, or not ready.
        UnavailableError: the blob store is unavailable.
    """
    media_type = document.facts.get("shown_type")
    if document.kind is not DocumentKind.IMAGE or media_type not in _IMAGE_ENDINGS:
        raise NotFoundError("There is no image of this document.")
    content = b"".join([piece async for piece in files.read(model_key(document.id, media_type))])
    return ModelImage(content, media_type)


async def remove(session: AsyncSession, viewer: Viewer, *, document_id: str) -> str:
    """Delete a document with its text and passages; returns its title.

    Its files are deleted by a job after the commit, so that readers in progress can finish.

    Raises:
        NotFoundError: the viewer has no such document.

    Emits: the job FORGET_DOCUMENT.
    """
    known_ids = as_ids((document_id,))
    gone = await session.execute(
        delete(documents)
        .where(documents.c.user_id == viewer.user_id, documents.c.id.in_(known_ids))
        .returning(documents.c.id, documents.c.title)
    )
    row = gone.one_or_none()
    if row is None:
        raise NotFoundError(NO_DOCUMENT)
    await jobs.enqueue(session, JobName.FORGET_DOCUMENT, lock=str(row.id), document_id=str(row.id))
    log.info("documents.removed", user=str(viewer.user_id), document=str(row.id))
    return row.title


async def usage(session: AsyncSession, viewer: Viewer) -> DocumentsUse:
    """Return the number and total size of the viewer's documents."""
    used = select(
        func.count().label("documents"), func.coalesce(func.sum(documents.c.size_bytes), 0).label("size_bytes")
    )
    row = (await session.execute(used.where(documents.c.user_id == viewer.user_id))).one()
    return DocumentsUse(count=row.documents, size_bytes=row.size_bytes)


def as_ids(texts: Sequence[str]) -> list[uuid.UUID]:
    """Parse ids; invalid ones and duplicates are dropped."""
    known: dict[uuid.UUID, None] = {}
    for text in texts:
        if (one := parse_id(text)) is not None:
            known[one] = None
    return list(known)


async def _retry_ingestion(session: AsyncSession, document: DocumentSummary, file_name: str) -> DocumentSummary:
    known = FORMATS[extension_of(file_name)]
    found = await session.execute(
        update(documents)
        .where(documents.c.id == uuid.UUID(document.id))
        .values(title=file_name, kind=known.kind, media_type=known.media_type, state=DocumentState.READING, problem="")
        .returning(*_COLUMNS)
    )
    return _line(found.one())


def _id_of(cursor: str) -> uuid.UUID:
    (value,) = cursors.decode(cursor, length=1)
    try:
        return uuid.UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise cursors.bad_cursor() from error


def _line(row: Any) -> DocumentSummary:
    return DocumentSummary(
        id=str(row.id),
        title=row.title,
        kind=DocumentKind(row.kind),
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        state=DocumentState(row.state),
        problem=row.problem,
        pages=row.pages,
        characters=row.characters,
        tokens_estimate=row.tokens_estimate,
        facts=row.facts,
        created_at=row.created_at,
    )
