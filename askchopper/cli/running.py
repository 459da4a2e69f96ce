"""Runs the work of a command on an event loop of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from askchopper.database import dispose, job_deadlines
from askchopper.integrations.blob_store import store


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run the work with the deadlines of jobs; connections are closed afterwards."""

    async def with_cleanup() -> Any:
        try:
            with job_deadlines():
                return await work()
        finally:
            await store().aclose()
            await dispose()

    return asyncio.run(with_cleanup())
