"""Grants rewards as bonus tokens through the ledger, each once. Suspicious rewards wait for a moderator's decision."""

import uuid
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes, settings
from askchopper.errors import ForbiddenError, NotFoundError
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.rewards import rewards
from askchopper.plurals import counted
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.rewards import HeldReward, RewardCost
from askchopper.services import activity, audit, wallet

MAX_QUEUE = 100
_NO_QUEUE = "This page does not exist."
_COST = text("""
    SELECT kind, count(*) AS rewards, coalesce(sum(tokens), 0) AS tokens FROM rewards
    WHERE state = 'given' AND created_at > now() - make_interval(days => :days) GROUP BY kind
""")


def is_on(kind: RewardKind) -> bool:
    """Return whether the operator has enabled this kind of reward."""
    return kind.value in settings.get().reward_kinds


async def give(
    session: AsyncSession,
    user_id: uuid.UUID,
    kind: RewardKind,
    *,
    source: str,
    tokens: int,
    memo: str,
    suspicion: str = "",
) -> bool:
    """Grant a reward, once per source; if ``suspicion`` gives a reason, hold it for a moderator instead.

    Returns:
        Whether the reward is new; False if the member already has one of this kind and source.
    """
    state = RewardState.HELD if suspicion else RewardState.GIVEN
    row = {
        "id": new_id(), "user_id": user_id, "kind": kind.value, "source": source, "tokens": tokens, "state": state.value,
        "reason": suspicion[:200],
    }  # fmt: skip
    made = await session.execute(upsert(rewards).values(row).on_conflict_do_nothing().returning(rewards.c.id))
    if made.scalar_one_or_none() is None:
        return False
    if state is RewardState.GIVEN:
        await _pay(session, user_id, kind, source, tokens, memo)
    return True


async def queue(session: AsyncSession, viewer: Viewer) -> tuple[HeldReward, ...]:
    """List the held rewards, oldest first, at most ``MAX_QUEUE``.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    _require_moderator(viewer)
    rows = await session.execute(
        select(rewards, users.c.display_name)
        .select_from(rewards.join(users, users.c.id == rewards.c.user_id))
        .where(rewards.c.state == RewardState.HELD.value)
        .order_by(rewards.c.created_at)
        .limit(MAX_QUEUE)
    )
    return tuple(
        HeldReward(str(row.id), row.display_name, RewardKind(row.kind), row.tokens, row.reason, row.created_at) for row in rows
    )  # fmt: skip


async def decide(session: AsyncSession, viewer: Viewer, *, reward_id: str, is_approved: bool) -> None:
    """Grant a held reward, or refuse it.

    Raises:
        NotFoundError: the viewer is not a moderator, or it is not held.
        ForbiddenError: it is the viewer's own; another moderator must decide.

    Emits: a notification to the member and an audit entry.
    """
    _require_moderator(viewer)
    state = RewardState.GIVEN if is_approved else RewardState.REFUSED
    missing = "This reward is no longer waiting."
    changed = await session.execute(
        update(rewards)
        .where(rewards.c.id == require_id(reward_id, missing), rewards.c.state == RewardState.HELD.value)
        .values(state=state.value, decided_at=text("now()"), decided_by=viewer.user_id)
        .returning(rewards)
    )
    row = changed.one_or_none()
    if row is None:
        raise NotFoundError(missing)
    if row.user_id == viewer.user_id:
        raise ForbiddenError("This concerns you, so another moderator must decide.")
    if is_approved:
        await _pay(session, row.user_id, RewardKind(row.kind), row.source, row.tokens, "Reward, after a check")
    words = f"{counted(row.tokens, 'bonus token')}." if is_approved else "refused after a check."
    await activity.notify(
        session, user_id=row.user_id, kind="reward", sentence=f"Your referral reward: {words}", link=routes.REWARDS
    )
    await audit.record(
        session, viewer, action=f"rewards.{state.value}", target="reward", target_id=reward_id, reason=row.reason,
        before={"state": RewardState.HELD.value}, after={"state": state.value, "tokens": row.tokens, "member": str(row.user_id)},
    )  # fmt: skip


async def hold_again(session: AsyncSession, viewer: Viewer, *, reward_id: str) -> bool:
    """Undo the viewer's refusal of a reward. Returns False if the viewer has not refused it.

    Raises:
        NotFoundError: the viewer is not a moderator, or the id is malformed.
    """
    _require_moderator(viewer)
    refused = rewards.c.state == RewardState.REFUSED.value
    changed = await session.execute(
        update(rewards)
        .where(rewards.c.id == require_id(reward_id, _NO_QUEUE), refused, rewards.c.decided_by == viewer.user_id)
        .values(state=RewardState.HELD.value, decided_at=None, decided_by=None)
        .returning(rewards.c.id)
    )
    return changed.first() is not None


async def costs(session: AsyncSession, viewer: Viewer) -> tuple[RewardCost, ...]:
    """Return the number and tokens of the rewards granted in the last ``policy.REWARD_COST_DAYS``, for every kind.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    _require_moderator(viewer)
    found: dict[str, Any] = {row.kind: row for row in await session.execute(_COST, {"days": policy.REWARD_COST_DAYS})}
    return tuple(
        RewardCost(kind, found[kind].rewards if kind in found else 0, int(found[kind].tokens) if kind in found else 0, is_on(kind))
        for kind in RewardKind
    )  # fmt: skip


async def _pay(
    session: AsyncSession, user_id: uuid.UUID, kind: RewardKind, source: str, tokens: int, memo: str
) -> None:
    if tokens:
        key = f"reward-{kind.value}-{source}".replace(
            " ", "-"
        )  # by source: the ledger pays once even if the reward's row is lost
        await wallet.grant(session, user_id=user_id, tokens=tokens, is_bonus=True, key=key, memo=memo)


def _require_moderator(viewer: Viewer) -> None:
    if not viewer.is_moderator:
        raise NotFoundError(_NO_QUEUE)
