"""Balances, statement lines and the result of a ledger check."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import LedgerReason


@dataclass(frozen=True)
class Balance:
    """What a member can spend; bonus tokens are part of the total and go first."""

    total_tokens: int
    bonus_tokens: int
    earnings_tokens: int


@dataclass(frozen=True)
class StatementEntry:
    """One movement in a wallet; ``amount_tokens`` is positive in, negative out."""

    id: str
    created_at: datetime
    reason: LedgerReason
    title: str
    amount_tokens: int
    balance_tokens: int
    reference: str
    link: str


@dataclass(frozen=True)
class LedgerReport:
    """What a full check of the ledger found; clean when there are no problems."""

    transactions: int
    entries: int
    accounts: int
    problems: tuple[str, ...]
