"""Blocks between members. A block works in both directions: neither sees what the other writes."""

import uuid

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.accounts import users
from askchopper.models.community import blocks
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.community import BlockedMember
from askchopper.schemas.identifiers import require_id

_NO_MEMBER = "This member does not exist."


def not_blocked(member: str) -> str:
    """Return the SQL condition that ``:viewer`` and the member in a column have not blocked each other."""
    return (
        "NOT EXISTS (SELECT FROM blocks b WHERE"
        f" b.blocker_id = CAST(:viewer AS uuid) AND b.blocked_id = {member}"
        f" OR b.blocker_id = {member} AND b.blocked_id = CAST(:viewer AS uuid))"
    )


_IS_APART = text("""
    SELECT EXISTS (SELECT FROM blocks WHERE blocker_id = :one AND blocked_id = :other OR blocker_id = :other AND blocked_id = :one)
""")


async def block(session: AsyncSession, viewer: Viewer, *, member_id: str) -> None:
    """Block a member. Idempotent; the blocked member is not notified.

    Raises:
        NotFoundError: there is no such member.
        InvalidInputError: the member is the viewer, or the viewer has blocked too many others.
    """
    other = await _member(session, member_id)
    if other == viewer.user_id:
        raise InvalidInputError("You cannot block yourself.")
    others = select(func.count()).where(blocks.c.blocker_id == viewer.user_id, blocks.c.blocked_id != other)
    if (await session.execute(others)).scalar_one() >= policy.MAX_BLOCKS:
        raise InvalidInputError(f"You can block up to {policy.MAX_BLOCKS:,} members.")
    values = {"blocker_id": viewer.user_id, "blocked_id": other}
    await session.execute(upsert(blocks).values(values).on_conflict_do_nothing())


async def unblock(session: AsyncSession, viewer: Viewer, *, member_id: str) -> None:
    """Unblock a member. Idempotent.

    Raises:
        NotFoundError: the id is malformed.
    """
    other = require_id(member_id, _NO_MEMBER)
    await session.execute(delete(blocks).where(blocks.c.blocker_id == viewer.user_id, blocks.c.blocked_id == other))


async def list_blocked(session: AsyncSession, viewer: Viewer) -> tuple[BlockedMember, ...]:
    """List the members whom the viewer has blocked, latest first."""
    rows = await session.execute(
        select(users.c.id, users.c.display_name, blocks.c.created_at)
        .select_from(blocks.join(users, users.c.id == blocks.c.blocked_id))
        .where(blocks.c.blocker_id == viewer.user_id)
        .order_by(blocks.c.created_at.desc())
    )
    return tuple(BlockedMember(str(row.id), row.display_name, row.created_at) for row in rows)


async def are_apart(session: AsyncSession, one: uuid.UUID, other: uuid.UUID) -> bool:
    """Return whether either of two members has blocked the other."""
    return bool((await session.execute(_IS_APART, {"one": one, "other": other})).scalar_one())


async def _member(session: AsyncSession, member_id: str) -> uuid.UUID:
    wanted = require_id(member_id, _NO_MEMBER)
    found = await session.execute(select(users.c.id).where(users.c.id == wanted, users.c.disabled_at.is_(None)))
    if (known := found.scalar_one_or_none()) is None:
        raise NotFoundError(_NO_MEMBER)
    return known
