"""What routes ask for: who is looking, from which address, and whether the request may change something by being opened."""

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


async def current_viewer(request: HTTPConnection) -> Viewer | None:
    """Find who is looking: by the bearer token if there is one, else by the session cookie.

    Raises:
        SignInRequiredError: a bearer token was sent, and it is not valid.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        async with autocommit() as session:
            viewer = await access_tokens.find_viewer(session, bearer.strip())
        if viewer is None:
            raise SignInRequiredError("This token is not valid. Make one in your settings.")
        return viewer
    token = session_token(request)
    if not token:
        return None
    async with autocommit() as session:
        return await sessions.viewer_by_session_token(session, token)


async def required_viewer(viewer: Annotated[Viewer | None, Depends(current_viewer)]) -> Viewer:
    """Return who is looking.

    Raises:
        SignInRequiredError: nobody is signed in.
    """
    if viewer is None:
        raise SignInRequiredError
    return viewer


def session_token(request: HTTPConnection) -> str:
    """Read the session token out of the cookies; empty when there is none."""
    return request.cookies.get(settings.get().session_cookie, "")


def client_ip(request: HTTPConnection) -> str:
    """Return the address of the client for limits.

    Forwarding headers are believed only as far as there are proxies of ours in front; anything left of that a client may
    have written. An IPv6 address counts as its /64, which is what one customer gets.
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
    """Refuse to be opened from another site, for addresses that write something down when they are opened.

    Raises:
        ForbiddenError: another site sent the browser here.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ForbiddenError("Open this from your library.")


def idempotency_key(request: Request) -> str:
    """Return the required key of a request that must not be done twice.

    Raises:
        InvalidInputError: there is none.
    """
    key = request.headers.get("idempotency-key", "")
    if not key or len(key) > MAX_KEY_LENGTH:
        sentence = f"Send an Idempotency-Key header of 1 to {MAX_KEY_LENGTH} characters."
        raise InvalidInputError(sentence, field="Idempotency-Key")
    return key


MaybeViewer = Annotated[Viewer | None, Depends(current_viewer)]
SignedIn = Annotated[Viewer, Depends(required_viewer)]
IdempotencyKey = Annotated[str, Depends(idempotency_key)]
