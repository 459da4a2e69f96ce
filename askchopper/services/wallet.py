"""The wallet: balance, statement, credits, and the ledger audit.

Only SQL functions write to the ledger; this module calls them and reads. Purchases are in ``purchases.checkout``.
"""

import re
import uuid
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, settings
from askchopper.errors import ForbiddenError, InvalidInputError, KeyReusedError, NotFoundError
from askchopper.models.base import new_id
from askchopper.observability import log
from askchopper.routes import pack as pack_path
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.text import csv_text
from askchopper.schemas.wallet import Balance, LedgerReport, StatementEntry
from askchopper.services import ledger, limits
from askchopper.vocabulary import LedgerReason

StatementKind = Literal["all", "purchases", "top_ups"]
_REASONS: dict[str, tuple[LedgerReason, ...]] = {
    "all": tuple(LedgerReason),
    "purchases": (LedgerReason.PURCHASE, LedgerReason.REFUND),
    "top_ups": (
        LedgerReason.TOP_UP,
        LedgerReason.GRANT,
        LedgerReason.TOP_UP_REVERSAL,
        LedgerReason.DEBT_PAYMENT,
        LedgerReason.BONUS_EXPIRY,
        LedgerReason.BONUS_REVERSAL,
    ),
}
_KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,100}")

_BALANCE = text("""
    SELECT w.spendable_tokens, w.bonus_tokens, w.debt_tokens,
        coalesce((SELECT sum(e.amount_tokens) FROM ledger_entries e
            JOIN ledger_accounts a ON a.id = e.account_id
            WHERE a.user_id = w.user_id AND a.kind IN ('earnings', 'bonus_earnings')), 0) AS earnings
    FROM wallets w WHERE w.user_id = :user
""")
_STATEMENT = text("""
    WITH lines AS (
        SELECT t.id, t.sequence, t.created_at, t.reason, t.memo, t.reverses_id, sum(e.amount_tokens) AS amount,
            sum(sum(e.amount_tokens)) OVER (ORDER BY t.sequence) AS balance
        FROM ledger_transactions t
        JOIN ledger_entries e ON e.transaction_id = t.id
        JOIN ledger_accounts a ON a.id = e.account_id
        WHERE t.wallet_user_id = :user AND a.user_id = :user AND a.kind IN ('spendable', 'bonus')
        GROUP BY t.id
    )
    SELECT lines.*, packs.slug
    FROM lines
    LEFT JOIN purchases ON purchases.transaction_id = coalesce(lines.reverses_id, lines.id)
    LEFT JOIN packs ON packs.id = purchases.pack_id
    WHERE lines.reason = ANY(:reasons) AND lines.sequence < :before
    ORDER BY lines.sequence DESC LIMIT :limit
""")
_REVERSE = text("SELECT ledger_reverse(:id, :user, :key, :memo, CAST(:amount AS integer))")
_TAKE_BONUS = text("SELECT outcome, taken FROM ledger_take_bonus(:id, :user, :key, :memo, CAST(:amount AS integer))")
_REVERSE_BONUS = text(
    "SELECT outcome, taken FROM ledger_reverse_bonus(:id, :user, :key, :memo, CAST(:amount AS integer))"
)
_CREDIT = text("SELECT ledger_credit(:id, :user, :reason, :key, :memo, CAST(:amount AS integer), :is_bonus)")


async def balance(session: AsyncSession, viewer: Viewer) -> Balance:
    """Return the viewer's balance: all tokens, the bonus tokens among them, earnings that are not paid out, and debt."""
    row = (await session.execute(_BALANCE, {"user": viewer.user_id})).one()
    return Balance(
        total_tokens=row.spendable_tokens + row.bonus_tokens,
        bonus_tokens=row.bonus_tokens,
        earnings_tokens=int(row.earnings),
        debt_tokens=row.debt_tokens,
    )


async def statement(
    session: AsyncSession,
    viewer: Viewer,
    *,
    cursor: str | None = None,
    limit: int = 20,
    kind: StatementKind = "all",
) -> Page[StatementEntry]:
    """List the transactions of the viewer's wallet, newest first, each with the balance after it.

    Raises:
        InvalidInputError: unknown kind or invalid cursor.
    """
    if kind not in _REASONS:
        raise InvalidInputError("Unknown kind of transaction.", field="kind")
    before = _sequence_of(cursor) if cursor else 2**31 - 1
    lines = await _lines(session, viewer, kind=kind, before=before, limit=limit + 1)
    next_cursor = cursors.encode(lines[limit - 1].sequence) if len(lines) > limit else None
    return Page(tuple(_statement_line(row) for row in lines[:limit]), next_cursor)


async def statement_csv(session: AsyncSession, viewer: Viewer) -> str:
    """Return the whole statement as CSV, newest first. Cells that a spreadsheet would evaluate are escaped."""
    rows = await _lines(session, viewer, kind="all", before=2**31 - 1, limit=1_000_000)
    heads = ["Date (UTC)", "Kind", "Title", "Tokens", "Balance", "Reference"]
    return csv_text([heads, *(_cells(_statement_line(row)) for row in rows)])


async def top_up_test(session: AsyncSession, viewer: Viewer, *, tokens: int, key: str) -> Balance:
    """Credit tokens through the test checkout, without payment, once per key; return the new balance.

    Raises:
        ForbiddenError: the test checkout is switched off, as it always is in production.
        InvalidInputError: the amount or the key is invalid.
        KeyReusedError: the key was used with another amount.
        RateLimitedError: too many token purchases.
    """
    if not settings.get().allows_test_checkout:
        raise ForbiddenError("The test checkout is switched off here.")
    if isinstance(tokens, bool) or not 1 <= tokens <= policy.MAX_TOP_UP_TOKENS:
        sentence = f"Choose between 1 and {policy.MAX_TOP_UP_TOKENS:,} tokens."
        raise InvalidInputError(sentence, field="tokens")
    validate_idempotency_key(key)
    await limits.hit((limits.TOKEN_PURCHASE, str(viewer.user_id)))
    await _credit(
        session,
        user_id=viewer.user_id,
        reason=LedgerReason.TOP_UP,
        tokens=tokens,
        is_bonus=False,
        key=key,
        memo="Test checkout, no money moved",
    )
    return await balance(session, viewer)


async def grant(
    session: AsyncSession,
    *,
    user_id: uuid.UUID,
    tokens: int,
    is_bonus: bool,
    key: str,
    memo: str,
) -> bool:
    """Credit tokens to a user, once per key. For rewards, operators and demo data.

    Returns:
        Whether they were credited now, not before with the same key.

    Raises:
        InvalidInputError: the amount or the key is invalid.
        KeyReusedError: the key was used with another amount.
        NotFoundError: there is no such user.
    """
    if tokens < 1:
        raise InvalidInputError("A grant needs at least 1 token.", field="tokens")
    return await _credit(
        session,
        user_id=user_id,
        reason=LedgerReason.GRANT,
        tokens=tokens,
        is_bonus=is_bonus,
        key=validate_idempotency_key(key),
        memo=memo[:200],
    )


async def credit_payment(session: AsyncSession, *, user_id: uuid.UUID, tokens: int, key: str, memo: str) -> None:
    """Credit purchased tokens, once per key. They settle the member's debt first.

    Raises:
        KeyReusedError: the key was used with another amount.
        NotFoundError: there is no such user.
    """
    await _credit(
        session, user_id=user_id, reason=LedgerReason.TOP_UP, tokens=tokens, is_bonus=False, key=key, memo=memo
    )


async def reverse_payment(session: AsyncSession, *, user_id: uuid.UUID, tokens: int, key: str, memo: str) -> None:
    """Debit the tokens of a refunded or disputed payment, once per key.

    Invariant: no balance falls below zero; the missing amount becomes a debt.
    """
    values = {"id": new_id(), "user": user_id, "key": key, "memo": memo, "amount": tokens}
    outcome = (await session.execute(_REVERSE, values)).scalar_one()
    log.info("wallet.reversed", user=str(user_id), tokens=tokens, outcome=outcome)


async def expire_bonus(session: AsyncSession, *, user_id: uuid.UUID, tokens: int, key: str) -> int:
    """Debit expired bonus tokens, once per key.

    Returns:
        The number of tokens taken, at most what the wallet still has of them.
    """
    values = {"id": new_id(), "user": user_id, "key": key, "memo": "Bonus tokens that expired", "amount": tokens}
    row = (await session.execute(_TAKE_BONUS, values)).one()
    log.info("wallet.bonus_expired", user=str(user_id), tokens=row.taken, outcome=row.outcome)
    return int(row.taken)


async def reverse_bonus(session: AsyncSession, *, user_id: uuid.UUID, tokens: int, key: str, memo: str) -> int:
    """Debit the bonus tokens of a reward, once per key.

    Returns:
        The number of tokens taken, at most what the wallet still has of them.
    """
    values = {"id": new_id(), "user": user_id, "key": key, "memo": memo[:200], "amount": tokens}
    row = (await session.execute(_REVERSE_BONUS, values)).one()
    log.info("wallet.bonus_reversed", user=str(user_id), tokens=row.taken, outcome=row.outcome)
    return int(row.taken)


async def verify(session: AsyncSession) -> LedgerReport:
    """Audit the ledger. ``session`` must be unused: the audit sets its isolation level, to read a single snapshot."""
    return await ledger.verify(session)


def validate_idempotency_key(key: str) -> str:
    """Validate an idempotency key: 1 to 100 printable ASCII characters without spaces.

    Raises:
        InvalidInputError: the key is invalid.
    """
    if not _KEY_PATTERN.fullmatch(key):
        sentence = "The idempotency key needs 1 to 100 printable characters without spaces."
        raise InvalidInputError(sentence, field="Idempotency-Key")
    return key


async def _credit(
    session: AsyncSession,
    *,
    user_id: uuid.UUID,
    reason: LedgerReason,
    tokens: int,
    is_bonus: bool,
    key: str,
    memo: str,
) -> bool:
    known = await session.execute(text("SELECT 1 FROM wallets WHERE user_id = :user"), {"user": user_id})
    if known.first() is None:
        raise NotFoundError("There is no such user.")
    values = {
        "id": new_id(),
        "user": user_id,
        "reason": reason.value,
        "key": key,
        "memo": memo,
        "amount": tokens,
        "is_bonus": is_bonus,
    }
    outcome = (await session.execute(_CREDIT, values)).scalar_one()
    if outcome == "key_reused":
        raise KeyReusedError("This key was used for another amount.", field="Idempotency-Key")
    log.info("wallet.credited", user=str(user_id), reason=reason, tokens=tokens, outcome=outcome)
    return outcome == "posted"


async def _lines(session: AsyncSession, viewer: Viewer, *, kind: StatementKind, before: int, limit: int) -> list[Any]:
    result = await session.execute(
        _STATEMENT,
        {
            "user": viewer.user_id,
            "reasons": [reason.value for reason in _REASONS[kind]],
            "before": before,
            "limit": limit,
        },
    )
    return list(result)


def _cells(line: StatementEntry) -> list[object]:
    return [
        f"{line.created_at:%Y-%m-%d %H:%M:%S}", line.reason.value, line.title, line.amount_tokens, line.balance_tokens, line.reference,
    ]  # fmt: skip


def _statement_line(row: Any) -> StatementEntry:
    return StatementEntry(
        id=str(row.id),
        created_at=row.created_at,
        reason=LedgerReason(row.reason),
        title=row.memo,
        amount_tokens=int(row.amount),
        balance_tokens=int(row.balance),
        reference=row.id.hex[-8:].upper(),
        link=pack_path(row.slug) if row.slug else "",
    )


def _sequence_of(cursor: str) -> int:
    (sequence,) = cursors.decode(cursor, length=1)
    if type(sequence) is not int or not 0 < sequence < 2**31:
        raise cursors.bad_cursor()
    return sequence
