"""A member's taste profile and recommendations, for pages and the API."""

from dataclasses import dataclass, field
from datetime import datetime

from askchopper.schemas.catalogue import PackCard
from askchopper.taste_vocabulary import TasteChoice, TasteFacet


@dataclass(frozen=True)
class TasteValue:
    """One value of a facet.

    Args:
        value: value as stored: a genre's slug, a key's name, a tempo in BPM, a creator's id.
        label: value as people read it.
        share: part of the facet's positive weight, from 0 to 1.
        liking: preference from -1 to 1, with the correction.
        because: summary of the events it was computed from, such as "9 plays, 2 purchases".
        choice: the member's correction.
        slug: slug of a creator.
    """

    facet: TasteFacet
    value: str
    label: str
    share: float
    liking: float
    because: str
    choice: TasteChoice | None = None
    slug: str = ""


@dataclass(frozen=True)
class Reason:
    """Why a pack suits the member: a sentence without a full stop."""

    pack_id: str
    why: str


@dataclass(frozen=True)
class Looking:
    """A record that an administrator read the profile."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Taste:
    """A member's taste profile.

    Args:
        values: by facet, most liked first; loudness and brightness have none.
        tempo: density of tempi from 0 to 1 on a logarithmic grid from ``density.LOWEST_BPM`` to ``HIGHEST_BPM``.
        tempo_because: summary of the events that the density was computed from.
        loudness_lufs: mean loudness of liked sounds; None if unknown.
        brightness_hz: mean spectral centroid of liked sounds; None if unknown.
        signals: number of events that the profile was computed from.
        is_known: whether the profile has any computed or corrected value.
        can_undo: whether the last reset or import can be undone.
        looked: records of administrators who read the profile, newest first.
    """

    values: dict[TasteFacet, tuple[TasteValue, ...]]
    tempo: tuple[float, ...]
    tempo_because: str
    loudness_lufs: float | None
    brightness_hz: float | None
    signals: int
    is_known: bool
    can_undo: bool = False
    looked: tuple[Looking, ...] = ()
    half_life_days: float = 30.0


@dataclass(frozen=True)
class Recommended:
    """A recommended pack with the reason."""

    card: PackCard
    why: str
    is_exploration: bool = False


@dataclass(frozen=True)
class ImportReport:
    """Numbers of values and corrections that an import of a taste profile contains, and a message for each entry left out."""

    values: int
    corrections: int
    problems: tuple[str, ...] = field(default=())
