"""The rollup of pack events: moves them from the inbox to monthly partitions and adds them to the figures, in one transaction.

Each event is counted exactly once, even if the rollup is killed and restarted: events leave the inbox in the
transaction that adds them to the figures. A late event is added to the day on which it happened. Only one rollup runs
at a time.
"""

from functools import partial

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy
from askchopper.errors import AskChopperError
from askchopper.observability import log
from askchopper.services import pack_events
from askchopper.services.analytics import rollup_sql

BATCH = 100_000  # events, about five seconds of one core; equal rows of a batch are summed before they are written
BATCH_PACKS = 600_000  # packs in the lists of a batch's events
_REFRESH = 5_000
_BACKFILL_ROWS = 20_000
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('analytics.rollup'))")
_WAIT = text("SELECT pg_advisory_xact_lock(hashtext('analytics.rollup'))")
_PARTITIONS = text("SELECT pack_event_partitions(:months)")
_WAITING = text("SELECT count(*) FROM (SELECT FROM pack_event_inbox LIMIT :most) waiting")
_OLD_LISTENERS = text("DELETE FROM daily_listeners WHERE day < (now() AT TIME ZONE 'UTC')::date - :days")
_OLD_SALTS = text("DELETE FROM visitor_salts WHERE day < (now() AT TIME ZONE 'UTC')::date - (:days - 1)")


async def run() -> int:
    """Process all waiting events, in batches. Return their number."""
    await _step(_PARTITIONS, months=None)
    counted = await _count_waiting()
    while await _backfill():
        counted += await _count_waiting()
    return counted


async def run_batch(limit: int, *, packs: int = BATCH_PACKS) -> int:
    """Process one batch of events in a transaction. Return their number: 0 if none wait or another rollup is running."""
    async with database.transaction(timeout_seconds=None) as session:
        if not (await session.execute(_LOCK)).scalar_one():
            return 0
        return await _count(session, limit, packs)


async def refresh() -> None:
    """Process waiting events before figures are read, if there are at most ``_REFRESH``. Failures are only logged."""
    try:
        await pack_events.write()
        async with database.read_only() as session:
            waiting = (await session.execute(_WAITING, {"most": _REFRESH + 1})).scalar_one()
        if 0 < waiting <= _REFRESH:
            await run_batch(_REFRESH, packs=_REFRESH)
    except (AskChopperError, DBAPIError) as error:
        log.warning("analytics.refresh_failed", error=type(error).__name__)


async def sum_weeks() -> None:
    """Aggregate the breakdowns of past weeks. Waits for the rollup's lock, since the rollup adds late events to such weeks."""
    async with database.transaction(timeout_seconds=None) as session:
        await session.execute(_WAIT)
        await session.execute(rollup_sql.SUM_WEEKS)


async def maintain() -> None:
    """Run the daily steps independently: count search outcomes and audiences, delete old visitor hashes and salts, trim terms.

    Also creates and drops partitions, and aggregates weeks. A failed step is logged.
    """
    days = policy.VISITOR_SALT_DAYS
    steps: tuple[tuple[TextClause, dict[str, object]], ...] = (
        (rollup_sql.COUNT_SEARCHES, {"days": days}),
        (_OLD_SALTS, {"days": days}),
        (rollup_sql.FORGET_VISITORS, {"days": days}),
        (_OLD_LISTENERS, {"days": days}),
        (_PARTITIONS, {"months": policy.ANALYTICS_EVENT_MONTHS}),
        (rollup_sql.SHORTEN_TERMS, {"kept": policy.SEARCH_TERMS_KEPT}),
        (rollup_sql.COUNT_AUDIENCE, {"least": policy.MIN_AUDIENCE_GROUP, "days": policy.AUDIENCE_DAYS}),
    )
    for step in (*(partial(_step, statement, **values) for statement, values in steps), sum_weeks):
        try:
            await step()
        except (AskChopperError, DBAPIError):  # the others must still run
            log.exception("analytics.maintenance_failed")


async def _step(statement: TextClause, **values: object) -> None:
    async with database.transaction(timeout_seconds=None) as session:
        if statement is rollup_sql.COUNT_AUDIENCE:
            await session.execute(rollup_sql.FORGET_AUDIENCE)
        await session.execute(statement, values)


async def _count_waiting() -> int:
    """Process waiting events and return their number. A failing batch is retried with ever fewer events.

    Raises:
        AskChopperError, DBAPIError: a single event fails; it blocks the events after it.
    """
    counted, limit = 0, BATCH
    while True:
        try:
            batch = await run_batch(limit)
        except (AskChopperError, DBAPIError):
            if limit == 1:
                raise
            log.exception("analytics.batch_failed", events=limit)
            limit = max(1, limit // 10)
            continue
        if not batch:
            return counted
        counted += batch


async def _count(session: AsyncSession, limit: int, packs: int = BATCH_PACKS) -> int:
    await session.execute(rollup_sql.take(limit, packs))
    taken = (await session.execute(rollup_sql.COUNT)).scalar_one()
    if not taken:
        return 0
    for statement in rollup_sql.PREPARE:
        await session.execute(statement)
    await session.execute(rollup_sql.ATTRIBUTE, {"hours": policy.ATTRIBUTION_HOURS})
    await session.execute(rollup_sql.ATTRIBUTE_REFUNDS)
    for statement in rollup_sql.COUNTING:
        await session.execute(statement)
    if (await session.execute(rollup_sql.HAS_LATE)).scalar_one():
        for statement in rollup_sql.COUNTING_LATE:
            await session.execute(statement)
    return int(taken)


async def _backfill() -> bool:
    """Copy the next rows that predate event recording into the inbox. Return whether any may be left."""
    async with database.transaction(timeout_seconds=None) as session:
        left = (await session.execute(rollup_sql.NEXT_BACKFILL)).one_or_none()
        if left is None:
            return False
        values = {"position": left.position, "until": left.until, "most": _BACKFILL_ROWS}
        copied = (await session.execute(rollup_sql.BACKFILLS[left.source], values)).one()
        is_done = copied.rows < _BACKFILL_ROWS
        await session.execute(
            rollup_sql.MOVE_BACKFILL, {"source": left.source, "position": copied.position, "is_done": is_done}
        )
        return True
