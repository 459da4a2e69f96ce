"""Job queue: enqueues in the caller's transaction, so that jobs and rows are committed together."""

import json
from dataclasses import dataclass

from procrastinate import App
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.vocabulary import JobName

QUEUE = "default"
PERIODIC_QUEUE = "chores"  # stored with every job, so renaming the value would strand queued ones
KEPT_DAYS = 7
# The queue's own SQL function, as its library calls it; the library's client would use another connection.
_DEFER = text("""
    SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[
        ROW(:queue, :job, 0, CAST(:lock AS text), NULL, CAST(:arguments AS jsonb), NULL)
    ]::jobs.procrastinate_job_to_defer_v1[])
""")


# One statement, so that only one of several workers takes a job back. The library's get_stalled_jobs and retry_job are two
# calls without a lock: in between, the job may run again, and the second retry would start it a third time. A stalled
# periodic task fails instead of being retried, since its successor may hold the queueing lock already.
_TAKE_BACK = text("""
    UPDATE jobs.procrastinate_jobs SET
        status = CAST(CASE WHEN queueing_lock IS NULL THEN 'todo' ELSE 'failed' END AS jobs.procrastinate_job_status),
        attempts = attempts + 1, scheduled_at = NULL
    WHERE id IN (
        SELECT job.id FROM jobs.procrastinate_jobs job
        WHERE job.status = 'doing' AND NOT EXISTS (
            SELECT 1 FROM jobs.procrastinate_workers worker
            WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - make_interval(secs => :lease_seconds)
        )
        FOR UPDATE OF job SKIP LOCKED
    )
    RETURNING id, task_name, attempts
""")
# The queue's triggers tell workers of new jobs only.
_WAKE = text("""SELECT pg_notify('procrastinate_queue_v1#' || :queue, '{"type": "job_inserted", "job_id": 0}')""")
_DEPTH = text("""
    SELECT count(*) FILTER (WHERE is_due) AS waiting, count(*) FILTER (WHERE status = 'todo' AND NOT is_due) AS later,
        count(*) FILTER (WHERE status = 'doing') AS running, count(*) FILTER (WHERE status = 'failed') AS failed,
        coalesce(extract(epoch FROM now() - min(since) FILTER (WHERE is_due)), 0) AS oldest_seconds
    FROM (
        SELECT status, status = 'todo' AND coalesce(scheduled_at <= now(), true) AS is_due, coalesce(scheduled_at, (
            SELECT min(at) FROM jobs.procrastinate_events event WHERE event.job_id = job.id
        )) AS since
        FROM jobs.procrastinate_jobs job
    ) known
""")


@dataclass(frozen=True)
class StalledJob:
    """A job whose worker died, and which was requeued."""

    id: int
    name: str
    tries: int


@dataclass(frozen=True)
class Depth:
    """Depth of the queue.

    Args:
        waiting: jobs that are due.
        later: jobs scheduled for a retry.
        running: jobs being run.
        failed: jobs that failed in the last week.
        oldest_seconds: age of the oldest waiting job.
    """

    waiting: int
    later: int
    running: int
    failed: int
    oldest_seconds: float


async def enqueue(session: AsyncSession, job: JobName, *, lock: str | None = None, **arguments: str) -> None:
    """Enqueue a job; it runs after the caller's transaction commits.

    Args:
        session: the caller's transaction.
        job: name of the job.
        lock: jobs with the same lock run one after another, in order.
        arguments: passed to the task by name.
    """
    values = {"queue": QUEUE, "job": job.value, "lock": lock, "arguments": json.dumps(arguments)}
    await session.execute(_DEFER, values)


async def requeue_stalled(session: AsyncSession, *, lease_seconds: float) -> tuple[StalledJob, ...]:
    """Requeue jobs of workers whose heartbeat is older than the lease; this counts as an attempt."""
    rows = (await session.execute(_TAKE_BACK, {"lease_seconds": lease_seconds})).all()
    if rows:
        await session.execute(_WAKE, {"queue": QUEUE})
    return tuple(StalledJob(row.id, row.task_name, row.attempts) for row in rows)


async def delete_ended(app: App) -> None:
    """Delete jobs that failed or were cancelled more than ``KEPT_DAYS`` ago; successful jobs are deleted immediately."""
    await app.job_manager.delete_old_jobs(
        KEPT_DAYS * 24, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def depth(session: AsyncSession) -> Depth:
    """Return the depth of the queue."""
    row = (await session.execute(_DEPTH)).one()
    return Depth(row.waiting, row.later, row.running, row.failed, float(row.oldest_seconds))
