"""Per-process cache of playback state and likes, and rate-limit back-off per user.

Playback state, including failures, is cached per user and shared by all tabs; concurrent requests share one call. An entry
is valid for one version of the member's token row: every command and every change of the connection makes a new version,
which invalidates the cache in all processes. Back-off after a 429 is tracked per user and process.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from askchopper.errors import AskChopperError
from askchopper.integrations.spotify import Fault, SpotifyFaultError
from askchopper.schemas.spotify import Playback

# Slightly below the widget's polling interval, so that each poll gets fresh data.
PLAYING_SECONDS = 4.5
IDLE_SECONDS = 14.0
LEAST_SECONDS = 0.5  # also for a track at its end
# The track may also be liked in Spotify's own app.
LIKED_SECONDS = 60.0
# Long enough to cover all tabs, short enough for somebody who clicks "Try again".
FAILED_SECONDS = 2.0
_MOST_KEPT = 10_000


State = datetime | None  # version of the member's token row; None without one


@dataclass(frozen=True)
class Snapshot:
    """Cached playback with the time it was fetched."""

    playback: Playback
    at: float
    state: State = None

    @property
    def age_ms(self) -> int:
        """Age in milliseconds by the server's monotonic clock; the browser's clock may be wrong."""
        return round((time.monotonic() - self.at) * 1000)

    @property
    def is_good(self) -> bool:
        """Whether it is still valid; the track may have ended since."""
        lasts = PLAYING_SECONDS if self.playback.is_playing else IDLE_SECONDS
        if self.playback.is_playing and self.playback.item and self.playback.item.duration_ms:
            rest = (self.playback.item.duration_ms - self.playback.progress_ms) / 1000
            lasts = min(lasts, max(rest, LEAST_SECONDS))
        return time.monotonic() - self.at < lasts


_looks: OrderedDict[UUID, Snapshot] = OrderedDict()
_failures: OrderedDict[UUID, tuple[AskChopperError, float, State]] = OrderedDict()
_pauses: OrderedDict[UUID, tuple[float, Fault]] = OrderedDict()
_liked: OrderedDict[UUID, tuple[str, bool, float]] = OrderedDict()
_locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


async def get(
    user_id: UUID, state: State, ask: Callable[[], Awaitable[tuple[Playback, float]]], *, force_refresh: bool = False
) -> Snapshot:
    """Return cached playback, or fetch it; concurrent callers share one fetch.

    Args:
        user_id: the member.
        state: version of their token row.
        ask: fetches playback and returns it with the time of the response.
        force_refresh: bypass the cache.

    Raises:
        AskChopperError: the fetch failed, now or a moment ago.
    """
    if not force_refresh and (found := _known(user_id, state)):
        return found
    lock = _locks.get(user_id) or _locks.setdefault(user_id, asyncio.Lock())
    async with lock:
        if not force_refresh and (found := _known(user_id, state)):
            return found
        try:
            seen = Snapshot(*await ask(), state)
        except AskChopperError as error:
            _keep(_failures, user_id, (error, time.monotonic(), state))
            raise
        _failures.pop(user_id, None)
        _keep(_looks, user_id, seen)
        return seen


def evict(user_id: UUID) -> None:
    """Evict likes and back-off, which belong to one connection."""
    _liked.pop(user_id, None)
    _pauses.pop(user_id, None)


def liked(user_id: UUID, uri: str) -> bool | None:
    """Return whether the member likes this track; None if unknown."""
    known, is_liked, at = _liked.get(user_id, ("", False, 0.0))
    return is_liked if known == uri and time.monotonic() - at < LIKED_SECONDS else None


def remember_liked(user_id: UUID, uri: str, *, is_liked: bool) -> None:
    """Cache whether the member likes the current track, so that polling does not ask again."""
    _keep(_liked, user_id, (uri, is_liked, time.monotonic()))


@contextmanager
def respect_retry_after(user_id: UUID) -> Generator[None]:
    """Run a call to Spotify unless a back-off is active, since further requests would extend it.

    Raises:
        SpotifyFaultError: a back-off is active, or the call failed; a 429 starts a new back-off.
    """
    until, fault = _pauses.get(user_id, (0.0, Fault.RATE_LIMIT))
    if (seconds := until - time.monotonic()) > 0:
        raise SpotifyFaultError(fault, retry_after_seconds=int(seconds) + 1)
    try:
        yield
    except SpotifyFaultError as error:
        if error.fault in {Fault.RATE_LIMIT, Fault.QUOTA}:
            _keep(_pauses, user_id, (time.monotonic() + error.retry_after_seconds, error.fault))
        raise


def reset() -> None:
    """Clear everything, for tests."""
    for kept in (_looks, _failures, _pauses, _liked):
        kept.clear()


def _known(user_id: UUID, state: State) -> Snapshot | None:
    error, at, seen_in = _failures.get(user_id, (None, 0.0, None))
    if error is not None and seen_in == state and time.monotonic() - at < FAILED_SECONDS:
        raise error.with_traceback(None)
    found = _looks.get(user_id)
    return found if found and found.state == state and found.is_good else None


def _keep(store: OrderedDict[UUID, Any], user_id: UUID, value: Any) -> None:
    store[user_id] = value
    store.move_to_end(user_id)
    if len(store) > _MOST_KEPT:
        store.popitem(last=False)
