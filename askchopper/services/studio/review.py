"""Moderation: list pending packs, approve them, or return them to their creators."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import ConflictError, ForbiddenError, InvalidInputError
from askchopper.models.accounts import users
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import DraftDetail, ReviewItem
from askchopper.services import audit
from askchopper.services.studio import drafts, publishing
from askchopper.vocabulary import DraftState


async def queue(session: AsyncSession, viewer: Viewer) -> tuple[ReviewItem, ...]:
    """List up to 200 packs in review, earliest submission first.

    Raises:
        ForbiddenError: the viewer is not a moderator.
    """
    _require_moderator(viewer)
    count = select(func.count()).where(draft_files.c.draft_id == draft_rows.c.id).scalar_subquery()
    rows = await session.execute(
        select(draft_rows, users.c.display_name, count.label("file_count"))
        .select_from(draft_rows.join(users, users.c.id == draft_rows.c.user_id))
        .where(draft_rows.c.state == DraftState.IN_REVIEW)
        .order_by(draft_rows.c.submitted_at)
        .limit(200)
    )
    return tuple(
        ReviewItem(row.id, row.title, row.display_name, row.note, row.file_count, row.submitted_at) for row in rows
    )


async def approve(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> None:
    """Approve a pack, which publishes it now or at its scheduled time.

    Raises:
        ForbiddenError: the viewer is not a moderator, or made the pack.
        ConflictError: it is not in review.
    """
    draft = await _reviewed(session, viewer, draft_id)
    await publishing.release(session, draft)
    await audit.record(
        session,
        viewer,
        action="moderation.approved",
        target="pack",
        target_id=str(draft.id),
        after={"title": draft.title},
    )


async def return_to_creator(session: AsyncSession, viewer: Viewer, *, draft_id: str, reason: str) -> None:
    """Return a pack to its creator with a reason.

    Raises:
        ForbiddenError: the viewer is not a moderator, or made the pack.
        InvalidInputError: the reason has under 5 characters.
        ConflictError: it is not in review.
    """
    words = reason.strip()[:1000]
    if len(words) < 5:
        raise InvalidInputError("Say in a sentence what has to change.", field="reason")
    draft = await _reviewed(session, viewer, draft_id)
    await publishing.set_state(session, draft.id, DraftState.DRAFT, note=words)
    await publishing.notify_creator(session, draft, f"{draft.title} needs a change before it can be published: {words}")
    await audit.record(
        session,
        viewer,
        action="moderation.sent_back",
        target="pack",
        target_id=str(draft.id),
        reason=words,
        after={"title": draft.title},
    )


async def last_change(session: AsyncSession, draft_id: str) -> datetime:
    """Return when a draft was last changed; ``review_again`` uses it to detect later edits."""
    found = await session.execute(select(draft_rows.c.updated_at).where(draft_rows.c.id == drafts.as_id(draft_id)))
    return found.scalar_one()


async def review_again(
    session: AsyncSession, viewer: Viewer, *, draft_id: str, note: str, submitted_at: datetime, changed_at: datetime
) -> None:
    """Put a returned pack back in review.

    Raises:
        ForbiddenError: the viewer is not a moderator.
        ConflictError: its creator has changed or submitted it since ``changed_at``.
    """
    _require_moderator(viewer)
    known_id = drafts.as_id(draft_id)
    changed = await session.execute(
        update(draft_rows)
        .where(draft_rows.c.id == known_id, draft_rows.c.state == DraftState.DRAFT, drafts.IS_KEPT)
        .where(draft_rows.c.updated_at == changed_at)
        .values(state=DraftState.IN_REVIEW, note=note, submitted_at=submitted_at)
        .returning(draft_rows.c.id)
    )
    if changed.first() is None:
        raise ConflictError("The creator is editing this pack again. It returns to the queue when they submit it.")
    draft = await drafts.load(session, known_id)
    await publishing.notify_creator(session, draft, f"{draft.title} is in review again; nothing has to change yet.")


async def _reviewed(session: AsyncSession, viewer: Viewer, draft_id: str) -> DraftDetail:
    _require_moderator(viewer)
    known_id = drafts.as_id(draft_id)
    locked = await session.execute(select(draft_rows.c.state).where(draft_rows.c.id == known_id).with_for_update())
    if locked.scalar_one_or_none() != DraftState.IN_REVIEW:
        raise ConflictError("This pack is not in review any more.")
    draft = await drafts.load(session, known_id)
    if draft.user_id == viewer.user_id:
        raise ForbiddenError("You cannot review your own pack.")
    return draft


def _require_moderator(viewer: Viewer) -> None:
    if not viewer.is_moderator:
        raise ForbiddenError("Only moderators review packs.")
