"""Back-off after a 429 from Spotify, per user and process. ``errors`` has the messages for the member."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from askchopper.integrations.spotify import Fault, SpotifyFaultError
from askchopper.services.spotify import playback_cache


@contextmanager
def respect_retry_after(user_id: UUID) -> Generator[None]:
    """Guard a call to Spotify: raise while a back-off is active, since further requests would extend it.

    Raises:
        SpotifyFaultError: a back-off is active, or the call failed; a 429 starts a new back-off.
    """
    until, fault = playback_cache.entry(user_id).backoff
    if (seconds := until - time.monotonic()) > 0:
        raise SpotifyFaultError(fault, retry_after_seconds=int(seconds) + 1)
    try:
        yield
    except SpotifyFaultError as error:
        if error.fault in {Fault.RATE_LIMIT, Fault.QUOTA}:
            playback_cache.entry(user_id).backoff = (time.monotonic() + error.retry_after_seconds, error.fault)
        raise
