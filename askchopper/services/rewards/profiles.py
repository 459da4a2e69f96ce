"""The row of a member's rewards: streak and referral code. A trigger makes it with the member; what changes a streak locks it."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.rewards import reward_profiles


async def get(session: AsyncSession, user_id: uuid.UUID, *, is_locked: bool = False) -> Any:
    """Return a member's row."""
    statement = select(reward_profiles).where(reward_profiles.c.user_id == user_id)
    return (await session.execute(statement.with_for_update() if is_locked else statement)).one()
