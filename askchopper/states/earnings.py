"""State of the creator's earnings page."""

import reflex as rx

from askchopper.database import read_only
from askchopper.schemas.wallet import EarningsEntry
from askchopper.services import earnings
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import LedgerReason

_DAYS = 30


class EarningsState(rx.State):
    """State of the earnings page: totals, the last 30 days, and the statement."""

    is_loaded: bool = False
    totals: dict[str, str] = {}
    days: list[dict[str, str]] = []
    lines: list[dict[str, str]] = []
    has_more: bool = False
    is_busy_more: bool = False
    _cursor: str | None = None

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            sums = await earnings.totals(session, viewer)
            days = await earnings.last_days(session, viewer, count=_DAYS)
            page = await earnings.statement(session, viewer)
        self.totals = {
            "gross": f"{sums.gross_tokens:,}",
            "fee": f"{sums.fee_tokens:,}",
            "net": f"{sums.net_tokens:,}",
            "bonus": f"{sums.bonus_tokens:,}",
            "pending": f"{sums.pending_tokens:,}",
            "available": f"{sums.available_tokens:,}",
        }
        highest = max(1, *(tokens for _, tokens in days))
        self.days = [
            {
                "label": f"{day:%-d %b}: {tokens:,} tokens",
                "height": f"{max(2, round(100 * tokens / highest)) if tokens > 0 else 0}%",
            }
            for day, tokens in days
        ]
        self.lines = [_line(one) for one in page.items]
        self._cursor, self.has_more, self.is_loaded = page.next_cursor, page.next_cursor is not None, True

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        viewer = identity.require_viewer()
        if self._cursor is None:
            return
        async with read_only() as session:
            page = await earnings.statement(session, viewer, cursor=self._cursor)
        self.lines += [_line(one) for one in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None


def _line(entry: EarningsEntry) -> dict[str, str]:
    return {
        "id": entry.id,
        "date": f"{entry.created_at:%-d %b %Y}",
        "title": entry.title,
        "kind": "Refund" if entry.reason is LedgerReason.REFUND else "Sale",
        "bonus": f"{entry.bonus_tokens:,} paid with bonus tokens" if entry.bonus_tokens > 0 else "",
        "gross": f"{entry.gross_tokens:,}",
        "fee": f"{-entry.fee_tokens:,}",
        "net": f"{entry.net_tokens:+,}",
        "balance": f"{entry.balance_tokens:,}",
        "link": entry.link,
    }
