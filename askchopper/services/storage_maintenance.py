"""Storage maintenance: deletes unreferenced files, and verifies masters against their digests.

Each task runs for minutes, in short transactions. Only deletions keep a transaction open during calls to the store,
which holds the lock against backups.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Column, delete, exists, func, literal, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, NotFoundError
from askchopper.integrations.blob_store import BlobStore, arriving_key, measure, remove_unfinished
from askchopper.models.account_export import data_exports
from askchopper.models.accounts import users
from askchopper.models.activity import notifications
from askchopper.models.analysis import analyses
from askchopper.models.base import utc_now
from askchopper.models.catalogue import audio_files, creators, packs
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.models.knowledge import documents
from askchopper.models.released_files import released_file_rows
from askchopper.models.uploads import upload_rows
from askchopper.observability import log
from askchopper.schemas.storage_maintenance import DamagedFile, OrphanedFile, VerificationBatch
from askchopper.services import activity, released_files
from askchopper.vocabulary import UploadState

YOUNGEST = timedelta(hours=24)
_BATCH = 200
_DELETE_SECONDS = 30.0

# Every column that holds a storage key. A new table with keys needs a line here, or its files are garbage-collected.
KEY_COLUMNS: tuple[Column[str], ...] = (
    audio_files.c.master_key,
    audio_files.c.preview_key,
    packs.c.preview_key,
    upload_rows.c.store_key,
    draft_files.c.store_key,
    documents.c.store_key,
    documents.c.model_key,
    data_exports.c.store_key,
    analyses.c.preview_key,
    analyses.c.opus_key,
)
# Columns that name a folder below ``covers/``.
COVER_COLUMNS: tuple[Column[str], ...] = (
    packs.c.cover_key,
    draft_rows.c.cover_key,
    users.c.picture_key,
    creators.c.banner_key,
)
REFERENCED_KEYS = union(*(select(column).where(column.is_not(None)) for column in KEY_COLUMNS))
REFERENCED_COVERS = union(*(select(column) for column in COVER_COLUMNS))
# Advisory lock: exclusive while a backup copies files, shared while files that may be in it are deleted.
BACKUP_LOCK = 0x4241434B


async def delete_released(files: BlobStore) -> int:
    """Delete released files that are due and unreferenced; returns their total size in bytes.

    Skips files while a backup is copying.

    Raises:
        UnavailableError: the database or the store is unavailable; the rest is deleted by the next run.
    """
    freed = 0
    async with read_only() as session:
        is_due = released_file_rows.c.delete_after <= func.now()
        due = list((await session.execute(select(released_file_rows.c.key).where(is_due))).scalars())
    for key in due:
        freed += await _delete_released(files, key)
    if freed:
        log.info("storage.released_files_deleted", bytes=freed)
    return freed


async def _delete_released(files: BlobStore, key: str) -> int:
    row = released_file_rows
    async with transaction(timeout_seconds=_DELETE_SECONDS) as session:
        if not await _may_delete(session):
            return 0
        gone = await session.execute(delete(row).where(row.c.key == key).returning(row.c.size_bytes))
        size_bytes = gone.scalar_one_or_none()
        if size_bytes is None or await _is_referenced(session, key):
            return 0
        # The row stays locked during the call to the store, so that an upload of the same content waits with writing this key.
        if key.startswith(released_files.PART_PREFIX):
            await remove_unfinished(files, key.removeprefix(released_files.PART_PREFIX))
        else:
            await files.delete(key)
    return int(size_bytes)


async def _may_delete(session: AsyncSession) -> bool:
    """Return whether no backup is copying files; if so, block backups until the end of the transaction."""
    return (await session.execute(select(func.pg_try_advisory_xact_lock_shared(BACKUP_LOCK)))).scalar_one()


async def _is_referenced(session: AsyncSession, key: str) -> bool:
    if key.startswith(released_files.PART_PREFIX):
        return False  # its upload was deleted when it was released
    found = union(*(select(literal(1)).where(column == key) for column in KEY_COLUMNS))
    return (await session.execute(found.limit(1))).one_or_none() is not None


async def find_orphans(files: BlobStore) -> tuple[OrphanedFile, ...]:
    """List stored and partial files older than a day that no database row references.

    Younger files may belong to a transaction in progress.

    Raises:
        ConflictError: the database references none of the stored files, so it belongs to another store.
        UnavailableError: the database or the store is unavailable.
    """
    oldest_kept = utc_now() - YOUNGEST
    stored = [file async for file in files.list_files()]
    known, folders, arriving = await _references()
    if stored and not any(is_referenced(file.key, known, folders) for file in stored):
        raise ConflictError("The database knows none of the stored files. Is it the right one for this store?")
    orphans = [
        OrphanedFile(key=file.key, size_bytes=file.size_bytes, stored_at=file.stored_at)
        for file in stored
        if file.stored_at < oldest_kept and not is_referenced(file.key, known, folders)
    ]
    return (*orphans, *_stale_parts(files, arriving, oldest_kept))


async def collect_garbage(files: BlobStore, *, is_dry_run: bool = True) -> tuple[OrphanedFile, ...]:
    """Delete orphaned files; return the deleted ones, or none while a backup is copying files.

    Args:
        files: the store.
        is_dry_run: return the orphaned files without deleting them.

    Raises:
        ConflictError: see ``find_orphans``.
        UnavailableError: the database or the store is unavailable.

    Invariant: nothing that is referenced or younger than a day is deleted.
    """
    leftovers = await find_orphans(files)
    if is_dry_run:
        return leftovers
    async with transaction(timeout_seconds=None) as session:
        return await _delete_orphans(files, leftovers) if await _may_delete(session) else ()


async def _delete_orphans(files: BlobStore, leftovers: Sequence[OrphanedFile]) -> tuple[OrphanedFile, ...]:
    # Listing takes a while; recheck what has been referenced or replaced since.
    known, folders, arriving = await _references()
    removed: list[OrphanedFile] = []
    for leftover in leftovers:
        if leftover.is_part:
            if leftover.key not in arriving:
                files.part(leftover.key).remove()
                removed.append(leftover)
        elif not is_referenced(leftover.key, known, folders) and await _is_unchanged(files, leftover):
            await files.delete(leftover.key)
            removed.append(leftover)
    log.info("storage.garbage_collected", files=len(removed), bytes=sum(leftover.size_bytes for leftover in removed))
    return tuple(removed)


async def verify(files: BlobStore, *, after: uuid.UUID | None = None, limit: int = _BATCH) -> VerificationBatch:
    """Compare masters with their recorded digests.

    Args:
        files: the store.
        after: id of the last sound checked; None starts from the first.
        limit: maximum number of sounds.

    Returns:
        Missing and damaged files, and ``last_id`` to continue from; None when done.

    Raises:
        UnavailableError: the database or the store is unavailable; no file is reported then.
    """
    async with read_only() as session:
        rows = list(
            await session.execute(
                select(audio_files.c.id, audio_files.c.master_key, audio_files.c.sha256, audio_files.c.damaged_at)
                .where(*([audio_files.c.id > after] if after else []))
                .order_by(audio_files.c.id)
                .limit(limit)
            )
        )
    found: list[DamagedFile] = []
    for row in rows:
        if (fault := await _check_file(files, row.master_key, row.sha256)) is not None:
            found.append(DamagedFile(file_id=row.id, key=row.master_key, fault=fault))
            log.error("storage.file_damaged", file=str(row.id), key=row.master_key, fault=fault)
        elif row.damaged_at is not None:
            await restored(row.master_key)
    return VerificationBatch(
        checked=len(rows), damages=tuple(found), last_id=rows[-1].id if len(rows) == limit else None
    )


async def verify_all(files: BlobStore) -> AsyncIterator[VerificationBatch]:
    """Verify all masters in batches; yield the result of each, see ``verify``."""
    last_id: uuid.UUID | None = None
    while True:
        report = await verify(files, after=last_id)
        yield report
        last_id = report.last_id
        if last_id is None:
            return


async def notify_creators(damages: Sequence[DamagedFile]) -> None:
    """Mark sounds as damaged, which blocks their download, and notify each creator once until the file is restored."""
    async with transaction() as session:
        ids = [damage.file_id for damage in damages]
        await session.execute(
            update(audio_files)
            .where(audio_files.c.id.in_(ids))
            .values(damaged_at=func.coalesce(audio_files.c.damaged_at, func.now()))
        )
        for damage in damages:
            await _notify_creator(session, damage)


async def report_damage(key: str) -> None:
    """Mark the sounds of a stored file that is missing or has the wrong size as damaged, and notify their creators."""
    async with read_only() as session:
        ids = (await session.execute(select(audio_files.c.id).where(audio_files.c.master_key == key))).scalars().all()
    await notify_creators([DamagedFile(file_id=file_id, key=key, fault="missing") for file_id in ids])


async def restored(key: str) -> None:
    """Clear the damage mark after a file's content was restored, so that buyers can download it again."""
    async with transaction() as session:
        is_damaged = (audio_files.c.master_key == key, audio_files.c.damaged_at.is_not(None))
        await session.execute(update(audio_files).where(*is_damaged).values(damaged_at=None))
    log.info("storage.file_restored", key=key)


async def _notify_creator(session: AsyncSession, damage: DamagedFile) -> None:
    to_pack = audio_files.join(packs, packs.c.id == audio_files.c.pack_id)
    found = await session.execute(
        select(
            creators.c.user_id, audio_files.c.title, audio_files.c.damaged_at, packs.c.title.label("pack"), packs.c.id
        )
        .select_from(to_pack.join(creators, creators.c.id == packs.c.creator_id))
        .where(audio_files.c.id == damage.file_id)
    )
    row = found.one()
    sentence = f"Our stored copy of {row.title} in {row.pack} is damaged. Please upload the file again."
    said = exists().where(
        notifications.c.user_id == row.user_id,
        notifications.c.sentence == sentence,
        notifications.c.created_at >= row.damaged_at,
    )
    if not (await session.execute(select(said))).scalar_one():
        link = routes.draft(str(row.id))
        await activity.notify(session, user_id=row.user_id, kind="damage", sentence=sentence, link=link)


async def _references() -> tuple[set[str], set[str], set[str]]:
    """Return the referenced keys, the folders of covers, and the expected names of partial files."""
    async with read_only(timeout_seconds=None) as session:
        keys = await session.execute(REFERENCED_KEYS)
        covers = await session.execute(REFERENCED_COVERS)
        is_open = upload_rows.c.state.in_((UploadState.RECEIVING, UploadState.CHECKING))
        open_ids = {str(row.id) for row in await session.execute(select(upload_rows.c.id).where(is_open))}
        return (
            {*keys.scalars(), *map(arriving_key, open_ids)},
            {f"covers/{key}" for key in covers.scalars() if key},
            open_ids,
        )


def is_referenced(key: str, known: AbstractSet[str], folders: AbstractSet[str]) -> bool:
    """Return whether a stored file's key is in ``known``, or its folder is one of the cover ``folders``."""
    return key in known or key.rpartition("/")[0] in folders


def _stale_parts(files: BlobStore, arriving: set[str], oldest_kept: datetime) -> list[OrphanedFile]:
    found: list[OrphanedFile] = []
    for part in files.parts():
        try:
            touched_at = part.touched_at()
        except FileNotFoundError:
            continue  # it was just moved into the store
        if part.name not in arriving and touched_at < oldest_kept:
            found.append(OrphanedFile(key=part.name, size_bytes=part.size_bytes(), stored_at=touched_at, is_part=True))
    return found


async def _is_unchanged(files: BlobStore, leftover: OrphanedFile) -> bool:
    try:
        return (await files.head(leftover.key)).stored_at <= leftover.stored_at
    except NotFoundError:
        return False


async def _check_file(files: BlobStore, key: str, sha256: str) -> Literal["missing", "wrong"] | None:
    try:
        _, found = await measure(files, key)
    except NotFoundError:
        return "missing"
    return None if found == sha256 else "wrong"
