"""Search results: hits, facets, suggestions, recommendations and saved searches."""

import uuid
from dataclasses import dataclass

from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.schemas.search_filters import Filters
from askchopper.vocabulary import FileKind, TempoMatch


@dataclass(frozen=True)
class Match:
    """How to play a sound together with a reference; field names are those of the player.

    Args:
        semitones: transposition to a compatible key; None if a key is unknown.
        stretch: exact ratio of the new tempo to the sound's own, after halving or doubling; None if a tempo is unknown.
        octave: 2 if the sound plays at half the reference's tempo, 0.5 at double, else 1.
        bpm: tempo of the reference; None if unknown.
    """

    semitones: int | None
    stretch: float | None
    octave: float
    bpm: float | None


@dataclass(frozen=True)
class Hit:
    """A matching sound.

    Args:
        row: the sound.
        score: similarity from 0 to 1; None outside similarity searches.
        why: short reasons.
        tempo_match: how its tempo matches the filter; None without a tempo filter.
        semitones: transposition that makes its key fit the reference; None if unknown.
        stretch_percent: change of its tempo that makes it fit the reference, after halving or doubling; None if unknown.
        match: the same values for the player; None outside searches for compatible sounds.
    """

    row: FileRow
    score: float | None = None
    why: tuple[str, ...] = ()
    tempo_match: TempoMatch | None = None
    semitones: int | None = None
    stretch_percent: float | None = None
    match: Match | None = None


@dataclass(frozen=True)
class PackHit:
    """A similar pack with its score from 0 to 1."""

    card: PackCard
    score: float


@dataclass(frozen=True)
class Correction:
    """Unmatched words of a query and their spelling correction."""

    typed: str
    corrected: str


@dataclass(frozen=True)
class Understood:
    """A parsed query: filters, with unrecognised words in ``filters.text``."""

    filters: Filters
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """A page of matching sounds; ``total`` is the number of matches if all were ranked, else None."""

    filters: Filters
    items: tuple[Hit, ...]
    next_cursor: str | None
    correction: Correction | None = None
    notes: tuple[str, ...] = ()
    total: int | None = None


@dataclass(frozen=True)
class FacetValue:
    """A filter value and its number of sounds, a lower bound if ``is_capped``."""

    value: str
    count: int
    is_capped: bool = False


@dataclass(frozen=True)
class Facets:
    """Facet counts, each computed under all other filters.

    ``tempi`` counts sounds per bin of five BPM from 60 to 200.
    """

    total: FacetValue
    genres: tuple[FacetValue, ...] = ()
    kinds: tuple[FacetValue, ...] = ()
    keys: tuple[FacetValue, ...] = ()
    tempi: tuple[FacetValue, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A completion: a word, pack, creator or genre."""

    kind: str
    label: str


@dataclass(frozen=True)
class QuerySoundFacts:
    """Measurements of an uploaded query sound; unknown tempo and key are None."""

    id: uuid.UUID
    name: str
    kind: FileKind
    bpm: float | None
    key: str | None
    note: int | None
    duration_seconds: float


@dataclass(frozen=True)
class Recommendation:
    """Recommended packs and the reason."""

    reason: str
    packs: tuple[PackCard, ...]


@dataclass(frozen=True)
class TrainingReport:
    """Result of training a similarity space: precision at ten on held-out packs before and after, and whether it replaced the old one."""

    sounds: int
    packs: int
    held_out_packs: int
    precision_before: float
    precision_after: float
    is_kept: bool


@dataclass(frozen=True)
class SavedSearch:
    """A saved search; ``query`` is its URL query."""

    id: uuid.UUID
    name: str
    query: dict[str, str]
    new_count: int = 0
