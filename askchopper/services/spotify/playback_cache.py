"""Per-process cache of one entry per user: playback, whether the track is liked, and rate-limit back-off.

Playback, including a failure to fetch it, is shared by all tabs of a user, and concurrent requests share one call. It is
valid for one version of the user's token row: every command and every change of the connection makes a new version, which
invalidates the playback cached by all processes. ``rate_limit`` applies the back-off.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from askchopper.errors import AskChopperError
from askchopper.integrations.spotify import Fault
from askchopper.schemas.spotify import Playback

# Slightly below the widget's polling interval, so that each poll gets fresh data.
PLAYING_SECONDS = 4.5
IDLE_SECONDS = 14.0
LEAST_SECONDS = 0.5  # also for a track at its end
# The track may also be liked in Spotify's own app.
LIKED_SECONDS = 60.0
# Long enough to cover all tabs, short enough for somebody who clicks "Try again".
FAILED_SECONDS = 2.0
_MAX_ENTRIES = 10_000


@dataclass(frozen=True)
class Snapshot:
    """Playback, or the error of fetching it, with the time of the response and the version of the token row."""

    playback: Playback
    at: float
    version: datetime | None = None
    error: AskChopperError | None = None

    @property
    def age_ms(self) -> int:
        """Age in milliseconds by the monotonic clock of this process; the browser's clock may be wrong."""
        return round((time.monotonic() - self.at) * 1000)

    @property
    def is_good(self) -> bool:
        """Whether the snapshot is fresh; a playing track shortens its lifetime to the rest of the track."""
        lasts = PLAYING_SECONDS if self.playback.is_playing else IDLE_SECONDS
        if self.error is not None:
            lasts = FAILED_SECONDS
        elif self.playback.is_playing and self.playback.item and self.playback.item.duration_ms:
            rest = (self.playback.item.duration_ms - self.playback.progress_ms) / 1000
            lasts = min(lasts, max(rest, LEAST_SECONDS))
        return time.monotonic() - self.at < lasts


@dataclass
class Entry:
    """Cached data of a user."""

    snapshot: Snapshot | None = None
    liked: tuple[str, bool, float] = ("", False, 0.0)  # track, whether liked, since when known
    backoff: tuple[float, Fault] = (0.0, Fault.RATE_LIMIT)  # until when, and why
    heard_seconds: float = 0.0  # not written yet
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_entries: OrderedDict[UUID, Entry] = OrderedDict()


def entry(user_id: UUID) -> Entry:
    """Return a user's cache entry, creating an empty one if needed."""
    found = _entries.setdefault(user_id, Entry())
    _entries.move_to_end(user_id)
    if len(_entries) > _MAX_ENTRIES:
        _entries.popitem(last=False)
    return found


async def get(
    user_id: UUID,
    version: datetime,
    fetch: Callable[[], Awaitable[tuple[Playback, float]]],
    *,
    force_refresh: bool = False,
) -> Snapshot:
    """Return cached playback, or fetch it; concurrent callers share one fetch.

    Args:
        user_id: the member.
        version: version of the member's token row.
        fetch: function that returns playback with the time of the response.
        force_refresh: bypass the cache.

    Raises:
        AskChopperError: the fetch failed, now or a moment ago.
    """
    cached = entry(user_id)
    if not force_refresh and (found := _valid(cached, version)):
        return found
    async with cached.lock:
        if not force_refresh and (found := _valid(cached, version)):
            return found
        try:
            cached.snapshot = Snapshot(*await fetch(), version)
        except AskChopperError as error:
            cached.snapshot = Snapshot(Playback(), time.monotonic(), version, error)
            raise
        return cached.snapshot


def evict(user_id: UUID) -> None:
    """Remove a user's cache entry from this process, since it is valid for one connection only."""
    _entries.pop(user_id, None)


def liked(user_id: UUID, uri: str) -> bool | None:
    """Return whether the member likes this track; None if that is not cached or older than ``LIKED_SECONDS``."""
    known, is_liked, at = entry(user_id).liked
    return is_liked if known == uri and time.monotonic() - at < LIKED_SECONDS else None


def remember_liked(user_id: UUID, uri: str, *, is_liked: bool) -> None:
    """Cache whether the member likes the current track, so that polling does not ask again."""
    entry(user_id).liked = (uri, is_liked, time.monotonic())


def reset() -> None:
    """Clear everything, for tests."""
    _entries.clear()


def _valid(cached: Entry, version: datetime) -> Snapshot | None:
    found = cached.snapshot
    if found is None or found.version != version or not found.is_good:
        return None
    if found.error is not None:
        raise found.error.with_traceback(None)
    return found
