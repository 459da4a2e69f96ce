"""Unread counts in the header of every page.

A tab registers with its first count, and counts again after a new item arrives or is read elsewhere. The tables are polled once
a second for all members with open tabs instead of publishing every notification: polling also covers jobs, other processes, and poolers.
"""

import asyncio
import uuid
from dataclasses import dataclass

import reflex as rx
from reflex.app import EventNamespace
from reflex.event import Event
from reflex.state import StateUpdate

from askchopper.database import read_only
from askchopper.errors import UnavailableError
from askchopper.observability import log
from askchopper.schemas.news import NewsMark
from askchopper.services.community import news
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState

LOOK_SECONDS = 1.0


@dataclass
class _Tab:
    user_id: uuid.UUID
    mark: NewsMark


_tabs: dict[str, _Tab] = {}


class NewsState(rx.State):
    """Number of unread feed entries; that of unread notifications is in ``SessionState``."""

    feed_unread: int = 0

    @rx.event
    @handler(Access.PUBLIC)
    async def refresh(self) -> None:
        """Count unread items, and subscribe this tab to changes."""
        viewer, tab = identity.viewer(), self.router.session.client_token
        if viewer is None:
            _tabs.pop(tab, None)
            return
        async with read_only() as session:
            found = await news.count(session, viewer)
        _tabs[tab] = _Tab(viewer.user_id, found.mark)
        self.feed_unread = found.feed_entries
        header = await self.get_state(SessionState)
        if header.unread != found.notifications:
            header.unread = found.notifications


async def watch(app: rx.App) -> None:
    """Push changes of unread counts to the tabs of this process, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await look(app.event_namespace)
        except UnavailableError:
            continue  # the next poll finds the same
        except Exception:
            log.exception("news.watch_failed")


async def look(namespace: EventNamespace | None) -> None:
    """Refresh every tab whose member has new items since its last count; forget disconnected tabs."""
    connected = namespace.token_to_sid if namespace is not None else {}
    for gone in _tabs.keys() - connected.keys():
        del _tabs[gone]
    if namespace is None or not _tabs:
        return
    async with read_only() as session:
        marks = await news.marks(session, {tab.user_id for tab in _tabs.values()})
    for token, tab in list(_tabs.items()):
        mark = marks.get(tab.user_id, tab.mark)
        if mark != tab.mark:
            tab.mark = mark
            await namespace.emit_update(StateUpdate(events=Event.from_event_type(NewsState.refresh)), token)
