"""Audit of the whole ledger: recomputes sums, balances, purchased rights and hashes and compares them with the stored values.

Streams one consistent snapshot, so that it works on a large database under load. Read-only.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.schemas.wallet import LedgerReport

MAX_PROBLEMS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_ACCOUNTS = text("SELECT id, user_id, kind FROM ledger_accounts")
_TRANSACTIONS = text("""
    SELECT t.id, t.wallet_user_id, t.sequence, t.reason, t.idempotency_key, t.memo, t.reverses_id, t.previous_hash,
        t.hash, t.created_at, p.id AS purchase_id, p.buyer_id, p.price_tokens, p.bonus_tokens, p.seller_share_percent, p.status,
        c.user_id AS seller_id,
        e.accounts, e.amounts
    FROM ledger_transactions t
    LEFT JOIN purchases p ON p.transaction_id = t.id
    LEFT JOIN packs ON packs.id = p.pack_id
    LEFT JOIN creators c ON c.id = packs.creator_id
    LEFT JOIN LATERAL (SELECT array_agg(account_id ORDER BY account_id) AS accounts,
            array_agg(amount_tokens ORDER BY account_id) AS amounts
        FROM ledger_entries WHERE transaction_id = t.id) e ON true
    ORDER BY t.wallet_user_id, t.sequence
""")
_WALLETS = text("SELECT user_id, spendable_tokens, bonus_tokens, debt_tokens, sequence, last_hash FROM wallets")
_RIGHTS = text("""
    SELECT p.id, p.buyer_id, p.pack_id, p.licence_kind, p.status, p.price_tokens, p.transaction_id, p.file_ids,
        l.id AS licence_id, l.revoked_at AS licence_revoked_at, cardinality(l.file_sha256s) AS certified,
        (SELECT count(*) FROM audio_files f WHERE f.pack_id = p.pack_id AND f.id = ANY (p.file_ids)) AS known_files
    FROM purchases p LEFT JOIN licences l ON l.purchase_id = p.id
    ORDER BY p.buyer_id, p.pack_id
""")
# Orders whose credits in the ledger, less the reversed tokens, do not match their status.
_ORDERS = text("""
    SELECT o.id FROM token_orders o
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(-e.amount_tokens), 0) AS tokens
        FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
        JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'issuance'
        WHERE t.wallet_user_id = o.user_id
            AND t.idempotency_key ~ ('^top_up(_reversal)?\\:order[.]' || o.id || '([.]|$)')
    ) credited ON true
    WHERE credited.tokens <> CASE
        WHEN o.status IN ('paid', 'partly_refunded', 'refunded', 'disputed') THEN o.tokens - o.reversed_tokens ELSE 0 END
""")


# Payout accounts whose ledger balance is not the sum of their payouts.
_PAYOUTS = text("""
    SELECT a.kind FROM ledger_accounts a
    WHERE a.user_id IS NULL AND a.kind IN ('payouts_due', 'payouts')
        AND coalesce((SELECT sum(amount_tokens) FROM ledger_entries WHERE account_id = a.id), 0) <> coalesce((
            SELECT sum(tokens) FROM payouts
            WHERE status = CASE a.kind WHEN 'payouts_due' THEN 'requested' ELSE 'paid' END), 0)
""")


async def verify(session: AsyncSession) -> LedgerReport:
    """Check the whole ledger.

    Returns:
        Counts and problems, at most ``MAX_PROBLEMS`` of them; a clean ledger has none.

    Invariant: every transaction, and all accounts together, sum to zero; cached balances equal the entries and were
    never negative; every purchase has its rights and licence and its price was paid; refunds mirror their purchase,
    once; the hash chain of every wallet is unbroken; token orders and payouts match their entries.
    """
    await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))  # one snapshot for all reads
    check = _Check()
    for row in await session.execute(_ACCOUNTS):
        check.accounts[row.id] = (row.user_id, row.kind)
    async for row in await session.stream(_TRANSACTIONS, execution_options={"yield_per": 2000}):
        check.transaction(row)
    async for row in await session.stream(_WALLETS, execution_options={"yield_per": 2000}):
        check.wallet(row)
    async for row in await session.stream(_RIGHTS, execution_options={"yield_per": 2000}):
        check.purchase(row)
    async for row in await session.stream(_ORDERS, execution_options={"yield_per": 2000}):
        check.problem(f"order {row.id}: what was credited is not what was paid")
    for row in await session.execute(_PAYOUTS):
        check.problem(f"account {row.kind}: the balance is not the sum of its payouts")
    check.close()
    return LedgerReport(
        transactions=check.transaction_count,
        entries=check.entry_count,
        accounts=len(check.accounts),
        problems=tuple(check.problems),
    )


def canonical(row: Any) -> str:
    """Return the canonical text that a transaction's hash covers; must equal the SQL function ``ledger_canonical``."""
    microseconds = (row.created_at - _EPOCH) // _MICROSECOND
    lines = [f"{account}:{amount}" for account, amount in zip(row.accounts, row.amounts, strict=True)]
    parts = [
        row.id,
        row.wallet_user_id,
        row.sequence,
        row.reason,
        f"{len(row.idempotency_key)}:{row.idempotency_key}",
        f"{len(row.memo)}:{row.memo}",
        row.reverses_id or "",
        microseconds,
        ",".join(lines),
    ]
    return "|".join(str(part) for part in parts)


@dataclass
class _Chain:
    """Verification state of one wallet: the end of its hash chain, and its balances so far in tokens."""

    sequence: int = 0
    last_hash: bytes = b""
    spendable: int = 0
    bonus: int = 0
    debt: int = 0


@dataclass
class _Check:
    """State of an audit. Transactions arrive wallet by wallet, in order."""

    accounts: dict[int, tuple[Any, str]] = field(default_factory=dict[int, tuple[Any, str]])
    balances: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    chains: dict[Any, _Chain] = field(default_factory=dict[Any, _Chain])
    # Only wallets with refunds need their purchases' entries again, and a refund follows within policy.REFUND_HOURS.
    purchases: dict[Any, dict[int, int]] = field(default_factory=dict[Any, dict[int, int]])
    purchases_of: Any = None
    refunded: set[Any] = field(default_factory=set[Any])
    rights: set[tuple[Any, str]] = field(default_factory=set[tuple[Any, str]])
    rights_of: Any = None
    marked_refunded: set[Any] = field(default_factory=set[Any])
    problems: list[str] = field(default_factory=list[str])
    transaction_count: int = 0
    entry_count: int = 0

    def problem(self, sentence: str) -> None:
        """Record a problem, up to the report's limit."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(sentence)

    def transaction(self, row: Any) -> None:
        """Check one transaction and advance its wallet's state."""
        self.transaction_count += 1
        if row.accounts is None:
            self.problem(f"transaction {row.id}: has no entries")
            return
        self.entry_count += len(row.accounts)
        entries = dict(zip(row.accounts, row.amounts, strict=True))
        if sum(row.amounts) != 0:
            self.problem(f"transaction {row.id}: sums to {sum(row.amounts)}, not 0")
        for account, amount in entries.items():
            self.balances[account] += amount
        self._follow(row, entries)
        self._check_reason(row, entries)

    def _follow(self, row: Any, entries: dict[int, int]) -> None:
        chain = self.chains.setdefault(row.wallet_user_id, _Chain())
        if row.sequence != chain.sequence + 1:
            self.problem(f"transaction {row.id}: number {row.sequence} follows {chain.sequence}")
        if bytes(row.previous_hash) != chain.last_hash:
            self.problem(f"transaction {row.id}: does not follow the one before it")
        expected = hashlib.sha256(bytes(row.previous_hash) + canonical(row).encode()).digest()
        if bytes(row.hash) != expected:
            self.problem(f"transaction {row.id}: its hash does not fit its content")
        chain.sequence, chain.last_hash = row.sequence, bytes(row.hash)
        chain.spendable += self._sum(entries, row.wallet_user_id, ("spendable",))
        chain.bonus += self._sum(entries, row.wallet_user_id, ("bonus",))
        if row.reason == "purchase" and chain.debt > 0:
            self.problem(f"transaction {row.id}: bought while tokens were owed")
        chain.debt -= self._sum(entries, row.wallet_user_id, ("debt",))
        if chain.spendable < 0 or chain.bonus < 0 or chain.debt < 0:
            self.problem(f"transaction {row.id}: the balance falls below zero")
        members = (self.accounts[account] for account in entries)
        if any(kind in {"spendable", "bonus", "debt"} and user != row.wallet_user_id for user, kind in members):
            self.problem(f"transaction {row.id}: touches another wallet")

    def _check_reason(self, row: Any, entries: dict[int, int]) -> None:
        if self.purchases_of != row.wallet_user_id:
            self.purchases_of, self.purchases = row.wallet_user_id, {}
        if row.reason == "purchase":
            self.purchases[row.id] = entries
            self._check_purchase(row, entries)
        elif row.reason == "refund":
            original = self.purchases.get(row.reverses_id)
            if original is None:
                self.problem(f"transaction {row.id}: gives back what was not bought before")
            elif entries != {account: -amount for account, amount in original.items()}:
                self.problem(f"transaction {row.id}: does not mirror the purchase it gives back")
            if row.reverses_id in self.refunded:
                self.problem(f"transaction {row.id}: gives the same purchase back again")
            self.refunded.add(row.reverses_id)

    def _check_purchase(self, row: Any, entries: dict[int, int]) -> None:
        if row.purchase_id is None or row.buyer_id != row.wallet_user_id:
            self.problem(f"transaction {row.id}: paid, but there is no purchase of this wallet")
            return
        if row.status == "refunded":
            self.marked_refunded.add(row.id)
        bonus = self._sum(entries, row.buyer_id, ("bonus",))
        paid = self._sum(entries, row.buyer_id, ("bonus", "spendable"))
        share = self._sum(entries, row.seller_id, ("earnings", "bonus_earnings"))
        fee = self._sum(entries, None, ("fees",))
        if -paid != row.price_tokens or -bonus != row.bonus_tokens:
            self.problem(f"purchase {row.purchase_id}: {-paid} tokens paid, the price was {row.price_tokens}")
        expected_fee = policy.platform_fee_tokens(row.price_tokens, row.seller_share_percent)
        if fee != expected_fee or fee + share != row.price_tokens:
            self.problem(f"purchase {row.purchase_id}: fee {fee} and share {share} do not make the price")

    def wallet(self, row: Any) -> None:
        """Compare a wallet's cached balances with its chain."""
        chain = self.chains.pop(row.user_id, _Chain())
        cached = (row.spendable_tokens, row.bonus_tokens, row.debt_tokens)
        if cached != (chain.spendable, chain.bonus, chain.debt):
            self.problem(f"wallet {row.user_id}: the cached balance is not the sum of the entries")
        if row.sequence != chain.sequence or bytes(row.last_hash) != chain.last_hash:
            self.problem(f"wallet {row.user_id}: the end of its chain is missing")

    def purchase(self, row: Any) -> None:
        """Check that a purchase, its rights and its licence agree."""
        is_refunded = row.status == "refunded"
        if not row.file_ids or row.known_files != len(row.file_ids):
            self.problem(f"purchase {row.id}: gave no right, or one to a sound that its pack does not have")
        if not is_refunded and self._repeats_a_right(row):
            self.problem(f"purchase {row.id}: sold what the buyer had already")
        if row.licence_id is None or (row.licence_revoked_at is not None) != is_refunded:
            self.problem(f"purchase {row.id}: its licence is missing or does not follow its status")
        elif row.certified != len(row.file_ids):
            self.problem(f"purchase {row.id}: its licence does not name its sounds")
        if row.transaction_id is None and row.price_tokens != 0:
            self.problem(f"purchase {row.id}: has a price but was not paid")

    def _repeats_a_right(self, row: Any) -> bool:
        if self.rights_of != (row.buyer_id, row.pack_id):
            self.rights_of, self.rights = (row.buyer_id, row.pack_id), set()
        given = {(file_id, row.licence_kind) for file_id in row.file_ids}
        is_repeated = len(given) != len(row.file_ids) or not self.rights.isdisjoint(given)
        self.rights |= given
        return is_repeated

    def close(self) -> None:
        """Check the total of all accounts, and report wallets and refunds without a counterpart."""
        if sum(self.balances.values()) != 0:
            self.problem(f"all accounts together hold {sum(self.balances.values())} tokens, not 0")
        self._missing(self.chains, "wallet", "has transactions but no balance")
        self._missing(self.refunded - self.marked_refunded, "transaction", "given back, but still a purchase")
        self._missing(
            self.marked_refunded - self.refunded,
            "transaction",
            "marked refunded, but not given back",
        )

    def _missing(self, ids: Iterable[Any], noun: str, what: str) -> None:
        for one in ids:
            self.problem(f"{noun} {one}: {what}")

    def _sum(self, entries: dict[int, int], user: Any, kinds: tuple[str, ...]) -> int:
        return sum(
            amount
            for account, amount in entries.items()
            if self.accounts[account][0] == user and self.accounts[account][1] in kinds
        )
