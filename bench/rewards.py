"""A year of simulated members under the rules of rewards: what they cost against sales, and what made-up friends gain.

Arithmetic over the rules that the product uses (``services.rewards.rules`` and ``policy``). Behaviour is assumed: the shares of
members, how often they come, buy and claim are written below and are nobody's measured figures. The share of made-up friends that is
held is measured by the product's checks (``bench.reward_abuse``).
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from askchopper import observability, policy
from askchopper.services.rewards import rules
from askchopper.services.rewards.rules import Streak
from bench import reward_abuse
from bench.protocol import Samples

MEMBERS, DAYS, SEEDS = 10_000, 365, (1, 2, 3)
START = date(2026, 1, 1)
ABUSERS = 0.02


@dataclass(frozen=True)
class Habit:
    """How a kind of member behaves: chances a day or a month, and tokens of a purchase."""

    share: float
    comes: float
    claims: float
    buys: float
    tokens: int


HABITS = (
    Habit(share=0.60, comes=0.005, claims=0.3, buys=0.0, tokens=0),
    Habit(share=0.25, comes=0.06, claims=0.4, buys=0.10, tokens=60),
    Habit(share=0.12, comes=0.25, claims=0.7, buys=0.50, tokens=100),
    Habit(share=0.03, comes=0.80, claims=0.9, buys=0.90, tokens=250),
)
# What an active day adds to each measure: chance and amount.
ACTS = {"heard_minutes": (0.9, 9), "heard_packs": (0.9, 4), "heard_genres": (0.4, 1), "comments": (0.03, 1), "ratings": (0.03, 1),
        "questions": (0.25, 2), "saved_searches": (0.02, 1), "packs_in_key": (0.5, 1), "finished_collections": (0.005, 1), "spotify_minutes": (0.1, 15)}  # fmt: skip
INVITES, JOINS = 0.01, 0.2  # a month: an active member brings somebody, who then buys


@dataclass
class Member:
    """A simulated member."""

    habit: Habit
    streak: Streak = field(default_factory=Streak)
    bonus: int = 0
    ever: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    week: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    purchases: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])
    unlocked: set[str] = field(default_factory=set[str])
    given_this_month: int = 0
    brought_this_month: int = 0


class Year:
    """Totals of a simulated year, in tokens."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.members = [Member(self.draw.choices(HABITS, [habit.share for habit in HABITS])[0]) for _ in range(MEMBERS)]
        self.sales = 0
        self.issued: dict[str, int] = defaultdict(int)

    def run(self, *, held: float) -> None:
        """Simulate all days, with this share of made-up friends held."""
        for number in range(DAYS):
            day = START + timedelta(days=number)
            now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            for member in self.members:
                self._live(member, day, now)
        self._abuse(held)

    def _live(self, member: Member, day: date, now: datetime) -> None:
        if day.day == 1:
            member.given_this_month = member.brought_this_month = 0
            self._invite(member)
        if day.weekday() == 0:
            member.week.clear()
        if self.draw.random() >= member.habit.comes:
            return
        if self.draw.random() < member.habit.buys / max(1, 30 * member.habit.comes):
            member.purchases.append((now, member.habit.tokens))
            member.ever["paid_purchases"] += 1
            member.ever["tokens_spent"] += member.habit.tokens
            self.sales += member.habit.tokens
            self._give_back(member, now)
        for measure, (chance, amount) in ACTS.items():
            if self.draw.random() < chance:
                member.ever[measure] += amount
                member.week[measure] += amount
        if self.draw.random() < member.habit.claims:
            self._claim(member, day, now)
        self._reach(member, now)

    def _claim(self, member: Member, day: date, now: datetime) -> None:
        following = rules.continued(member.streak, day)
        if following is None:
            return
        member.streak = following
        member.ever["longest_streak"] = max(member.ever["longest_streak"], following.days)
        tier = rules.tier_of(rules.best_spent(member.purchases, now))
        self._give(member, "daily", rules.daily_tokens(following.days, tier), now)

    def _give_back(self, member: Member, now: datetime) -> None:
        """Spend the member's bonus tokens first; a part comes back by tier. They are spent besides bought ones, not instead."""
        spent = min(member.bonus, member.habit.tokens)
        back = rules.bonus_back(rules.tier_of(rules.best_spent(member.purchases, now)), spent)
        self.issued["tier"] += back
        member.bonus += back - spent

    def _reach(self, member: Member, now: datetime) -> None:
        week = rules.week_of(now)
        for goal in rules.challenges_of(week):
            if f"{week} {goal.slug}" not in member.unlocked and member.week[goal.measure] >= goal.at:
                member.unlocked.add(f"{week} {goal.slug}")
                self._give(member, "challenge", goal.tokens, now)
        for goal in rules.badges():
            if goal.slug not in member.unlocked and member.ever[goal.measure] >= goal.at:
                member.unlocked.add(goal.slug)
                self.issued["badge"] += goal.tokens
                member.bonus += goal.tokens

    def _give(self, member: Member, kind: str, tokens: int, now: datetime) -> None:
        allowed = rules.monthly_allowance(rules.best_spent(member.purchases, now)) - member.given_this_month
        given = max(0, min(tokens, allowed))
        member.given_this_month += given
        member.bonus += given
        self.issued[kind] += given

    def _invite(self, member: Member) -> None:
        if member.habit.comes > 0.05 and self.draw.random() < INVITES * JOINS:
            self.sales += policy.REFERRAL_SPENT
            self.issued["referral"] += policy.REFERRAL_TOKENS
            member.brought_this_month += 1
            if member.brought_this_month <= policy.MAX_REFERRALS_A_MONTH:
                self.issued["referral"] += policy.REFERRAL_TOKENS

    def _abuse(self, held: float) -> None:
        """Some members make up friends, each of whom has to spend real tokens first."""
        fakes = round(ABUSERS * MEMBERS) * reward_abuse.FAKE_FRIENDS
        self.sales += fakes * policy.REFERRAL_SPENT
        self.issued["referral"] += round(fakes * (1 - held)) * 2 * policy.REFERRAL_TOKENS


async def measure() -> dict[str, Samples]:
    """Simulate a year for each seed."""
    observability.configure(level="ERROR")
    cost, sales, caught, honest = [], [], [], []
    for seed in SEEDS:
        abuse = await reward_abuse.run(seed)
        caught.append(abuse.share(*reward_abuse.WAYS))
        honest.append(abuse.share("friend", "flatmate"))
        year = Year(seed)
        year.run(held=caught[-1])
        issued = sum(year.issued.values())
        cost.append(issued)
        sales.append(year.sales)
        shares = ", ".join(f"{kind} {100 * tokens / year.sales:.2f} %" for kind, tokens in sorted(year.issued.items()))
        ways = ", ".join(f"{way} {abuse.held[way]} of {abuse.made[way]}" for way in abuse.made)
        print(
            f"seed {seed}: {year.sales:,} tokens sold, {issued:,} given, {100 * issued / year.sales:.2f} % ({shares})"
        )
        print(f"seed {seed}: held: {ways}")
    return {"cost": Samples(cost, sales), "caught": Samples(caught, []), "held_honest": Samples(honest, [])}
