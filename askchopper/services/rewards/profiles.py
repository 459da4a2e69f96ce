"""Reward profiles: streak and referral code of a member. A trigger creates the row with the account; granting rewards locks it."""

import uuid
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.rewards import RewardProfile, reward_profiles

_ADD = text("SELECT reward_profile_add(id) FROM users WHERE id = :user AND deleted_at IS NULL")


async def get(session: AsyncSession, user_id: uuid.UUID) -> Any:
    """Return a member's reward profile; a default one without code and streak if the row is missing."""
    found = await session.execute(select(reward_profiles).where(reward_profiles.c.user_id == user_id))
    return found.one_or_none() or RewardProfile(user_id=user_id, code="")


async def lock(session: AsyncSession, user_id: uuid.UUID) -> Any | None:
    """Lock and return a member's reward profile, creating it if missing; None for a deleted account.

    Lock order when granting rewards: this row, then rewards, then the wallet. Otherwise a claim and a job could
    deadlock.
    """
    statement = select(reward_profiles).where(reward_profiles.c.user_id == user_id).with_for_update()
    if (row := (await session.execute(statement)).one_or_none()) is not None:
        return row
    await session.execute(_ADD, {"user": user_id})
    return (await session.execute(statement)).one_or_none()
