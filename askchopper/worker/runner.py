"""Runs the worker, embedded in the server by default, or as a separate process.

A worker that dies leaves its jobs marked as running. Once its heartbeat is older than the lease, any other worker requeues them. Periodic
jobs have a separate queue and slots, so that they and analyses do not wait for each other.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager

from procrastinate import App, PsycopgConnector

from askchopper import database, jobs, settings
from askchopper.observability import log
from askchopper.worker.tasks import register

_PERIODIC_CONCURRENCY = 2  # periodic jobs of different length do not wait for each other
_RESTART_SECONDS = 1.0
# Upper bound: a job that is locked at one poll, for example while its dead worker is removed, waits for the next.
_REQUEUE_SECONDS = 5.0
# Notifications announce new jobs, but neither the end of a back-off nor jobs enqueued during a poll.
_POLL_SECONDS = 1.0


def create_app() -> App:
    """Create the queue's app on the configured database, with the queue's schema on its search path."""
    current = settings.get()
    connector = PsycopgConnector(
        conninfo=current.worker_database_url,
        kwargs={"options": "-c search_path=jobs,public", "connect_timeout": database.CONNECT_SECONDS},
        min_size=1,
        max_size=current.worker_concurrency + _PERIODIC_CONCURRENCY + 3,
    )
    app = App(connector=connector)
    register(app)
    return app


async def run() -> None:
    """Run jobs until cancelled or until a component fails; running jobs may finish first, within their lease."""
    with database.job_deadlines():
        await _run()


async def _run() -> None:
    async with create_app().open_async() as app:
        await _until_one_ends(
            _work(app, jobs.QUEUE, settings.get().worker_concurrency),
            _work(app, jobs.PERIODIC_QUEUE, _PERIODIC_CONCURRENCY),
            _requeue_stalled(settings.get().job_lease_seconds),
        )


async def run_forever() -> None:
    """Run jobs, and restart after a failure such as an unavailable database."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("worker.stopped")
        await asyncio.sleep(_RESTART_SECONDS)


@asynccontextmanager
async def embedded() -> AsyncGenerator[None]:
    """Run the worker within the block if it is configured as embedded."""
    if not settings.get().is_worker_inside:
        yield
        return
    task = asyncio.create_task(run_forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _work(app: App, queue: str, at_once: int) -> None:
    lease = settings.get().job_lease_seconds
    await app.run_worker_async(
        queues=[queue],
        concurrency=at_once,
        install_signal_handlers=False,
        delete_jobs="successful",
        fetch_job_polling_interval=_POLL_SECONDS,
        update_heartbeat_interval=lease / 4,
        stalled_worker_timeout=lease,
        shutdown_graceful_timeout=lease,
    )


async def _requeue_stalled(lease: float) -> None:
    """Requeue the jobs of dead workers."""
    while True:
        try:
            async with database.transaction() as session:
                cut_off = await jobs.requeue_stalled(session, lease_seconds=lease)
            for job in cut_off:
                log.warning("worker.job_requeued", job=job.id, task=job.name, tries=job.tries)
        except Exception:
            log.exception("worker.requeue_failed")
        # Half the lease, so that a stalled job waits at most one and a half leases, however short the lease is.
        await asyncio.sleep(min(lease / 2, _REQUEUE_SECONDS))


async def _until_one_ends(*parts: Coroutine[None, None, None]) -> None:
    """Run all components until one fails; then cancel the others."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
