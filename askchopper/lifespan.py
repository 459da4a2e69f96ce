"""Server lifespan: answer tasks, the embedded worker, and closing connections at shutdown."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from askchopper import database
from askchopper.api import conversations, live_connections
from askchopper.api.mcp import server as mcp_server
from askchopper.integrations.blob_store import store
from askchopper.integrations.mcp_servers import manager as mcp_servers
from askchopper.services import pack_events
from askchopper.services.assistant import answer_tasks as answers
from askchopper.services.knowledge import glossary_edits
from askchopper.services.knowledge.web_search import backends as web_search
from askchopper.worker import runner


@asynccontextmanager
async def run() -> AsyncGenerator[None]:
    """Run the lifespan tasks of the server."""
    _on_shutdown_signal(conversations.end_streams)
    try:
        async with (
            answers.serving(),
            runner.embedded(),
            mcp_server.serving(),
            mcp_servers.running(web_search.servers()),
            _running(live_connections.watch()),
            _running(glossary_edits.watch()),
        ):
            yield
    finally:
        await pack_events.write()
        await store().aclose()
        await database.dispose()


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _on_shutdown_signal(act: Callable[[], None]) -> None:
    """Call a function when a signal starts the server's shutdown.

    The server ends its lifespan only after its last connection has closed, and an event stream does not close by itself. Signals
    reach the event loop through its own pipe, so that the server's handler stays installed.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
        signal.siginterrupt(number, False)  # noqa: FBT003 - it knows no names
