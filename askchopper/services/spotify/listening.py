"""A member's listening time on Spotify, measured from Spotify's responses; data from the browser does not count.

The time between two consecutive responses that report playback counts if the track advanced or changed. It is written
once a minute.
"""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import transaction
from askchopper.schemas.spotify import Playback
from askchopper.services.spotify.playback_cache import Snapshot, entry

MAX_GAP_SECONDS = 15.0  # the widget polls every five seconds during playback
WRITE_SECONDS = 60.0
# Several processes may measure the same time; each can add at most the time since the last write.
_ADD = text("""
    INSERT INTO spotify_listening AS l (user_id, day, seconds, last_at)
    SELECT CAST(:user AS uuid), (now() AT TIME ZONE 'UTC')::date,
        least(CAST(:seconds AS float), extract(epoch FROM now() - max(last_at))), now()
    FROM spotify_listening WHERE user_id = CAST(:user AS uuid)
    ON CONFLICT (user_id, day) DO UPDATE SET seconds = l.seconds + excluded.seconds, last_at = now()
""")
_DELETE_OLD = text("DELETE FROM spotify_listening WHERE day < date_trunc('week', now() AT TIME ZONE 'UTC')::date")


async def record(user_id: uuid.UUID, before: Snapshot | None, after: Playback, at: float) -> None:
    """Add the listening time between two consecutive responses of Spotify; write the sum once it reaches ``WRITE_SECONDS``.

    Args:
        user_id: the member.
        before: previous response; None if there was none.
        after: playback in the current response.
        at: time of the current response, by the monotonic clock.
    """
    known = entry(user_id)
    known.heard_seconds += _heard(before, after, at)
    if known.heard_seconds < WRITE_SECONDS:
        return
    seconds, known.heard_seconds = known.heard_seconds, 0.0
    async with transaction() as session:
        await session.execute(_ADD, {"user": user_id, "seconds": seconds})


async def delete_old(session: AsyncSession) -> None:
    """Delete listening times before this week (UTC), since they count only for the challenge of their week."""
    await session.execute(_DELETE_OLD)


def _heard(before: Snapshot | None, after: Playback, at: float) -> float:
    if before is None or before.error or not (before.playback.is_playing and after.is_playing):
        return 0.0
    earlier, later = before.playback.item, after.item
    gap = at - before.at
    if earlier is None or later is None or not 0 < gap <= MAX_GAP_SECONDS:
        return 0.0
    is_stuck = earlier.uri == later.uri and after.progress_ms <= before.playback.progress_ms
    return 0.0 if is_stuck else gap
