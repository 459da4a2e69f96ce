"""A creator's plays, sales and earnings by day and by pack. Sales and earnings are read from the ledger."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.statistics import Figures, StudioStatistics

PERIODS = (7, 30, 90)  # days

# A sale is a booking of a purchase; a refund takes it back. Packs that cost nothing have no bookings.
_BOOKINGS = """
    SELECT t.id, t.created_at, coalesce(t.reverses_id, t.id) AS purchase_transaction_id, sum(e.amount_tokens) AS earned,
        CASE WHEN t.reason = 'refund' THEN -1 ELSE 1 END AS sales
    FROM ledger_accounts a
    JOIN ledger_entries e ON e.account_id = a.id
    JOIN ledger_transactions t ON t.id = e.transaction_id
    WHERE a.user_id = :user AND a.kind IN ('earnings', 'bonus_earnings') AND t.reason IN ('purchase', 'refund')
        AND t.created_at >= :since
    GROUP BY t.id
"""
_OWN_PACKS = "SELECT p.id FROM packs p JOIN creators c ON c.id = p.creator_id WHERE c.user_id = :user"
_BY_DAY = text(f"""
    SELECT day, sum(plays)::bigint AS plays, sum(sales)::bigint AS sales, sum(earned)::bigint AS earned FROM (
        SELECT (created_at AT TIME ZONE 'UTC')::date AS day, 0 AS plays, sales, earned FROM ({_BOOKINGS}) bookings
        UNION ALL
        SELECT (created_at AT TIME ZONE 'UTC')::date, 1, 0, 0 FROM plays
        WHERE pack_id IN ({_OWN_PACKS}) AND created_at >= :since
    ) events GROUP BY day
""")  # noqa: S608 - constants
_BY_PACK = text(f"""
    SELECT pack_id, sum(plays)::bigint AS plays, sum(sales)::bigint AS sales, sum(earned)::bigint AS earned FROM (
        SELECT b.pack_id, 0 AS plays, bookings.sales, bookings.earned
        FROM ({_BOOKINGS}) bookings JOIN purchases b ON b.transaction_id = bookings.purchase_transaction_id
        UNION ALL
        SELECT pack_id, 1, 0, 0 FROM plays WHERE pack_id IN ({_OWN_PACKS}) AND created_at >= :since
    ) events GROUP BY pack_id
""")  # noqa: S608 - constants


async def period(session: AsyncSession, viewer: Viewer, *, days: int) -> StudioStatistics:
    """Return the figures of the last days, today included, and of as many days before. Days are UTC.

    ``days`` is one of ``PERIODS``; anything else counts as 30.
    """
    count = days if days in PERIODS else 30
    today = datetime.now(UTC).date()
    first = today - timedelta(days=count - 1)
    by_day = await _by_day(session, viewer, since=first - timedelta(days=count))
    shown = [(day, by_day.pop(day, Figures())) for day in (first + timedelta(days=n) for n in range(count))]
    packs = await session.execute(_BY_PACK, {"user": viewer.user_id, "since": _midnight(first)})
    return StudioStatistics(
        days=tuple(shown),
        total=sum((figures for _, figures in shown), Figures()),
        before=sum((figures for day, figures in by_day.items() if day < first), Figures()),
        packs={uuid.UUID(str(row.pack_id)): Figures(row.plays, row.sales, row.earned) for row in packs},
    )


async def _by_day(session: AsyncSession, viewer: Viewer, *, since: date) -> dict[date, Figures]:
    rows = await session.execute(_BY_DAY, {"user": viewer.user_id, "since": _midnight(since)})
    return {row.day: Figures(row.plays, row.sales, row.earned) for row in rows}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
