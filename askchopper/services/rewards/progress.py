"""Unlocks badges and challenges from activity counts, and shows granted and upcoming rewards."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.models.base import utc_now
from askchopper.models.rewards import badge_totals, rewards
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.rewards import BadgeProgress, ChallengeProgress, Overview, RewardLine
from askchopper.services import activity, wallet
from askchopper.services.rewards import (
    allowance,
    counts,
    daily,
    expiry,
    giving,
    loyalty,
    profiles,
    referrals,
    reversals,
    rules,
)
from askchopper.services.rewards.rules import Goal

HISTORY = 30
_GIVEN = select(rewards.c.source, rewards.c.created_at).where(rewards.c.state == RewardState.GIVEN.value)
_MEMBERS = text("SELECT count(*) FROM users WHERE disabled_at IS NULL")
# Suspended accounts are excluded; they get the missed rewards with their first activity after the suspension.
_ACTIVE = text("""
    SELECT DISTINCT a.user_id FROM activity a JOIN users u ON u.id = a.user_id AND u.disabled_at IS NULL
    WHERE a.created_at > now() - make_interval(mins => :minutes)
""")
_ALL = text("SELECT id FROM users WHERE disabled_at IS NULL")
# Members whose activity counts may have changed since the last run: by their own actions, by others' on their packs, or because a
# purchase became final. One hour of overlap covers transactions that were open when that run began.
_CHANGED = text("""
    WITH span AS (
        SELECT CAST(:since AS timestamptz) - interval '1 hour' AS since, make_interval(hours => :refund_hours) AS refundable
    ), bought AS (
        SELECT p.buyer_id, p.pack_id FROM purchases p, span
        WHERE p.created_at > span.since OR p.created_at BETWEEN span.since - span.refundable AND now() - span.refundable
        UNION SELECT d.user_id, d.pack_id FROM downloads d, span WHERE d.created_at > span.since
    ), rated AS (SELECT r.user_id, r.pack_id FROM ratings r, span WHERE greatest(r.created_at, r.edited_at, r.hidden_at) > span.since)
    SELECT DISTINCT user_id FROM (
        SELECT user_id FROM activity, span WHERE created_at > span.since
        UNION ALL SELECT user_id FROM plays, span WHERE created_at > span.since
        UNION ALL SELECT user_id FROM comments, span WHERE created_at > span.since
        UNION ALL SELECT user_id FROM saved_searches, span WHERE created_at > span.since
        UNION ALL SELECT user_id FROM rewards, span WHERE created_at > span.since
        UNION ALL SELECT user_id FROM spotify_listening, span WHERE last_at > span.since
        UNION ALL SELECT v.user_id FROM messages m JOIN conversations v ON v.id = m.conversation_id, span WHERE m.created_at > span.since
        UNION ALL SELECT buyer_id FROM bought
        UNION ALL SELECT user_id FROM rated
        UNION ALL SELECT c.user_id FROM creators c JOIN packs k ON k.creator_id = c.id, span WHERE k.published_at > span.since
            OR k.id IN (SELECT pack_id FROM bought) OR k.id IN (SELECT pack_id FROM rated)
    ) changed WHERE user_id IN (SELECT id FROM users WHERE disabled_at IS NULL)
""")
_LAST_RUN = text("SELECT counted_at FROM reward_rules WHERE digest = :digest")
_REMEMBER_RUN = text("""
    INSERT INTO reward_rules (id, digest, counted_at) VALUES (1, :digest, :began)
    ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, counted_at = excluded.counted_at
""")
_TOTALS = text("""
    WITH counted AS (SELECT source, count(*) FILTER (WHERE state = 'given') AS members FROM rewards WHERE kind = 'badge' GROUP BY source)
    INSERT INTO badge_totals (badge, members) SELECT source, members FROM counted
    ON CONFLICT (badge) DO UPDATE SET members = excluded.members
""")


async def unlock(session: AsyncSession, user_id: uuid.UUID) -> tuple[str, ...]:
    """Grant all rewards except the daily one that a member has earned; reverse rewards for unpaid purchases.

    Returns:
        Descriptions of the new badges and challenges; none for a deleted account.

    Emits: one notification for the new badges and challenges, besides those of ``reversals`` and ``referrals``.
    """
    if await profiles.lock(session, user_id) is None:
        return ()
    await reversals.settle(session, user_id)
    await referrals.reward_due(session, member=user_id)
    new: list[str] = []
    if giving.is_on(RewardKind.TIER):
        await _give_back(session, user_id)
    if giving.is_on(RewardKind.BADGE):
        new += await _unlock_badges(session, user_id)
    if giving.is_on(RewardKind.CHALLENGE):
        new += await _unlock_challenges(session, user_id)
    if new:
        sentence = f"New {'reward' if len(new) == 1 else 'rewards'}: {', '.join(new)}."
        await activity.notify(session, user_id=user_id, kind="reward", sentence=sentence[:300], link=routes.REWARDS)
    return tuple(new)


async def overview(session: AsyncSession, viewer: Viewer, *, zone: str) -> Overview:
    """Return all data of the rewards page.

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


async def active(session: AsyncSession, *, minutes: int) -> list[uuid.UUID]:
    """List members, except suspended ones, with activity in the last ``minutes``."""
    return list((await session.execute(_ACTIVE, {"minutes": minutes})).scalars())


async def changed(session: AsyncSession, *, since: datetime | None) -> list[uuid.UUID]:
    """List members whose activity counts may have changed since a time, or all members for None; no suspended ones. Slow query."""
    if since is None:
        return list((await session.execute(_ALL)).scalars())
    return list((await session.execute(_CHANGED, {"since": since, "refund_hours": policy.REFUND_HOURS})).scalars())


async def last_run(session: AsyncSession) -> datetime | None:
    """Return the start of the last complete run under the current rules; None if every member must be recounted."""
    return (await session.execute(_LAST_RUN, {"digest": rules.digest()})).scalar_one_or_none()


async def remember_run(session: AsyncSession, *, began: datetime) -> None:
    """Record a complete run over all members under the current rules."""
    await session.execute(_REMEMBER_RUN, {"digest": rules.digest(), "began": began})


async def count_badges(session: AsyncSession) -> None:
    """Store the number of holders of each badge."""
    await session.execute(_TOTALS)


async def _give_back(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Return a percentage of the bonus tokens spent on final purchases, by the member's tier."""
    tier = await loyalty.tier(session, user_id)
    memo = f"{tier.name}: {tier.bonus_back_percent}% of bonus tokens back"
    for purchase in await counts.bonus_spent(session, user_id, percent=tier.bonus_back_percent):
        tokens = rules.bonus_back(tier, purchase.bonus_tokens)
        await giving.give(session, user_id, RewardKind.TIER, source=f"purchase {purchase.id}", tokens=tokens, memo=memo)


async def _goals_of_week(session: AsyncSession, user_id: uuid.UUID) -> tuple[Goal, ...]:
    return rules.challenges_of(rules.week_of(utc_now()), has_spotify=await counts.has_spotify(session, user_id))


async def _unlock_badges(session: AsyncSession, user_id: uuid.UUID) -> list[str]:
    reached = await counts.counts(session, user_id)
    return [
        f"badge “{goal.title}”"
        for goal in rules.badges()
        if reached[goal.measure] >= goal.at and await _give(session, user_id, RewardKind.BADGE, goal, goal.slug)
    ]


async def _unlock_challenges(session: AsyncSession, user_id: uuid.UUID) -> list[str]:
    now = utc_now()
    week = rules.week_of(now)
    reached = await counts.counts(session, user_id, since=rules.week_start(now))
    done = [goal for goal in await _goals_of_week(session, user_id) if reached[goal.measure] >= goal.at]
    known = {
        source for source in await _unlocked(session, user_id, RewardKind.CHALLENGE) if source.startswith(f"{week} ")
    }
    new: list[str] = []
    # Connecting Spotify changes the goals of the week, so cap the number of challenges.
    for goal in [goal for goal in done if f"{week} {goal.slug}" not in known][
        : max(0, policy.CHALLENGES_A_WEEK - len(known))
    ]:
        allowed = replace(goal, tokens=min(goal.tokens, await allowance.left(session, user_id)))
        if await _give(session, user_id, RewardKind.CHALLENGE, allowed, f"{week} {goal.slug}"):
            new.append(f"challenge “{goal.text.rstrip('.')}”")
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
    goals = await _goals_of_week(session, user_id)
    key = (
        await counts.favourite_key(session, user_id) if any(goal.measure == rules.KEY_MEASURE for goal in goals) else ""
    )
    return tuple(
        ChallengeProgress(
            goal.slug,
            f"{goal.text} Yours is {key}." if key and goal.measure == rules.KEY_MEASURE else goal.text,
            goal.tokens,
            min(goal.at, lately[goal.measure]),
            goal.at,
            f"{week} {goal.slug}" in done,
        )
        for goal in goals
    )


async def _history(session: AsyncSession, user_id: uuid.UUID) -> tuple[RewardLine, ...]:
    rows = await session.execute(
        select(rewards).where(rewards.c.user_id == user_id).order_by(rewards.c.created_at.desc(), rewards.c.id.desc()).limit(HISTORY)
    )  # fmt: skip
    return tuple(
        RewardLine(
            RewardKind(row.kind),
            rules.title(RewardKind(row.kind), row.source),
            row.tokens,
            RewardState(row.state),
            row.created_at,
        )
        for row in rows
    )
