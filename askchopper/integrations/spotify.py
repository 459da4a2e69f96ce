"""Client of Spotify through Authlib (OAuth) and spotipy (Web API): plain values, one error type.

spotipy blocks, so its calls run in their own thread pool and a slow Spotify blocks nothing else. Tokens are arguments and are
not stored here. A 429 becomes ``Fault.RATE_LIMIT`` or ``Fault.QUOTA``; ``services.spotify.rate_limit`` backs off.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from askchopper import settings
from askchopper.observability import log

if TYPE_CHECKING:
    import requests
    from spotipy import Spotify  # pyright: ignore[reportMissingTypeStubs]

CALL_SECONDS = 5.0
CONNECT_SECONDS = 2.0
# Under the database's lock timeout of 4 s, since a refresh is waited for under a row lock.
TOKEN_SECONDS = 3.5
MOST_CALLS_AT_ONCE = 16
MOST_WAITING = 200
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_QUOTA_SECONDS = 3600
_MOST_SECONDS = 86_400

Result = TypeVar("Result")


class Fault(StrEnum):
    """Reasons why a call to Spotify failed."""

    EXPIRED = "expired"  # the access token is expired
    REVOKED = "revoked"  # the refresh token is revoked
    SCOPE = "scope"  # a scope is missing
    PREMIUM = "premium"
    NOT_LISTED = "not_listed"  # the app is in development mode, and the member is not on its user list
    NO_DEVICE = "no_device"
    RESTRICTED = "restricted"  # by the device, an advert, or the end of the context
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"  # of the app, per day
    DENIED = "denied"  # at the sign-in
    APP = "app"  # the app was deleted, or its secret is wrong
    REFUSED = "refused"
    GARBAGE = "garbage"
    SERVER = "server"
    UNREACHABLE = "unreachable"


class SpotifyFaultError(Exception):
    """A call to Spotify failed; ``detail`` is for the log only."""

    def __init__(self, fault: Fault, detail: str = "", *, retry_after_seconds: int = 0) -> None:
        super().__init__(f"{fault.value}: {detail[:200]}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds


class _GarbageError(Exception):
    """The response is not JSON. Not a ``ValueError``, which spotipy would treat as "nothing is playing"."""


class _OddRefusalError(Exception):
    """An error response in a form that spotipy cannot parse."""

    def __init__(self, response: "requests.Response", words: str) -> None:
        super().__init__()
        self.response, self.words = response, words


@dataclass(frozen=True)
class Tokens:
    """Tokens from a sign-in or a refresh."""

    access: str
    refresh: str  # empty if the previous one stays valid
    lasts_seconds: int
    scopes: tuple[str, ...]


def authorise_url(*, client_id: str, state: str, verifier: str, scopes: tuple[str, ...]) -> str:
    """Return the authorisation URL with a PKCE challenge."""
    client = _oauth(client_id, "")
    config = settings.get()
    url, _ = client.create_authorization_url(
        f"{config.spotify_accounts}/authorize",
        state=state,
        code_verifier=verifier,
        redirect_uri=config.spotify_redirect,
        scope=" ".join(scopes),
    )
    return str(url)


async def exchange(*, client_id: str, client_secret: str, code: str, verifier: str) -> Tokens:
    """Exchange an authorisation code for tokens.

    Raises:
        SpotifyFaultError: the code is invalid, or Spotify is unavailable.
    """

    async def fetch(client: Any, url: str) -> Any:
        return await client.fetch_token(
            url, code=code, code_verifier=verifier, redirect_uri=settings.get().spotify_redirect
        )

    return await _token(client_id, client_secret, fetch, op="exchange")


async def refresh(*, client_id: str, client_secret: str, refresh_token: str) -> Tokens:
    """Refresh the access token.

    Raises:
        SpotifyFaultError: ``REVOKED`` if the member revoked access; or Spotify is unavailable.
    """

    async def fetch(client: Any, url: str) -> Any:
        return await client.refresh_token(url, refresh_token=refresh_token)

    return await _token(client_id, client_secret, fetch, op="refresh")


async def call(token: str, op: str, work: "Callable[[Spotify], Result]") -> Result:
    """Run a Web API call in a thread.

    Args:
        token: the member's access token.
        op: name of the call in the log.
        work: makes the call with the client that it is given.

    Raises:
        SpotifyFaultError: the call failed, or too many calls are waiting.
    """
    pool = _pool()
    if pool.waiting >= MOST_WAITING:
        raise SpotifyFaultError(Fault.UNREACHABLE, "too many calls are waiting")
    started = time.perf_counter()
    fault = ""
    pool.waiting += 1
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool.threads, _call, token, work)
    except SpotifyFaultError as error:
        fault = error.fault.value
        raise
    finally:
        pool.waiting -= 1
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        log.info("spotify.called", op=op, milliseconds=milliseconds, fault=fault)


def _call(token: str, work: "Callable[[Spotify], Result]") -> Result:
    import requests  # noqa: PLC0415 - together a third of a second, and only connected members need them
    from spotipy import Spotify  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
    from spotipy.exceptions import SpotifyException  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    timeouts: Any = (CONNECT_SECONDS, CALL_SECONDS)
    session: Any = _session()
    client = Spotify(auth=token, requests_session=session, requests_timeout=timeouts)
    client.prefix = f"{settings.get().spotify_api}/v1/"
    try:
        return work(client)
    except SpotifyException as error:
        told = cast("Any", error)
        raise _fault(int(told.http_status), str(told.reason), str(told.msg), told.headers or {}) from None
    except _GarbageError:
        raise SpotifyFaultError(Fault.GARBAGE) from None
    except _OddRefusalError as error:
        raise _fault(error.response.status_code, "", error.words, error.response.headers) from None
    except requests.RequestException as error:
        raise SpotifyFaultError(Fault.UNREACHABLE, type(error).__name__) from None


def _fault(status: int, reason: str, message: str, headers: Mapping[str, str]) -> SpotifyFaultError:  # noqa: PLR0911 - a table in the form of a match
    words = message.lower()
    # The message contains the URL, which may contain ids; log status and reason only.
    detail = f"{status} {reason}"
    match status:
        case 401:
            return SpotifyFaultError(Fault.EXPIRED, detail)
        case 403 if reason == "PREMIUM_REQUIRED" or "premium" in words:
            return SpotifyFaultError(Fault.PREMIUM, detail)
        case 403 if "scope" in words:
            return SpotifyFaultError(Fault.SCOPE, detail)
        case 403 if "not registered" in words or "not be registered" in words:
            return SpotifyFaultError(Fault.NOT_LISTED, detail)
        case 403:
            return SpotifyFaultError(Fault.RESTRICTED, detail)
        case 404 if reason == "NO_ACTIVE_DEVICE" or "device" in words:
            return SpotifyFaultError(Fault.NO_DEVICE, detail)
        case 429:
            return _limited(reason, words, headers)
        case _ if status >= 500:
            return SpotifyFaultError(Fault.SERVER, detail)
        case _:
            return SpotifyFaultError(Fault.REFUSED, detail)


def _limited(reason: str, words: str, headers: Mapping[str, str]) -> SpotifyFaultError:
    is_quota = reason == "QUOTA_EXCEEDED" or "quota_exceeded" in words
    given = str(headers.get("retry-after", ""))
    seconds = int(given) if given.isdecimal() else (_QUOTA_SECONDS if is_quota else 5)
    fault = Fault.QUOTA if is_quota else Fault.RATE_LIMIT
    return SpotifyFaultError(fault, retry_after_seconds=max(1, min(seconds, _MOST_SECONDS)))


async def _token(client_id: str, client_secret: str, fetch: Callable[[Any, str], Any], *, op: str) -> Tokens:
    import httpx2  # noqa: PLC0415 - with Authlib, as above
    from authlib.integrations.base_client import OAuthError  # noqa: PLC0415

    started = time.perf_counter()
    fault = ""
    try:
        async with asyncio.timeout(TOKEN_SECONDS), _oauth(client_id, client_secret) as client:
            return _tokens(await fetch(client, f"{settings.get().spotify_accounts}/api/token"))
    except OAuthError as error:
        fault = str(error.error)[:40]
        raise SpotifyFaultError(_TOKEN_FAULTS.get(fault, Fault.DENIED), fault) from None
    except httpx2.HTTPStatusError as error:
        fault = str(error.response.status_code)
        if error.response.status_code == 429:
            raise _limited("", "", error.response.headers) from None
        raise SpotifyFaultError(Fault.SERVER, fault) from None
    except (httpx2.HTTPError, TimeoutError) as error:
        fault = type(error).__name__
        raise SpotifyFaultError(Fault.UNREACHABLE, fault) from None
    except (ValueError, TypeError, KeyError) as error:
        fault = "garbage"
        raise SpotifyFaultError(Fault.GARBAGE) from error
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        log.info("spotify.called", op=op, milliseconds=milliseconds, fault=fault)


_TOKEN_FAULTS = {
    "invalid_grant": Fault.REVOKED,
    "invalid_client": Fault.APP,
    "unauthorized_client": Fault.APP,
}


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    access, lasts = answer["access_token"], int(answer.get("expires_in") or 3600)
    again, scope = answer.get("refresh_token") or "", answer.get("scope") or ""
    if not (isinstance(access, str) and isinstance(again, str) and isinstance(scope, str) and access):
        raise ValueError
    return Tokens(access, again, max(0, min(lasts, _MOST_SECONDS)), tuple(scope.split()))


def _oauth(client_id: str, client_secret: str) -> Any:
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 - only who connects needs it

    return AsyncOAuth2Client(  # pyright: ignore - the library has no types
        client_id,
        client_secret or None,
        # Without a secret, PKCE authenticates the app and the id goes into the form.
        token_endpoint_auth_method="client_secret_basic" if client_secret else "none",
        code_challenge_method="S256",
        timeout=TOKEN_SECONDS,
        trust_env=not _is_loopback(settings.get().spotify_accounts),
    )


class _Pool:
    """The thread pool for calls, with a bound on waiting callers."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(MOST_CALLS_AT_ONCE, thread_name_prefix="spotify")
        self.waiting = 0


@lru_cache(maxsize=1)
def _pool() -> _Pool:
    return _Pool()


@lru_cache(maxsize=1)
def _session() -> "requests.Session":
    """Return a session with pooled connections: no cookies, no credentials, no retries.

    spotipy's own session would sleep through a ``Retry-After`` in the thread, and report a 500 as a 429.
    """
    import requests  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.auth = lambda request: request  # otherwise a .netrc would override the bearer token
    session.trust_env = not _is_loopback(settings.get().spotify_api)
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=MOST_CALLS_AT_ONCE))
    session.hooks["response"] += [_refuse_garbage, _read_refusal]
    return session


def _refuse_garbage(response: "requests.Response", *_: object, **__: object) -> None:
    # Only reads have to be JSON; commands respond with anything.
    if response.request.method != "GET" or response.status_code != 200:
        return
    try:
        json.loads(response.content)
    except ValueError:
        raise _GarbageError from None


def _read_refusal(response: "requests.Response", *_: object, **__: object) -> None:
    """Raise for error responses whose JSON has an unusual form; leave the usual form and plain text to spotipy."""
    if response.status_code < 400:
        return
    try:
        body = json.loads(response.content)
    except ValueError:
        return
    error = cast("dict[str, object]", body).get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        raise _OddRefusalError(response, error if isinstance(error, str) else "")


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK
