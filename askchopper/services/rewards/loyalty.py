"""Loyalty tiers by bought tokens spent recently. Computed on read, not stored, so that no job has to update them."""

import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.models.base import utc_now
from askchopper.reward_vocabulary import RewardKind
from askchopper.schemas.rewards import TierProgress
from askchopper.services.rewards import counts, giving, rules
from askchopper.services.rewards.rules import Tier

_MONTH_DAYS = 31


async def tier(session: AsyncSession, user_id: uuid.UUID) -> Tier:
    """Return the tier that a member has reached by the tokens ``spent``."""
    return rules.tier_of(await spent(session, user_id))


def offered(tier: Tier) -> Tier:
    """Return a tier without the advantages disabled by the operator."""
    return replace(
        tier,
        daily_extra=tier.daily_extra if giving.is_on(RewardKind.DAILY) else 0,
        bonus_back_percent=tier.bonus_back_percent if giving.is_on(RewardKind.TIER) else 0,
    )


async def progress(session: AsyncSession, user_id: uuid.UUID) -> TierProgress:
    """Return a member's tier and the tokens to spend for the next; at the highest tier, the next has an empty name."""
    tokens = await spent(session, user_id)
    current = offered(rules.tier_of(tokens))
    higher = next((one for one in rules.tiers() if one.tokens_spent > current.tokens_spent), None)
    return TierProgress(
        name=current.name,
        advantages=rules.advantages(current),
        daily_extra=current.daily_extra,
        bonus_back_percent=current.bonus_back_percent,
        early_hours=current.early_hours,
        zip_packs=current.zip_packs,
        spent=tokens,
        next_name=higher.name if higher else "",
        next_at=higher.tokens_spent if higher else current.tokens_spent,
    )


async def spent(session: AsyncSession, user_id: uuid.UUID) -> int:
    """Return the maximum number of bought (not bonus) tokens that a member spent in one tier window.

    Counts all windows of ``policy.TIER_WINDOW_DAYS`` that end in this calendar month, so a tier lasts until the month ends.
    """
    now = utc_now()
    since = now - timedelta(days=policy.TIER_WINDOW_DAYS + _MONTH_DAYS)
    return rules.best_spent(await counts.purchases(session, user_id, since=since), now)
