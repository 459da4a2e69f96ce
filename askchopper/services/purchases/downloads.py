"""Downloads: permissions, and the files of a sound or of a pack's zip.

The SQL function ``download_start`` checks permission and records the download; after its commit the purchase is no
longer refundable.
"""

import re
import unicodedata
import uuid
from collections.abc import Container
from typing import Any

from sqlalchemy import ScalarSelect, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import ForbiddenError, NotFoundError
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.catalogue import audio_files, packs
from askchopper.observability import log
from askchopper.root_note import note_name
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import parse_id, printable_slug, require_id
from askchopper.schemas.purchases import DownloadTarget, ZipPlan
from askchopper.schemas.sampler_tags import SamplerTags
from askchopper.schemas.text import transliterate
from askchopper.services.catalogue import cards, takedowns
from askchopper.services.purchases import sampler_tags, zip_texts
from askchopper.services.purchases.library import LICENCES, NOT_IN_LIBRARY

_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()&+#-]+")


# Keeps letters, digits and combining marks of all scripts; replaces path separators and other characters.
_UNSAFE_UNICODE = re.compile(r"[^\w .()&+#\u0300-\u036f-]+")


_MAX_NAME_BYTES = 200


_SUFFIX = re.compile(r"[A-Za-z0-9]{1,5}")


_RESERVED_NAMES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)),
}


_START = text("SELECT download_start(:user, :pack, :file, NULL, :download)")


_ZIP_COLUMNS = (
    "title", "kind", "bpm", "key", "note", "note_cents", "duration_seconds", "master_key", "download_name", "format", "size_bytes", "crc32", "sha256", "damaged_at",
)  # fmt: skip


async def list_targets(
    session: AsyncSession, viewer: Viewer, *, file_id: str = "", pack_slug: str = ""
) -> tuple[DownloadTarget, ...]:
    """Return the file of an owned sound, or the owned files of a pack if ``file_id`` is empty, without recording a download.

    Empty if the viewer owns none of them.
    """
    condition = audio_files.c.id == parse_id(file_id) if file_id else packs.c.slug == printable_slug(pack_slug)
    rows = await session.execute(
        select(audio_files, _wants_tags(viewer.user_id).label("wants_tags"))
        .join(packs, packs.c.id == audio_files.c.pack_id)
        .where(condition, cards.owns_file(viewer))
        .order_by(audio_files.c.position)
    )
    return tuple(_target(row, name=row.download_name, tags=_tags(row)) for row in rows)


async def start_file_download(session: AsyncSession, viewer: Viewer, *, file_id: str) -> DownloadTarget:
    """Record the download of an owned sound and return its file.

    Raises:
        NotFoundError: there is no such sound, or it is neither owned nor published.
        ForbiddenError: it is published, but not owned; or its pack is on legal hold.

    Invariant: after the commit, the purchase is no longer refundable.
    Emits: a row in downloads, at most once in five minutes.
    """
    wanted = require_id(file_id, NOT_IN_LIBRARY)
    row = (
        await session.execute(
            select(audio_files.c.pack_id, audio_files.c.published_at).where(audio_files.c.id == wanted)
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(NOT_IN_LIBRARY)
    if not await _start(session, viewer, pack_id=row.pack_id, file_id=wanted):
        if row.published_at is not None:
            raise ForbiddenError("Buy this sound to download it.")
        raise NotFoundError(NOT_IN_LIBRARY)
    return await get_download(session, user_id=viewer.user_id, file_id=wanted)


async def get_download(session: AsyncSession, *, user_id: uuid.UUID, file_id: uuid.UUID) -> DownloadTarget:
    """Return the file for a signed download link.

    Raises:
        NotFoundError: there is no such sound, or the user does not own it any more.
    """
    row = (
        await session.execute(
            select(audio_files, _wants_tags(user_id).label("wants_tags")).where(
                audio_files.c.id == file_id, cards.is_owned_by(user_id, audio_files)
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(NOT_IN_LIBRARY)
    return _target(row, name=_name(row, None), tags=_tags(row))


async def start_zip_download(
    session: AsyncSession, viewer: Viewer, *, pack_slug: str, changed: Container[tuple[str, SamplerTags]] = ()
) -> ZipPlan:
    """Record the download of all owned sounds of a pack and return the plan of its zip.

    Args:
        session: database session.
        viewer: the member.
        pack_slug: slug of the pack.
        changed: storage key and tags of each file that can be tagged; other files are sent as stored.

    Raises:
        NotFoundError: there is no such pack, or it is neither owned in part nor published.
        ForbiddenError: it is published, but nothing of it is owned; or it is on legal hold.

    Invariant: after the commit, purchases of this pack are no longer refundable.
    Emits: a row in downloads, at most once in five minutes.
    """
    slug = printable_slug(pack_slug)
    pack = (
        await session.execute(
            select(packs.c.id, packs.c.slug, packs.c.title, packs.c.status).where(packs.c.slug == slug)
        )
    ).one_or_none()
    if pack is None:
        raise NotFoundError(NOT_IN_LIBRARY)
    if not await _start(session, viewer, pack_id=pack.id, file_id=None):
        if pack.status == "published":
            raise ForbiddenError("Buy this pack to download it.")
        raise NotFoundError(NOT_IN_LIBRARY)
    wants_tags = _wants_tags(viewer.user_id).label("wants_tags")
    owned = select(*(audio_files.c[name] for name in _ZIP_COLUMNS), wants_tags).where(
        audio_files.c.pack_id == pack.id, cards.owns_file(viewer)
    )
    rows = list(await session.execute(owned.order_by(audio_files.c.position)))
    folder = safe_name(pack.title, fallback=pack.slug, is_ascii=False)
    stated = [_tags(row) for row in rows]
    tags = [one if one and (row.master_key, one) in changed else None for row, one in zip(rows, stated, strict=True)]
    names = _distinct([_name(row, stated) for row, stated in zip(rows, tags, strict=True)])
    held = await session.execute(LICENCES, {"user": viewer.user_id, "packs": [pack.id]})
    return ZipPlan(
        file_name=f"{folder}.zip",
        files=tuple(
            _target(row, name=f"{folder}/{name}", tags=stated)
            for row, name, stated in zip(rows, names, tags, strict=True)
        ),
        texts=(
            (f"{folder}/LICENSE.txt", zip_texts.licence_note(pack.title, viewer, list(held))),
            (f"{folder}/contents.csv", zip_texts.contents(rows, names, tags)),
        ),
    )


def safe_name(name: str, *, fallback: str, is_ascii: bool = True) -> str:
    """Return a file name valid on every file system: no path, no reserved name, at most 100 characters and 206 bytes.

    Args:
        name: any text.
        fallback: name to return if no valid character remains or the name is reserved.
        is_ascii: transliterate Latin letters and replace others; False keeps letters of all scripts.
    """
    letters = transliterate(name) if is_ascii else "".join(filter(_is_visible, unicodedata.normalize("NFC", name)))
    stem, dot, suffix = letters.rpartition(".")
    if not dot or not _SUFFIX.fullmatch(suffix):
        stem, suffix = letters, ""
    unsafe = _UNSAFE if is_ascii else _UNSAFE_UNICODE
    cleaned = " ".join(unsafe.sub("_", stem).split()).strip(" ._-")[:94].rstrip(" ._-")
    if not cleaned or cleaned.partition(".")[0].lower() in _RESERVED_NAMES:
        return fallback
    # File systems limit names to 255 bytes, which 94 characters of some scripts exceed.
    while len(cleaned.encode()) > _MAX_NAME_BYTES:
        cleaned = cleaned[:-1]
    return f"{cleaned}.{suffix}" if suffix else cleaned


def _is_visible(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cf", "Cs", "Co", "Cn"}


async def _start(session: AsyncSession, viewer: Viewer, *, pack_id: uuid.UUID, file_id: uuid.UUID | None) -> bool:
    await takedowns.refuse_on_hold(session, pack_id)
    values = {"user": viewer.user_id, "pack": pack_id, "file": file_id, "download": new_id()}
    outcome: str = (await session.execute(_START, values)).scalar_one()
    if outcome == "not_owned":
        return False
    log.info("purchases.downloaded", user=str(viewer.user_id), pack=str(pack_id), outcome=outcome)
    return True


def _wants_tags(user_id: uuid.UUID) -> ScalarSelect[bool]:
    return select(users.c.has_sampler_tags).where(users.c.id == user_id).scalar_subquery()


def _tags(row: Any) -> SamplerTags | None:
    return sampler_tags.of_file(row) if row.wants_tags else None


def _name(row: Any, tags: SamplerTags | None) -> str:
    """Return a sound's file name; if the tags include a root note, it is appended: ``…_kick_F1.wav``."""
    name = safe_name(row.download_name, fallback=f"sound.{row.format}", is_ascii=False)
    if tags is None or tags.note is None:
        return name
    stem, dot, suffix = name.rpartition(".")
    note = note_name(tags.note).replace("#", "s")
    return f"{stem}_{note}.{suffix}" if dot else f"{name}_{note}"


def _target(row: Any, *, name: str, tags: SamplerTags | None = None) -> DownloadTarget:
    return DownloadTarget(
        storage_key=row.master_key,
        file_name=name,
        size_bytes=row.size_bytes,
        crc32=int(row.crc32),
        is_damaged=row.damaged_at is not None,
        tags=tags,
        tagged_name=_name(row, tags),
    )


def _distinct(names: list[str]) -> list[str]:
    # File names on Windows and macOS are case-insensitive.
    taken: set[str] = set()
    result: list[str] = []
    for name in names:
        stem, dot, suffix = name.rpartition(".")
        candidate, number = name, 2
        while candidate.lower() in taken:
            candidate = f"{stem} ({number}).{suffix}" if dot else f"{name} ({number})"
            number += 1
        taken.add(candidate.lower())
        result.append(candidate)
    return result
