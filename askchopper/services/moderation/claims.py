"""Claims: a moderator reserves an item for ``policy.CLAIM_HOURS``, so that two do not work on it at once."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError
from askchopper.schemas.accounts import Viewer
from askchopper.services.moderation import queue

_TAKE = text("""
    INSERT INTO moderation_claims AS c (item, user_id, created_at, ends_at)
    VALUES (:item, :user, now(), now() + make_interval(hours => :hours))
    ON CONFLICT (item) DO UPDATE SET user_id = excluded.user_id, ends_at = excluded.ends_at,
        created_at = CASE WHEN c.user_id = excluded.user_id AND c.ends_at > now() THEN c.created_at ELSE now() END
    WHERE c.user_id = excluded.user_id OR c.ends_at <= now()
    RETURNING item
""")
_RELEASE = text("DELETE FROM moderation_claims WHERE item = :item AND user_id = :user")
_HOLDER = text("""
    SELECT u.display_name, c.ends_at FROM moderation_claims c JOIN users u ON u.id = c.user_id WHERE c.item = :item
""")
_EXPIRED = text("DELETE FROM moderation_claims WHERE ends_at <= now()")


async def take(session: AsyncSession, viewer: Viewer | None, *, item: str) -> None:
    """Claim an item, or extend the viewer's claim.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
        ConflictError: another moderator has claimed it.
    """
    found = await queue.find(session, viewer, item=item)
    assert viewer is not None  # noqa: S101 - checked by find
    values = {"item": found.item, "user": viewer.user_id, "hours": policy.CLAIM_HOURS}
    if (await session.execute(_TAKE, values)).first() is not None:
        return
    holder = (await session.execute(_HOLDER, {"item": found.item})).one()
    raise ConflictError(
        f"{holder.display_name} has claimed this item. It is free again when they release it, or on {holder.ends_at:%-d %B at %H:%M} UTC."
    )


async def release(session: AsyncSession, viewer: Viewer | None, *, item: str) -> None:
    """End the viewer's claim to an item, if any. Idempotent.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
    """
    found = await queue.find(session, viewer, item=item)
    assert viewer is not None  # noqa: S101 - checked by find
    await session.execute(_RELEASE, {"item": found.item, "user": viewer.user_id})


async def drop(session: AsyncSession, item: str, viewer: Viewer) -> None:
    """End the viewer's claim to an item, even if it has already left the queue because it was decided. Idempotent."""
    await session.execute(_RELEASE, {"item": item, "user": viewer.user_id})


async def delete_expired(session: AsyncSession) -> None:
    """Delete expired claims."""
    await session.execute(_EXPIRED)
