"""Request budget for the search vendor: one request a second, a monthly quota, and back-off after faults.

The state is in Postgres, shared by all processes. Requests that the vendor would refuse are refused here first.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, settings
from askchopper.observability import log
from askchopper.schemas.web_search import RateWindow, WebSearchFailedError, WebSearchFault, WebSearchState

INTERVAL_SECONDS = 1.1  # a little more than the vendor's window of one second, which does not start when ours does
MAX_WAIT_SECONDS = 2.5
PAUSE_SECONDS = {WebSearchFault.KEY: 600, WebSearchFault.QUOTA: 3_600}
TOO_FAST_SECONDS = 1.0  # until the next request after one that the vendor refused as too early
FAULTS_BEFORE_PAUSE = 3  # consecutive faults; the pause doubles with each further one
MAX_PAUSE_SECONDS = 300
_LONG_WINDOW_SECONDS = 3_600  # a window of at least this length is a quota, a shorter one a rate limit
_THIS_MONTH = "date_trunc('month', now() AT TIME ZONE 'UTC')::date"
_OPEN = (
    text(f"INSERT INTO web_search_months (month) VALUES ({_THIS_MONTH}) ON CONFLICT DO NOTHING"),  # noqa: S608 - a constant
    text("INSERT INTO web_search_gate (id) VALUES (1) ON CONFLICT DO NOTHING"),
)
_LOCK = text("SELECT blocked_by, blocked_until, next_request_at FROM web_search_gate WHERE id = 1 FOR UPDATE")
_USED = text(f"SELECT used, clock_timestamp() AS now FROM web_search_months WHERE month = {_THIS_MONTH}")  # noqa: S608
_TAKE = text(f"UPDATE web_search_months SET used = used + 1 WHERE month = {_THIS_MONTH}")  # noqa: S608
_GIVE_BACK = text(f"UPDATE web_search_months SET used = greatest(0, used - 1) WHERE month = {_THIS_MONTH}")  # noqa: S608
_REFUSE = text(f"UPDATE web_search_months SET refused = refused + 1 WHERE month = {_THIS_MONTH}")  # noqa: S608
_COUNT_FAILURE = text(f"UPDATE web_search_months SET failed = failed + 1 WHERE month = {_THIS_MONTH}")  # noqa: S608
_PACE = text("""
    UPDATE web_search_gate SET next_request_at = greatest(next_request_at, clock_timestamp()) + make_interval(secs => :interval) WHERE id = 1
""")
_OK = text(
    "UPDATE web_search_gate SET faults = 0, last_fault = '', last_ok_at = now(), blocked_by = '', blocked_until = NULL WHERE id = 1"
)
_FAULT = text("UPDATE web_search_gate SET faults = faults + 1, last_fault = :fault WHERE id = 1 RETURNING faults")
_BLOCK = text("""
    UPDATE web_search_gate SET blocked_by = :fault, blocked_until = now() + make_interval(secs => :seconds) WHERE id = 1
""")
_WINDOWS = text("UPDATE web_search_gate SET windows = CAST(:windows AS jsonb) WHERE id = 1")
_DELAY = text("""
    UPDATE web_search_gate SET next_request_at = greatest(next_request_at, now() + make_interval(secs => :seconds)) WHERE id = 1
""")
_STATE = text(f"""
    SELECT g.*, m.used, m.cache_hits, m.refused, m.failed, ({_THIS_MONTH} + interval '1 month') AT TIME ZONE 'UTC' AS renewed_at,
        g.blocked_until > now() AS is_blocked, (SELECT count(*) FROM web_searches WHERE results IS NOT NULL) AS cached
    FROM (VALUES (1)) one(id) LEFT JOIN web_search_gate g USING (id) LEFT JOIN web_search_months m ON m.month = {_THIS_MONTH}
""")  # noqa: S608 - a constant


async def reserve() -> float:
    """Reserve a request, and return the seconds to wait before sending it.

    Raises:
        WebSearchFailedError: the quota is used up, a back-off is in effect, or the wait would exceed ``MAX_WAIT_SECONDS``.
    """
    async with database.transaction() as session:
        for statement in _OPEN:
            await session.execute(statement)
        gate = (await session.execute(_LOCK)).one()
        month = (await session.execute(_USED)).one()
        wait = max(0.0, (gate.next_request_at - month.now).total_seconds())
        fault = _refusal(gate, month.used, month.now, wait)
        await session.execute(_REFUSE if fault else _TAKE)
        if fault is None:
            await session.execute(_PACE, {"interval": INTERVAL_SECONDS})
    if fault is not None:  # after the commit, so that the refusal is counted
        raise WebSearchFailedError(fault, was_sent=False)
    return wait


def _refusal(gate: Any, used: int, now: datetime, wait_seconds: float) -> WebSearchFault | None:
    if used >= settings.get().brave_search_rate_limit:
        return WebSearchFault.QUOTA
    if gate.blocked_until is not None and gate.blocked_until > now:
        return WebSearchFault(gate.blocked_by)
    return WebSearchFault.RATE if wait_seconds > MAX_WAIT_SECONDS else None


async def succeeded(windows: Sequence[RateWindow]) -> None:
    """Record a successful response, and back off if its rate headers report an exhausted limit."""
    async with database.transaction() as session:
        await session.execute(_OK)
        await _apply(session, windows)


async def failed(error: WebSearchFailedError) -> None:
    """Record a failure, and back off for as long as further requests would fail too."""
    log.warning("web_search.failed", fault=error.fault.value, was_sent=error.was_sent)
    async with database.transaction() as session:
        await session.execute(_COUNT_FAILURE)
        if not error.was_sent:
            await session.execute(_GIVE_BACK)
        faults = int((await session.execute(_FAULT, {"fault": error.fault.value})).scalar_one())
        if seconds := _pause_seconds(error.fault, faults):
            await session.execute(_BLOCK, {"fault": error.fault.value, "seconds": seconds})
        if error.fault is WebSearchFault.RATE:
            await session.execute(_DELAY, {"seconds": TOO_FAST_SECONDS})
        await _apply(session, error.windows)


def _pause_seconds(fault: WebSearchFault, faults: int) -> float:
    if fault in PAUSE_SECONDS:
        return PAUSE_SECONDS[fault]
    return min(MAX_PAUSE_SECONDS, 5 * 2 ** (faults - FAULTS_BEFORE_PAUSE)) if faults >= FAULTS_BEFORE_PAUSE else 0


async def _apply(session: AsyncSession, windows: Sequence[RateWindow]) -> None:
    if not windows:
        return
    await session.execute(_WINDOWS, {"windows": json.dumps([asdict(window) for window in windows])})
    for window in windows:
        if not window.limit or window.remaining:  # 0 means no limit: such plans are billed by request
            continue
        if window.seconds >= _LONG_WINDOW_SECONDS:
            await session.execute(
                _BLOCK, {"fault": WebSearchFault.QUOTA.value, "seconds": max(1, window.reset_seconds)}
            )
        else:
            await session.execute(_DELAY, {"seconds": min(window.reset_seconds, window.seconds)})


async def state(session: AsyncSession) -> WebSearchState:
    """Return the budget's state, for administrators and the health check."""
    row, current = (await session.execute(_STATE)).one(), settings.get()
    is_blocked = bool(row.is_blocked)
    return WebSearchState(
        backend=current.web_search_backend, is_configured=current.searches_web, used=row.used or 0,
        quota=current.brave_search_rate_limit, cache_hits=row.cache_hits or 0, refused=row.refused or 0, failed=row.failed or 0,
        renewed_at=row.renewed_at, cached=row.cached, blocked_by=row.blocked_by if is_blocked else "",
        blocked_until=row.blocked_until if is_blocked else None, last_fault=row.last_fault or "", last_ok_at=row.last_ok_at,
        windows=tuple(RateWindow(**window) for window in row.windows or ()),
    )  # fmt: skip
