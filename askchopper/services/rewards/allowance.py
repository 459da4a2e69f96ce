"""Monthly allowance for a member's daily rewards and challenges. It limits the cost of rewards to a share of sales."""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.services.rewards import loyalty, rules

_GIVEN = text("""
    SELECT coalesce(sum(tokens), 0) FROM rewards
    WHERE user_id = :user AND kind IN ('daily', 'challenge') AND created_at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
""")


async def left(session: AsyncSession, user_id: uuid.UUID) -> int:
    """Return the remaining tokens of the allowance for this calendar month (UTC), at least 0."""
    given = int((await session.execute(_GIVEN, {"user": user_id})).scalar_one())
    return max(0, rules.monthly_allowance(await loyalty.spent(session, user_id)) - given)
