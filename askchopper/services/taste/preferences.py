"""A member's preference for each value of each facet, from -1 to 1, as used for ranking."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.taste import taste_profiles
from askchopper.schemas.accounts import Viewer
from askchopper.services.taste import density
from askchopper.taste_vocabulary import TasteChoice, TasteFacet

# With a smaller sum of weights, for example after one play of a few seconds, preferences count as unknown.
LEAST_TOTAL = 0.25
_LESS = 0.25
_NAMED = (TasteFacet.GENRE, TasteFacet.KEY, TasteFacet.KIND, TasteFacet.CREATOR)
_MEASURED = (TasteFacet.LOUDNESS, TasteFacet.BRIGHTNESS)


@dataclass(frozen=True)
class Evidence:
    """The signals of one kind for one facet value: current weight, number, and time of the latest."""

    facet: str
    value: str
    kind: str
    weight: float
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Preferences:
    """A member's preferences.

    Args:
        named: preference by value for genre, key, kind and creator id.
        tempo: preference for each whole tempo, from 1 BPM on; empty if unknown.
        measured: weighted mean of loudness in LUFS and brightness in octaves.
        never: genres and creator ids that are never recommended.
        total: greatest sum of positive weights among the facets, plus 1 for each correction to "more".
    """

    named: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    tempo: list[float] = field(default_factory=list[float])
    measured: dict[str, float] = field(default_factory=dict[str, float])
    never: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    total: float = 0.0

    def __bool__(self) -> bool:
        """Return whether preferences are known: ``total`` is at least ``LEAST_TOTAL``."""
        return self.total >= LEAST_TOTAL

    def of(self, facet: TasteFacet) -> dict[str, float]:
        """Return the preferences by value of a facet with named values."""
        return self.named.get(facet, {})

    def favourites(self, facet: TasteFacet, count: int) -> list[str]:
        """Return up to ``count`` values of a facet with a positive preference, best first."""
        liked = [(value, name) for name, value in self.of(facet).items() if value > 0]
        return [name for _, name in sorted(liked, reverse=True)[:count]]

    def as_json(self) -> dict[str, Any]:
        """Return the preferences in their stored form."""
        return {
            "named": self.named, "tempo": self.tempo, "measured": self.measured, "never": self.never, "total": self.total,
        }  # fmt: skip

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Preferences":
        """Parse stored preferences; unknown ones if there is nothing stored."""
        return cls(**stored) if stored else cls()


NONE = Preferences()


def build(evidence: Iterable[Evidence], corrections: Mapping[tuple[str, str], str]) -> Preferences:
    """Compute preferences; corrections override computed values."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in evidence:
        sums[one.facet][one.value] += one.weight
    named = {facet.value: _named(facet, sums, corrections) for facet in _NAMED}
    never = {
        facet.value: sorted(value for (name, value), choice in corrections.items() if name == facet and choice == TasteChoice.NEVER)
        for facet in (TasteFacet.GENRE, TasteFacet.CREATOR)
    }  # fmt: skip
    wishes = sum(choice == TasteChoice.MORE for choice in corrections.values())
    totals = [sum(max(0.0, weight) for weight in values.values()) for values in sums.values()]
    return Preferences(
        named={facet: values for facet, values in named.items() if values},
        tempo=_tempo(sums[TasteFacet.TEMPO], corrections),
        measured={facet.value: mean for facet in _MEASURED if (mean := _mean(sums[facet])) is not None},
        never={facet: values for facet, values in never.items() if values},
        total=round(max(totals, default=0.0) + wishes, 4),
    )


def tempo_curve(
    weights: Mapping[str, float], corrections: Mapping[tuple[str, str], str], *, echo: float
) -> list[float]:
    """Return the density of tempi on ``density.GRID`` with corrections applied."""
    curve = density.curve({float(bpm): weight for bpm, weight in weights.items() if _is_number(bpm)}, echo=echo)
    for (facet, value), choice in corrections.items():
        if facet != TasteFacet.TEMPO or not _is_number(value):
            continue
        near = density.curve({float(value): 1.0}, echo=0.0)
        if choice == TasteChoice.MORE:
            curve = [max(old, bump) for old, bump in zip(curve, near, strict=True)]
        elif choice == TasteChoice.LESS:
            curve = [old * (1 - (1 - _LESS) * bump) for old, bump in zip(curve, near, strict=True)]
        else:
            curve = [min(old, old * (1 - bump) - bump) for old, bump in zip(curve, near, strict=True)]
    return curve


async def load(session: AsyncSession, viewer: Viewer | None) -> Preferences:
    """Return the viewer's stored preferences; falsy for a visitor, or if too little is known."""
    return NONE if viewer is None else await load_of(session, viewer.user_id)


async def load_of(session: AsyncSession, user_id: uuid.UUID) -> Preferences:
    """Return a member's stored preferences; falsy if too little is known."""
    found = await session.execute(select(taste_profiles.c.preferences).where(taste_profiles.c.user_id == user_id))
    return Preferences.from_json(found.scalar_one_or_none() or {})


def _named(
    facet: TasteFacet, sums: Mapping[str, Mapping[str, float]], corrections: Mapping[tuple[str, str], str]
) -> dict[str, float]:
    weights = sums.get(facet, {})
    highest = max(max(weights.values(), default=0.0), LEAST_TOTAL)
    found = {value: max(-1.0, weight / highest) for value, weight in weights.items()}
    for (name, value), choice in corrections.items():
        if name == facet:
            found[value] = corrected(found.get(value, 0.0), choice)
    return {value: round(liking, 4) for value, liking in found.items() if abs(liking) >= 0.001}


def corrected(liking: float, choice: str) -> float:
    """Return a preference with a correction applied: 1 for more, a quarter of a positive value for less, -1 for never."""
    if choice == TasteChoice.MORE:
        return 1.0
    if choice == TasteChoice.LESS:
        return min(liking, liking * _LESS)
    return -1.0


def _tempo(weights: Mapping[str, float], corrections: Mapping[tuple[str, str], str]) -> list[float]:
    curve = tempo_curve(weights, corrections, echo=density.ECHO)
    return density.by_bpm(curve) if any(curve) else []


def _mean(weights: Mapping[str, float]) -> float | None:
    positive = [(float(value), weight) for value, weight in weights.items() if weight > 0 and _is_number(value)]
    total = sum(weight for _, weight in positive)
    return round(sum(value * weight for value, weight in positive) / total, 2) if total else None


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
