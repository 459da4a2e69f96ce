"""Balances, statement entries and ledger audits."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import LedgerReason, PayoutStatus


@dataclass(frozen=True)
class Balance:
    """The tokens of a wallet. Purchases are blocked while there is a debt.

    ``total_tokens`` can be spent; ``bonus_tokens`` are part of them and are spent first. ``earnings_tokens`` are not part of the total.
    """

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
    """A creator's earnings that are still refundable, and all payouts to date, in tokens."""

    pending_tokens: int = 0
    paid_out_tokens: int = 0


@dataclass(frozen=True)
class EarningsTotals:
    """Totals of a creator's sales: ``net`` is ``gross`` less the fee, and equals the sum of the fields from ``bonus`` on."""

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
    """A payout. ``destination`` is the account as the creator wrote it; once settled, only its last characters."""

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
    """A sale, or its refund with negative amounts; ``bonus_tokens`` is the part paid with bonus tokens."""

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
