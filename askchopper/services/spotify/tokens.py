"""Calls Spotify with a member's access token; refreshes the token when needed and retries once.

A refresh holds a lock on the member's row, so that concurrent calls in any process cause one refresh. It is the only
transaction that spans a vendor call: for ``TOKEN_SECONDS`` at most, which is shorter than the lock timeout. Within a process
waiters queue on an in-memory lock without a connection, and at most ``REFRESHES_AT_ONCE`` members refresh together, so that
a slow token endpoint cannot exhaust the pool.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary, WeakValueDictionary

from askchopper import settings
from askchopper.database import autocommit, transaction
from askchopper.errors import AskChopperError
from askchopper.integrations import spotify
from askchopper.integrations.spotify import Fault, SpotifyFaultError
from askchopper.models.base import utc_now
from askchopper.models.spotify import SpotifyTokens
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.security import decrypt, encrypt
from askchopper.services.spotify import rate_limit
from askchopper.services.spotify.errors import ConnectionEndedError, NotConnectedError, from_fault

REFRESH_BEFORE = timedelta(seconds=60)
REFRESHES_AT_ONCE = 3
Result = TypeVar("Result")
_locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
    WeakKeyDictionary()
)  # a semaphore belongs to its event loop


async def find(user_id: UUID) -> SpotifyTokens | None:
    """Return a member's token row, or None. A request reads it once and passes it on; only a refresh rereads it."""
    async with autocommit() as session:
        return await session.get(SpotifyTokens, user_id)


async def load(viewer: Viewer) -> SpotifyTokens:
    """Return the token row of a viewer who has connected Spotify.

    Raises:
        NotConnectedError: the viewer has not connected Spotify.
        ConnectionEndedError: the connection has ended.
    """
    return _connected(await find(viewer.user_id))


async def use(row: SpotifyTokens, op: str, work: Callable[[Any], Result]) -> Result:
    """Call Spotify on behalf of a member.

    Args:
        row: token row of the member.
        op: name of the call in the log.
        work: function that calls Spotify with the given client.

    Raises:
        NotConnectedError: the member has disconnected since.
        ConnectionEndedError: the connection has ended.
        SpotifyFaultError: the call failed.
    """
    with rate_limit.respect_retry_after(row.user_id):
        token = _unexpired(row) or await _refresh(row.user_id)
        try:
            return await spotify.call(token, op, work)
        except SpotifyFaultError as error:
            if error.fault is not Fault.EXPIRED:
                raise
        return await spotify.call(await _refresh(row.user_id, rejected=token), op, work)


async def renew(viewer: Viewer) -> int:
    """Refresh the access token if it is about to expire; returns its remaining lifetime in seconds.

    Raises:
        NotConnectedError: the viewer has not connected Spotify.
        ConnectionEndedError: the connection has ended.
        AskChopperError: another one of ``errors``, for example if Spotify is unavailable.
    """
    row = await load(viewer)
    try:
        with rate_limit.respect_retry_after(row.user_id):
            if not _unexpired(row):
                await _refresh(row.user_id)
                row = await load(viewer)
    except SpotifyFaultError as error:
        told: AskChopperError = from_fault(error)
        raise told from error
    return max(0, round((row.expires_at - datetime.now(UTC)).total_seconds())) if row.expires_at else 0


def store(row: SpotifyTokens, got: spotify.Tokens) -> None:
    """Store encrypted tokens in a row. Without a new refresh token, the previous one is kept."""
    row.access_token = encrypt(got.access, purpose=_purpose(row.user_id, "access"))
    if got.refresh:
        row.refresh_token = encrypt(got.refresh, purpose=_purpose(row.user_id, "refresh"))
    row.expires_at = datetime.now(UTC) + timedelta(seconds=got.lasts_seconds)
    if got.scopes:
        row.scopes = " ".join(got.scopes)[:1000]
    row.ended_because = ""
    row.updated_at = utc_now()


def delete(row: SpotifyTokens, *, because: str = "") -> None:
    """Delete the tokens, scopes and device of a row; ``because`` is the reason shown to the member, one of ``ENDINGS``."""
    row.access_token = row.refresh_token = row.expires_at = None
    row.scopes, row.client_id, row.device_id = "", "", ""
    row.ended_because = because
    row.updated_at = utc_now()


def secret_of(client_id: str) -> str:
    """Return the client secret of the site's app; members' own apps have none (PKCE)."""
    config = settings.get()
    secret = config.spotify_client_secret
    return secret.get_secret_value() if secret and client_id == config.spotify_client_id else ""


async def _refresh(user_id: UUID, *, rejected: str = "") -> str:
    """Return an access token other than ``rejected``; concurrent callers share one refresh.

    Raises:
        NotConnectedError: the member has disconnected.
        ConnectionEndedError: the connection has ended.
        SpotifyFaultError: the refresh failed.
    """
    lock = _locks.get(user_id) or _locks.setdefault(user_id, asyncio.Lock())
    gate = _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(REFRESHES_AT_ONCE))
    async with lock, gate:
        async with transaction() as session:
            row = _connected(await session.get(SpotifyTokens, user_id, with_for_update=True))
            token = _unexpired(row)
            if token in {"", rejected}:  # otherwise another request refreshed it first
                token = await _ask(row)
        if not token:
            # Raised after the commit: the end of the connection must be stored.
            log.info("spotify.ended", because=row.ended_because)
            raise ConnectionEndedError(row.ended_because)
        return token


def is_readable(row: SpotifyTokens) -> bool:
    """Return whether a connection exists and one of the configured keys decrypts it."""
    return row.refresh_token is not None and _again(row) is not None


async def _ask(row: SpotifyTokens) -> str:
    """Refresh the tokens of a locked row; returns an empty token if the connection has ended."""
    if (again := _again(row)) is None:
        # Keep the row: a process with the newer key, or this one once its keys are restored, can decrypt it.
        raise ConnectionEndedError("key-lost")
    try:
        got = await spotify.refresh(
            client_id=row.client_id, client_secret=secret_of(row.client_id), refresh_token=again
        )
    except SpotifyFaultError as error:
        is_own_app = row.client_id != settings.get().spotify_client_id
        if error.fault is Fault.APP and not is_own_app:
            log.warning("spotify.app_refused")
        if error.fault is Fault.REVOKED or (error.fault is Fault.APP and is_own_app):
            delete(row, because="revoked" if error.fault is Fault.REVOKED else "app-gone")
            return ""
        raise
    store(row, got)
    return got.access


def _connected(row: SpotifyTokens | None) -> SpotifyTokens:
    if row is None or row.refresh_token is None:
        raise ConnectionEndedError(row.ended_because) if row and row.ended_because else NotConnectedError
    return row


def _unexpired(row: SpotifyTokens) -> str:
    """Return the access token if it remains valid for ``REFRESH_BEFORE`` and can be decrypted, else an empty string."""
    if row.access_token is None or row.expires_at is None or row.expires_at - datetime.now(UTC) < REFRESH_BEFORE:
        return ""
    return decrypt(row.access_token, purpose=_purpose(row.user_id, "access")) or ""


def _again(row: SpotifyTokens) -> str | None:
    return decrypt(row.refresh_token or b"", purpose=_purpose(row.user_id, "refresh"))


def _purpose(user_id: UUID, which: str) -> str:
    return f"spotify.{which}:{user_id}"
