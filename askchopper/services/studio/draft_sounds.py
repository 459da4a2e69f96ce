"""Operations on the files of a draft: add, edit, reorder, replace, remove and restore."""

import uuid
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.analysis import analyses
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.models.uploads import upload_rows
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import NewUpload, RemovedFiles
from askchopper.schemas.identifiers import require_id
from askchopper.services import released_files
from askchopper.services.studio import draft_validation, draft_views, drafts, suggestions
from askchopper.vocabulary import JobName

_MEASURED = {"bpm", "key", "note"}
_NO_FILE = "This sound is not in your draft."


async def add_file(session: AsyncSession, viewer: Viewer, *, draft_id: uuid.UUID, new: NewUpload) -> None:
    """Add an uploaded file to a draft and enqueue its analysis. A file that is already in the draft is not added again.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: the draft is full of other files, or not editable now.
    """
    await drafts.lock(session, viewer, draft_id=str(draft_id))
    others = func.count().filter(draft_files.c.sha256 != new.sha256)
    used = select(others, func.max(draft_files.c.position)).where(draft_files.c.draft_id == draft_id)
    count, last = (await session.execute(used)).one()
    if count >= policy.MAX_PACK_SOUNDS:
        raise ConflictError(f"A pack can have up to {policy.MAX_PACK_SOUNDS} sounds.")
    made = await session.execute(
        upsert(draft_files)
        .values(
            id=new.id, draft_id=draft_id, position=last + 1 if last else 0, file_name=new.file_name,
            title=draft_views.title_of(new.file_name), size_bytes=new.size_bytes, sha256=new.sha256, store_key=new.store_key, created_at=new.began_at,
        )
        .on_conflict_do_nothing()
        .returning(draft_files.c.id)
    )  # fmt: skip
    file_id = made.scalar_one_or_none()
    if file_id is not None:
        await jobs.enqueue(session, JobName.ANALYSE, lock=str(file_id), file_id=str(file_id))


async def change_files(session: AsyncSession, viewer: Viewer, *, file_ids: list[str], **fields: Any) -> None:
    """Set title, kind, tempo, key, root note or price of files. Analysis never overwrites these stated values.

    Args:
        session: database session.
        viewer: the draft's creator.
        file_ids: ids of files in one draft.
        fields: any of ``title``, ``kind``, ``bpm``, ``key``, ``note`` and ``price_tokens``; None states that there is no
            tempo, key or note, or that the draft's sound price applies.

    Raises:
        InvalidInputError: a value is invalid.
        NotFoundError: a file is not the viewer's, or the files are in several drafts.
        ConflictError: the draft is not editable now.
    """
    values: dict[str, Any] = {}
    for name, value in fields.items():
        values[name] = draft_validation.FILE_CHECKS[name](value)
        if name in _MEASURED:
            values[f"is_{name}_set"] = True
    known = await _own_files(session, viewer, file_ids)
    await session.execute(
        update(draft_files).where(draft_files.c.id.in_(known)).values(**values, updated_at=func.clock_timestamp())
    )


async def clear_override(session: AsyncSession, viewer: Viewer, *, file_id: str, field: str) -> None:
    """Clear the stated tempo, key or root note, so that the measured value applies again.

    Raises:
        InvalidInputError: the field is none of ``bpm``, ``key`` and ``note``.
        NotFoundError: the file is not the viewer's.
        ConflictError: the draft is not editable now.
    """
    if field not in _MEASURED:
        raise InvalidInputError("Only tempo, key and root note are measured.", field=field)
    known = await _own_files(session, viewer, [file_id])
    values = {field: None, f"is_{field}_set": False, "updated_at": func.clock_timestamp()}
    await session.execute(update(draft_files).where(draft_files.c.id.in_(known)).values(values))


async def dismiss_finding(session: AsyncSession, viewer: Viewer, *, file_id: str, code: str) -> None:
    """Dismiss a finding of a file.

    Raises:
        NotFoundError: the file is not the viewer's, or has no such finding.
        ConflictError: the draft is not editable now.
    """
    [known] = await _own_files(session, viewer, [file_id])
    found = await session.execute(
        select(*draft_views.FILE_COLUMNS)
        .select_from(draft_files.outerjoin(analyses, analyses.c.sha256 == draft_files.c.sha256))
        .where(draft_files.c.id == known)
    )
    if code not in {one.code for one in draft_views.draft_file_detail(found.one()).findings}:
        raise NotFoundError("There is no such note.")
    kept = func.array_append(func.array_remove(draft_files.c.kept_findings, code), code)
    await session.execute(
        update(draft_files)
        .where(draft_files.c.id == known)
        .values(kept_findings=kept, updated_at=func.clock_timestamp())
    )


async def retry_analysis(session: AsyncSession, viewer: Viewer, *, file_id: str) -> None:
    """Enqueue the analysis of a file again, if it failed.

    Raises:
        NotFoundError: the file is not the viewer's.
        ConflictError: the draft is not editable now.
    """
    known = await _own_files(session, viewer, [file_id])
    changed = await session.execute(
        update(draft_files)
        .where(draft_files.c.id.in_(known), draft_files.c.state == "failed")
        .values(state="waiting", problem="", updated_at=func.clock_timestamp())
        .returning(draft_files.c.id)
    )
    for row in changed:
        await jobs.enqueue(session, JobName.ANALYSE, lock=str(row.id), file_id=str(row.id))


async def remove_files(session: AsyncSession, viewer: Viewer, *, file_ids: list[str]) -> RemovedFiles:
    """Remove files from a draft. Buyers keep theirs; unreferenced files are deleted once undo has expired.

    Returns:
        The data that ``restore_files`` needs.

    Raises:
        NotFoundError: a file is not the viewer's.
        ConflictError: the draft is not editable now.
    """
    known = await _own_files(session, viewer, file_ids)
    gone = await session.execute(delete(draft_files).where(draft_files.c.id.in_(known)).returning(*draft_files.c))
    rows = [dict(row) for row in gone.mappings()]
    hashes = [row["sha256"] for row in rows]
    mine = (upload_rows.c.user_id == viewer.user_id, upload_rows.c.sha256.in_(hashes))
    await released_files.release(session, *mine, delay_minutes=policy.DRAFT_UNDO_MINUTES)
    sent = await session.execute(delete(upload_rows).where(*mine).returning(*upload_rows.c))
    removed = RemovedFiles(rows[0]["draft_id"], rows, [dict(row) for row in sent.mappings()])
    await _refresh_suggestions(session, removed.draft_id)
    return removed


async def restore_files(session: AsyncSession, viewer: Viewer, removed: RemovedFiles) -> None:
    """Restore recently removed files.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: the draft is not editable now, or a file has already been deleted from the store.
    """
    await drafts.lock(session, viewer, draft_id=str(removed.draft_id))
    keys = [row["store_key"] for row in removed.uploads]
    if await released_files.cancel(session, keys) < len(keys):
        raise ConflictError("These sounds can no longer be restored. Upload them again.")
    for table, rows in ((upload_rows, removed.uploads), (draft_files, removed.files)):
        if rows:
            await session.execute(upsert(table).values(rows).on_conflict_do_nothing())
    await _refresh_suggestions(session, removed.draft_id)


async def move_file(session: AsyncSession, viewer: Viewer, *, file_id: str, by: int) -> None:
    """Move a file up (negative ``by``) or down in its draft.

    Raises:
        NotFoundError: the file is not the viewer's.
        ConflictError: the draft is not editable now.
    """
    (known,) = await _own_files(session, viewer, [file_id])
    draft_id = select(draft_files.c.draft_id).where(draft_files.c.id == known).scalar_subquery()
    ordered = await session.execute(
        select(draft_files.c.id).where(draft_files.c.draft_id == draft_id).order_by(*drafts.ORDER)
    )  # fmt: skip
    ids = list(ordered.scalars())
    at = ids.index(known)
    ids.insert(max(0, min(len(ids) - 1, at + by)), ids.pop(at))
    rank = {file_id: position for position, file_id in enumerate(ids, 1)}
    for each, position in rank.items():
        await session.execute(
            update(draft_files)
            .where(draft_files.c.id == each, draft_files.c.position != position)
            .values(position=position, updated_at=func.clock_timestamp())
        )


async def store_key_of(session: AsyncSession, viewer: Viewer, *, file_id: str) -> str:
    """Return the storage key of a file in the viewer's drafts; moderators may read any.

    Raises:
        NotFoundError: there is no such file, or it is not the viewer's.
    """
    mine = () if viewer.is_moderator else (draft_rows.c.user_id == viewer.user_id,)
    found = await session.execute(
        select(draft_files.c.store_key)
        .select_from(draft_files.join(draft_rows, draft_rows.c.id == draft_files.c.draft_id))
        .where(draft_files.c.id == drafts.as_id(file_id), *mine)
    )
    key: str | None = found.scalar_one_or_none()
    if key is None:
        raise NotFoundError(_NO_FILE)
    return key


async def replace_file(session: AsyncSession, viewer: Viewer, *, old_id: str, new_id: str) -> None:
    """Replace a file with another that was added to the same draft.

    The new file takes over title and position, but no other stated values.

    Raises:
        NotFoundError: one of them is not the viewer's, or they are in different drafts.
        ConflictError: the draft is not editable now.
    """
    await _own_files(session, viewer, [old_id, new_id])
    old = select(draft_files).where(draft_files.c.id == uuid.UUID(old_id))
    before = (await session.execute(old)).one()
    await session.execute(
        update(draft_files)
        .where(draft_files.c.id == uuid.UUID(new_id))
        .values(
            position=before.position,
            created_at=before.created_at,
            title=before.title,
            updated_at=func.clock_timestamp(),
        )
    )
    await remove_files(session, viewer, file_ids=[old_id])


async def _refresh_suggestions(session: AsyncSession, draft_id: uuid.UUID) -> None:
    """Mark a draft as changed, and recompute its suggestions once all its files are analysed."""
    lines = await drafts.files(session, draft_id)
    if lines and all(line.is_done for line in lines):
        await suggestions.fill(session, draft_id, lines)
    await drafts.mark_changed(session, draft_id)


async def _own_files(session: AsyncSession, viewer: Viewer, file_ids: list[str]) -> list[uuid.UUID]:
    """Lock the draft of the viewer's files and return their ids.

    Raises:
        NotFoundError: a file is not the viewer's, there are none, or they are in several drafts.
        ConflictError: the draft is not editable now.
    """
    wanted = {require_id(file_id, _NO_FILE) for file_id in file_ids[: policy.MAX_PACK_SOUNDS]}
    found = await session.execute(
        select(draft_files.c.id, draft_files.c.draft_id)
        .select_from(draft_files.join(draft_rows, draft_rows.c.id == draft_files.c.draft_id))
        .where(draft_files.c.id.in_(wanted), draft_rows.c.user_id == viewer.user_id, drafts.IS_KEPT)
    )
    rows = found.all()
    if not wanted or {row.id for row in rows} != wanted or len({row.draft_id for row in rows}) != 1:
        raise NotFoundError(_NO_FILE)
    await drafts.lock(session, viewer, draft_id=str(rows[0].draft_id))
    return [row.id for row in rows]
