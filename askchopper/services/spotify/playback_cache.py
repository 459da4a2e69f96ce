"""What is remembered between calls, in this process: what each member plays and whether they like it, and pauses asked for.

One look at Spotify serves all tabs of a member, and so does one that failed; several server processes look once each. A look
is good for one state of the member's row, which every command and every change of the connection renews, in whatever process.
A pause that Spotify asks for is kept by whoever came upon it, until it is over or they connect anew.
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

# A little less than the widget's own interval, so that each of its questions is a new look.
PLAYING_SECONDS = 4.5
IDLE_SECONDS = 14.0
LEAST_SECONDS = 0.5  # also of a track that Spotify says is at its end
# The heart may also be pressed in Spotify's own app.
LIKED_SECONDS = 60.0
# Long enough for all tabs, and short enough for somebody who presses "Try again".
FAILED_SECONDS = 2.0
_MOST_KEPT = 10_000


State = datetime | None  # when the member's row was last changed; None where there is none


@dataclass(frozen=True)
class Snapshot:
    """A playback and when it was seen."""

    playback: Playback
    at: float
    state: State = None

    @property
    def age_ms(self) -> int:
        """How long ago that was; the browser's clock may be wrong, this is not."""
        return round((time.monotonic() - self.at) * 1000)

    @property
    def is_good(self) -> bool:
        """Whether it need not be asked anew; the track may have come to its end since."""
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
    user_id: UUID, state: State, ask: Callable[[], Awaitable[tuple[Playback, float]]], *, is_anew: bool = False
) -> Snapshot:
    """Return the last look if it is good, or else look; for any number of tabs at once, once.

    Args:
        user_id: the member.
        state: of their row, as it is now.
        ask: looks at Spotify; returns what plays and when the answer came.
        is_anew: whether to look even if the last look is good.

    Raises:
        AskChopperError: it failed, now or a moment ago.
    """
    if not is_anew and (found := _known(user_id, state)):
        return found
    lock = _locks.get(user_id) or _locks.setdefault(user_id, asyncio.Lock())
    async with lock:
        if not is_anew and (found := _known(user_id, state)):
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
    """Forget the heart and a pause, which belong to a connection."""
    _liked.pop(user_id, None)
    _pauses.pop(user_id, None)


def liked(user_id: UUID, uri: str) -> bool | None:
    """Tell whether the member keeps this track in their library; None if that has to be asked."""
    known, is_liked, at = _liked.get(user_id, ("", False, 0.0))
    return is_liked if known == uri and time.monotonic() - at < LIKED_SECONDS else None


def remember_liked(user_id: UUID, uri: str, *, is_liked: bool) -> None:
    """Keep the answer for the track that plays; a track is asked about once, not at every look."""
    _keep(_liked, user_id, (uri, is_liked, time.monotonic()))


@contextmanager
def respect_retry_after(user_id: UUID) -> Generator[None]:
    """Call Spotify in the block only if it has not asked for a pause, since asking on makes it longer.

    Raises:
        SpotifyFaultError: a pause lasts, or what the block raises; a pause that is asked for there is remembered.
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
    """Forget everything, as a new process would."""
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
