"""Running the worker: beside the server by default, or as a process of its own.

A worker that dies leaves its jobs marked as being done. Its heartbeat stops too, and whoever runs next takes them back
after the lease.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from procrastinate import App, PsycopgConnector

from askchopper import settings
from askchopper.jobs import QUEUE
from askchopper.observability import log
from askchopper.worker.tasks import register


def create_app() -> App:
    """Make the queue's app on the database of the settings; its connections know the schema of the queue."""
    current = settings.get()
    connector = PsycopgConnector(
        conninfo=current.worker_database_url,
        kwargs={"options": "-c search_path=jobs,public"},
        min_size=1,
        max_size=current.worker_concurrency + 3,
    )
    app = App(connector=connector)
    register(app)
    return app


async def run() -> None:
    """Work until cancelled; what is being done then is finished first, for as long as the lease."""
    current = settings.get()
    lease = current.job_lease_seconds
    async with create_app().open_async() as app:
        rescue = asyncio.create_task(_rescue(app, lease))
        try:
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=current.worker_concurrency,
                install_signal_handlers=False,
                delete_jobs="successful",
                update_heartbeat_interval=lease / 4,
                stalled_worker_timeout=lease,
                shutdown_graceful_timeout=lease,
            )
        finally:
            rescue.cancel()
            await asyncio.gather(rescue, return_exceptions=True)


async def run_for_ever() -> None:
    """Work, and begin anew after a failure such as a database that was away."""
    while True:
        try:
            await run()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("worker.stopped")
            await asyncio.sleep(1)


@asynccontextmanager
async def beside() -> AsyncGenerator[None]:
    """Run the worker for the length of the block, if this installation has it in the server."""
    if not settings.get().is_worker_inside:
        yield
        return
    task = asyncio.create_task(run_for_ever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _rescue(app: App, lease: float) -> None:
    """Take back the jobs of workers that have died."""
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=lease):
                log.warning("worker.job_rescued", job=job.id, task=job.task_name, attempt=job.attempts + 1)
                await app.job_manager.retry_job(job)
        except Exception:
            log.exception("worker.rescue_failed")
        await asyncio.sleep(lease / 2)
