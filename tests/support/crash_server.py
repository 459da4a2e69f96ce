"""API servers that kill themselves during an upload.

A line ``PORT POINT`` on standard input starts one; POINT is the step of the upload at which it dies, or
``never``. They are forks of this process, so that only the first waits for imports.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from askchopper import observability
from askchopper.api import uploads as door
from askchopper.api.app import create_app
from askchopper.integrations.blob_store import PartFile, local_disk, store, vercel
from askchopper.services import uploads


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def die_after(place: Any, name: str) -> None:
    """Kill the process when an async function of a module or object is called."""
    function: Callable[..., Awaitable[object]] = getattr(place, name)

    async def last(*values: object, **named: object) -> None:
        await function(*values, **named)
        die()

    setattr(place, name, last)


def die_appending(number: int, *, share: float) -> None:
    """Kill the process when a fraction of the n-th part is written."""
    append, count = PartFile.append, 0

    def counted(part: PartFile, piece: bytes) -> None:
        nonlocal count
        count += 1
        if count < number:
            append(part, piece)
            return
        if share:
            part._write(piece[: int(len(piece) * share)])
        die()

    PartFile.append = counted


def die_sealing(*, is_after: bool) -> None:
    """Kill the process when all bytes are received, before or after fsync."""
    seal = PartFile.seal

    def last(part: PartFile) -> str:
        if is_after:
            seal(part)
        die()
        return ""

    PartFile.seal = last


def die_moving() -> None:
    """Kill the process between rename and fsync of the folder, or before publication in the remote store."""
    local_disk._sync_folder = die  # type: ignore[assignment]
    vercel._check = die  # type: ignore[assignment]


POINTS: dict[str, Callable[[], None]] = {
    "never": lambda: None,
    "as the first piece comes": lambda: die_appending(1, share=0),
    "after the first piece": lambda: die_appending(1, share=1),
    "in the middle of a piece": lambda: die_appending(4, share=0.5),
    "after the fifth piece": lambda: die_appending(5, share=1),
    "when all has come": lambda: die_sealing(is_after=False),
    "after all is on the disk": lambda: die_sealing(is_after=True),
    "after the look for duplicates": lambda: die_after(uploads, "check_new"),
    "while it moves into the store": die_moving,
    "after it moved into the store": lambda: die_after(store(), "adopt"),
    "before the row is committed": lambda: die_after(uploads, "finish"),
    "before the answer": lambda: die_after(door, "_store_upload"),
}


if __name__ == "__main__":
    observability.configure(level="ERROR")
    say("ready")
    for line in sys.stdin:
        port, point = line.rstrip("\n").split(" ", 1)
        child = os.fork()
        if child == 0:
            POINTS[point]()
            say(f"started {os.getpid()}")
            server = Server(create_app(), port=int(port), interface=Interfaces.ASGI, log_enabled=False)
            asyncio.run(server.serve())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")
