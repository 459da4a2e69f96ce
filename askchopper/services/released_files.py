"""Released files: stored files queued for deletion, for example after discarding a draft or removing a sound.

They count towards the quota of sounds until the job ``storage_maintenance.delete_released`` deletes them.
"""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, ScalarSelect, String, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.released_files import released_file_rows
from askchopper.models.uploads import upload_rows
from askchopper.schemas.accounts import Viewer
from askchopper.vocabulary import UploadPurpose

# Marks the partial file of an unfinished upload; no storage key starts like this.
PART_PREFIX = "incoming/"


async def release(session: AsyncSession, *conditions: ColumnElement[bool], delay_minutes: int = 0) -> None:
    """Queue the files of the sound uploads that match the conditions for deletion, due after ``delay_minutes``.

    Called before the rows of these uploads are deleted.
    """
    part_key = literal(PART_PREFIX, String) + func.cast(upload_rows.c.id, String)
    key = case((upload_rows.c.store_key.is_not(None), upload_rows.c.store_key), else_=part_key)
    delete_after = func.now() + func.make_interval(0, 0, 0, 0, 0, delay_minutes)
    chosen = select(key, upload_rows.c.user_id, upload_rows.c.size_bytes, delete_after).where(
        upload_rows.c.purpose == UploadPurpose.SOUND, *conditions
    )
    statement = upsert(released_file_rows).from_select(
        [column.name for column in released_file_rows.c], chosen.distinct()
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"delete_after": statement.excluded.delete_after})
    )


async def release_keys(session: AsyncSession, user_id: uuid.UUID, sizes: Mapping[str, int]) -> None:
    """Queue files for deletion by key, with their sizes in bytes; empty keys are skipped.

    The job does not delete files that are still referenced.
    """
    rows = [{"key": key, "user_id": user_id, "size_bytes": size} for key, size in sizes.items() if key]
    if rows:
        await session.execute(upsert(released_file_rows).values(rows).on_conflict_do_nothing())


async def cancel(session: AsyncSession, keys: Sequence[str]) -> int:
    """Remove files from the deletion queue, since they are stored or referenced again; returns how many were queued.

    Waits for a job that is deleting one of them, so that afterwards the key may be written.
    """
    gone = await session.execute(
        delete(released_file_rows).where(released_file_rows.c.key.in_(keys)).returning(released_file_rows.c.key)
    )  # fmt: skip
    return len(gone.all())


async def expire(session: AsyncSession, viewer: Viewer) -> int:
    """Make all of a member's released files due now, which ends undo for them; returns their total size in bytes."""
    due = await session.execute(
        update(released_file_rows)
        .where(released_file_rows.c.user_id == viewer.user_id)
        .values(delete_after=func.now())
        .returning(released_file_rows.c.size_bytes)
    )
    return sum(due.scalars())


def size_of(viewer: Viewer) -> ScalarSelect[int]:
    """Return a subquery for the total size in bytes of a member's released files."""
    size = func.coalesce(func.sum(released_file_rows.c.size_bytes), 0)
    return select(size).where(released_file_rows.c.user_id == viewer.user_id).scalar_subquery()
