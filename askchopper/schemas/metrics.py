"""Figures of the administrators' page: how recommendations do, how long members stay, and what they ask again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Funnel:
    """Recommended packs that were shown, and how many of them were opened, played and bought within the window."""

    shown: int
    opened: int
    played: int
    bought: int
    members: int


@dataclass(frozen=True)
class Sessions:
    """Visits of members: their number, and median, mean and 90th percentile of their length in seconds; None without any."""

    count: int
    members: int
    median_seconds: float | None
    mean_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True)
class Repeats:
    """Questions, and how many of them the same member had asked before within the window; None without any."""

    questions: int
    repeated: int

    @property
    def share(self) -> float | None:
        """Share of questions that repeat an earlier one."""
        return self.repeated / self.questions if self.questions else None


@dataclass(frozen=True)
class Kpi:
    """A target: what it counts, and how much of the whole fulfils it; no ``part`` if it could not be measured."""

    name: str
    definition: str
    part: float | None
    whole: int

    @property
    def share(self) -> float | None:
        """Share of the whole; None where there is none."""
        return self.part / self.whole if self.whole and self.part is not None else None


@dataclass(frozen=True)
class Metrics:
    """All figures of a period; None for those that could not be measured."""

    days: int
    funnel: Funnel | None
    sessions: Sessions | None
    repeats: Repeats | None
