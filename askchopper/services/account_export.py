"""Exports of a member's data: requested in the settings, written to a zip by a job, downloadable by the owner for some days.

The contents of an export are listed in ``account_export_areas``.
"""

import asyncio
import json
import uuid
import zipfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.models.account_export import DataExport, data_exports
from askchopper.models.base import utc_now
from askchopper.observability import log
from askchopper.schemas.accounts import ExportSummary, Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.services import activity, limits, passwords, released_files
from askchopper.services.account_export_areas import AREAS, FILES
from askchopper.vocabulary import ExportState, JobName

_NO_EXPORT = "This export has expired. Ask for a new one in your settings."
_README = """All data that the site has about you, one JSON file for each area, and your own files in the folder "files".

left_out.json lists files that did not fit or are missing. Secrets, such as the hash of your password, are not part of an export.
"""


async def request(session: AsyncSession, viewer: Viewer, *, password: str) -> None:
    """Request an export of the viewer's data. Replaces an earlier one.

    Raises:
        InvalidInputError: the viewer signed in a while ago and the password is wrong.
        ConflictError: an export is in progress.
        RateLimitedError: too many exports today, or too many wrong passwords.

    Emits: the job EXPORT_DATA.
    """
    await passwords.prove_identity(session, viewer, password=password)
    if (await _find(session, viewer.user_id, ExportState.WAITING)) is not None:
        raise ConflictError("Your export is being made. We'll notify you when it's ready.")
    await limits.hit((limits.EXPORT, str(viewer.user_id)))
    await _remove(session, data_exports.c.user_id == viewer.user_id)
    export = DataExport(user_id=viewer.user_id)
    try:
        session.add(export)
        await session.flush()
    except IntegrityError as error:  # asked twice at the same time
        raise ConflictError("Your export is being made. We'll notify you when it's ready.") from error
    await jobs.enqueue(session, JobName.EXPORT_DATA, lock=str(export.id), export_id=str(export.id))
    log.info("accounts.export_requested", user=str(viewer.user_id))


async def find_latest(session: AsyncSession, viewer: Viewer) -> ExportSummary | None:
    """Return the viewer's latest export, in whatever state; None if there is none or it has expired."""
    found = await session.execute(
        select(data_exports)
        .where(data_exports.c.user_id == viewer.user_id, func.coalesce(data_exports.c.expires_at > func.now(), True))
        .order_by(data_exports.c.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else ExportSummary(str(row.id), ExportState(row.state), row.size_bytes, row.expires_at)


async def find_file(session: AsyncSession, viewer: Viewer, *, export_id: str) -> str:
    """Return the storage key of one of the viewer's exports.

    Raises:
        NotFoundError: it is not theirs, not ready, or expired.
    """
    found = await session.execute(
        select(data_exports.c.store_key).where(
            data_exports.c.id == require_id(export_id, _NO_EXPORT),
            data_exports.c.user_id == viewer.user_id,
            data_exports.c.expires_at > func.now(),
        )
    )
    key = found.scalar_one_or_none()
    if key is None:
        raise NotFoundError(_NO_EXPORT)
    return key


async def write(export_id: uuid.UUID) -> None:
    """Write an export and notify its owner. Idempotent; does nothing if it was replaced or the account was deleted."""
    async with read_only() as session:
        found = await session.execute(
            select(data_exports.c.user_id).where(
                data_exports.c.id == export_id, data_exports.c.state == ExportState.WAITING
            )
        )
        user_id = found.scalar_one_or_none()
    if user_id is None:
        return
    key = f"exports/{export_id}.zip"
    part = store().part(f"export-{export_id}")
    part.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(part.path, "w", zipfile.ZIP_DEFLATED) as archive:
            await _fill(archive, user_id)
        size_bytes = part.size_bytes()
        await store().adopt(part, key)
    finally:
        await asyncio.to_thread(part.remove)
    await _finish(export_id, user_id, key, size_bytes)


async def mark_failed(export_id: uuid.UUID) -> None:
    """Mark a waiting export as failed and notify its owner."""
    async with transaction() as session:
        failed = await session.execute(
            update(data_exports)
            .where(data_exports.c.id == export_id, data_exports.c.state == ExportState.WAITING)
            .values(state=ExportState.FAILED)
            .returning(data_exports.c.user_id)
        )
        if user_id := failed.scalar_one_or_none():
            sentence = "Your data could not be exported. Please try again."
            await activity.notify(session, user_id=user_id, kind="export", sentence=sentence, link=routes.YOUR_DATA)


async def delete_expired(session: AsyncSession) -> None:
    """Delete expired exports and queue their files for deletion."""
    await _remove(session, data_exports.c.expires_at <= func.now())


async def remove_all(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Delete the exports of a member and queue their files for deletion."""
    await _remove(session, data_exports.c.user_id == user_id)


async def _find(session: AsyncSession, user_id: uuid.UUID, state: ExportState) -> uuid.UUID | None:
    found = select(data_exports.c.id).where(data_exports.c.user_id == user_id, data_exports.c.state == state)
    return (await session.execute(found)).scalar_one_or_none()


async def _remove(session: AsyncSession, *conditions: Any) -> None:
    gone = await session.execute(
        delete(data_exports)
        .where(*conditions)
        .returning(data_exports.c.user_id, data_exports.c.store_key, data_exports.c.size_bytes)
    )
    for row in gone.all():
        await released_files.release_keys(session, row.user_id, {row.store_key or "": row.size_bytes})


async def _fill(archive: zipfile.ZipFile, user_id: uuid.UUID) -> None:
    archive.writestr("README.txt", _README)
    for name, statement in AREAS.items():
        await _add(archive, f"{name}.json", _rows(statement, user_id))
    async with read_only() as session:
        files = (await session.execute(text(FILES), {"user": user_id})).all()
    left_out: list[str] = []
    room = policy.MAX_EXPORT_BYTES
    for number, file in enumerate(files, 1):
        name = f"files/{number:04} {file.name.replace('/', '_')}"
        if file.size_bytes > room:
            left_out.append(name)
            continue
        room -= file.size_bytes
        try:
            await store().head(file.key)
        except NotFoundError:
            left_out.append(name)
            continue
        await _add(archive, name, store().read(file.key))
    archive.writestr("left_out.json", json.dumps(left_out, ensure_ascii=False, indent=1))


async def _rows(statement: str, user_id: uuid.UUID) -> AsyncIterator[bytes]:
    """Yield the rows of an area as the text of a JSON array, one row at a time."""
    separator = "[\n"
    async with read_only(timeout_seconds=None) as session:
        async for row in await session.stream(text(statement), {"user": user_id}):
            yield f"{separator}{json.dumps(row[0], ensure_ascii=False)}".encode()
            separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


async def _add(archive: zipfile.ZipFile, name: str, pieces: Any) -> None:
    entry = zipfile.ZipInfo(name, utc_now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
    with archive.open(entry, "w", force_zip64=True) as out:
        async with aclosing(pieces):
            async for piece in pieces:
                await asyncio.to_thread(out.write, piece)


async def _finish(export_id: uuid.UUID, user_id: uuid.UUID, key: str, size_bytes: int) -> None:
    async with transaction() as session:
        ready = await session.execute(
            update(data_exports)
            .where(data_exports.c.id == export_id, data_exports.c.state == ExportState.WAITING)
            .values(
                state=ExportState.READY, store_key=key, size_bytes=size_bytes,
                expires_at=func.now() + func.make_interval(0, 0, 0, policy.EXPORT_DAYS),
            )
            .returning(data_exports.c.id)
        )  # fmt: skip
        if ready.one_or_none() is None:  # replaced meanwhile
            await released_files.release_keys(session, user_id, {key: size_bytes})
            return
        sentence = f"Your data is ready. You can download it for {policy.EXPORT_DAYS} days."
        await activity.notify(session, user_id=user_id, kind="export", sentence=sentence, link=routes.YOUR_DATA)
    log.info("accounts.exported", user=str(user_id), bytes=size_bytes)
