"""Open tabs of members: a websocket each, as a browser keeps it, with the events of a page load and of a click."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from askchopper import settings
from bench.protocol import BenchError
from bench.servers import Server

PATIENCE_SECONDS = 30.0
_ROOT = "reflex___state____state"
_LOAD = f"{_ROOT}.reflex___state____on_load_internal_state.on_load_internal"
_HYDRATE = f"{_ROOT}.hydrate_and_load"
_LOADED = '"is_hydrated_rx_state_":true'


@dataclass(frozen=True)
class App:
    """What is done in an app: addresses of lists and details, whose load event asks the server, and the smallest event."""

    server: Server
    start: str
    lists: tuple[str, ...]
    details: tuple[str, ...]
    event: str


class Tab:
    """A tab. One event at a time, as a person makes them; pings are answered all the while."""

    def __init__(self, socket: ClientConnection, path: str) -> None:
        """Use an open socket; the page at ``path`` is shown."""
        self._socket = socket
        self._path = path
        self._waiting: tuple[str, asyncio.Future[None]] | None = None
        self._reader = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        """Whether the server has not closed the socket."""
        return not self._reader.done()

    async def load(self, path: str) -> float:
        """Go to another page; returns the milliseconds until its load event has ended."""
        self._path = path
        return await self._event(_LOAD, _LOADED)

    async def click(self, app: App) -> float:
        """Send the smallest event; returns the milliseconds until its answer."""
        return await self._event(app.event, "42/_event")

    async def _event(self, name: str, mark: str) -> float:
        started = time.perf_counter()
        event = {"name": name, "payload": {}, "router_data": router(self._path), "token": ""}
        await self.wait_for(mark, f"42/_event,{json.dumps(['event', event])}")
        return (time.perf_counter() - started) * 1000

    async def wait_for(self, mark: str, message: str) -> None:
        """Send a message and wait for an answer that contains ``mark``."""
        self._waiting = mark, asyncio.get_running_loop().create_future()
        await self._socket.send(message)
        await asyncio.wait_for(self._waiting[1], PATIENCE_SECONDS)

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for message in self._socket:
                if message == "2":
                    await self._socket.send("3")
                elif self._waiting and self._waiting[0] in str(message) and not self._waiting[1].done():
                    self._waiting[1].set_result(None)
        if self._waiting and not self._waiting[1].done():
            self._waiting[1].set_exception(BenchError("The server closed a socket."))

    async def close(self) -> None:
        """Close the socket."""
        await self._socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)


@asynccontextmanager
async def tab_of(app: App, cookie: str = "") -> AsyncIterator[Tab]:
    """Open a tab, signed in with a session, until its page is loaded."""
    url = f"{app.server.url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}"
    headers = {"Cookie": f"{settings.get().session_cookie}={cookie}"} if cookie else {}
    origin: Any = app.server.url
    socket = await connect(
        url, origin=origin, additional_headers=headers, compression=None, max_size=2**22, proxy=None, open_timeout=30
    )
    await socket.recv()
    tab = Tab(socket, app.start)
    try:
        event = {"name": _HYDRATE, "payload": {}, "router_data": router(app.start)}
        await tab.wait_for(_LOADED, f"40/_event,{json.dumps({'event': event})}")
        yield tab
    finally:
        await tab.close()


def router(path: str) -> dict[str, Any]:
    """Return what a browser sends about its address."""
    return {"pathname": path.partition("?")[0], "asPath": path, "query": {}}
