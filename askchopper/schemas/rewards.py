"""A member's rewards: granted, upcoming, and awaiting moderation."""

from dataclasses import dataclass
from datetime import date, datetime

from askchopper.reward_vocabulary import RewardKind, RewardState


@dataclass(frozen=True)
class BadgeProgress:
    """A badge; ``value`` is the progress towards ``at``. ``unlocked_at`` is None while it is locked.

    ``share`` is the share of members who have the badge, from 0 to 1; None until computed.
    """

    slug: str
    title: str
    text: str
    tokens: int
    value: int
    at: int
    unlocked_at: datetime | None
    share: float | None


@dataclass(frozen=True)
class ChallengeProgress:
    """A challenge of this week; ``value`` is the progress towards ``at``."""

    slug: str
    text: str
    tokens: int
    value: int
    at: int
    is_done: bool


@dataclass(frozen=True)
class TierProgress:
    """The member's tier with its benefits as text and as numbers; ``next_name`` is empty at the highest tier."""

    name: str
    advantages: tuple[str, ...]
    daily_extra: int
    bonus_back_percent: int
    early_hours: int
    zip_packs: int
    spent: int
    next_name: str
    next_at: int


@dataclass(frozen=True)
class RewardLine:
    """A reward in the history."""

    kind: RewardKind
    title: str
    tokens: int
    state: RewardState
    created_at: datetime


@dataclass(frozen=True)
class DailyProgress:
    """The daily reward: whether it can be claimed now, and its amount."""

    is_claimable: bool
    tokens: int
    streak_days: int
    longest_days: int
    today: date


@dataclass(frozen=True)
class ReferralProgress:
    """The member's referral code, how many members joined with it, and how many of those were rewarded."""

    code: str
    joined: int
    rewarded: int


@dataclass(frozen=True)
class Overview:
    """The content of the rewards page; a part that the operator switched off is None."""

    bonus_tokens: int
    expiring_tokens: int
    expires_on: date | None
    allowance: int  # tokens that daily rewards and challenges may still bring this month
    tier: TierProgress
    daily: DailyProgress | None
    badges: tuple[BadgeProgress, ...] | None
    challenges: tuple[ChallengeProgress, ...] | None
    challenges_end: datetime
    referral: ReferralProgress | None
    history: tuple[RewardLine, ...]


@dataclass(frozen=True)
class HeldReward:
    """A reward that awaits a moderator's decision, and the reason."""

    id: str
    member: str
    kind: RewardKind
    tokens: int
    reason: str
    created_at: datetime


@dataclass(frozen=True)
class RewardCost:
    """The cost of a kind of reward in the last 30 days, for operators."""

    kind: RewardKind
    rewards: int
    tokens: int
    is_on: bool
