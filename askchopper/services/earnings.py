"""A creator's earnings statement, computed from the ledger: earnings per sale after the platform's fee, and pending amounts."""

import re
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError
from askchopper.routes import pack as pack_path
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.text import csv_text
from askchopper.schemas.wallet import EarningsEntry, EarningsTotals
from askchopper.vocabulary import LedgerReason

_NEWEST = datetime(9999, 1, 1, tzinfo=UTC), uuid.UUID(int=2**128 - 1)
_MOST_LINES = 1_000_000
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_SALES = {LedgerReason.PURCHASE, LedgerReason.REFUND}

_ENTRIES = text("""
    WITH own AS (
        SELECT e.transaction_id AS id, sum(e.amount_tokens) AS net,
            coalesce(sum(e.amount_tokens) FILTER (WHERE a.kind = 'bonus_earnings'), 0) AS bonus
        FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
        WHERE a.user_id = :user AND a.kind IN ('earnings', 'bonus_earnings')
        GROUP BY e.transaction_id
    )
    SELECT t.id, t.created_at, t.reason, t.memo, own.net, own.bonus, packs.slug,
        coalesce((SELECT sum(e.amount_tokens) FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WHERE e.transaction_id = t.id AND a.kind = 'fees'), 0) AS fee,
        sum(own.net) OVER (ORDER BY t.created_at, t.id) AS balance
    FROM own JOIN ledger_transactions t ON t.id = own.id
    LEFT JOIN purchases ON purchases.transaction_id = coalesce(t.reverses_id, t.id)
    LEFT JOIN packs ON packs.id = purchases.pack_id
""")
_PAGE = text(f"""
    SELECT * FROM ({_ENTRIES.text}) lines WHERE (created_at, id) < (:time, :id) ORDER BY created_at DESC, id DESC LIMIT :limit
""")  # noqa: S608 - constant
_TOTALS = text(f"""
    SELECT coalesce(sum(net + fee), 0) AS gross, coalesce(sum(fee), 0) AS fee, coalesce(sum(net), 0) AS net,
        coalesce(sum(bonus), 0) AS bonus, pending_earnings(:user, :hours) AS pending,
        (SELECT coalesce(sum(tokens), 0) FROM payouts WHERE user_id = :user AND status = 'requested') AS requested,
        (SELECT coalesce(sum(tokens), 0) FROM payouts WHERE user_id = :user AND status = 'paid') AS paid_out
    FROM ({_ENTRIES.text}) lines WHERE reason IN ('purchase', 'refund')
""")  # noqa: S608 - constant


async def totals(session: AsyncSession, viewer: Viewer) -> EarningsTotals:
    """Return the sums of all sales and payouts of the viewer.

    Earnings from bonus tokens never become available; the rest of a sale is pending while the buyer may refund it.
    """
    row = (await session.execute(_TOTALS, {"user": viewer.user_id, "hours": policy.REFUND_HOURS})).one()
    return EarningsTotals(
        gross_tokens=int(row.gross),
        fee_tokens=int(row.fee),
        net_tokens=int(row.net),
        bonus_tokens=int(row.bonus),
        pending_tokens=int(row.pending),
        requested_tokens=int(row.requested),
        paid_out_tokens=int(row.paid_out),
        available_tokens=int(row.net - row.bonus - row.pending - row.requested - row.paid_out),
    )


async def statement(
    session: AsyncSession, viewer: Viewer, *, cursor: str | None = None, limit: int = 20
) -> Page[EarningsEntry]:
    """List the sales, refunds and payouts of the viewer, newest first, each with the balance after it.

    Raises:
        InvalidInputError: the cursor is invalid.
    """
    rows = await _rows(session, viewer, before=_position(cursor), limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    next_cursor = cursors.encode(last.created_at.isoformat(), str(last.id)) if last else None
    return Page(tuple(_entry(row) for row in rows[:limit]), next_cursor)


async def statement_csv(session: AsyncSession, viewer: Viewer) -> str:
    """Return the whole statement as CSV, newest first. Cells that a spreadsheet would evaluate are escaped."""
    return _csv(await _rows(session, viewer, before=_NEWEST, limit=_MOST_LINES))


async def monthly_csv(session: AsyncSession, viewer: Viewer, *, month: str) -> str:
    """Return the statement of a calendar month in UTC, such as ``2026-11``, as CSV.

    Raises:
        InvalidInputError: it is not a month.
    """
    if not _MONTH.fullmatch(month):
        raise InvalidInputError("Specify a month, such as 2026-11.", field="month")
    first = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
    end = (first + timedelta(days=32)).replace(day=1)
    before = end, uuid.UUID(int=0)
    rows = await _rows(session, viewer, before=before, limit=_MOST_LINES)
    return _csv([row for row in rows if row.created_at >= first])


def _csv(rows: list[Any]) -> str:
    heads = ["Date (UTC)", "Kind", "Title", "Price", "Fee", "Earned", "Of which bonus", "Balance", "Reference"]
    return csv_text([heads, *(_cells(_entry(row)) for row in rows)])


async def last_days(session: AsyncSession, viewer: Viewer, *, count: int) -> tuple[tuple[date, int], ...]:
    """Return the net tokens earned on each of the last ``count`` days (UTC), oldest first.

    The list ends with today; a refund counts on the day of the refund.
    """
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=count - 1 - number) for number in range(count)]
    since = datetime.combine(days[0], time(), UTC)
    rows = await session.execute(_BY_DAY, {"user": viewer.user_id, "since": since})
    earned = {row.day.date(): int(row.net) for row in rows}
    return tuple((day, earned.get(day, 0)) for day in days)


async def _rows(session: AsyncSession, viewer: Viewer, *, before: tuple[datetime, uuid.UUID], limit: int) -> list[Any]:
    values = {"user": viewer.user_id, "time": before[0], "id": before[1], "limit": limit}
    return list(await session.execute(_PAGE, values))


def _cells(line: EarningsEntry) -> list[object]:
    return [
        f"{line.created_at:%Y-%m-%d %H:%M:%S}", line.reason.value, line.title, line.gross_tokens, line.fee_tokens, line.net_tokens,
        line.bonus_tokens, line.balance_tokens, line.reference,
    ]  # fmt: skip


def _entry(row: Any) -> EarningsEntry:
    return EarningsEntry(
        id=str(row.id),
        created_at=row.created_at,
        reason=LedgerReason(row.reason),
        title=row.memo,
        gross_tokens=int(row.net + row.fee) if row.reason in _SALES else 0,
        fee_tokens=int(row.fee),
        net_tokens=int(row.net),
        bonus_tokens=int(row.bonus),
        balance_tokens=int(row.balance),
        reference=row.id.hex[-8:].upper(),
        link=pack_path(row.slug) if row.slug else "",
    )


def _position(cursor: str | None) -> tuple[datetime, uuid.UUID]:
    if not cursor:
        return _NEWEST
    at, known_id = cursors.decode(cursor, length=2)
    return cursors.as_time(at), cursors.as_id(known_id)


_BY_DAY = text("""
    SELECT date_trunc('day', t.created_at AT TIME ZONE 'UTC') AS day, sum(e.amount_tokens) AS net
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id
    WHERE a.user_id = :user AND a.kind IN ('earnings', 'bonus_earnings') AND t.created_at >= :since
        AND t.reason IN ('purchase', 'refund')
    GROUP BY day
""")
