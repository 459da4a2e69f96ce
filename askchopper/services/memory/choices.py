"""Members' memory settings, and whether memory is used in a conversation."""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.memory import MemoryChoices


async def get(session: AsyncSession, viewer: Viewer) -> MemoryChoices:
    """Return the viewer's memory settings."""
    row = (await session.execute(_GET, {"user": viewer.user_id})).one_or_none()
    return MemoryChoices(row.is_paused, row.offers_open_points) if row else MemoryChoices()


async def change(
    session: AsyncSession, viewer: Viewer, *, is_paused: bool | None = None, offers_open_points: bool | None = None
) -> MemoryChoices:
    """Pause or resume the viewer's memory, or set whether new conversations remind of open points; return the settings.

    None leaves a setting unchanged.
    """
    given = {"user": viewer.user_id, "paused": is_paused, "offers": offers_open_points}
    row = (await session.execute(_CHANGE, given)).one()
    return MemoryChoices(row.is_paused, row.offers_open_points)


async def is_used_in(session: AsyncSession, user_id: uuid.UUID, conversation_id: uuid.UUID) -> bool:
    """Return whether a conversation reads and writes memory: not if it is temporary, opted out, or memory is paused."""
    given = {"user": user_id, "conversation": conversation_id}
    return (await session.execute(_IS_USED, given)).scalar_one_or_none() is not None


# SQL condition on a conversation ``c``: memory is read and written there.
IS_USED = """c.deleted_at IS NULL AND NOT c.is_temporary AND c.uses_memory
    AND NOT EXISTS (SELECT 1 FROM memory_settings s WHERE s.user_id = c.user_id AND s.is_paused)"""
_GET = text("SELECT is_paused, offers_open_points FROM memory_settings WHERE user_id = :user")
_CHANGE = text("""
    INSERT INTO memory_settings (user_id, is_paused, offers_open_points)
    VALUES (:user, coalesce(CAST(:paused AS boolean), false), coalesce(CAST(:offers AS boolean), true))
    ON CONFLICT (user_id) DO UPDATE SET
        is_paused = coalesce(CAST(:paused AS boolean), memory_settings.is_paused),
        offers_open_points = coalesce(CAST(:offers AS boolean), memory_settings.offers_open_points),
        updated_at = now()
    RETURNING is_paused, offers_open_points
""")
_IS_USED = text(
    f"SELECT 1 FROM conversations c WHERE c.id = :conversation AND c.user_id = :user AND {IS_USED}"  # noqa: S608 - constants
)
