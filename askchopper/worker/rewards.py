"""Periodic jobs of rewards: badges, referrals, revocation for debts, and expiry of bonus tokens."""

import uuid
from collections.abc import Iterable
from functools import partial

from askchopper import database
from askchopper.models.base import utc_now
from askchopper.observability import log
from askchopper.services.rewards import expiry, progress, referrals, reversals

REWARDED_MINUTES = 30  # longer than the time between two runs, so that a late run misses nobody


async def give(timestamp: int) -> None:
    """Every ten minutes: unlock badges of recently active members, reward referrals, and revoke rewards of members who owe tokens."""
    try:
        await database.retrying(referrals.reward_due)
    except Exception:  # the next run tries again; badges do not depend on it
        log.exception("rewards.referrals_failed")
    await _settle()
    async with database.read_only(timeout_seconds=None) as session:
        active = await progress.active(session, minutes=REWARDED_MINUTES)
    await _unlock(active)


async def _settle() -> None:
    """Revoke rewards of members who owe tokens, suspended ones too, and restore them once nothing is owed."""
    async with database.read_only(timeout_seconds=None) as session:
        members = await reversals.due(session)
    for user_id in members:
        try:
            await database.retrying(partial(reversals.settle, user_id=user_id))
        except Exception:  # the others must not wait for it
            log.exception("rewards.settle_failed", user=str(user_id))


async def _unlock(members: Iterable[uuid.UUID]) -> bool:
    """Unlock the badges of each member in a separate transaction; returns whether all of them succeeded."""
    is_complete = True
    for user_id in members:
        try:
            await database.retrying(partial(progress.unlock, user_id=user_id))
        except Exception:  # the others must still be rewarded
            log.exception("rewards.unlock_failed", user=str(user_id))
            is_complete = False
    return is_complete


async def expire_bonus() -> None:
    """Warn of bonus tokens that expire soon, and debit those that have expired."""
    for step in (expiry.warn, expiry.expire):
        after: uuid.UUID | None = uuid.UUID(int=0)
        while after is not None:
            async with database.transaction(timeout_seconds=None) as session:
                after = await step(session, after=after)


async def backfill_badges() -> None:
    """Award badges that the ten-minute job cannot detect, and count the holders of each badge.

    It processes members with changes since the last complete run began, or all members after a change of the rules. If a member fails, the
    run is incomplete and the next one covers the same period again.
    """
    began = utc_now()
    async with database.read_only(timeout_seconds=None) as session:
        members = await progress.changed(session, since=await progress.last_run(session))
    is_complete = await _unlock(members)
    async with database.transaction(timeout_seconds=None) as session:
        if is_complete:
            await progress.remember_run(session, began=began)
        await progress.count_badges(session)
