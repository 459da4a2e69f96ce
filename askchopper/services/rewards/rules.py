"""Reward rules as values and pure functions, without access to clock or database."""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from askchopper import policy
from askchopper.plurals import counted
from askchopper.reward_vocabulary import RewardKind

_TABLE = Path(__file__).with_name("rules.toml")
SPOTIFY_MEASURE, KEY_MEASURE = "spotify_minutes", "packs_in_key"


@dataclass(frozen=True)
class Goal:
    """A badge or challenge, reached when a measure of ``counts`` is at least ``at``."""

    slug: str
    text: str
    measure: str
    at: int
    tokens: int
    title: str = ""


@dataclass(frozen=True)
class Tier:
    """A loyalty tier, reached by spending tokens within ``policy.TIER_WINDOW_DAYS``. ``rules.toml`` explains its advantages."""

    name: str
    tokens_spent: int
    daily_extra: int
    bonus_back_percent: int
    early_hours: int
    zip_packs: int


@dataclass(frozen=True)
class Streak:
    """A streak of consecutive days; ``grace_day`` is the last missed day that was forgiven."""

    last_day: date | None = None
    days: int = 0
    grace_day: date | None = None


@lru_cache(maxsize=1)
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def badges() -> tuple[Goal, ...]:
    """Return all badges."""
    return tuple(_goal(row) for row in _table()["badge"])


@lru_cache(maxsize=1)
def challenges() -> tuple[Goal, ...]:
    """Return all challenges."""
    return tuple(_goal(row) for row in _table()["challenge"])


@lru_cache(maxsize=1)
def tiers() -> tuple[Tier, ...]:
    """Return the tiers, lowest first."""
    return tuple(Tier(**row) for row in _table()["tier"])


def digest() -> str:
    """Return the hexadecimal SHA-256 digest of ``rules.toml``."""
    return hashlib.sha256(_TABLE.read_bytes()).hexdigest()


def bonus_back(tier: Tier, bonus_tokens: int) -> int:
    """Return how many of a purchase's bonus tokens a tier gives back, rounded down."""
    return bonus_tokens * tier.bonus_back_percent // 100


def advantages(tier: Tier) -> tuple[str, ...]:
    """Return descriptions of a tier's advantages, without those that are 0."""
    words = (
        (tier.daily_extra, f"{counted(tier.daily_extra, 'more bonus token')} a day"),
        (tier.bonus_back_percent, f"{tier.bonus_back_percent}% of the bonus tokens that you spend come back"),
        (tier.early_hours, f"Planned releases can be heard {counted(tier.early_hours, 'hour')} earlier"),
        (tier.zip_packs, f"Up to {counted(tier.zip_packs, 'pack')} in one download"),
    )  # fmt: skip
    return tuple(sentence for amount, sentence in words if amount)


def week_of(moment: datetime) -> str:
    """Return the ISO week of a time, such as ``2026-W48``."""
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"


def week_start(moment: datetime) -> datetime:
    """Return Monday, midnight, of the week of a time, in its time zone."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())


def challenges_of(week: str, *, has_spotify: bool = False) -> tuple[Goal, ...]:
    """Return a week's challenges: a new selection each week, the same for all members with Spotify, and for all without."""
    possible = [goal for goal in challenges() if has_spotify or goal.measure != SPOTIFY_MEASURE]
    ranked = sorted(possible, key=lambda goal: hashlib.sha256(f"{week} {goal.slug}".encode()).digest())
    return tuple(ranked[: policy.CHALLENGES_A_WEEK])


def continued(streak: Streak, today: date) -> Streak | None:
    """Return the streak after a claim on ``today``; None if that day or a later one was already claimed.

    A single missed day does not end the streak, at most once in ``policy.GRACE_EVERY_DAYS``.
    """
    if streak.last_day is None:
        return Streak(today, 1, streak.grace_day)
    gap = (today - streak.last_day).days
    if gap <= 0:
        return None
    if gap == 1:
        return Streak(today, streak.days + 1, streak.grace_day)
    missed = today - timedelta(days=1)
    is_forgiven = gap == 2 and (streak.grace_day is None or (missed - streak.grace_day).days >= policy.GRACE_EVERY_DAYS)
    return Streak(today, streak.days + 1, missed) if is_forgiven else Streak(today, 1, streak.grace_day)


def daily_tokens(days: int, tier: Tier) -> int:
    """Return the tokens of the daily reward on the given day of a streak."""
    base = policy.STREAK_TOKENS if days % policy.STREAK_LENGTH_DAYS == 0 else policy.DAILY_TOKENS
    return base + tier.daily_extra


def monthly_allowance(spent: int) -> int:
    """Return the monthly token limit for daily rewards and challenges, by bought tokens spent in a tier window, see ``best_spent``."""
    return policy.MONTHLY_REWARD_TOKENS + spent // policy.TOKENS_SPENT_PER_REWARD


def tier_of(spent: int) -> Tier:
    """Return the tier for a number of tokens spent."""
    return next(tier for tier in reversed(tiers()) if spent >= tier.tokens_spent)


def best_spent(purchases: Iterable[tuple[datetime, int]], now: datetime) -> int:
    """Return the maximum tokens spent within any window of ``policy.TIER_WINDOW_DAYS`` that ends in this calendar month.

    A purchase raises the result immediately; it falls only at the start of a month.
    """
    window = timedelta(days=policy.TIER_WINDOW_DAYS)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    known = [(moment, tokens) for moment, tokens in purchases if moment <= now]
    ends = [month, *(moment for moment, _ in known if moment > month)]
    return max(sum(tokens for moment, tokens in known if end - window < moment <= end) for end in ends)


def title(kind: RewardKind, source: str) -> str:
    """Return a reward's title, by its kind and source."""
    if kind is RewardKind.DAILY:
        return "Daily reward"
    if kind is RewardKind.REFERRAL:
        return "A friend bought something" if source.startswith("friend") else "Joined through a friend"
    if kind is RewardKind.TIER:
        return "Bonus tokens back from your tier"
    if kind is RewardKind.BADGE:
        return f"Badge: {next((goal.title for goal in badges() if goal.slug == source), source)}"
    slug = source.rpartition(" ")[2]
    return f"Challenge: {next((goal.text for goal in challenges() if goal.slug == slug), slug)}"


def _goal(row: dict[str, Any]) -> Goal:
    return Goal(row["slug"], row["text"], row["measure"], row["at"], row.get("tokens", 0), row.get("title", ""))
