"""The viewer of an event: the session cookie of the websocket handshake is looked up in Postgres for every event.

Looking up the session for every event makes a sign-out effective immediately in all open tabs.
"""

from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie

import reflex as rx
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event

from askchopper import settings
from askchopper.database import autocommit
from askchopper.errors import SignInRequiredError
from askchopper.schemas.accounts import Viewer
from askchopper.security import hash_token
from askchopper.services import sessions

_viewer: ContextVar[Viewer | None] = ContextVar("viewer", default=None)


async def identify(state: rx.State) -> None:
    """Look up the viewer of the current event, which ``viewer`` and ``require_viewer`` then return."""
    token = session_token(state.router.headers.cookie)
    if token is None:
        _viewer.set(None)
        return
    async with autocommit() as session:
        _viewer.set(await sessions.viewer_by_session_token(session, token))


def viewer() -> Viewer | None:
    """Return the viewer; None if not signed in."""
    return _viewer.get()


def require_viewer() -> Viewer:
    """Return the viewer.

    Raises:
        SignInRequiredError: not signed in.
    """
    found = _viewer.get()
    if found is None:
        raise SignInRequiredError
    return found


def route_parameter(state: rx.State, name: str) -> str:
    """Return a route parameter; bounded here, validated by services."""
    return str(getattr(state, name, ""))[:100]


def session_token(cookie_header: str) -> str | None:
    """Return the session token in a Cookie header; None if it has none or is malformed."""
    try:
        cookies = SimpleCookie(cookie_header)
    except CookieError:
        return None
    morsel = cookies.get(settings.get().session_cookie)
    return morsel.value if morsel else None


class OwnerMiddleware(rx.Middleware):
    """Resets a state tree when it is accessed with another user's cookie.

    A state is found by a token that the browser generates; anyone who learns it could read the state. So the tree stores a hash of the
    session cookie it was filled for, and is reset before anything is sent if an event has another one.
    """

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Reset the tree if the event's cookie is not the tree's; return an empty update for the framework's generic setter, which is refused."""
        if event.name.endswith(".setvar"):
            return StateUpdate()
        root = state._get_root_state()  # noqa: SLF001 - the public API reaches down the tree, never up
        token = session_token(root.router.headers.cookie)
        owner = hash_token(token).hex() if token else ""
        if getattr(root, _OWNER, owner) != owner:
            root.reset()
        object.__setattr__(root, _OWNER, owner)
        return None


_OWNER = "_askchopper_owner"
