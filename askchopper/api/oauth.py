"""Spotify OAuth: login and callback. On errors, redirects to the originating page with an error code in the URL."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from starlette.responses import Response

from askchopper import routes, settings
from askchopper.api.dependencies import MaybeViewer, SignedIn, refuse_cross_site
from askchopper.database import transaction
from askchopper.errors import AskChopperError, ForbiddenError, RateLimitedError
from askchopper.schemas.spotify import Permission
from askchopper.services import limits
from askchopper.services.spotify import connection, tokens
from askchopper.services.spotify.connection import CallbackError
from askchopper.services.spotify.errors import NotConfiguredError

MAX_PARAMETER = 2000
_LOOPBACK = "127.0.0.1"
router = APIRouter(include_in_schema=False)


class Renewed(BaseModel):
    """Remaining lifetime of the access token; the token itself never leaves the server."""

    expires_in_seconds: int


@router.get(routes.SPOTIFY_LOGIN)
async def login(request: Request, viewer: MaybeViewer) -> Response:
    """Redirect to Spotify's authorisation page."""
    next_path = _one(request, "next")
    if not routes.is_local_path(next_path):
        next_path = routes.HOME
    permission = asked if (asked := _one(request, "for")) in set(Permission) else Permission.PLAYBACK
    here = routes.spotify_login(next_path, permission=permission)
    if request.url.hostname == "localhost" and urlsplit(settings.get().spotify_redirect).hostname == _LOOPBACK:
        # Spotify redirects to the loopback address, where cookies of "localhost" do not apply. In production the host header is
        # a proxy's and says nothing about the browser.
        return RedirectResponse(f"{_origin(settings.get().spotify_redirect)}{here}", status_code=303)
    if viewer is None:
        return RedirectResponse(routes.login(here), status_code=303)
    try:
        refuse_cross_site(request)
        async with transaction() as session:
            url = await connection.begin(session, viewer, next_path=next_path, permission=Permission(permission))
    except AskChopperError as error:
        return _back(next_path, _code_of(error))
    return RedirectResponse(url, status_code=303)


@router.get(routes.SPOTIFY_CALLBACK)
async def callback(request: Request, viewer: MaybeViewer) -> Response:
    """Handle Spotify's callback and redirect to the originating page."""
    state, code, error = (_one(request, name) for name in ("state", "code", "error"))
    if not state or not (code or error):
        return _back(routes.HOME, "incomplete")
    try:
        next_path = await connection.finish(viewer, state=state, code=code, error=error)
    except CallbackError as problem:
        return _back(problem.next_path, problem.code)
    except AskChopperError as problem:
        return _back(routes.HOME, _code_of(problem))
    return _back(next_path, "connected")


@router.post(routes.SPOTIFY_REFRESH)
async def refresh_token(viewer: SignedIn) -> Renewed:
    """Refresh the access token if it is about to expire. The server does so automatically; this endpoint is for diagnosis."""
    await limits.hit((limits.SPOTIFY, str(viewer.user_id)))
    return Renewed(expires_in_seconds=await tokens.renew(viewer))


def _one(request: Request, name: str) -> str:
    """Return a parameter; empty if it is missing, too long or repeated, which is an attack or a bug."""
    values = request.query_params.getlist(name)
    return values[0] if len(values) == 1 and len(values[0]) <= MAX_PARAMETER else ""


def _back(path: str, code: str) -> Response:
    parts = urlsplit(path)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "spotify"]
    address = urlunsplit(("", "", parts.path, urlencode([*query, ("spotify", code)]), parts.fragment))
    return RedirectResponse(address, status_code=303, headers={"Referrer-Policy": "no-referrer"})


def _code_of(error: AskChopperError) -> str:
    match error:
        case NotConfiguredError():
            return "not-configured"
        case RateLimitedError():
            return "too-many"
        case ForbiddenError():
            return "cross-site"
        case _:
            return "unavailable"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
