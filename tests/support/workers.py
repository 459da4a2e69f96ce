"""Real worker processes for tests, queries of their queue, and control of its clock."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

from sqlalchemy import text

from askchopper.database import read_only, transaction
from tests.support.database import ROOT

PATIENCE_SECONDS = 60  # generous for busy machines; durations that matter are asserted
# Heartbeats expire immediately, so that no test waits for a lease.
_AGE = "UPDATE jobs.procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'"
_HURRY = "UPDATE jobs.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
_PAUSES = """
    SELECT attempts, CAST(extract(epoch FROM scheduled_at - now()) AS real) FROM jobs.procrastinate_jobs
    WHERE status = 'todo' AND scheduled_at > now()
"""
_BACKENDS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'crash_worker' AND datname = current_database()"
)
_NOTIFY = """SELECT pg_notify('procrastinate_queue_v1#default', '{"type": "job_inserted", "job_id": 0}')"""


@asynccontextmanager
async def worker(**settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``python -m askchopper worker`` within the block, in its own process group.

    Shorten its lease only where a worker dies: a busy machine delays the heartbeats of one that is alive.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "askchopper", "worker",
        env={**os.environ, **settings}, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class CrashWorkers:
    """Starts workers that die at a given point, one at a time: forks of one prepared process, ready in milliseconds."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self._running: int | None = None

    async def start(self, point: str = "never") -> None:
        """Start one, to die at a point such as ``analysis: after measuring``."""
        order = {"point": point, "environment": {**os.environ, **self._settings}}
        peer = await asyncio.to_thread(_prepared)
        assert peer.stdin is not None
        peer.stdin.write(f"{json.dumps(order)}\n")
        peer.stdin.flush()
        self._running = int((await _line(peer)).removeprefix("started "))

    async def kill(self) -> None:
        """Kill the running worker."""
        assert self._running is not None
        os.kill(self._running, signal.SIGKILL)
        assert await self.ended() == "ended -9"

    async def ended(self) -> str:
        """Wait for the worker and its database statements to end, and return how it ended."""
        ended = await _line(_prepared())
        self._running = None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await _value(_BACKENDS):  # noqa: ASYNC110 - the server tells nobody when a backend ends
                await asyncio.sleep(0.005)
        return ended

    async def aclose(self) -> None:
        """Kill the running worker, if any."""
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.kill(self._running, signal.SIGKILL)
            await self.ended()


@cache
def _prepared() -> subprocess.Popen[str]:
    """Start ``crash_worker.py``, once per process of the test run; it ends with its input."""
    peer = subprocess.Popen(
        [sys.executable, "-c", "from tests.support import crash_worker; crash_worker.main()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert peer.stdout is not None
    assert peer.stdout.readline() == "ready\n"
    return peer


async def _line(peer: subprocess.Popen[str]) -> str:
    assert peer.stdout is not None
    try:
        return (await asyncio.wait_for(asyncio.to_thread(peer.stdout.readline), PATIENCE_SECONDS)).strip()
    except TimeoutError:
        peer.kill()  # ends the reading thread
        _prepared.cache_clear()
        raise


@asynccontextmanager
async def crash_workers(**settings: str) -> AsyncIterator[CrashWorkers]:
    """Start workers of ``crash_worker.py``; their lease is longer than a test."""
    made = CrashWorkers({"JOB_LEASE_SECONDS": "120", "PGAPPNAME": "crash_worker", **settings})
    try:
        yield made
    finally:
        await made.aclose()


@asynccontextmanager
async def forked_worker(**settings: str) -> AsyncIterator[None]:
    """Run a worker within the block, where its start and its end are not what is tested."""
    async with crash_workers(**settings) as workers:
        await workers.start()
        yield


async def until(is_so: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until a condition holds; returns the elapsed time."""
    started = time.monotonic()
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is watched is in another process
            await asyncio.sleep(0.01)
    return time.monotonic() - started


async def lose_heartbeats() -> None:
    """Expire the heartbeat of every worker."""
    await _execute(_AGE)


async def hurry() -> None:
    """Make jobs in back-off due."""
    await _execute(_HURRY, _NOTIFY)


async def pauses() -> dict[int, float]:
    """Return in how many seconds the jobs in back-off are due, by their number of attempts."""
    async with read_only() as session:
        rows = (await session.execute(text(_PAUSES))).all()
        return {row.attempts: row[1] for row in rows}


async def _value(statement: str) -> Any:
    async with read_only() as session:
        return (await session.execute(text(statement))).scalar_one_or_none()


async def _execute(*statements: str) -> None:
    async with transaction() as session:
        for statement in statements:
            await session.execute(text(statement))
