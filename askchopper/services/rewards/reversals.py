"""Reverses rewards earned by payments that were refunded or disputed, and restores them once the debt is settled.

If the wallet can cover a reversed payment, no reward is reversed, since the tokens were not spent. The missing amount
is a debt, and the latest purchases up to that amount count as unpaid (``counts.IS_PAID``). Rewards earned by those
purchases are reversed.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.models.rewards import rewards
from askchopper.plurals import counted
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.services import activity, wallet
from askchopper.services.rewards import counts, profiles, referrals, rules

# Badges for other measures do not depend on payments, so they are not reversed.
_PAID_MEASURES = {"paid_purchases", "tokens_spent"}
_FRIENDS = "friends"
_MAX_SENTENCE = 300
_TAKEN_WORDS, _BACK_WORDS = " Taken back: {}.", " Back in your wallet: {}."
# The member whose payments earned a reward: for a referrer's reward, the friend.
_PAYER = "CASE WHEN r.kind = 'referral' AND r.source LIKE 'friend %' THEN CAST(substr(r.source, 8) AS uuid) ELSE r.user_id END"
_DUE = text(f"""
    SELECT w.user_id FROM wallets w WHERE w.debt_tokens > 0 AND EXISTS (
        SELECT FROM rewards r WHERE r.user_id = w.user_id AND r.kind IN ('badge', 'referral', 'tier') AND r.state IN ('given', 'held'))
    UNION SELECT w.user_id FROM rewards r JOIN wallets w ON w.user_id = {_PAYER} AND w.debt_tokens = 0 WHERE r.state = 'taken_back'
""")  # noqa: S608 - constants
_DEBT = text("SELECT debt_tokens FROM wallets WHERE user_id = :user")
_UNPAID = text(f"""
    SELECT r.* FROM rewards r WHERE r.state IN ('given', 'held') AND (
        (r.user_id = :user AND r.kind = 'badge' AND r.source = ANY(:badges))
        OR (r.user_id = :user AND r.kind = 'tier' AND r.created_at >= (
            SELECT min(p.created_at) FROM purchases p WHERE p.buyer_id = :user AND p.status = 'completed' AND NOT {counts.IS_PAID}))
        OR (r.kind = 'referral' AND CAST(:referrer AS uuid) IS NOT NULL AND (
            (r.user_id = :user AND r.source = 'welcome') OR (r.user_id = :referrer AND r.source = 'friend ' || CAST(:user AS uuid)))))
    ORDER BY r.user_id, r.id FOR UPDATE OF r
""")  # noqa: S608 - constants
_TAKEN = text("""
    SELECT r.* FROM rewards r WHERE r.state = 'taken_back' AND ((r.user_id = :user AND r.kind <> 'badge' AND r.source NOT LIKE 'friend %')
        OR (r.user_id = (SELECT referrer_id FROM referrals WHERE friend_id = :user) AND r.source = 'friend ' || CAST(:user AS uuid)))
    ORDER BY r.user_id, r.id FOR UPDATE OF r
""")
_BADGES = text("""
    SELECT r.* FROM rewards r WHERE r.user_id = :user AND r.kind = 'badge' AND r.state = :state AND r.source = ANY(:badges)
    ORDER BY r.id FOR UPDATE OF r
""")


async def due(session: AsyncSession) -> list[uuid.UUID]:
    """List members to settle.

    These are members in debt who have badge, referral or tier rewards, and members out of debt whose payments earned a
    reward that is now reversed, for them or for their referrer.
    """
    return list((await session.execute(_DUE)).scalars())


async def settle(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Reverse the rewards earned by purchases that a member has not paid for, theirs and their referrer's; without debt, restore them.

    Idempotent while the debt stays the same.

    Invariant: takes at most what the wallet still has of a reward's bonus tokens, and restores exactly what it took.

    Emits: a notification to each affected member.
    """
    await profiles.lock(session, user_id)
    if (await session.execute(_DEBT, {"user": user_id})).scalar_one():
        await _take_back(session, user_id)
    else:
        await _give_again(session, user_id)


async def _take_back(session: AsyncSession, user_id: uuid.UUID) -> None:
    referrer = await referrals.unearned(session, user_id)
    lost = await _badges(session, user_id, _PAID_MEASURES, is_reached=False)
    rows = (await session.execute(_UNPAID, {"user": user_id, "badges": lost, "referrer": referrer})).all()
    done = [(row, await _reverse(session, row)) for row in rows]
    if referrer is not None:
        done += [
            (row, await _reverse(session, row)) for row in await _badges_of_referrer(session, referrer, is_lost=True)
        ]
    await _notify(
        session, user_id, done, "One of your payments was refunded or disputed. No longer counted", _TAKEN_WORDS
    )
    if referrer is not None:
        await _notify(
            session, referrer, done, "A friend's payment was refunded or disputed. No longer counted", _TAKEN_WORDS
        )


async def _give_again(session: AsyncSession, user_id: uuid.UUID) -> None:
    rows = list((await session.execute(_TAKEN, {"user": user_id})).all())
    values = {"user": user_id, "state": RewardState.TAKEN_BACK.value}
    known = [goal.slug for goal in rules.badges()]
    if (await session.execute(_BADGES, {**values, "badges": known})).first() is not None:
        reached = await _badges(session, user_id, {*_PAID_MEASURES, _FRIENDS}, is_reached=True)
        rows += (await session.execute(_BADGES, {**values, "badges": reached})).all()
    done = [(row, await _restore(session, row)) for row in rows]
    for referrer in {row.user_id for row in rows} - {user_id}:
        done += [
            (row, await _restore(session, row)) for row in await _badges_of_referrer(session, referrer, is_lost=False)
        ]
        await _notify(session, referrer, done, "A friend's payment is complete. Counted again", _BACK_WORDS)
    await _notify(session, user_id, done, "You no longer owe tokens. Counted again", _BACK_WORDS)


async def _badges(session: AsyncSession, user_id: uuid.UUID, measures: set[str], *, is_reached: bool) -> list[str]:
    """List the badges based on the given measures that a member currently qualifies for, or does not."""
    counted = await counts.counts(session, user_id)
    return [
        goal.slug
        for goal in rules.badges()
        if goal.measure in measures and (counted[goal.measure] >= goal.at) is is_reached
    ]


async def _badges_of_referrer(session: AsyncSession, user_id: uuid.UUID, *, is_lost: bool) -> Sequence[Any]:
    badges = await _badges(session, user_id, {_FRIENDS}, is_reached=not is_lost)
    state = RewardState.GIVEN if is_lost else RewardState.TAKEN_BACK
    return (await session.execute(_BADGES, {"user": user_id, "state": state.value, "badges": badges})).all()


async def _reverse(session: AsyncSession, row: Any) -> int:
    """Reverse a reward; returns the number of tokens taken, at most what the wallet still has of it."""
    number, taken = row.reversals + 1, 0
    if row.state == RewardState.GIVEN and row.tokens:
        taken = await wallet.reverse_bonus(
            session, user_id=row.user_id, tokens=row.tokens, key=f"reward-{row.id}-{number}", memo=f"Taken back: {_title(row)}"
        )  # fmt: skip
    await _set(session, row, state=RewardState.TAKEN_BACK, reversals=number, reversed_tokens=taken)
    return taken


async def _restore(session: AsyncSession, row: Any) -> int:
    """Restore a reversed reward with the tokens taken; if it was held and undecided, it is held again. Returns the tokens."""
    is_undecided = bool(row.reason) and row.decided_at is None
    if row.reversed_tokens:
        await wallet.grant(
            session, user_id=row.user_id, tokens=row.reversed_tokens, is_bonus=True, key=f"reward-{row.id}-again-{row.reversals}",
            memo=f"Restored: {_title(row)}",
        )  # fmt: skip
    await _set(session, row, state=RewardState.HELD if is_undecided else RewardState.GIVEN, reversed_tokens=0)
    return int(row.reversed_tokens)


async def _set(session: AsyncSession, row: Any, **values: Any) -> None:
    await session.execute(update(rewards).where(rewards.c.id == row.id).values(**values))


async def _notify(session: AsyncSession, user_id: uuid.UUID, done: list[tuple[Any, int]], why: str, moved: str) -> None:
    """Notify a member about their own rewards among the changed ones, if any."""
    mine = [(row, tokens) for row, tokens in done if row.user_id == user_id]
    if not mine:
        return
    tokens = sum(count for _, count in mine)
    end = "." + (moved.format(counted(tokens, "bonus token")) if tokens else "")
    titles = ", ".join(sorted(_title(row) for row, _ in mine))
    sentence = f"{why}: {titles}"[: _MAX_SENTENCE - len(end)] + end
    await activity.notify(session, user_id=user_id, kind="reward", sentence=sentence, link=routes.REWARDS)


def _title(row: Any) -> str:
    return rules.title(RewardKind(row.kind), row.source)
