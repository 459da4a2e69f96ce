"""Send events through Reflex's own processor, as a browser's websocket would: queue, middleware, lock and delta."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

from askchopper import settings
from askchopper.askchopper import app
from askchopper.schemas.accounts import Viewer
from tests.support.factories import sign_in

_SUFFIX = "_rx_state_"
_PARAMETERS = {
    "learn": "term",
    "artist": "artist",
    "pack": "slug",
    "creator": "slug",
    "collection": "slug",
    "genre": "slug",
    "tag": "slug",
    "verify": "uuid",
    "chat": "conversation",
    "studio/analytics": "sold_pack",
}


class _Namespace:
    """Collects what the server pushes to the browser: toasts and redirects."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def emit_update(self, update: Any, token: str) -> None:
        self.events.extend(update.events)


class Tab:
    """One browser tab: its token, its cookie, and the received state."""

    def __init__(self, processor: BaseStateEventProcessor, namespace: _Namespace, cookie: str) -> None:
        self.processor, self.namespace, self.cookie, self.token = processor, namespace, cookie, str(uuid.uuid4())
        self.vars: dict[str, Any] = {}  # vars of the states that handled events, by name
        self.others: dict[str, Any] = {}  # vars of all states, by `state_on_the_wire.name`

    async def send(self, handler: str, path: str = "/", query: str = "", /, **payload: Any) -> dict[str, Any]:
        """Send ``State.handler`` from a page and return the vars of that state that changed."""
        return await self.send_raw(full_name(handler), path, query, **payload)

    async def send_raw(self, name_on_wire: str, path: str = "/", query: str = "", /, **payload: Any) -> dict[str, Any]:
        """Send an event by its name on the wire."""
        _, _, rest = path.partition("/")
        room, _, last = rest.rpartition("/") if rest.startswith("studio/analytics/") else rest.partition("/")
        name = _PARAMETERS.get(room)
        router = {
            "pathname": f"/{room}/[{name}]" if name else path,
            "asPath": f"{path}{query}",
            "query": {name: last} if name else {},
            "headers": {"cookie": self.cookie, "origin": "http://127.0.0.1:3000"},
        }
        event = Event(name=name_on_wire, payload=payload, router_data=router)
        changed: dict[str, Any] = {}
        state = name_on_wire.rpartition(".")[0]  # the first event returns the vars of every state
        async for delta in self.processor.enqueue_stream_delta(self.token, event):
            for name_of_state, values in delta.items():
                found = {key.removesuffix(_SUFFIX): value for key, value in values.items()}
                self.others.update({f"{name_of_state.rpartition('.')[2]}.{key}": value for key, value in found.items()})
                if name_of_state == state:
                    changed.update(found)
        self.vars.update(changed)
        return changed

    def told(self) -> str:
        """Return and clear everything the server sent besides vars, as text."""
        text = " ".join(f"{event.name} {event.payload}" for event in self.namespace.events)
        self.namespace.events.clear()
        return text


def full_name(handler: str) -> str:
    """Find a handler's name on the wire."""
    for name, registered in RegistrationContext.get().event_handlers.items():
        if registered.handler.fn.__qualname__ == handler:
            return name
    raise KeyError(handler)


@asynccontextmanager
async def tab(viewer: Viewer | None = None) -> AsyncIterator[Tab]:
    """Open a tab, signed in or anonymous."""
    async with tabs(viewer) as (opened,):
        yield opened


@asynccontextmanager
async def tabs(*viewers: Viewer | None) -> AsyncIterator[list[Tab]]:
    """Open several tabs on one server."""
    app._set_contexts_internal()
    namespace = _Namespace()
    processor = BaseStateEventProcessor(middleware=app)
    processor.configure(state_manager=StateManagerMemory(), event_namespace=namespace)  # type: ignore[arg-type]
    cookies = [f"{settings.get().session_cookie}={await sign_in(viewer)}" if viewer else "" for viewer in viewers]
    async with processor:
        yield [Tab(processor, namespace, cookie) for cookie in cookies]
