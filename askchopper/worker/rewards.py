"""Jobs of rewards."""

import uuid

from askchopper import database
from askchopper.services.rewards import expiry, progress, referrals

REWARDED_MINUTES = 30  # longer than the time between two runs, so that a late run misses nobody


async def give(timestamp: int) -> None:
    """Every ten minutes: unlock badges of members who were active, and reward referrals."""
    async with database.transaction() as session:
        await referrals.reward_due(session)
    await _unlock(active_minutes=REWARDED_MINUTES)


async def _unlock(*, active_minutes: int | None = None, is_of_all: bool = False) -> None:
    """Unlock badges of members who were active, of whom something changed today, or of everyone, each in a transaction of its own."""
    after = uuid.UUID(int=0)
    while True:
        async with database.read_only() as session:
            found = await progress.due(session, after=after, active_minutes=active_minutes, is_of_all=is_of_all)
        for user_id in found:
            async with database.transaction() as session:
                await progress.unlock(session, user_id)
        if not found:
            return
        after = found[-1]


async def expire_bonus() -> None:
    """Warn of bonus tokens that expire soon, and take back those that did."""
    for step in (expiry.warn, expiry.expire):
        after: uuid.UUID | None = uuid.UUID(int=0)
        while after is not None:
            async with database.transaction(timeout_seconds=None) as session:
                after = await step(session, after=after)


async def backfill_badges() -> None:
    """Give badges that the ten-minute job does not see, to everyone if the rules changed, and count how many members have each."""
    async with database.read_only() as session:
        is_of_all = await progress.are_rules_new(session)
    await _unlock(is_of_all=is_of_all)
    async with database.transaction(timeout_seconds=None) as session:
        await progress.remember_rules(session)
        await progress.count_badges(session)
