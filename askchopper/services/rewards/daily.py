"""The daily reward: once a day in the member's time zone, with a streak. The browser's clock is not used."""

import uuid
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from askchopper.models.base import utc_now
from askchopper.models.rewards import reward_profiles
from askchopper.reward_vocabulary import RewardKind
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.rewards import DailyProgress
from askchopper.services import limits
from askchopper.services.rewards import allowance, giving, loyalty, profiles, rules
from askchopper.services.rewards.rules import Streak

CLAIMED = "You have claimed today's reward. Come back tomorrow."
OFF = "This kind of reward is switched off here."


async def claim(session: AsyncSession, viewer: Viewer, *, zone: str, network: str) -> tuple[int, int]:
    """Claim today's reward.

    Args:
        session: database session.
        viewer: the member.
        zone: IANA name of the time zone that the browser reports.
        network: address of the client, for the rate limit.

    Returns:
        The tokens, 0 if this month's allowance is used up, and the days of the streak.

    Raises:
        InvalidInputError: the zone is unknown.
        ConflictError: the reward of this day or a later one was claimed, so changing the zone does not allow two claims a day.
        NotFoundError: the account was deleted meanwhile.
        UnavailableError: daily rewards are switched off.
        RateLimitedError: too many claims from this address.

    Invariant: at most one claim per day, even with concurrent requests.
    """
    if not giving.is_on(RewardKind.DAILY):
        raise UnavailableError(OFF)
    today = today_in(zone, utc_now())
    row = await profiles.lock(session, viewer.user_id)
    if row is None:
        raise NotFoundError("This account was deleted.")
    streak = rules.continued(Streak(row.last_day, row.streak, row.grace_day), today)
    if streak is None:
        raise ConflictError(CLAIMED)
    await limits.hit((limits.DAILY_REWARD, network))
    tokens = await _tokens(session, viewer.user_id, streak.days)
    await session.execute(
        update(reward_profiles)
        .where(reward_profiles.c.user_id == viewer.user_id)
        .values(
            last_day=streak.last_day, streak=streak.days, grace_day=streak.grace_day,
            longest_streak=max(row.longest_streak, streak.days),
        )
    )  # fmt: skip
    memo = f"Daily reward, day {streak.days}"
    await giving.give(session, viewer.user_id, RewardKind.DAILY, source=today.isoformat(), tokens=tokens, memo=memo)
    return tokens, streak.days


async def progress(session: AsyncSession, user_id: uuid.UUID, *, zone: str) -> DailyProgress:
    """Return whether today's reward can be claimed, its tokens, and the current and longest streak.

    Raises:
        InvalidInputError: the zone is unknown.
    """
    today = today_in(zone, utc_now())
    row = await profiles.get(session, user_id)
    known = Streak(row.last_day, row.streak, row.grace_day)
    following = rules.continued(known, today)
    days = following.days if following else known.days
    return DailyProgress(
        is_claimable=following is not None,
        tokens=await _tokens(session, user_id, days),
        streak_days=known.days if following is None or following.days == known.days + 1 else 0,
        longest_days=row.longest_streak,
        today=today,
    )


async def _tokens(session: AsyncSession, user_id: uuid.UUID, days: int) -> int:
    """Return the tokens for a day of a streak, capped by this month's allowance."""
    full = rules.daily_tokens(days, await loyalty.tier(session, user_id))
    return min(full, await allowance.left(session, user_id))


def today_in(zone: str, now: datetime) -> date:
    """Return today's date in a time zone.

    Raises:
        InvalidInputError: there is no such zone.
    """
    if zone not in _zones():
        raise InvalidInputError("This time zone is unknown.", field="zone")
    return now.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
