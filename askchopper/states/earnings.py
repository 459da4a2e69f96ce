"""State of the creator's earnings page, with payouts."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.wallet import EarningsEntry, PayoutSummary
from askchopper.services import earnings, payouts
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.token_prices import money, payout_cents
from askchopper.vocabulary import LedgerReason, PayoutStatus

_DAYS = 30
_MONTHS = 12
_KINDS = {
    LedgerReason.REFUND: "Refund",
    LedgerReason.PAYOUT_REQUEST: "Payout",
    LedgerReason.PAYOUT_REFUSAL: "Payout",
}
_PAYOUTS = {LedgerReason.PAYOUT_REQUEST, LedgerReason.PAYOUT_REFUSAL}
_STATUS = {PayoutStatus.REQUESTED: "Waiting", PayoutStatus.PAID: "Paid", PayoutStatus.REFUSED: "Refused"}


class EarningsState(rx.State):
    """State of the earnings page: totals, payouts, the last 30 days, and the statement."""

    is_loaded: bool = False
    totals: dict[str, str] = {}
    days: list[dict[str, str]] = []
    lines: list[dict[str, str]] = []
    payouts: list[dict[str, str]] = []
    months: list[dict[str, str]] = []
    can_request: bool = False
    problem: str = ""
    is_busy_requesting: bool = False
    has_more: bool = False
    is_busy_more: bool = False
    _cursor: str | None = None

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.problem = ""
        self.months = _months()
        await self._read(identity.require_viewer())

    @rx.event
    @handler(Access.MEMBER)
    async def request_payout(self, form: dict[str, Any]) -> Any:
        """Request a payout of all available tokens."""
        viewer = identity.require_viewer()
        self.is_busy_requesting, self.problem = True, ""
        yield
        try:
            async with transaction() as session:
                made = await payouts.request(session, viewer, destination=str(form.get("destination", "")))
        except AskChopperError as error:
            self.problem = error.sentence
        else:
            yield rx.toast.success(f"Payout of {counted(made.tokens, 'token')} requested.")
        await self._read(viewer)
        self.is_busy_requesting = False

    async def _read(self, viewer: Viewer) -> None:
        async with read_only() as session:
            sums = await earnings.totals(session, viewer)
            listed = await payouts.list_own(session, viewer)
            days = await earnings.last_days(session, viewer, count=_DAYS)
            page = await earnings.statement(session, viewer)
        self.totals = {
            "gross": f"{sums.gross_tokens:,}",
            "fee": f"{sums.fee_tokens:,}",
            "net": f"{sums.net_tokens:,}",
            "bonus": f"{sums.bonus_tokens:,}",
            "pending": f"{sums.pending_tokens:,}",
            "available": f"{sums.available_tokens:,}",
            "requested": f"{sums.requested_tokens:,}",
            "paid_out": f"{sums.paid_out_tokens:,}",
            "money": money(payout_cents(max(0, sums.available_tokens))),
        }
        is_waiting = any(one.status is PayoutStatus.REQUESTED for one in listed)
        self.can_request = sums.available_tokens >= policy.MIN_PAYOUT_TOKENS and not is_waiting
        self.payouts = [_payout(one) for one in listed]
        highest = max(1, *(tokens for _, tokens in days))
        self.days = [
            {
                "label": f"{day:%-d %b}: {counted(tokens, 'token')}",
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
        "kind": _KINDS.get(entry.reason, "Sale"),
        "bonus": f"{entry.bonus_tokens:,} paid with bonus tokens" if entry.bonus_tokens > 0 else "",
        "gross": f"{entry.gross_tokens:,}" if entry.reason not in _PAYOUTS else "",
        "fee": f"{-entry.fee_tokens:,}" if entry.reason not in _PAYOUTS else "",
        "net": f"{entry.net_tokens:+,}",
        "balance": f"{entry.balance_tokens:,}",
        "link": entry.link,
    }


def _payout(one: PayoutSummary) -> dict[str, str]:
    return {
        "id": one.id,
        "date": f"{one.requested_at:%-d %b %Y}",
        "tokens": f"{one.tokens:,}",
        "money": money(one.cents),
        "destination": one.destination,
        "status": _STATUS[one.status],
        "reason": one.reason,
    }


def _months() -> list[dict[str, str]]:
    """Return the last months, newest first, for the monthly statement."""
    today = datetime.now(UTC)
    numbers = [today.year * 12 + today.month - 1 - back for back in range(_MONTHS)]
    firsts = [datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in numbers]
    return [{"value": f"{first:%Y-%m}", "label": f"{first:%B %Y}"} for first in firsts]
