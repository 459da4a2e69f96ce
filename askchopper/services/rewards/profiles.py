"""The row of a member's rewards: streak and referral code. Locked by what changes a streak."""

import secrets
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.rewards import reward_profiles

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is read as something else
_CODE_LENGTH = 8


async def get(session: AsyncSession, user_id: uuid.UUID, *, is_locked: bool = False) -> Any:
    """Return a member's row, made on first use."""
    statement = select(reward_profiles).where(reward_profiles.c.user_id == user_id)
    row = (await session.execute(statement.with_for_update() if is_locked else statement)).one_or_none()
    if row is None:
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        values = {"user_id": user_id, "code": code, "streak": 0, "longest_streak": 0, "network_hash": ""}
        await session.execute(upsert(reward_profiles).values(values).on_conflict_do_nothing())
        row = (await session.execute(statement.with_for_update() if is_locked else statement)).one()
    return row
