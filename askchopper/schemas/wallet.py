"""Balances, statement entries and ledger audits."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import LedgerReason, PayoutStatus


@dataclass(frozen=True)
class Balance:
    """Spendable tokens; bonus tokens are part of the total and are spent first. Nothing can be bought while there is a debt."""

    total_tokens: int
    bonus_tokens: int
    earnings_tokens: int
    debt_tokens: int = 0


@dataclass(frozen=True)
class StatementEntry:
    """A transaction in a wallet; ``amount_tokens`` is positive for credits, negative for debits."""

    id: str
    created_at: datetime
    reason: LedgerReason
    title: str
    amount_tokens: int
    balance_tokens: int
    reference: str
    link: str


@dataclass(frozen=True)
class Outstanding:
    """What a creator may still lose to refunds, and what was paid out, of all time."""

    pending_tokens: int = 0
    paid_out_tokens: int = 0


@dataclass(frozen=True)
class EarningsTotals:
    """Sums of a creator's sales: ``net`` is ``gross`` less the fee, and the sum of ``bonus`` and all after it."""

    gross_tokens: int
    fee_tokens: int
    net_tokens: int
    bonus_tokens: int
    pending_tokens: int
    requested_tokens: int
    paid_out_tokens: int
    available_tokens: int


@dataclass(frozen=True)
class PayoutSummary:
    """A payout. ``destination`` is where to pay to, as its creator wrote it; only the end of it once it is settled."""

    id: str
    creator: str
    email: str
    tokens: int
    cents: int
    currency: str
    destination: str
    status: PayoutStatus
    reason: str
    requested_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class EarningsEntry:
    """A sale, or its refund with negative amounts; ``bonus_tokens`` is the part that was paid with bonus tokens."""

    id: str
    created_at: datetime
    reason: LedgerReason
    title: str
    gross_tokens: int
    fee_tokens: int
    net_tokens: int
    bonus_tokens: int
    balance_tokens: int
    reference: str
    link: str


@dataclass(frozen=True)
class LedgerReport:
    """Result of a ledger audit; clean if there are no problems."""

    transactions: int
    entries: int
    accounts: int
    problems: tuple[str, ...]
