"""The sounds of a draft: put in, told about, moved, replaced, taken out and put back."""

import uuid
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.tables import draft_files, draft_rows, upload_rows
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import NewUpload, RemovedFiles
from askchopper.schemas.identifiers import require_id
from askchopper.services.catalogue import draft_input, draft_lines, drafts, suggestions
from askchopper.vocabulary import JobName

_NO_FILE = "This sound is not in your draft."


async def add_file(session: AsyncSession, viewer: Viewer, *, draft_id: uuid.UUID, new: NewUpload) -> None:
    """Put a file that has arrived into a draft and have it analysed; doing it again changes nothing.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: it cannot be changed now, or is full.
    """
    await drafts.lock(session, viewer, draft_id=str(draft_id))
    used = select(func.count(), func.max(draft_files.c.position)).where(draft_files.c.draft_id == draft_id)
    count, last = (await session.execute(used)).one()
    if count >= policy.MAX_PACK_SOUNDS:
        raise ConflictError(f"A pack holds {policy.MAX_PACK_SOUNDS} sounds at most.")
    made = await session.execute(
        upsert(draft_files)
        .values(
            id=new.id, draft_id=draft_id, position=last + 1 if last else 0, file_name=new.file_name,
            title=draft_lines.title_of(new.file_name), size_bytes=new.size_bytes, sha256=new.sha256, store_key=new.store_key, created_at=new.began_at,
        )
        .on_conflict_do_nothing()
        .returning(draft_files.c.id)
    )  # fmt: skip
    file_id = made.scalar_one_or_none()
    if file_id is not None:
        await jobs.enqueue(session, JobName.ANALYSE, lock=str(file_id), file_id=str(file_id))


async def change_files(session: AsyncSession, viewer: Viewer, *, file_ids: list[str], **fields: Any) -> None:
    """State title, kind, tempo or key of sounds; what the creator states is not overwritten by any analysis.

    Args:
        session: open transaction.
        viewer: the draft's creator.
        file_ids: sounds of one draft.
        fields: any of ``title``, ``kind``, ``bpm``, ``key`` and ``price_tokens``; None states that there is no tempo or
            key, or that the price of all the draft's sounds counts.

    Raises:
        InvalidInputError: a value is wrong.
        NotFoundError: a sound is not the viewer's.
        ConflictError: the draft cannot be changed now.
    """
    values: dict[str, Any] = {}
    for name, value in fields.items():
        values[name] = draft_input.FILE_CHECKS[name](value)
        if name in {"bpm", "key"}:
            values[f"is_{name}_set"] = True
    known = await _own_files(session, viewer, file_ids)
    await session.execute(
        update(draft_files).where(draft_files.c.id.in_(known)).values(**values, updated_at=func.clock_timestamp())
    )


async def forget_word(session: AsyncSession, viewer: Viewer, *, file_id: str, field: str) -> None:
    """Take back what the creator stated about tempo or key, so that the measured value counts again.

    Raises:
        InvalidInputError: neither ``bpm`` nor ``key``.
        NotFoundError: the sound is not the viewer's.
    """
    if field not in {"bpm", "key"}:
        raise InvalidInputError("Only tempo and key are measured.", field=field)
    known = await _own_files(session, viewer, [file_id])
    values = {field: None, f"is_{field}_set": False, "updated_at": func.clock_timestamp()}
    await session.execute(update(draft_files).where(draft_files.c.id.in_(known)).values(values))


async def keep_finding(session: AsyncSession, viewer: Viewer, *, file_id: str, code: str) -> None:
    """Note that the creator has seen a finding and leaves the sound as it is.

    Raises:
        NotFoundError: the sound is not the viewer's, or nothing like that is ever found.
    """
    if not code.isidentifier():
        raise NotFoundError("There is no such finding.")
    known = await _own_files(session, viewer, [file_id])
    kept = func.array_append(func.array_remove(draft_files.c.kept_findings, code[:40]), code[:40])
    await session.execute(
        update(draft_files)
        .where(draft_files.c.id.in_(known))
        .values(kept_findings=kept, updated_at=func.clock_timestamp())
    )


async def try_again(session: AsyncSession, viewer: Viewer, *, file_id: str) -> None:
    """Have a sound analysed again that needed help.

    Raises:
        NotFoundError: the sound is not the viewer's.
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
    """Take sounds out of a draft. What was sold before stays with its owners; the files themselves are swept later.

    Returns:
        What ``restore_files`` needs to put them back.

    Raises:
        NotFoundError: a sound is not the viewer's.
        ConflictError: the draft cannot be changed now.
    """
    known = await _own_files(session, viewer, file_ids)
    gone = await session.execute(delete(draft_files).where(draft_files.c.id.in_(known)).returning(*draft_files.c))
    rows = [dict(row) for row in gone.mappings()]
    hashes = [row["sha256"] for row in rows]
    mine = (upload_rows.c.user_id == viewer.user_id, upload_rows.c.sha256.in_(hashes))
    sent = await session.execute(delete(upload_rows).where(*mine).returning(*upload_rows.c))
    removed = RemovedFiles(rows[0]["draft_id"], rows, [dict(row) for row in sent.mappings()])
    await _describe_again(session, removed.draft_id)
    return removed


async def restore_files(session: AsyncSession, viewer: Viewer, removed: RemovedFiles) -> None:
    """Put sounds back that were just taken out.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: the draft cannot be changed now.
    """
    await drafts.lock(session, viewer, draft_id=str(removed.draft_id))
    for table, rows in ((upload_rows, removed.uploads), (draft_files, removed.files)):
        if rows:
            await session.execute(upsert(table).values(rows).on_conflict_do_nothing())
    await _describe_again(session, removed.draft_id)


async def move_file(session: AsyncSession, viewer: Viewer, *, file_id: str, by: int) -> None:
    """Move a sound up (negative) or down in its draft.

    Raises:
        NotFoundError: the sound is not the viewer's.
        ConflictError: the draft cannot be changed now.
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
    """Return where a sound of the viewer's drafts is stored; moderators may ask for any.

    Raises:
        NotFoundError: the viewer has no such sound.
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


async def take_place(session: AsyncSession, viewer: Viewer, *, old_id: str, new_id: str) -> None:
    """Put a sound in the place of another one, which is taken out; title and place stay, the rest is measured anew.

    Raises:
        NotFoundError: one of them is not the viewer's.
        ConflictError: the draft cannot be changed now.
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


async def _describe_again(session: AsyncSession, draft_id: uuid.UUID) -> None:
    """Let what we say about a draft follow its sounds."""
    lines = await drafts.files(session, draft_id)
    if lines and all(line.is_done for line in lines):
        await suggestions.fill(session, draft_id, lines)
    await drafts.touch(session, draft_id)


async def _own_files(session: AsyncSession, viewer: Viewer, file_ids: list[str]) -> list[uuid.UUID]:
    """Lock the draft of the viewer's sounds and return their ids."""
    wanted = {require_id(file_id, _NO_FILE) for file_id in file_ids[: policy.MAX_PACK_SOUNDS]}
    found = await session.execute(
        select(draft_files.c.id, draft_files.c.draft_id)
        .select_from(draft_files.join(draft_rows, draft_rows.c.id == draft_files.c.draft_id))
        .where(draft_files.c.id.in_(wanted), draft_rows.c.user_id == viewer.user_id)
    )
    rows = found.all()
    if not wanted or {row.id for row in rows} != wanted or len({row.draft_id for row in rows}) != 1:
        raise NotFoundError(_NO_FILE)
    await drafts.lock(session, viewer, draft_id=str(rows[0].draft_id))
    return [row.id for row in rows]
