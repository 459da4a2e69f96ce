"""Frees the Reflex states of disconnected tabs.

Reflex keeps a state for an hour after its last event, so a script that opens sockets with made-up tokens could fill the memory. A tab that
reconnects within the grace period keeps its state; later, its state is loaded again, as after a server restart.
"""

import asyncio
import time

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory

GRACE_SECONDS = 300.0
MOST_KEPT = 2_000
_LOOK_SECONDS = 15.0


async def free_forever(app: rx.App) -> None:
    """Free the states of disconnected tabs periodically, until cancelled."""
    gone_since: dict[str, float] = {}
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        gone_since = free(app, gone_since, now=time.monotonic())


def free(app: rx.App, gone_since: dict[str, float], *, now: float) -> dict[str, float]:
    """Free the states of tabs disconnected for longer than the grace period, and the longest disconnected ones beyond ``MOST_KEPT``.

    Args:
        app: the app, with its states in memory.
        gone_since: when each tab was first seen without a socket.
        now: the present, by the same clock.

    Returns:
        The next ``gone_since``: the disconnected tabs whose states are still in memory; empty if states are stored elsewhere.
    """
    manager, namespace = app.state_manager, app.event_namespace
    if not isinstance(manager, StateManagerMemory) or namespace is None:
        return {}
    connected = set(namespace.token_to_sid)
    gone = {key: gone_since.get(key, now) for key in list(manager.states) if key not in connected}
    oldest_first = sorted(gone, key=lambda key: gone[key])
    surplus = set(oldest_first[: max(0, len(gone) - MOST_KEPT)])
    for key in oldest_first:
        if (key in surplus or now - gone[key] >= GRACE_SECONDS) and _free(manager, key):
            del gone[key]
    return gone


def _free(manager: StateManagerMemory, key: str) -> bool:
    _, token = manager._token_expires_at.get(key, (0.0, None))  # noqa: SLF001 - no public way to drop one state
    lock = manager._states_locks.get(key)  # noqa: SLF001
    if token is None or (lock is not None and lock.locked()):
        return False
    manager._purge_token(token)  # noqa: SLF001
    return True
