"""Trends of the marketplace: plays, downloads and purchases of this week compared with the four weeks before."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class TrendLine:
    """The trend of one value of a dimension, such as a genre.

    Args:
        value: value of the filter; for packs and sounds, the id.
        label: displayed name.
        weeks: weighted activity of five weeks, this one last.
        change: relative change of this week against the average of the four before, 0.5 for +50%; None without earlier activity.
        is_rising: whether activity grew more than chance explains.
    """

    value: str
    label: str
    weeks: tuple[int, ...]
    change: float | None
    is_rising: bool


@dataclass(frozen=True)
class Trends:
    """The trends within a genre, or of the whole marketplace.

    Args:
        genre: slug of the genre; empty for all genres.
        plays: number of plays in each of five weeks, this one last.
        downloads: number of downloads in each of the five weeks.
        sales: number of sales in each of the five weeks.
        dimensions: lines by dimension: ``genre``, ``key``, ``tempo``, ``kind``, ``creator``, ``search``.
        packs: rising packs.
        sounds: rising sounds.
        computed_at: time of the computation; None if there was none yet.
    """

    genre: str = ""
    plays: tuple[int, ...] = (0,) * 5
    downloads: tuple[int, ...] = (0,) * 5
    sales: tuple[int, ...] = (0,) * 5
    dimensions: dict[str, tuple[TrendLine, ...]] = field(default_factory=dict[str, tuple[TrendLine, ...]])
    packs: tuple[TrendLine, ...] = ()
    sounds: tuple[TrendLine, ...] = ()
    computed_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there was too little activity for any trend."""
        return not any(self.dimensions.values()) and not self.packs and not self.sounds
