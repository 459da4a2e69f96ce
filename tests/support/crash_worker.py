"""Workers that kill themselves during a job.

A line on standard input starts one: JSON with ``point``, the step at which it dies or ``never``, and its ``environment``. They are
forks of this process and share its fork server, so that only the first waits for imports.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from multiprocessing import forkserver
from typing import Any

from procrastinate.manager import JobManager
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import observability, settings
from askchopper.integrations.blob_store.local_disk import LocalDiskStore
from askchopper.media.sandbox import child_process
from askchopper.services import analysis, zip_uploads
from askchopper.services.studio import publishing
from askchopper.vocabulary import JobName
from askchopper.worker import runner

MOMENT_SECONDS = 0.03


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def send_commit_and_die(session: AsyncSession) -> None:
    raw = await (await session.connection()).get_raw_connection()
    assert raw.driver_connection is not None
    raw.driver_connection.pgconn.send_query(b"COMMIT")
    raw.driver_connection.pgconn.flush()
    die()


def in_transaction(module: Any, number: int, step: str, *, name: str = "transaction") -> Callable[[], None]:
    """Kill the process at a step of the n-th transaction that the module opens."""

    def patch() -> None:
        real, count = getattr(module, name), 0

        @asynccontextmanager
        async def counted(**named: Any) -> AsyncIterator[AsyncSession]:
            nonlocal count
            count += 1
            is_mine = count == number
            if is_mine and step == "before":
                die()
            async with real(**named) as session:
                yield session
                if is_mine and step == "before commit":
                    die()
                if is_mine and step == "commit sent":
                    await send_commit_and_die(session)
            if is_mine:
                die()

        setattr(module, name, counted)

    return patch


def around(place: Any, name: str, *, number: int = 1, is_after: bool, job: JobName | None = None) -> Callable[[], None]:
    """Kill the process before or after the n-th call of an async function; counts calls for this kind of job only."""

    def patch() -> None:
        real: Callable[..., Awaitable[Any]] = getattr(place, name)
        count = 0

        async def counted(*values: Any, **named: Any) -> Any:
            nonlocal count
            count += job is None or named["job"].task_name == job
            if count == number and not is_after:
                die()
            answer = await real(*values, **named)
            if count == number:
                die()
            return answer

        setattr(place, name, counted)

    return patch


def while_the_child_works() -> None:
    def soon(*_: object) -> None:
        threading.Event().wait(MOMENT_SECONDS)
        die()

    child_process._answer = soon


ANALYSIS: dict[str, Callable[[], None]] = {
    "before it is marked as begun": in_transaction(analysis, 1, "before"),
    "before that is committed": in_transaction(analysis, 1, "before commit"),
    "after it is marked as begun": in_transaction(analysis, 1, "after"),
    "while the child measures": while_the_child_works,
    "after measuring": around(analysis, "_measure", is_after=True),
    "before the first preview is stored": around(LocalDiskStore, "put", is_after=False),
    "after the first preview is stored": around(LocalDiskStore, "put", is_after=True),
    "after the second preview is stored": around(LocalDiskStore, "put", number=2, is_after=True),
    "before the result is committed": in_transaction(analysis, 2, "before commit"),
    "while the commit is sent": in_transaction(analysis, 2, "commit sent"),
    "after the result is committed": in_transaction(analysis, 2, "after"),
    "before the job is done": around(JobManager, "finish_job", is_after=False, job=JobName.ANALYSE),
    "after the job is done": around(JobManager, "finish_job", is_after=True, job=JobName.ANALYSE),
}
PUBLISHING: dict[str, Callable[[], None]] = {
    "before it is begun": in_transaction(publishing, 1, "before", name="read_only"),
    "after it is begun": in_transaction(publishing, 1, "after", name="read_only"),
    "while the child makes the reel": while_the_child_works,
    "before the reel is stored": around(LocalDiskStore, "put", is_after=False),
    "after the reel is stored": around(LocalDiskStore, "put", is_after=True),
    "after a part of the cover is stored": around(LocalDiskStore, "put", number=2, is_after=True),
    "before the picture for links": around(publishing.covers, "store_social_card", is_after=False),
    "after all is stored": around(publishing.covers, "store_social_card", is_after=True),
    "before it is on sale": in_transaction(publishing, 1, "before commit"),
    "while the commit is sent": in_transaction(publishing, 1, "commit sent"),
    "after it is on sale": in_transaction(publishing, 1, "after"),
    "before the job is done": around(JobManager, "finish_job", is_after=False, job=JobName.PUBLISH),
    "after the job is done": around(JobManager, "finish_job", is_after=True, job=JobName.PUBLISH),
}
UNPACKING: dict[str, Callable[[], None]] = {
    "while the child unpacks": while_the_child_works,
    "before it is begun": in_transaction(zip_uploads, 1, "before", name="read_only"),
    "after unpacking": around(zip_uploads, "_unpack", is_after=True),
    "before the first sound is stored": around(LocalDiskStore, "adopt", is_after=False),
    "after the first sound is stored": around(LocalDiskStore, "adopt", is_after=True),
    "before the first sound is committed": in_transaction(zip_uploads, 1, "before commit"),
    "while the commit of the first sound is sent": in_transaction(zip_uploads, 1, "commit sent"),
    "after the first sound is committed": in_transaction(zip_uploads, 1, "after"),
    "before the zip is forgotten": in_transaction(zip_uploads, 3, "before commit"),
    "after the zip is forgotten": in_transaction(zip_uploads, 3, "after"),
    "before the job is done": around(JobManager, "finish_job", is_after=False, job=JobName.UNPACK),
}
REFUSING: dict[str, Callable[[], None]] = {
    "before the refusal is committed": in_transaction(zip_uploads, 1, "before commit"),
    "while the commit is sent": in_transaction(zip_uploads, 1, "commit sent"),
    "after the refusal is committed": in_transaction(zip_uploads, 1, "after"),
    "before the job is done": around(JobManager, "finish_job", is_after=False, job=JobName.UNPACK),
}
_ALL = {"analysis": ANALYSIS, "publishing": PUBLISHING, "unpacking": UNPACKING, "refusing": REFUSING}


def have_fork_server() -> None:
    """Ensure that the fork server runs: it dies with a client that is killed while requesting a child."""
    while True:
        with suppress(OSError, EOFError):
            child_process.run(max, 1, 2)
            return


def main() -> None:
    """Start workers until the input ends. Called with ``-c``, so that children of the sandbox do not import this file."""
    observability.configure(level="ERROR")
    for name in (
        "pipeline",
        "archive",
        "covers.cover_image",
        "covers.placeholder",
        "previews.pack_preview",
    ):  # the product imports them lazily
        importlib.import_module(f"askchopper.media.{name}")
    have_fork_server()
    say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        group, _, point = order["point"].partition(": ")
        have_fork_server()
        child = os.fork()
        if child == 0:
            forkserver._forkserver.ensure_running = lambda: None  # it checks its own child, and a fork has none
            os.environ.update(order["environment"])
            settings.get.cache_clear()
            if point:
                _ALL[group][point]()
            say(f"started {os.getpid()}")
            asyncio.run(runner.run_forever())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")
