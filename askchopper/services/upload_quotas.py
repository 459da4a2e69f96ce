"""Upload quotas: bytes and files per member, bytes per pack, free disk space.

Released files count as sounds until they are deleted, see ``released_files``.
"""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy
from askchopper.database import side_transaction
from askchopper.errors import ConflictError, TooLargeError, UnavailableError
from askchopper.integrations.blob_store import free_space
from askchopper.models.accounts import users
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.models.uploads import upload_rows
from askchopper.schemas.accounts import Viewer
from askchopper.services import released_files
from askchopper.services.knowledge import documents as knowledge
from askchopper.services.studio import drafts
from askchopper.vocabulary import JobName, UploadPurpose, UploadState

MAX_OPEN = 50
_IS_SOUND = upload_rows.c.purpose == UploadPurpose.SOUND
_IS_OPEN = upload_rows.c.state.in_((UploadState.RECEIVING, UploadState.CHECKING))
_IS_TAKEN = upload_rows.c.state != UploadState.REFUSED  # a refused upload has no file any more


async def check_sound(session: AsyncSession, viewer: Viewer, size_bytes: int) -> None:
    """Check that a new sound fits into the member's quota.

    Raises:
        TooLargeError: the quota would be exceeded.
        UnavailableError: it will fit once the files of the member's discarded sounds are deleted; a job for that has been queued.
        ConflictError: too many open uploads.
    """
    used = await _used_by_sounds(session, viewer)
    if used.open >= MAX_OPEN:
        raise ConflictError(f"{MAX_OPEN} uploads are open. Finish or cancel one first.")
    if used.files >= policy.UPLOAD_QUOTA_FILES:
        raise TooLargeError(_FULL)
    if used.bytes + size_bytes > policy.UPLOAD_QUOTA_BYTES:
        freed = await _free(viewer)
        if used.bytes - freed + size_bytes > policy.UPLOAD_QUOTA_BYTES:
            raise TooLargeError(_FULL)
        raise UnavailableError("The space of your discarded sounds is being freed. Try again in a minute.")


async def check_document(session: AsyncSession, viewer: Viewer, size_bytes: int) -> None:
    """Check that a new document fits into the member's quota.

    Raises:
        TooLargeError: the quota would be exceeded.
        ConflictError: too many open uploads.
    """
    # Finished documents count separately: content that was uploaded twice is stored once.
    is_arriving = (upload_rows.c.purpose == UploadPurpose.DOCUMENT) & _IS_OPEN
    arriving = await _used(session, viewer, is_arriving)
    if arriving.open >= MAX_OPEN:
        raise ConflictError(f"{MAX_OPEN} uploads are open. Finish or cancel one first.")
    kept = await knowledge.usage(session, viewer)
    is_crowded = kept.count + arriving.files >= policy.DOCUMENT_QUOTA_FILES
    if is_crowded or kept.size_bytes + arriving.bytes + size_bytes > policy.DOCUMENT_QUOTA_BYTES:
        sentence = f"You can store up to {policy.DOCUMENT_QUOTA_FILES} documents and {policy.megabytes(policy.DOCUMENT_QUOTA_BYTES)}."
        raise TooLargeError(f"{sentence} Remove one first.")


async def check_pack(session: AsyncSession, draft_id: uuid.UUID | None, size_bytes: int) -> None:
    """Check that a draft, which the caller has locked, does not exceed its size limit.

    Raises:
        TooLargeError: the limit would be exceeded.
    """
    if draft_id is not None and await _pack_bytes(session, draft_id) + size_bytes > policy.MAX_PACK_BYTES:
        raise TooLargeError(_PACK_FULL)


async def zip_room(session: AsyncSession, viewer: Viewer, zip_row: Row[Any]) -> int:
    """Return the maximum number of bytes to which a zip may unpack, by the member's quota, the pack's limit and free disk space.

    The zip, which is deleted afterwards, and sounds added by an interrupted run do not count as used.
    """
    draft_id: uuid.UUID = zip_row.draft_id
    added = await _added_bytes(session, zip_row)
    used = await _used_by_sounds(session, viewer, upload_rows.c.id != zip_row.id)
    in_pack = await _pack_bytes(session, draft_id, upload_rows.c.id != zip_row.id)
    room = min(policy.UPLOAD_QUOTA_BYTES - used.bytes, policy.MAX_PACK_BYTES - in_pack) + added
    return max(0, min(room, free_space.usable_bytes()))


async def check_entry(session: AsyncSession, viewer: Viewer, zip_row: Row[Any], size_bytes: int) -> None:
    """Check that a sound of a zip fits into its pack and the member's quota, and lock both.

    Other uploads may have begun since the zip was unpacked.

    Raises:
        TooLargeError: a limit would be exceeded.
        NotFoundError: the draft was discarded meanwhile.
        ConflictError: the draft is not editable now.
    """
    await drafts.lock(session, viewer, draft_id=str(zip_row.draft_id))
    is_other = upload_rows.c.id != zip_row.id
    used = await _used_by_sounds(session, viewer, is_other)
    if used.files >= policy.UPLOAD_QUOTA_FILES or used.bytes + size_bytes > policy.UPLOAD_QUOTA_BYTES:
        raise TooLargeError(_FULL)
    if await _pack_bytes(session, zip_row.draft_id, is_other) + size_bytes > policy.MAX_PACK_BYTES:
        raise TooLargeError(_PACK_FULL)


async def _free(viewer: Viewer) -> int:
    """Delete the member's discarded drafts for good and enqueue the deletion of all their released files.

    Returns the number of bytes that this will free.
    """
    async with side_transaction() as session:
        await drafts.delete_discarded(session, draft_rows.c.user_id == viewer.user_id)
        freed = await released_files.expire(session, viewer)
        if freed:
            await jobs.enqueue(session, JobName.DELETE_RELEASED, lock=JobName.DELETE_RELEASED.value)
    return freed


async def _used_by_sounds(
    session: AsyncSession, viewer: Viewer, *conditions: ColumnElement[bool]
) -> Row[Any, int, int]:
    """Return what ``_used`` does for the member's sounds; ``bytes`` includes their released files."""
    return await _used(session, viewer, and_(_IS_SOUND, *conditions), released=released_files.size_of(viewer))


async def _used(
    session: AsyncSession, viewer: Viewer, counted: ColumnElement[bool], *, released: ScalarSelect[int] | int = 0
) -> Row[Any, int, int]:
    """Return ``bytes`` and ``files`` of the ``counted`` uploads, and how many uploads of any kind are ``open``.

    ``released`` bytes are added.
    """
    # The lock serialises the member's requests, so that two of them cannot both take the last of the quota.
    await session.execute(select(users.c.id).where(users.c.id == viewer.user_id).with_for_update(key_share=True))
    size = func.coalesce(func.sum(upload_rows.c.size_bytes).filter(counted), 0)
    found = await session.execute(
        select(
            (size + released).label("bytes"),
            func.count().filter(counted).label("files"),
            func.count().filter(_IS_OPEN).label("open"),
        ).where(upload_rows.c.user_id == viewer.user_id, _IS_TAKEN)
    )
    return found.one()


async def _pack_bytes(session: AsyncSession, draft_id: uuid.UUID, *conditions: ColumnElement[bool]) -> int:
    size = select(func.coalesce(func.sum(upload_rows.c.size_bytes), 0)).where(
        upload_rows.c.draft_id == draft_id, _IS_TAKEN, *conditions
    )
    return int((await session.execute(size)).scalar_one())


async def _added_bytes(session: AsyncSession, zip_row: Row[Any]) -> int:
    """Return the bytes an interrupted run has added; its sounds have timestamps within microseconds after the zip's."""
    last = zip_row.created_at + timedelta(microseconds=policy.MAX_ZIP_ENTRIES)
    size = select(func.coalesce(func.sum(draft_files.c.size_bytes), 0)).where(
        draft_files.c.draft_id == zip_row.draft_id, draft_files.c.created_at.between(zip_row.created_at, last)
    )
    return int((await session.execute(size)).scalar_one())


_FULL = f"Your storage is full. You can store up to {policy.UPLOAD_QUOTA_BYTES >> 30} GB and {policy.UPLOAD_QUOTA_FILES:,} files."
_PACK_FULL = f"A pack can be up to {policy.MAX_PACK_BYTES >> 30} GB."
