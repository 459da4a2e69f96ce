"""What runs beside the server: the answers it writes, the worker where it is inside, and closing the pool at the end."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from askchopper import database
from askchopper.integrations.blob_store import store
from askchopper.services.assistant import running as answers
from askchopper.worker import running


@asynccontextmanager
async def run() -> AsyncGenerator[None]:
    """Work for as long as the server lives."""
    try:
        async with answers.serving(), running.beside():
            yield
    finally:
        await store().aclose()
        await database.dispose()
