"""Takedowns: packs removed from sale after reports or by a moderator. The page says so; buyers keep access except under legal hold."""

import uuid
from datetime import datetime

from sqlalchemy import and_, insert, literal, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import ConflictError, ForbiddenError
from askchopper.models.base import new_id
from askchopper.models.catalogue import packs
from askchopper.models.community import takedowns
from askchopper.models.drafts import draft_rows
from askchopper.schemas.identifiers import printable_slug
from askchopper.services.catalogue import pack_store
from askchopper.vocabulary import DraftState, PackStatus

_ON_HOLD = "Downloads of this pack are stopped by a legal hold. Write to us if you need its files."
_CURRENT = takedowns.c.lifted_at.is_(None)
_IS_HELD = text("""
    SELECT EXISTS (SELECT FROM takedowns t WHERE t.pack_id = :pack AND t.lifted_at IS NULL AND (t.is_legal_hold OR EXISTS (
        SELECT FROM legal_notices n WHERE n.pack_id = t.pack_id AND n.kind = 'takedown' AND n.outcome = 'approved' AND n.decided_at >= t.created_at)))
""")
_PUBLISHED_AT = text("SELECT published_at FROM packs WHERE id = :pack FOR UPDATE")


async def take_down(
    session: AsyncSession,
    pack_id: uuid.UUID,
    *,
    reason: str,
    decided_by: uuid.UUID | None = None,
    is_legal_hold: bool = False,
) -> None:
    """Take a pack down, or update the reason. Idempotent; an existing legal hold remains.

    Args:
        session: database session.
        pack_id: id of a published or taken down pack.
        reason: shown on the pack's page.
        decided_by: id of the moderator; None if reports alone took it down.
        is_legal_hold: also stop downloads by its buyers.
    """
    changes = {
        "reason": reason,
        "decided_by": decided_by,
        "is_legal_hold": is_legal_hold,
        "is_decided": decided_by is not None,
    }
    held = changes | {"is_legal_hold": takedowns.c.is_legal_hold | literal(is_legal_hold)}
    await session.execute(_PUBLISHED_AT, {"pack": pack_id})
    known = await session.execute(
        update(takedowns).where(takedowns.c.pack_id == pack_id, _CURRENT).values(held).returning(takedowns.c.id)
    )
    if known.first() is not None:
        return
    await session.execute(insert(takedowns).values(id=new_id(), pack_id=pack_id, **changes))
    await pack_store.mark_unpublished(session, pack_id, status=PackStatus.WITHDRAWN)
    await _set_draft(session, pack_id, DraftState.UNPUBLISHED)


async def lift(session: AsyncSession, pack_id: uuid.UUID, *, is_undecided: bool = False) -> None:
    """Put a taken-down pack back on sale; with ``is_undecided``, only if reports alone took it down. Idempotent."""
    published_at = (await session.execute(_PUBLISHED_AT, {"pack": pack_id})).scalar_one()
    undecided = and_(takedowns.c.decided_by.is_(None), ~takedowns.c.is_decided, ~takedowns.c.is_legal_hold)
    lifted = await session.execute(
        update(takedowns)
        .where(takedowns.c.pack_id == pack_id, _CURRENT, undecided if is_undecided else true())
        .values(lifted_at=text("now()"))
        .returning(takedowns.c.id)
    )
    if lifted.first() is None:
        return
    await pack_store.mark_published(session, pack_id, published_at=published_at)
    await _set_draft(session, pack_id, DraftState.PUBLISHED)


async def require_liftable(session: AsyncSession, pack_id: uuid.UUID) -> None:
    """Require that only reports or a moderator's decision keep the pack off sale.

    Raises:
        ConflictError: it is on legal hold, or was taken down after a notice by a rights holder.
    """
    if (await session.execute(_IS_HELD, {"pack": pack_id})).scalar_one():
        raise ConflictError("A legal hold or a notice by a rights holder keeps this pack off sale.")


async def tombstone(session: AsyncSession, *, slug: str) -> tuple[str, datetime] | None:
    """Return the reason and time of a pack's takedown; None if it is not taken down."""
    found = await session.execute(
        select(takedowns.c.reason, takedowns.c.created_at)
        .select_from(takedowns.join(packs, packs.c.id == takedowns.c.pack_id))
        .where(packs.c.slug == printable_slug(slug), _CURRENT)
    )
    row = found.one_or_none()
    return (row.reason, row.created_at) if row else None


async def is_taken_down(session: AsyncSession, pack_id: uuid.UUID) -> bool:
    """Return whether a pack is taken down and must not be published. Locks the pack against a concurrent takedown."""
    await session.execute(_PUBLISHED_AT, {"pack": pack_id})
    found = await session.execute(select(takedowns.c.id).where(takedowns.c.pack_id == pack_id, _CURRENT))
    return found.first() is not None


async def refuse_on_hold(session: AsyncSession, pack_id: uuid.UUID) -> None:
    """Refuse downloads of a pack under legal hold.

    Raises:
        ForbiddenError: the pack is on legal hold.
    """
    held = select(takedowns.c.id).where(takedowns.c.pack_id == pack_id, _CURRENT, takedowns.c.is_legal_hold)
    if (await session.execute(held)).first() is not None:
        raise ForbiddenError(_ON_HOLD)


async def _set_draft(session: AsyncSession, pack_id: uuid.UUID, state: DraftState) -> None:
    """Set the same state on the pack's draft, which has the same id, for the creator's studio."""
    published = (DraftState.PUBLISHED, DraftState.UNPUBLISHED)
    await session.execute(
        update(draft_rows).where(draft_rows.c.id == pack_id, draft_rows.c.state.in_(published)).values(state=state)
    )
