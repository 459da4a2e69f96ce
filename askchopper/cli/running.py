"""Runs the coroutine of a command on its own event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from askchopper.database import dispose, job_deadlines
from askchopper.integrations.blob_store import store


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine with the deadlines of jobs, and close all connections afterwards."""

    async def with_cleanup() -> Any:
        try:
            with job_deadlines():
                return await work()
        finally:
            await store().aclose()
            await dispose()

    return asyncio.run(with_cleanup())
