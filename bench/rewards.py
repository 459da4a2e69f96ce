"""A year of simulated members under the rules of rewards: what they cost against sales, and what made-up friends gain.

Arithmetic over the rules that the product uses (``services.rewards.rules`` and ``policy``). Behaviour is assumed: the shares of
members, how often they come, buy, claim and publish are written below and are nobody's measured figures. The share of made-up friends
that is held is measured by the product's checks (``bench.reward_abuse``).

Sales are bought tokens that honest members spent: bonus tokens pay first, so that they replace bought ones, and what abusers spend on
their made-up friends is shown beside it and no part of it. What abusers are given is a part of the cost.
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
    """How a kind of member behaves: chances a day or a month, and the tokens that are spent at once, on packs of ``PACK_TOKENS``."""

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
PACK_TOKENS = 50
# What an active day adds to each measure: chance and amount.
ACTS = {"heard_minutes": (0.9, 9), "heard_packs": (0.9, 4), "heard_genres": (0.4, 1), "comments": (0.03, 1), "ratings": (0.03, 1),
        "questions": (0.25, 2), "saved_searches": (0.02, 1), "packs_in_key": (0.5, 1), "finished_collections": (0.005, 1), "spotify_minutes": (0.1, 15)}  # fmt: skip
INVITES, JOINS = 0.01, 0.2  # a month: an active member brings somebody, who then buys
# Of the members who come more than once a month: who publishes, and how much. Some creators sell much more than others (Pareto).
CREATORS, PACKS_A_MONTH, APPEAL = 0.05, 1.0, 1.2
SLOW, FIVE_STARS = 0.25, 0.7  # of packs, with a loop under 90 BPM; of ratings
ACTIVE = 0.05


@dataclass
class Member:
    """A simulated member."""

    habit: Habit
    is_creator: bool = False
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
        self.members = [self._member() for _ in range(MEMBERS)]
        self.sellers: list[Member] = []
        self.appeals: list[float] = []  # cumulative, of the sellers
        self.sales = self.abusers_spent = 0
        self.issued: dict[str, int] = defaultdict(int)

    def run(self, *, held: float) -> None:
        """Simulate all days, with this share of made-up friends held."""
        for number in range(DAYS):
            day = START + timedelta(days=number)
            now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            for member in self.members:
                self._live(member, day, now)
        self._abuse(held)

    def _member(self) -> Member:
        habit = self.draw.choices(HABITS, [habit.share for habit in HABITS])[0]
        return Member(habit, is_creator=habit.comes > ACTIVE and self.draw.random() < CREATORS)

    def _live(self, member: Member, day: date, now: datetime) -> None:
        if day.day == 1:
            member.given_this_month = member.brought_this_month = 0
            self._invite(member)
        if day.weekday() == 0:
            member.week.clear()
        if self.draw.random() >= member.habit.comes:
            return
        if self._happens(member, member.habit.buys):
            self._buy(member, now)
        if member.is_creator and self._happens(member, PACKS_A_MONTH):
            self._publish(member)
        for measure, (chance, amount) in ACTS.items():
            if self.draw.random() < chance:
                self._count(member, measure, amount)
                if measure == "ratings" and self.draw.random() < FIVE_STARS:
                    self._credit_seller(member, "five_stars")
        if self.draw.random() < member.habit.claims:
            self._claim(member, day, now)
        self._reach(member, now)

    def _happens(self, member: Member, a_month: float) -> bool:
        """Return whether something that happens so often a month happens on this visit."""
        return self.draw.random() < a_month / max(1, 30 * member.habit.comes)

    def _count(self, member: Member, measure: str, amount: int = 1) -> None:
        member.ever[measure] += amount
        member.week[measure] += amount

    def _buy(self, member: Member, now: datetime) -> None:
        """Pay with bonus tokens first. A part of those comes back by the tier that the purchase leads to."""
        bonus = min(member.bonus, member.habit.tokens)
        paid = member.habit.tokens - bonus
        member.bonus -= bonus
        if paid:
            member.purchases.append((now, paid))
            self._count(member, "paid_purchases", max(1, paid // PACK_TOKENS))
            self._count(member, "tokens_spent", paid)
            self.sales += paid
        back = rules.bonus_back(rules.tier_of(rules.best_spent(member.purchases, now)), bonus)
        self.issued["tier"] += back
        member.bonus += back
        for _ in range(max(1, member.habit.tokens // PACK_TOKENS)):
            self._credit_seller(member, "sales")

    def _publish(self, member: Member) -> None:
        if not member.ever["published_packs"]:
            self.sellers.append(member)
            self.appeals.append((self.appeals[-1] if self.appeals else 0) + self.draw.paretovariate(APPEAL))
        self._count(member, "published_packs")
        if self.draw.random() < SLOW:
            self._count(member, "slow_loops")

    def _credit_seller(self, member: Member, measure: str) -> None:
        """Count something for a creator other than the member; before anybody has published, for nobody."""
        if self.sellers:
            [seller] = self.draw.choices(self.sellers, cum_weights=self.appeals)
            if seller is not member:
                self._count(seller, measure)

    def _claim(self, member: Member, day: date, now: datetime) -> None:
        following = rules.continued(member.streak, day)
        if following is None:
            return
        member.streak = following
        member.ever["longest_streak"] = max(member.ever["longest_streak"], following.days)
        tier = rules.tier_of(rules.best_spent(member.purchases, now))
        self._give(member, "daily", rules.daily_tokens(following.days, tier), now)

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
        if member.habit.comes > ACTIVE and self.draw.random() < INVITES * JOINS:
            self.sales += policy.REFERRAL_SPENT
            self.issued["referral"] += policy.REFERRAL_TOKENS
            self._count(member, "friends")
            member.brought_this_month += 1
            if member.brought_this_month <= policy.MAX_REFERRALS_A_MONTH:
                self.issued["referral"] += policy.REFERRAL_TOKENS
                member.bonus += policy.REFERRAL_TOKENS

    def _abuse(self, held: float) -> None:
        """Some members make up friends, each of whom has to spend real tokens first."""
        fakes = round(ABUSERS * MEMBERS) * reward_abuse.FAKE_FRIENDS
        self.abusers_spent += fakes * policy.REFERRAL_SPENT
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
        print(f"seed {seed}: abusers spent {year.abusers_spent:,} tokens, no part of what was sold; {_reached(year)}")
        print(f"seed {seed}: held: {ways}")
    return {"cost": Samples(cost, sales), "caught": Samples(caught, []), "held_honest": Samples(honest, [])}


def _reached(year: Year) -> str:
    """Name the badges and challenges that nobody reached."""
    known = {slug for member in year.members for slug in member.unlocked}
    weekly = {slug.rpartition(" ")[2] for slug in known if " " in slug}
    missing = [goal.slug for goal in rules.badges() if goal.slug not in known]
    missing += [goal.slug for goal in rules.challenges() if goal.slug not in weekly]
    return f"reached by nobody: {', '.join(missing) or 'nothing'}"
