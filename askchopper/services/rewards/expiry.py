"""Bonus tokens expire a year after they were granted. The oldest are spent first."""

import uuid
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.models.base import utc_now
from askchopper.plurals import counted, noun
from askchopper.services import activity, wallet

BATCH = 500
# Remaining tokens of the grants before a time: those grants less all other entries of the account. The refund of a purchase is
# such an entry, so it reduces the amount spent.
_LEFT = """
    SELECT coalesce(sum(e.amount_tokens) FILTER (WHERE t.reason = 'grant' AND t.created_at < :until), 0)
        + coalesce(sum(e.amount_tokens) FILTER (WHERE t.reason <> 'grant'), 0) AS tokens
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_transactions t ON t.id = e.transaction_id
    WHERE a.user_id = {user} AND a.kind = 'bonus'
"""
_DUE = text(f"""
    SELECT w.user_id, kept.tokens FROM wallets w, LATERAL ({_LEFT.format(user="w.user_id")}) kept
    WHERE w.bonus_tokens > 0 AND kept.tokens > 0 AND w.user_id > :after ORDER BY w.user_id LIMIT :limit
""")  # noqa: S608 - constants
_NEXT = text("""
    SELECT t.created_at, sum(e.amount_tokens) OVER (ORDER BY t.created_at, t.sequence) AS given
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_transactions t ON t.id = e.transaction_id
    WHERE a.user_id = :user AND a.kind = 'bonus' AND t.reason = 'grant' ORDER BY t.created_at, t.sequence
""")
_GONE = text("""
    SELECT coalesce(-sum(e.amount_tokens), 0) FROM ledger_entries e
    JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_transactions t ON t.id = e.transaction_id
    WHERE a.user_id = :user AND a.kind = 'bonus' AND t.reason <> 'grant'
""")
_WARN = text("""
    UPDATE reward_profiles SET warned_at = now() WHERE user_id = :user
        AND (warned_at IS NULL OR warned_at < now() - make_interval(days => :days)) RETURNING user_id
""")
_FIRST = uuid.UUID(int=0)


async def expire(session: AsyncSession, *, after: uuid.UUID = _FIRST) -> uuid.UUID | None:
    """Debit expired bonus tokens of the next ``BATCH`` members; returns the last one's id, None after the final batch.

    Emits: a notification to each member.
    """
    now = utc_now()
    rows = (await session.execute(_DUE, _page(now - timedelta(days=policy.BONUS_DAYS), after))).all()
    for row in rows:
        taken = await wallet.expire_bonus(session, user_id=row.user_id, tokens=row.tokens, key=now.date().isoformat())
        if taken:
            sentence = f"{counted(taken, 'bonus token')} expired, a year after you got {noun(taken, 'it', 'them')}."
            await activity.notify(session, user_id=row.user_id, kind="reward", sentence=sentence, link=routes.REWARDS)
    return rows[-1].user_id if len(rows) == BATCH else None


async def warn(session: AsyncSession, *, after: uuid.UUID = _FIRST) -> uuid.UUID | None:
    """Warn the next ``BATCH`` members whose tokens expire within ``policy.BONUS_WARNING_DAYS``; returns like ``expire``.

    A member gets at most one warning in that number of days.
    """
    until = utc_now() - timedelta(days=policy.BONUS_DAYS - policy.BONUS_WARNING_DAYS)
    rows = (await session.execute(_DUE, _page(until, after))).all()
    for row in rows:
        warned = await session.execute(_WARN, {"user": row.user_id, "days": policy.BONUS_WARNING_DAYS})
        if warned.first() is not None:
            sentence = (
                f"{counted(row.tokens, 'bonus token')} will expire within {policy.BONUS_WARNING_DAYS} days."
                " Bonus tokens are spent first."
            )
            await activity.notify(session, user_id=row.user_id, kind="reward", sentence=sentence, link=routes.REWARDS)
    return rows[-1].user_id if len(rows) == BATCH else None


async def next_expiry(session: AsyncSession, user_id: uuid.UUID) -> tuple[int, date | None]:
    """Return the number of bonus tokens that expire next, and the date; 0 and None if there are none."""
    gone = int((await session.execute(_GONE, {"user": user_id})).scalar_one())
    for row in await session.execute(_NEXT, {"user": user_id}):
        if row.given > gone:
            return int(row.given) - gone, (row.created_at + timedelta(days=policy.BONUS_DAYS)).date()
    return 0, None


def _page(until: object, after: uuid.UUID) -> dict[str, object]:
    return {"until": until, "after": after, "limit": BATCH}
