"""Product metrics for administrators: recommendations, length of visits, and repeated questions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Funnel:
    """Numbers of recommended packs that were shown and, within the window, opened, played and bought."""

    shown: int
    opened: int
    played: int
    bought: int
    members: int


@dataclass(frozen=True)
class Sessions:
    """Visits of members: number, and median, mean and 90th percentile of the length in seconds; None without visits."""

    count: int
    members: int
    median_seconds: float | None
    mean_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True)
class Repeats:
    """Number of questions, and of those that the same member had already asked within the window."""

    questions: int
    repeated: int

    @property
    def share(self) -> float | None:
        """Share of questions that repeat an earlier one; None without questions."""
        return self.repeated / self.questions if self.questions else None


@dataclass(frozen=True)
class Kpi:
    """A product target: its definition, and the ``part`` of the ``whole`` that meets it; ``part`` is None if it could not be measured."""

    name: str
    definition: str
    part: float | None
    whole: int

    @property
    def share(self) -> float | None:
        """The part divided by the whole; None if not measured or the whole is 0."""
        return self.part / self.whole if self.whole and self.part is not None else None


@dataclass(frozen=True)
class Metrics:
    """All figures of a period; None for those that could not be measured."""

    days: int
    funnel: Funnel | None
    sessions: Sessions | None
    repeats: Repeats | None
