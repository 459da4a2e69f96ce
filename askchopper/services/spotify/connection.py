"""The Spotify connection: OAuth sign-in, custom client id, assistant consent, disconnecting, key rotation."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes, settings
from askchopper.database import autocommit, transaction
from askchopper.errors import ConflictError, InvalidInputError, UnavailableError
from askchopper.integrations import spotify
from askchopper.integrations.spotify import Fault, SpotifyFaultError
from askchopper.models.base import utc_now
from askchopper.models.rewards import spotify_listening
from askchopper.models.spotify import SpotifyLogin, SpotifyTokens
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.spotify import SCOPES, Connection, Permission
from askchopper.security import decrypt, encrypt, hash_token, new_token, reencrypt
from askchopper.services import limits
from askchopper.services.spotify import playback_cache, tokens
from askchopper.services.spotify.errors import NotConfiguredError

LOGIN_MINUTES = 10
MAX_PATH = 500
_CLIENT_ID = re.compile(r"[A-Za-z0-9]{16,64}")
_ROTATED_AT_ONCE = 200


class CallbackError(ConflictError):
    """An OAuth callback failed. ``code`` is one of ``schemas.spotify.OUTCOMES``; ``next_path`` is the page to return to."""

    title = "Not connected"

    def __init__(self, code: str, *, next_path: str = routes.HOME) -> None:
        super().__init__(f"Spotify was not connected: {code}.")
        self.code = code
        self.next_path = next_path

    def extra(self) -> dict[str, Any]:
        """Return the extra fields of the response: the code."""
        return {"code": self.code}


@dataclass(frozen=True)
class _Claim:
    """The stored data of a pending sign-in."""

    verifier: str
    client_id: str
    next_path: str


async def status(session: AsyncSession, viewer: Viewer | None) -> Connection:
    """Return a viewer's connection status by the stored tokens, without calling Spotify."""
    return describe(await session.get(SpotifyTokens, viewer.user_id) if viewer else None)


def describe(row: SpotifyTokens | None) -> Connection:
    """Return the connection status for a token row."""
    config = settings.get()
    if row is None or not config.allows_spotify:
        return Connection(is_allowed=config.allows_spotify, has_app=bool(config.spotify_client_id))
    is_connected = tokens.is_readable(row)
    return Connection(
        is_allowed=True,
        has_app=bool(row.own_client_id or config.spotify_client_id),
        is_connected=is_connected,
        ended_because="key-lost" if row.refresh_token and not is_connected else row.ended_because,
        own_client_id=row.own_client_id,
        is_shared_with_assistant=row.is_shared_with_assistant,
        scopes=tuple(row.scopes.split()),
    )


def allows(scopes: str, permission: Permission) -> bool:
    """Return whether the granted scopes cover a permission."""
    return set(SCOPES[permission]) <= set(scopes.split())


async def begin(
    session: AsyncSession, viewer: Viewer, *, next_path: str, permission: Permission = Permission.PLAYBACK
) -> str:
    """Start a sign-in at Spotify.

    Args:
        session: database session.
        viewer: the member; the callback is valid in this browser session only.
        next_path: page to return to; the start page if it is not a path of this site or too long.
        permission: permission to request in addition to playback and to those granted before.

    Returns:
        The authorisation URL.

    Raises:
        NotConfiguredError: neither the site nor the viewer has a client id, or no key for encrypting tokens is configured.
        RateLimitedError: too many attempts.

    Invariant: a state is stored as a hash, with its verifier encrypted, and works once within ``LOGIN_MINUTES``.
    """
    config, row = settings.get(), await session.get(SpotifyTokens, viewer.user_id)
    client_id = (row.own_client_id if row else "") or config.spotify_client_id
    if not (client_id and config.allows_spotify):
        raise NotConfiguredError
    await limits.hit((limits.SPOTIFY_LOGIN, str(viewer.user_id)))
    granted = row.scopes.split() if row else ()
    state, verifier = new_token(), new_token()
    await session.execute(delete(SpotifyLogin).where(SpotifyLogin.expires_at < utc_now() - timedelta(hours=1)))  # type: ignore[arg-type]
    session.add(
        SpotifyLogin(
            state_hash=hash_token(state),
            user_id=viewer.user_id,
            session_id=viewer.session_id,
            verifier=encrypt(verifier, purpose=_purpose(viewer.user_id)),
            client_id=client_id,
            next_path=next_path if routes.is_local_path(next_path) and len(next_path) <= MAX_PATH else routes.HOME,
            expires_at=datetime.now(UTC) + timedelta(minutes=LOGIN_MINUTES),
        )
    )
    scopes = dict.fromkeys((*granted, *SCOPES[Permission.PLAYBACK], *SCOPES[permission]))
    return spotify.authorise_url(client_id=client_id, state=state, verifier=verifier, scopes=tuple(scopes))


async def finish(viewer: Viewer | None, *, state: str, code: str, error: str) -> str:
    """Handle the OAuth callback.

    Args:
        viewer: the signed-in viewer.
        state: state from the callback; valid if it is unused and was issued to this viewer's session.
        code: authorisation code; empty if the member declined.
        error: Spotify's error code, such as ``access_denied``.

    Returns:
        Path to redirect to.

    Raises:
        CallbackError: nothing was connected; its ``code`` gives the reason.

    Invariant: no transaction is open while Spotify is called.
    """
    async with transaction() as session:
        claim = await _claim(session, viewer, state)
    if isinstance(claim, CallbackError):
        raise claim
    if error or not code:
        raise CallbackError("denied" if error == "access_denied" else "refused", next_path=claim.next_path)
    try:
        got = await spotify.exchange(
            client_id=claim.client_id,
            client_secret=tokens.secret_of(claim.client_id),
            code=code,
            verifier=claim.verifier,
        )
    except SpotifyFaultError as fault:
        is_refusal = fault.fault in {Fault.DENIED, Fault.REVOKED, Fault.APP}
        raise CallbackError("refused" if is_refusal else "unavailable", next_path=claim.next_path) from fault
    if not got.refresh:
        raise CallbackError("incomplete", next_path=claim.next_path)
    assert viewer is not None  # noqa: S101 - ``_claim`` refuses visitors
    async with transaction() as session:
        row = await _row(session, viewer)
        row.client_id, row.device_id = claim.client_id, ""
        tokens.store(row, got)
    playback_cache.evict(viewer.user_id)
    log.info("spotify.connected")
    return claim.next_path


async def disconnect(session: AsyncSession, viewer: Viewer) -> None:
    """Delete the viewer's tokens, pending sign-ins and listening minutes. Their custom client id and settings stay."""
    row = await session.get(SpotifyTokens, viewer.user_id, with_for_update=True)
    if row is not None:
        tokens.delete(row)
    await _leave_app(session, viewer)


async def set_own_app(session: AsyncSession, viewer: Viewer, *, client_id: str) -> None:
    """Set the viewer's own client id; an empty one restores the site's. A change ends the connection.

    Raises:
        InvalidInputError: it is not a client id.
        NotConfiguredError: no key for encrypting tokens is configured.
    """
    if not settings.get().allows_spotify:
        raise NotConfiguredError
    wanted = client_id.strip()
    if wanted and not _CLIENT_ID.fullmatch(wanted):
        raise InvalidInputError(
            "A client id is a string of letters and digits, as Spotify shows it for the app.", field="client_id"
        )
    row = await _row(session, viewer)
    if wanted == row.own_client_id:
        return
    row.own_client_id = wanted
    tokens.delete(row)
    await _leave_app(session, viewer)  # a pending sign-in would connect through the previous app


async def share_with_assistant(session: AsyncSession, viewer: Viewer, *, is_shared: bool) -> None:
    """Set whether the assistant may see what is playing."""
    row = await _row(session, viewer)
    row.is_shared_with_assistant, row.updated_at = is_shared, utc_now()


async def rotate_keys() -> tuple[int, int]:
    """Re-encrypt all tokens with the newest key.

    Returns:
        The number of rows re-encrypted, and of rows that no key could decrypt. These stay as they are, so that they work
        again once their key is restored.

    Invariant: rows are locked in small batches, so that a running site is not blocked.
    """
    done, lost, after = 0, 0, UUID(int=0)
    while True:
        async with transaction() as session:
            rows = (
                await session.scalars(
                    select(SpotifyTokens)
                    .where(SpotifyTokens.user_id > after, SpotifyTokens.refresh_token.is_not(None))  # type: ignore[arg-type, union-attr]
                    .order_by(SpotifyTokens.user_id)  # type: ignore[arg-type]
                    .limit(_ROTATED_AT_ONCE)
                    .with_for_update()
                )
            ).all()
            for row in rows:
                access, refresh = reencrypt(row.access_token or b""), reencrypt(row.refresh_token or b"")
                if refresh is None:
                    lost += 1
                    continue
                row.access_token, row.refresh_token = access or row.access_token, refresh
                done += 1
        if not rows:
            return done, lost
        after = rows[-1].user_id


async def _claim(session: AsyncSession, viewer: Viewer | None, state: str) -> "_Claim | CallbackError":
    """Consume a state. Errors are returned, not raised, so that the transaction commits the consumption."""
    row = await session.get(SpotifyLogin, hash_token(state), with_for_update=True)
    if row is None:
        return CallbackError("mismatched")
    if viewer is None or row.user_id != viewer.user_id or row.session_id != viewer.session_id:
        # Not consumed: the browser that started it may still return.
        return CallbackError("other-browser")
    if row.used_at is not None:
        return CallbackError("replayed", next_path=row.next_path)
    row.used_at = utc_now()
    verifier = decrypt(row.verifier, purpose=_purpose(row.user_id))
    if row.expires_at < datetime.now(UTC) or verifier is None:
        return CallbackError("expired", next_path=row.next_path)
    return _Claim(verifier, row.client_id, row.next_path)


async def _row(session: AsyncSession, viewer: Viewer) -> SpotifyTokens:
    row = await session.get(SpotifyTokens, viewer.user_id, with_for_update=True)
    if row is None:
        row = SpotifyTokens(user_id=viewer.user_id)
        session.add(row)
    return row


async def _leave_app(session: AsyncSession, viewer: Viewer) -> None:
    await session.execute(delete(SpotifyLogin).where(SpotifyLogin.user_id == viewer.user_id))  # type: ignore[arg-type]
    await session.execute(delete(spotify_listening).where(spotify_listening.c.user_id == viewer.user_id))
    playback_cache.evict(viewer.user_id)


async def invalidate(user_id: UUID) -> None:
    """Invalidate the cached playback of a member in every process; ignored if the database is unavailable."""
    with suppress(UnavailableError):  # cached playback is a few seconds old at most
        async with autocommit() as session:
            await session.execute(
                update(SpotifyTokens)
                .where(SpotifyTokens.user_id == user_id)  # type: ignore[arg-type]
                .values(updated_at=func.clock_timestamp())
            )


async def remember_device(user_id: UUID, device_id: str) -> None:
    """Store the device last used by a connected member, to use when none is active."""
    async with autocommit() as session:
        await session.execute(
            update(SpotifyTokens)
            .where(SpotifyTokens.user_id == user_id, SpotifyTokens.refresh_token.is_not(None))  # type: ignore[arg-type, union-attr]
            .values(device_id=device_id)
        )


def _purpose(user_id: UUID) -> str:
    return f"spotify.verifier:{user_id}"
