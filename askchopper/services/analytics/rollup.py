"""Counts events of packs: moves them from the inbox to the monthly partitions and adds them to the figures, in one transaction.

Each event is counted once however often the rollup is killed or started: what is counted leaves the inbox with the figures. An
event that arrives late is added to the day on which it happened. One rollup runs at a time.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy
from askchopper.services import pack_events
from askchopper.services.analytics import rollup_sql

BATCH = 20_000  # a second of one core
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('analytics.rollup'))")
_PURGE = (
    text("DELETE FROM daily_listeners WHERE day < (now() AT TIME ZONE 'UTC')::date - :days"),
    text("DELETE FROM visitor_salts WHERE day < (now() AT TIME ZONE 'UTC')::date - (:days - 1)"),
)
_PARTITIONS = text("SELECT pack_event_partitions(:months)")
_WAITING = text("SELECT count(*) FROM (SELECT FROM pack_event_inbox LIMIT :most) waiting")


async def run() -> int:
    """Count everything that waits, in batches. Return the number of events."""
    await _backfill()
    counted = 0
    while batch := await run_batch(BATCH):
        counted += batch
    return counted


async def run_batch(limit: int) -> int:
    """Count at most so many events in one transaction. Return their number: 0 without any, or while another rollup runs."""
    async with database.transaction(timeout_seconds=None) as session:
        if not (await session.execute(_LOCK)).scalar_one():
            return 0
        return await _count(session, limit)


async def refresh(*, limit: int = 5_000) -> None:
    """Count what waits before somebody reads figures, unless that is more than a moment's work."""
    await pack_events.write()
    async with database.read_only() as session:
        waiting = (await session.execute(_WAITING, {"most": limit + 1})).scalar_one()
    if 0 < waiting <= limit:
        await run_batch(limit)


async def maintain() -> None:
    """Make the partitions of the next months, drop old ones, forget salts and listeners of past days, shorten lists of search terms."""
    days = {"days": policy.VISITOR_SALT_DAYS}
    async with database.transaction(timeout_seconds=None) as session:
        await session.execute(_PARTITIONS, {"months": policy.ANALYTICS_EVENT_MONTHS})
        for statement in _PURGE:
            await session.execute(statement, days)
        await session.execute(rollup_sql.SHORTEN_TERMS, {"kept": policy.SEARCH_TERMS_KEPT})
        await session.execute(rollup_sql.FORGET_AUDIENCE)
        await session.execute(
            rollup_sql.COUNT_AUDIENCE, {"least": policy.MIN_AUDIENCE_GROUP, "days": policy.AUDIENCE_DAYS}
        )


async def _count(session: AsyncSession, limit: int) -> int:
    await session.execute(rollup_sql.take(limit))
    taken = (await session.execute(rollup_sql.COUNT)).scalar_one()
    if not taken:
        return 0
    for statement in rollup_sql.PREPARE:
        await session.execute(statement)
    await session.execute(rollup_sql.ATTRIBUTE, {"hours": policy.ATTRIBUTION_HOURS})
    await session.execute(rollup_sql.ATTRIBUTE_REFUNDS)
    for statement in rollup_sql.COUNTING:
        await session.execute(statement)
    return int(taken)


async def _backfill() -> None:
    """Copy rows from before events were recorded, once for each table."""
    for source, statement in rollup_sql.BACKFILLS.items():
        async with database.transaction(timeout_seconds=None) as session:
            until = (await session.execute(rollup_sql.CLAIM_BACKFILL, {"source": source})).scalar_one_or_none()
            if until is not None:
                await session.execute(statement, {"until": until})
