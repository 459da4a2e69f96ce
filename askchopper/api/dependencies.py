"""Request dependencies: viewer, client address, cross-site protection, idempotency key."""

import ipaddress
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from askchopper import settings
from askchopper.database import autocommit
from askchopper.errors import ForbiddenError, InvalidInputError, SignInRequiredError
from askchopper.schemas.accounts import Viewer
from askchopper.services import access_tokens, sessions

MAX_KEY_LENGTH = 100
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


async def current_viewer(request: HTTPConnection) -> Viewer | None:
    """Authenticate the request by bearer token if it has one, else by session cookie. Return None for visitors.

    Raises:
        SignInRequiredError: the bearer token is invalid.
        ForbiddenError: the token is for MCP only, or it is read-only and the method writes.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        async with autocommit() as session:
            viewer = await access_tokens.find_viewer(session, bearer.strip())
        if viewer is None:
            raise SignInRequiredError("This API key is not valid. Create one in your settings.")
        if not viewer.may_read:
            raise ForbiddenError("This API key is for MCP only. Create one for the API in your settings.")
        if not viewer.may_write and request.scope.get("method", "GET") not in SAFE_METHODS:
            raise ForbiddenError("This API key is read-only. Create one with write access in your settings.")
        return viewer
    token = session_token(request)
    if not token:
        return None
    async with autocommit() as session:
        return await sessions.viewer_by_session_token(session, token)


async def required_viewer(viewer: Annotated[Viewer | None, Depends(current_viewer)]) -> Viewer:
    """Return the viewer.

    Raises:
        SignInRequiredError: not signed in.
    """
    if viewer is None:
        raise SignInRequiredError
    return viewer


def session_token(request: HTTPConnection) -> str:
    """Return the session cookie; empty if there is none."""
    return request.cookies.get(settings.get().session_cookie, "")


def client_ip(request: HTTPConnection) -> str:
    """Return the client address for rate limits.

    Clients can forge X-Forwarded-For, so only the entries that our own proxies added are trusted (``TRUSTED_PROXIES``). An IPv6
    address counts as its /64, the smallest block that providers assign to one customer. A malformed entry counts as the peer's address.
    """
    peer = request.client.host if request.client else ""
    hops = settings.get().trusted_proxies
    address = peer
    if hops:
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        chain = [part.strip() for part in forwarded.split(",") if part.strip()] + [peer]
        address = chain[-(hops + 1)] if len(chain) > hops else chain[0]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return peer
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def refuse_cross_site(request: Request) -> None:
    """Reject cross-site navigation to a URL with side effects.

    Raises:
        ForbiddenError: the request comes from another site.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ForbiddenError("Open this from your library.")


def idempotency_key(request: Request) -> str:
    """Return the required Idempotency-Key.

    Raises:
        InvalidInputError: it is missing or too long.
    """
    key = request.headers.get("idempotency-key", "")
    if not key or len(key) > MAX_KEY_LENGTH:
        sentence = f"Send an Idempotency-Key header of 1 to {MAX_KEY_LENGTH} characters."
        raise InvalidInputError(sentence, field="Idempotency-Key")
    return key


MaybeViewer = Annotated[Viewer | None, Depends(current_viewer)]
SignedIn = Annotated[Viewer, Depends(required_viewer)]
IdempotencyKey = Annotated[str, Depends(idempotency_key)]
