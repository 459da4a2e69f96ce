"""A creator's figures of a period and of the period before it."""

import uuid
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Figures:
    """Plays, sales and earnings. Refunds count on their own day, so sales and earnings of a day may be negative."""

    plays: int = 0
    sales: int = 0
    earned_tokens: int = 0

    @property
    def conversion(self) -> float | None:
        """Sales per play; None without plays."""
        return self.sales / self.plays if self.plays else None

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(self.plays + other.plays, self.sales + other.sales, self.earned_tokens + other.earned_tokens)


@dataclass(frozen=True)
class StudioStatistics:
    """Figures by day, oldest first, their sum, the sum of as many days before, and the sums by pack."""

    days: tuple[tuple[date, Figures], ...]
    total: Figures
    before: Figures
    packs: dict[uuid.UUID, Figures]
