"""Jobs for administrators: running, waiting and permanently failed ones, with their errors; failed jobs can be retried."""

from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy, routes
from askchopper.errors import ConflictError, NotFoundError
from askchopper.models.administration import job_failures
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.administration import FailedJob, RunningJob
from askchopper.schemas.catalogue import Page
from askchopper.services import activity, audit
from askchopper.vocabulary import JobName

PAGE_SIZE = 30
MAX_RUNNING = 50
_MISSING = "There is no such job."
_RUNNING = text("""
    SELECT j.id, j.task_name, j.status, j.attempts, j.scheduled_at,
        (SELECT max(e.at) FROM jobs.procrastinate_events e WHERE e.job_id = j.id) AS since
    FROM jobs.procrastinate_jobs j WHERE j.status IN ('doing', 'failed') OR (j.status = 'todo' AND j.attempts > 0)
    ORDER BY j.id DESC LIMIT :limit
""")
_OLD = text("DELETE FROM job_failures WHERE failed_at < now() - make_interval(days => :days)")


async def record(
    session: AsyncSession, *, job: str, arguments: dict[str, Any], error: BaseException | None, attempts: int
) -> None:
    """Store a permanently failed job, and alert the administrators in one unread notification.

    Args:
        session: a transaction.
        job: name of the task.
        arguments: arguments of the task.
        error: error of the last attempt; None if no attempt ran to its end, for example because the worker died.
        attempts: number of attempts.
    """
    reason = f"{type(error).__name__}: {error}" if error else "Every attempt ended before it was finished."
    row = {
        "job": job[:60],
        "arguments": arguments,
        "reason": "".join(c for c in reason if c.isprintable())[:500],
        "attempts": attempts,
    }
    await session.execute(insert(job_failures).values(row))
    total = await count_open(session)
    words = f"1 job failed: {job}." if total == 1 else f"{total:,} jobs failed, most recently {job}."
    await activity.notify_admins(session, kind="operations", sentence=words, link=routes.ADMIN_JOBS)


async def failed(session: AsyncSession, viewer: Viewer | None, *, cursor: str | None = None) -> Page[FailedJob]:
    """List permanently failed jobs that were not queued again, newest first.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: the cursor is malformed.
    """
    audit.require_admin(viewer)
    statement = select(job_failures).where(job_failures.c.retried_at.is_(None))
    if cursor:
        statement = statement.where(job_failures.c.id < cursors.as_number(cursor))
    rows = (await session.execute(statement.order_by(job_failures.c.id.desc()).limit(PAGE_SIZE + 1))).all()
    shown = rows[:PAGE_SIZE]
    next_cursor = cursors.encode(shown[-1].id) if len(rows) > PAGE_SIZE else None
    return Page(
        tuple(FailedJob(str(row.id), row.job, row.arguments, row.reason, row.attempts, row.failed_at) for row in shown), next_cursor
    )  # fmt: skip


async def running(session: AsyncSession, viewer: Viewer | None) -> tuple[RunningJob, ...]:
    """List jobs that are running, waiting for a retry, or failed in the job queue, newest first, at most ``MAX_RUNNING``.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    rows = await session.execute(_RUNNING, {"limit": MAX_RUNNING})
    return tuple(
        RunningJob(str(row.id), row.task_name, row.status, row.attempts, row.since, row.scheduled_at) for row in rows
    )


async def retry(session: AsyncSession, viewer: Viewer | None, *, failure_id: str) -> None:
    """Queue a failed job again.

    Raises:
        NotFoundError: the viewer is not an administrator, or there is no such job.
        ConflictError: it was queued again already, or is of a kind that this release does not know.
    """
    admin = audit.require_admin(viewer)
    number = int(failure_id) if failure_id.isascii() and failure_id.isdigit() and len(failure_id) < 19 else 0
    found = await session.execute(select(job_failures).where(job_failures.c.id == number).with_for_update())
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(_MISSING)
    if row.retried_at is not None:
        raise ConflictError("This job was queued again already.")
    if row.job not in set(JobName):
        raise ConflictError("This release does not know such jobs.")
    await jobs.enqueue(session, JobName(row.job), **{name: str(value) for name, value in row.arguments.items()})
    await session.execute(update(job_failures).where(job_failures.c.id == number).values(retried_at=func.now()))
    await audit.record(
        session, admin, action="site.job_retried", target="job", target_id=str(number), before={"job": row.job, "reason": row.reason[:200]},
        after={"queued": True},
    )  # fmt: skip


async def count_open(session: AsyncSession) -> int:
    """Count permanently failed jobs that were not queued again."""
    open_ones = select(func.count()).select_from(job_failures).where(job_failures.c.retried_at.is_(None))
    return int((await session.execute(open_ones)).scalar_one())


async def delete_old(session: AsyncSession) -> None:
    """Delete failures older than ``policy.JOB_FAILURE_DAYS``, whether or not they were retried."""
    await session.execute(_OLD, {"days": policy.JOB_FAILURE_DAYS})
