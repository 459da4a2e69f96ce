"""The rules of rewards: streaks with grace, tiers, challenges of the week, and that the table is whole."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askchopper import policy
from askchopper.services.rewards import rules
from askchopper.services.rewards.rules import Streak

MONDAY = date(2026, 11, 30)


def claims(*days: int) -> Streak:
    """Claim on days counted from Monday."""
    streak = Streak()
    for day in days:
        streak = rules.continued(streak, MONDAY + timedelta(days=day)) or streak
    return streak


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((0,), 1),
        ((0, 1, 2), 3),
        ((0, 0, 0), 1),
        ((0, 2), 2),  # one day of grace
        ((0, 3), 1),  # two days are not forgiven
        ((0, 2, 4), 1),  # nor a second one within a week
        ((0, 2, 3, 4, 5, 6, 7, 8, 10), 9),  # but one after it
    ],
)
def test_streak(days: tuple[int, ...], expected: int):
    assert claims(*days).days == expected


def test_an_earlier_day_is_never_claimed_again():
    streak = claims(0, 1)
    assert rules.continued(streak, MONDAY) is None
    assert rules.continued(streak, MONDAY + timedelta(days=1)) is None


@given(st.lists(st.integers(min_value=0, max_value=400), max_size=200))
def test_claims_never_exceed_days(days: list[int]):
    streak, claimed = Streak(), 0
    for day in days:
        following = rules.continued(streak, MONDAY + timedelta(days=day))
        if following:
            streak, claimed = following, claimed + 1
    assert claimed <= len(set(days))
    assert streak.days <= claimed


def test_daily_tokens():
    lowest, highest = rules.tiers()[0], rules.tiers()[-1]
    assert [rules.daily_tokens(day, lowest) for day in (1, 6, 7, 8, 14)] == [1, 1, 5, 1, 5]
    assert rules.daily_tokens(1, highest) == 1 + highest.daily_extra


def test_tiers_rise_at_once_and_fall_at_the_start_of_a_month_only():
    now = datetime(2026, 11, 29, tzinfo=UTC)
    spent = [(datetime(2026, 8, 20, tzinfo=UTC), 700)]
    assert rules.tier_of(rules.best_spent(spent, now)).name == "Insider", (
        "it was within 90 days at the start of November"
    )
    assert rules.tier_of(rules.best_spent(spent, datetime(2026, 12, 1, tzinfo=UTC))).name == "Listener"
    assert rules.tier_of(rules.best_spent([*spent, (now, 900)], now)).name == "Insider"
    assert rules.best_spent([(now - timedelta(days=1), 250)], now) == 250


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 500)), max_size=30), st.integers(0, 27))
def test_tier_never_falls_within_a_month(purchases: list[tuple[int, int]], day: int):
    start = datetime(2026, 12, 1, tzinfo=UTC)
    known = [(start - timedelta(days=180) + timedelta(days=when), tokens) for when, tokens in purchases]
    first = rules.best_spent(known, start + timedelta(days=day))
    assert rules.best_spent(known, start + timedelta(days=day + 1)) >= first


def test_challenges_change_and_are_the_same_for_everyone():
    weeks = [f"2026-W{number:02}" for number in range(1, 53)]
    chosen = {week: rules.challenges_of(week) for week in weeks}
    assert {len(goals) for goals in chosen.values()} == {policy.CHALLENGES_A_WEEK}
    assert len({tuple(goals) for goals in chosen.values()}) > 20
    others = {goal.slug for goal in rules.challenges()} - {"spotify"}
    assert {goal.slug for goals in chosen.values() for goal in goals} == others, "Spotify is only for who connected it"
    connected = {goal.slug for week in weeks for goal in rules.challenges_of(week, has_spotify=True)}
    assert connected == others | {"spotify"}


def test_week():
    sunday = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)
    assert (rules.week_of(sunday), rules.week_start(sunday)) == ("2026-W48", datetime(2026, 11, 23, tzinfo=UTC))


def test_table_is_whole():
    badges = rules.badges()
    assert len(badges) >= 24
    assert len({goal.slug for goal in badges}) == len({goal.title for goal in badges}) == len(badges)
    assert any(goal.tokens == 0 for goal in badges)
    assert [tier.tokens_spent for tier in rules.tiers()] == sorted(tier.tokens_spent for tier in rules.tiers())
    assert rules.tiers()[0].tokens_spent == 0
