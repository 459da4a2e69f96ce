"""Closes the sockets and event streams of a session after it has ended, or after its owner was suspended or changed roles.

Every event and request authenticates its viewer; this module covers connections over which the server only pushes. Sessions end in many
places and processes, so it polls the table instead of relying on notifications.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

from askchopper.database import read_only
from askchopper.errors import UnavailableError
from askchopper.observability import log
from askchopper.services import sessions
from askchopper.vocabulary import Role

LOOK_SECONDS = 0.5
Close = Callable[[], Awaitable[None]]
_open: dict[str, set[Close]] = {}


@contextmanager
def of_session(token: str, close: Close) -> Generator[None]:
    """Register the close function of a connection while it is open. Connections without a session token are not registered."""
    if not token:
        yield
        return
    _open.setdefault(token, set()).add(close)
    try:
        yield
    finally:
        _open[token].discard(close)
        if not _open[token]:
            del _open[token]


async def watch() -> None:
    """Poll for ended sessions and close their connections, until cancelled."""
    known: dict[str, Role] = {}
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            known = await _look(known)
        except UnavailableError:
            continue  # the next poll finds the same
        except Exception:
            log.exception("sessions.watch_failed")


async def _look(known: dict[str, Role]) -> dict[str, Role]:
    """Close connections whose session ended or whose role changed, except to administrator. Return the roles of the sessions that have connections, by token."""
    tokens = list(_open)
    if not tokens:
        return {}
    async with read_only() as session:
        found = await sessions.roles_of(session, tokens)
    # A cookie without a valid session at the first poll is ignored: its page would otherwise be closed each time it connects.
    for token in known.keys() & set(tokens):
        # Becoming an administrator closes nothing: the page that has just set up the second factor shows the recovery codes once.
        if found.get(token) not in {known[token], Role.ADMIN}:
            for close in list(_open.get(token, ())):
                await close()
    return found
