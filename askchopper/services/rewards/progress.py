"""Unlocks badges and challenges from counts, and shows what was given and what comes next."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.models.base import utc_now
from askchopper.models.rewards import badge_totals, rewards
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.rewards import BadgeProgress, ChallengeProgress, Overview, RewardLine
from askchopper.services import activity, wallet
from askchopper.services.rewards import allowance, counts, daily, expiry, giving, loyalty, profiles, referrals, rules
from askchopper.services.rewards.rules import Goal

HISTORY = 30
BATCH = 200
_GIVEN = select(rewards.c.source, rewards.c.created_at)
_MEMBERS = text("SELECT count(*) FROM users WHERE disabled_at IS NULL")
# Members who did something since their rewards were looked at; the next ones after a given id.
_ACTIVE = text("""
    SELECT DISTINCT user_id FROM activity WHERE user_id IS NOT NULL AND created_at > now() - make_interval(mins => :minutes)
        AND user_id > CAST(:after AS uuid) ORDER BY user_id LIMIT :limit
""")
_ALL = text(
    "SELECT id AS user_id FROM users WHERE disabled_at IS NULL AND id > CAST(:after AS uuid) ORDER BY id LIMIT :limit"
)
_TOTALS = text("""
    WITH counted AS (SELECT source, count(*) AS members FROM rewards WHERE kind = 'badge' GROUP BY source)
    INSERT INTO badge_totals (badge, members) SELECT source, members FROM counted
    ON CONFLICT (badge) DO UPDATE SET members = excluded.members
""")
_FIRST = uuid.UUID(int=0)


async def unlock(session: AsyncSession, user_id: uuid.UUID) -> tuple[str, ...]:
    """Give a member every badge and challenge of this week that they have reached, and what friends brought.

    Returns:
        The words of what is new.

    Emits: one notification for all of it.
    """
    await referrals.reward_due(session, member=user_id)
    new: list[str] = []
    if giving.is_on(RewardKind.BADGE):
        new += await _unlock_badges(session, user_id)
    if giving.is_on(RewardKind.CHALLENGE):
        new += await _unlock_challenges(session, user_id)
    if new:
        sentence = f"You reached {', '.join(new)}."
        await activity.notify(session, user_id=user_id, kind="reward", sentence=sentence[:300], link=routes.REWARDS)
    return tuple(new)


async def overview(session: AsyncSession, viewer: Viewer, *, zone: str) -> Overview:
    """Return everything on the page of rewards.

    Raises:
        InvalidInputError: there is no such time zone.
    """
    now = utc_now()
    user_id = viewer.user_id
    tokens, day = await expiry.next_expiry(session, user_id)
    return Overview(
        bonus_tokens=(await wallet.balance(session, viewer)).bonus_tokens,
        expiring_tokens=tokens,
        expires_on=day,
        allowance=await allowance.left(session, user_id),
        tier=await loyalty.progress(session, user_id),
        daily=await daily.progress(session, user_id, zone=zone) if giving.is_on(RewardKind.DAILY) else None,
        badges=await _badges(session, user_id) if giving.is_on(RewardKind.BADGE) else None,
        challenges=await _challenges(session, user_id) if giving.is_on(RewardKind.CHALLENGE) else None,
        challenges_end=rules.week_start(now) + timedelta(days=7),
        referral=await referrals.progress(session, user_id) if giving.is_on(RewardKind.REFERRAL) else None,
        history=await _history(session, user_id),
    )


async def due(
    session: AsyncSession, *, after: uuid.UUID = _FIRST, active_minutes: int | None = None
) -> list[uuid.UUID]:
    """List members whose badges are to be looked at: those active lately, or all of them, as after a change of the rules."""
    statement = _ALL if active_minutes is None else _ACTIVE
    values = {"after": after, "limit": BATCH} | ({} if active_minutes is None else {"minutes": active_minutes})
    return list((await session.execute(statement, values)).scalars())


async def count_badges(session: AsyncSession) -> None:
    """Count how many members have each badge."""
    await session.execute(_TOTALS)


async def _unlock_badges(session: AsyncSession, user_id: uuid.UUID) -> list[str]:
    reached = await counts.counts(session, user_id)
    return [
        f"the badge “{goal.title}”"
        for goal in rules.badges()
        if reached[goal.measure] >= goal.at and await _give(session, user_id, RewardKind.BADGE, goal, goal.slug)
    ]


async def _unlock_challenges(session: AsyncSession, user_id: uuid.UUID) -> list[str]:
    now = utc_now()
    week = rules.week_of(now)
    reached = await counts.counts(session, user_id, since=rules.week_start(now))
    done = [goal for goal in rules.challenges_of(week) if reached[goal.measure] >= goal.at]
    if done:
        await profiles.get(session, user_id, is_locked=True)  # the allowance is shared with the daily reward
    new: list[str] = []
    for goal in done:
        allowed = replace(goal, tokens=min(goal.tokens, await allowance.left(session, user_id)))
        if await _give(session, user_id, RewardKind.CHALLENGE, allowed, f"{week} {goal.slug}"):
            new.append(f"a challenge, {goal.text.rstrip('.').lower()}")
    return new


async def _give(session: AsyncSession, user_id: uuid.UUID, kind: RewardKind, goal: Goal, source: str) -> bool:
    memo = f"Badge: {goal.title}" if kind is RewardKind.BADGE else f"Challenge: {goal.text}"
    return await giving.give(session, user_id, kind, source=source, tokens=goal.tokens, memo=memo)


async def _unlocked(session: AsyncSession, user_id: uuid.UUID, kind: RewardKind) -> dict[str, datetime]:
    rows = await session.execute(_GIVEN.where(rewards.c.user_id == user_id, rewards.c.kind == kind.value))
    return {row.source: row.created_at for row in rows}


async def _badges(session: AsyncSession, user_id: uuid.UUID) -> tuple[BadgeProgress, ...]:
    reached = await counts.counts(session, user_id)
    unlocked = await _unlocked(session, user_id, RewardKind.BADGE)
    totals = {row.badge: row.members for row in await session.execute(select(badge_totals))}
    members = max(1, int((await session.execute(_MEMBERS)).scalar_one()))
    return tuple(
        BadgeProgress(
            goal.slug, goal.title, goal.text, goal.tokens, min(goal.at, reached[goal.measure]), goal.at,
            unlocked.get(goal.slug),
            min(1.0, totals[goal.slug] / members) if goal.slug in totals else None,
        )
        for goal in rules.badges()
    )  # fmt: skip


async def _challenges(session: AsyncSession, user_id: uuid.UUID) -> tuple[ChallengeProgress, ...]:
    now = utc_now()
    week = rules.week_of(now)
    lately = await counts.counts(session, user_id, since=rules.week_start(now))
    done = await _unlocked(session, user_id, RewardKind.CHALLENGE)
    return tuple(
        ChallengeProgress(
            goal.slug,
            goal.text,
            goal.tokens,
            min(goal.at, lately[goal.measure]),
            goal.at,
            f"{week} {goal.slug}" in done,
        )
        for goal in rules.challenges_of(week)
    )


async def _history(session: AsyncSession, user_id: uuid.UUID) -> tuple[RewardLine, ...]:
    rows = await session.execute(
        select(rewards).where(rewards.c.user_id == user_id).order_by(rewards.c.created_at.desc(), rewards.c.id.desc()).limit(HISTORY)
    )  # fmt: skip
    return tuple(
        RewardLine(
            RewardKind(row.kind),
            _title(RewardKind(row.kind), row.source),
            row.tokens,
            RewardState(row.state),
            row.created_at,
        )
        for row in rows
    )


def _title(kind: RewardKind, source: str) -> str:
    if kind is RewardKind.DAILY:
        return "Daily reward"
    if kind is RewardKind.REFERRAL:
        return "A friend bought something" if source.startswith("friend") else "Welcome by a friend"
    if kind is RewardKind.BADGE:
        return f"Badge: {next((goal.title for goal in rules.badges() if goal.slug == source), source)}"
    slug = source.rpartition(" ")[2]
    return f"Challenge: {next((goal.text for goal in rules.challenges() if goal.slug == slug), slug)}"
