"""Adds the sounds of uploaded zips to their draft, or deletes invalid ones and notifies the sender. ``media.archive`` extracts."""

import asyncio
import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes, settings
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, ConflictError, NotFoundError, TooLargeError
from askchopper.integrations.blob_store import PartFile, store
from askchopper.media import archive
from askchopper.media.archive import Unpacked
from askchopper.media.sandbox import child_process
from askchopper.models.uploads import upload_rows
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import NewUpload
from askchopper.schemas.uploads import UploadSummary
from askchopper.services import activity, released_files, storage_maintenance, upload_quotas
from askchopper.services.studio import draft_sounds, drafts
from askchopper.services.uploads import DamagedOriginalError, DuplicateError, check_new, store_key
from askchopper.vocabulary import Role, UploadState

FAILED = "The zip could not be unpacked. Upload the sounds themselves."
_NO_ROOM = (
    f"The sounds do not fit in the remaining storage. The limits are {policy.MAX_PACK_BYTES >> 30} GB for a pack and"
    f" {policy.UPLOAD_QUOTA_BYTES >> 30} GB for your account. Remove something first, or upload fewer sounds."
)


class ZipError(AskChopperError):
    """A zip cannot be unpacked."""

    status = 422
    title = "This zip cannot be used"


async def unpack(upload_id: uuid.UUID) -> None:
    """Unpack a zip into its draft and delete it. Safe to rerun: sounds that were already added are skipped.

    A zip that cannot be unpacked or does not fit is deleted, and its sender is notified.
    """
    folder = _folder_of(upload_id)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)  # left by a killed worker
    async with read_only() as session:
        row = (await session.execute(select(upload_rows).where(upload_rows.c.id == upload_id))).one_or_none()
    if row is None or row.store_key is None:
        return
    try:
        async with transaction() as session:
            room = await upload_quotas.zip_room(session, _sender_of(row), row)
        async with store().local(row.store_key) as path:
            found = await _unpack(path, folder, room)
        for number, entry in enumerate(found):
            await _add_sound(row, entry, began_at=row.created_at + timedelta(microseconds=number))
        await _delete(upload_id)
    except (ZipError, ConflictError, NotFoundError, TooLargeError) as error:
        await refuse(upload_id, reason=error.sentence)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def refuse(upload_id: uuid.UUID, *, reason: str = FAILED) -> None:
    """Delete a zip that cannot be unpacked, and notify the sender."""
    await _delete(upload_id, reason=reason)
    await asyncio.to_thread(shutil.rmtree, _folder_of(upload_id), ignore_errors=True)


async def _delete(upload_id: uuid.UUID, *, reason: str = "") -> None:
    """Delete a zip's row and then its file. If a reason is given, the sender is notified once, in the transaction of the row."""
    async with transaction() as session:
        gone = await session.execute(delete(upload_rows).where(upload_rows.c.id == upload_id).returning(upload_rows))
        row = gone.one_or_none()
        if row is not None and reason:
            await _notify_refused(session, row, f"{row.file_name}: {reason}")
    if row is not None and row.store_key:
        await store().delete(row.store_key)


async def _notify_refused(session: AsyncSession, zip_row: Any, sentence: str) -> None:
    link = routes.draft(str(zip_row.draft_id)) if zip_row.draft_id else ""
    await activity.notify(session, user_id=zip_row.user_id, kind="upload", sentence=sentence, link=link)
    if zip_row.draft_id:
        await drafts.set_message(session, zip_row.draft_id, sentence)


def _folder_of(upload_id: uuid.UUID) -> Path:
    """Return the folder for unpacking a zip, on the file system of partial uploads, so that sounds are moved, not copied."""
    return settings.get().data_dir / f"zip-{upload_id}"


def _sender_of(zip_row: Any) -> Viewer:
    return Viewer(zip_row.user_id, None, "", "", Role.MEMBER)


async def _unpack(path: Path, folder: Path, room: int) -> list[Unpacked]:
    limits_of_child = child_process.Limits(file_bytes=archive.MAX_ENTRY_BYTES)
    try:
        return await asyncio.to_thread(
            child_process.run_limited, limits_of_child, archive.unpack, path, folder, policy.SOUND_EXTENSIONS, room
        )
    except archive.NoRoomError as error:
        raise TooLargeError(_NO_ROOM) from error
    except archive.ArchiveError as error:
        raise ZipError(str(error)) from error
    except child_process.SandboxError as error:
        raise ZipError(FAILED) from error


async def _add_sound(zip_row: Any, entry: Unpacked, *, began_at: datetime) -> None:
    """Add one sound of a zip as if uploaded on its own. Skips a duplicate, after replacing a damaged original with it."""
    viewer = _sender_of(zip_row)
    part = PartFile(entry.path)
    await asyncio.to_thread(part.open)
    try:
        sha256 = await asyncio.to_thread(part.seal)
    finally:
        part.close()
    upload = UploadSummary(
        id=uuid.uuid5(zip_row.id, sha256), draft_id=zip_row.draft_id, file_name=entry.name[-255:], size_bytes=entry.size_bytes,
        state=UploadState.STORED, sha256=sha256, created_at=began_at,
    )  # fmt: skip
    key = store_key(upload, sha256=sha256)
    try:
        async with transaction() as session:
            await check_new(session, viewer, sha256=sha256)
            await upload_quotas.check_entry(session, viewer, zip_row, entry.size_bytes)
            await released_files.cancel(session, [key])
    except DamagedOriginalError as error:
        await store().adopt(part, error.key)
        await storage_maintenance.restored(error.key)
        return
    except DuplicateError:
        return
    await store().adopt(part, key)
    async with transaction() as session:
        await upload_quotas.check_entry(session, viewer, zip_row, entry.size_bytes)
        values = {
            "id": upload.id, "user_id": zip_row.user_id, "draft_id": zip_row.draft_id, "file_name": upload.file_name,
            "size_bytes": upload.size_bytes, "state": UploadState.STORED, "sha256": sha256, "store_key": key,
        }  # fmt: skip
        await session.execute(upsert(upload_rows).values(values).on_conflict_do_nothing())
        new = NewUpload(upload.id, upload.file_name, upload.size_bytes, sha256, key, began_at)
        await draft_sounds.add_file(session, viewer, draft_id=zip_row.draft_id, new=new)
