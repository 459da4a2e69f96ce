"""News counts of a member: unread notifications, and feed entries since the feed was last read."""

import uuid
from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database_statements import prepared
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.news import News, NewsMark
from askchopper.services import activity
from askchopper.services.community import feed

_MARKS = prepared(
    text("""
    SELECT u.id,
        (SELECT n.created_at FROM notifications n WHERE n.user_id = u.id ORDER BY n.created_at DESC LIMIT 1) AS notified_at,
        EXISTS (SELECT FROM notifications n WHERE n.user_id = u.id AND n.read_at IS NULL) AS has_unread,
        (SELECT e.event_id FROM feed_entries e WHERE e.user_id = u.id ORDER BY e.event_id DESC LIMIT 1) AS latest_entry,
        (SELECT r.read_until FROM feed_readings r WHERE r.user_id = u.id) AS read_until
    FROM unnest(CAST(:users AS uuid[])) AS u(id)
""")
)


async def count(session: AsyncSession, viewer: Viewer) -> News:
    """Count the viewer's unread notifications and new feed entries."""
    return News(
        notifications=await activity.unread_count(session, viewer),
        feed_entries=await feed.unread_count(session, viewer),
        mark=(await marks(session, [viewer.user_id]))[viewer.user_id],
    )


async def marks(session: AsyncSession, user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, NewsMark]:
    """Return a change marker per member, which differs after something arrived or was read."""
    rows = await session.execute(_MARKS, {"users": list(user_ids)})
    return {row.id: NewsMark(row.notified_at, row.has_unread, row.latest_entry, row.read_until) for row in rows}
