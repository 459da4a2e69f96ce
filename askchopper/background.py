"""What runs beside the server in the one-process default: counters, sweeping, and closing the pool at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from askchopper import database
from askchopper.errors import UnavailableError
from askchopper.integrations.blob_store import store
from askchopper.observability import log
from askchopper.services import limits, uploads
from askchopper.services.catalogue import popularity

ROUND_SECONDS = 60


@asynccontextmanager
async def run() -> AsyncIterator[None]:
    """Keep the rounds going for as long as the server lives."""
    task = asyncio.create_task(_rounds())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store().aclose()
        await database.dispose()


async def _rounds() -> None:
    while True:
        await asyncio.sleep(ROUND_SECONDS)
        try:
            async with database.transaction(timeout_seconds=ROUND_SECONDS) as session:
                await popularity.refresh(session)
                await limits.sweep(session)
                abandoned = await uploads.sweep(session)
            for upload_id in abandoned:
                await asyncio.to_thread(store().part(str(upload_id)).remove)
        except UnavailableError:
            log.warning("background.database_away")
        except Exception:
            log.exception("background.round_failed")
