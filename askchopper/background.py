"""What runs beside the server in the one-process default: the worker, and closing the pool at the end."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from askchopper import database
from askchopper.integrations.blob_store import store
from askchopper.worker import running


@asynccontextmanager
async def run() -> AsyncGenerator[None]:
    """Work for as long as the server lives."""
    try:
        async with running.beside():
            yield
    finally:
        await store().aclose()
        await database.dispose()
