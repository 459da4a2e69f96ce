"""What runs beside the server: the answers it writes, the worker where it is inside, and closing the pool at the end."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from askchopper import database
from askchopper.api import conversations
from askchopper.integrations.blob_store import store
from askchopper.services.assistant import answer_tasks as answers
from askchopper.worker import runner


@asynccontextmanager
async def run() -> AsyncGenerator[None]:
    """Work for as long as the server lives."""
    _when_told_to_stop(conversations.end_streams)
    try:
        async with answers.serving(), runner.embedded():
            yield
    finally:
        await store().aclose()
        await database.dispose()


def _when_told_to_stop(act: Callable[[], None]) -> None:
    """Call something when a signal ends the server.

    It ends what runs beside it only when its last connection is closed, and a stream has no end of its own. The event loop
    hears of signals through its own pipe, so that the server's handler there stays as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
        signal.siginterrupt(number, False)  # noqa: FBT003 - it knows no names
