"""Putting work into the queue, in the caller's own transaction: no work without its rows, no rows without their work."""

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.vocabulary import JobName

QUEUE = "default"
# The queue's own function, as its library calls it; the library's client would take a connection of its own.
_DEFER = text("""
    SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[
        ROW(:queue, :job, 0, CAST(:lock AS text), NULL, CAST(:arguments AS jsonb), NULL)
    ]::jobs.procrastinate_job_to_defer_v1[])
""")


async def enqueue(session: AsyncSession, job: JobName, *, lock: str | None = None, **arguments: str) -> None:
    """Have something done soon after the transaction commits; if it rolls back, nothing happens.

    Args:
        session: the caller's transaction.
        job: what to do.
        lock: jobs with the same lock run one after another, in order.
        arguments: passed to the task by name.
    """
    values = {"queue": QUEUE, "job": job.value, "lock": lock, "arguments": json.dumps(arguments)}
    await session.execute(_DEFER, values)
