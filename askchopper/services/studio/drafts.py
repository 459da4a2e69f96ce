"""Drafts: packs being edited by their creator. ``publishing`` publishes them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, NotFoundError
from askchopper.models.analysis import analyses
from askchopper.models.base import new_id, utc_now
from askchopper.models.catalogue import packs
from askchopper.models.drafts import Draft, draft_files, draft_rows
from askchopper.models.uploads import upload_rows
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import DraftDetail, DraftFileDetail
from askchopper.schemas.identifiers import require_id
from askchopper.services import limits, released_files
from askchopper.services.studio import draft_validation, draft_views
from askchopper.vocabulary import DraftState

MAX_DRAFTS = 100
IS_KEPT = draft_rows.c.discarded_at.is_(None)
NO_DRAFT = "There is no such draft."
# What a creator, or a review, states about a pack: a draft that differs from a fresh one in any of it is work.
_STATED = (
    "title", "summary", "description", "genre_slug", "tags", "cover_key", "price_tokens", "sound_price_tokens",
    "broadcast_price_tokens", "release_at", "note",
)  # fmt: skip
# By upload time until a file is moved; moving one numbers all positions.
ORDER = (draft_files.c.position, draft_files.c.created_at, draft_files.c.id)


async def create(session: AsyncSession, viewer: Viewer) -> uuid.UUID:
    """Create an empty draft, or return an existing untouched one.

    Raises:
        ConflictError: the viewer has ``MAX_DRAFTS`` drafts.
        RateLimitedError: the viewer created drafts too often.
    """
    fresh = Draft(user_id=viewer.user_id)
    untouched = and_(*(draft_rows.c[name].is_not_distinct_from(getattr(fresh, name)) for name in _STATED))
    found = await session.execute(
        select(draft_rows.c.id)
        .outerjoin(draft_files, draft_files.c.draft_id == draft_rows.c.id)
        .outerjoin(upload_rows, upload_rows.c.draft_id == draft_rows.c.id)
        .where(draft_rows.c.user_id == viewer.user_id, draft_rows.c.state == DraftState.DRAFT, untouched, IS_KEPT)
        .where(draft_files.c.id.is_(None), upload_rows.c.id.is_(None))
        .limit(1)
    )
    empty: uuid.UUID | None = found.scalar_one_or_none()
    if empty is not None:
        return empty
    await limits.hit((limits.DRAFT, str(viewer.user_id)))
    await _check_room(session, viewer)
    draft_id = new_id()
    await session.execute(insert(draft_rows).values(id=draft_id, user_id=viewer.user_id, state=DraftState.DRAFT))
    return draft_id


def blank(viewer: Viewer) -> DraftDetail:
    """Return an unsaved draft for the editor, with a null UUID; the first file or field creates the stored one."""
    fresh = Draft(user_id=viewer.user_id)
    return DraftDetail(
        id=uuid.UUID(int=0), user_id=viewer.user_id, state=DraftState.DRAFT, title="", summary="", description="", genre_slug="",
        tags=(), cover_key="", cover_hue=fresh.cover_hue, price_tokens=fresh.price_tokens,
        sound_price_tokens=fresh.sound_price_tokens, broadcast_price_tokens=None, release_at=None, note="",
        updated_at=utc_now(), pack_slug=None, files=(),
    )  # fmt: skip


async def get(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> DraftDetail:
    """Return a draft with its files, for its creator or a moderator.

    Raises:
        NotFoundError: there is no such draft, or it belongs to another member.
    """
    mine = draft_rows.c.user_id == viewer.user_id
    return await load(session, as_id(draft_id), *(() if viewer.is_moderator else (mine,)))


async def load(session: AsyncSession, draft_id: uuid.UUID, *conditions: Any) -> DraftDetail:
    """Return a draft without authorisation: for callers that have checked it, and for jobs.

    Raises:
        NotFoundError: there is no such draft, it is discarded, or it does not meet the conditions.
    """
    found = await session.execute(
        select(draft_rows, packs.c.slug.label("pack_slug"))
        .select_from(draft_rows.outerjoin(packs, packs.c.id == draft_rows.c.id))
        .where(draft_rows.c.id == draft_id, IS_KEPT, *conditions)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(NO_DRAFT)
    return draft_views.detail(row, await files(session, draft_id))


async def files(session: AsyncSession, draft_id: uuid.UUID) -> tuple[DraftFileDetail, ...]:
    """List the files of a draft in the creator's order, with their measurements."""
    rows = await session.execute(
        select(*draft_views.FILE_COLUMNS)
        .select_from(draft_files.outerjoin(analyses, analyses.c.sha256 == draft_files.c.sha256))
        .where(draft_files.c.draft_id == draft_id)
        .order_by(*ORDER)
    )
    return tuple(draft_views.draft_file_detail(row) for row in rows)


async def change_marker(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> tuple[datetime, int, DraftState]:
    """Return the time of the last change, the number of pending files and zips, and the state; for polling.

    Raises:
        NotFoundError: the viewer has no such draft.
    """
    listening = func.count().filter(draft_files.c.state.in_(("waiting", "analysing")))
    unpacking = select(func.count()).where(*_zips_of(as_id(draft_id))).scalar_subquery()
    found = await session.execute(
        select(
            draft_rows.c.state,
            func.greatest(draft_rows.c.updated_at, func.max(draft_files.c.updated_at)).label("changed_at"),
            (listening + unpacking).label("waiting"),
        )
        .select_from(draft_rows.outerjoin(draft_files, draft_files.c.draft_id == draft_rows.c.id))
        .where(draft_rows.c.id == as_id(draft_id), draft_rows.c.user_id == viewer.user_id, IS_KEPT)
        .group_by(draft_rows.c.id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(NO_DRAFT)
    return row.changed_at, row.waiting, DraftState(row.state)


async def zips(session: AsyncSession, draft_id: uuid.UUID) -> dict[str, str]:
    """Return the zips being unpacked into a draft: upload ids and file names."""
    found = await session.execute(select(upload_rows.c.id, upload_rows.c.file_name).where(*_zips_of(draft_id)))
    return {str(row.id): row.file_name for row in found}


async def change(session: AsyncSession, viewer: Viewer, *, draft_id: str, **fields: Any) -> None:
    """Change texts, genre, tags, prices or release time of a draft. Omitted fields are unchanged.

    Args:
        session: database session.
        viewer: the draft's creator.
        draft_id: id of the draft.
        fields: any of ``title, summary, description, genre_slug, tags, price_tokens, sound_price_tokens,
            broadcast_price_tokens, release_at``.

    Raises:
        InvalidInputError: a value is invalid.
        NotFoundError: the viewer has no such draft.
        ConflictError: the draft is not editable now.
    """
    values = {name: draft_validation.CHECKS[name](value) for name, value in fields.items()}
    await lock(session, viewer, draft_id=draft_id)
    await session.execute(
        update(draft_rows).where(draft_rows.c.id == as_id(draft_id)).values(**values, updated_at=func.clock_timestamp())
    )


async def set_cover(session: AsyncSession, viewer: Viewer, *, draft_id: str, cover_key: str, hue: int) -> None:
    """Set the cover of a draft. Its files must be in the store already.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: the draft is not editable now.
    """
    await lock(session, viewer, draft_id=draft_id)
    await session.execute(
        update(draft_rows)
        .where(draft_rows.c.id == as_id(draft_id))
        .values(cover_key=cover_key, cover_hue=hue, updated_at=func.clock_timestamp())
    )


async def discard(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> None:
    """Discard a draft that was never published. It can be restored for ``policy.DRAFT_UNDO_MINUTES`` and is then deleted.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: it was published before, or is not editable now.
    """
    known_id = await lock(session, viewer, draft_id=draft_id)
    if (await session.execute(select(packs.c.id).where(packs.c.id == known_id))).one_or_none():
        raise ConflictError("This pack was on sale. Take it off sale instead.")
    await session.execute(update(draft_rows).where(draft_rows.c.id == known_id).values(discarded_at=func.now()))


async def restore(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> None:
    """Restore a discarded draft. Idempotent.

    Raises:
        NotFoundError: the viewer has no such draft, or it was deleted.
        ConflictError: the viewer has ``MAX_DRAFTS`` other drafts.
    """
    mine = (draft_rows.c.id == as_id(draft_id), draft_rows.c.user_id == viewer.user_id)
    found = await session.execute(select(draft_rows.c.discarded_at).where(*mine).with_for_update())
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(NO_DRAFT)
    if row.discarded_at is not None:
        await _check_room(session, viewer)
        await session.execute(
            update(draft_rows).where(*mine).values(discarded_at=None, updated_at=func.clock_timestamp())
        )


async def delete_discarded(session: AsyncSession, *conditions: Any) -> None:
    """Delete the discarded drafts that match the conditions, and mark their files for deletion.

    Without conditions, deletes those that can no longer be restored.
    """
    ended = draft_rows.c.discarded_at < func.now() - func.make_interval(0, 0, 0, 0, 0, policy.DRAFT_UNDO_MINUTES)
    found = await session.execute(
        select(draft_rows.c.id).where(~IS_KEPT, *(conditions or (ended,))).with_for_update(skip_locked=True)
    )
    if ids := list(found.scalars()):
        await released_files.release(session, upload_rows.c.draft_id.in_(ids))
        await session.execute(delete(draft_rows).where(draft_rows.c.id.in_(ids)))


async def price_help(session: AsyncSession, *, draft_id: str) -> int | None:
    """Return the median price in tokens of published paid packs with the same genre and half to double the number of sounds.

    If there are fewer than three, of all genres; None if there are still fewer.
    """
    known_id = as_id(draft_id)
    count = select(func.count()).where(draft_files.c.draft_id == known_id).scalar_subquery()
    genre = select(draft_rows.c.genre_slug).where(draft_rows.c.id == known_id).scalar_subquery()
    for conditions in (
        (packs.c.genre_slug == genre, packs.c.file_count.between(count / 2, count * 2)),
        (packs.c.file_count.between(count / 2, count * 2),),
    ):
        median = func.percentile_cont(0.5).within_group(packs.c.price_tokens)
        found = (
            await session.execute(
                select(func.count(), median).where(packs.c.status == "published", packs.c.price_tokens > 0, *conditions)
            )
        ).one()
        if found[0] >= 3:
            return round(found[1])
    return None


async def lock(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> uuid.UUID:
    """Lock a draft for editing by its creator, and return its id.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: it is not editable now; the message says why.
    """
    known_id = as_id(draft_id)
    found = await session.execute(
        select(draft_rows.c.state)
        .where(draft_rows.c.id == known_id, draft_rows.c.user_id == viewer.user_id, IS_KEPT)
        .with_for_update()
    )
    state = found.scalar_one_or_none()
    if state is None:
        raise NotFoundError(NO_DRAFT)
    if state != DraftState.DRAFT:
        raise ConflictError(_CLOSED[DraftState(state)])
    return known_id


async def _check_room(session: AsyncSession, viewer: Viewer) -> None:
    is_open = (draft_rows.c.user_id == viewer.user_id) & (draft_rows.c.state == DraftState.DRAFT) & IS_KEPT
    if (await session.execute(select(func.count()).where(is_open))).scalar_one() >= MAX_DRAFTS:
        raise ConflictError(f"You have {MAX_DRAFTS} drafts. Publish or discard one first.")


async def pack_id_of(session: AsyncSession, slug: str) -> uuid.UUID:
    """Return the id of the pack with a slug.

    Raises:
        NotFoundError: there is no such pack.
    """
    found = (await session.execute(select(packs.c.id).where(packs.c.slug == slug))).scalar_one_or_none()
    if found is None:
        raise NotFoundError("There is no such pack.")
    return found


async def set_message(session: AsyncSession, draft_id: uuid.UUID, sentence: str) -> None:
    """Set the message shown to the creator on a draft."""
    values = {"note": sentence[:1000], "updated_at": func.clock_timestamp()}
    await session.execute(update(draft_rows).where(draft_rows.c.id == draft_id).values(values))


async def mark_changed(session: AsyncSession, draft_id: uuid.UUID) -> None:
    """Update the change marker of a draft."""
    await session.execute(
        update(draft_rows).where(draft_rows.c.id == draft_id).values(updated_at=func.clock_timestamp())
    )


def as_id(text: str) -> uuid.UUID:
    """Parse a draft's id.

    Raises:
        NotFoundError: it is not a UUID.
    """
    return require_id(text, NO_DRAFT)


def _zips_of(draft_id: uuid.UUID) -> tuple[Any, ...]:
    is_zip = func.lower(upload_rows.c.file_name).like("%.zip")
    return (upload_rows.c.draft_id == draft_id, upload_rows.c.state == "stored", is_zip)


_CLOSED = {
    DraftState.PUBLISHING: "This pack is being published. Wait a moment.",
    DraftState.IN_REVIEW: "This pack is in review. Withdraw it first if you want to change it.",
    DraftState.SCHEDULED: "This pack is scheduled. Cancel the release first if you want to change it.",
    DraftState.PUBLISHED: "This pack is on sale. Open it for editing first.",
    DraftState.UNPUBLISHED: "This pack is off sale. Open it for editing first.",
}
