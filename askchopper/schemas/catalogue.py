"""Packs, sounds and creators in lists and on their pages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from askchopper.vocabulary import FileKind, LicenceKind

Item = TypeVar("Item")


@dataclass(frozen=True)
class CreatorRef:
    slug: str
    name: str


@dataclass(frozen=True)
class PackRef:
    slug: str
    title: str


@dataclass(frozen=True)
class PackCard:
    """A pack in a grid or list.

    ``preview_peaks`` holds values of 0 to 127; empty without a preview.
    """

    id: str
    slug: str
    title: str
    summary: str
    creator: CreatorRef
    genre: str
    genre_slug: str
    tags: tuple[str, ...]
    price_tokens: int
    file_count: int
    size_bytes: int
    duration_seconds: float
    bpm_min: float | None
    bpm_max: float | None
    keys: tuple[str, ...]
    cover_key: str
    cover_hue: int
    preview_seconds: float
    preview_peaks: tuple[int, ...]
    published_at: datetime | None
    owned: bool
    rating_average: float | None = None  # None below the minimum number of ratings
    rating_count: int = 0
    like_count: int = 0
    liked: bool = False


@dataclass(frozen=True)
class FileRow:
    """A sound in a list; ``owned`` if the viewer may download it. ``note`` is the MIDI number of a one-shot's root note.

    ``tempo_map`` are (start in seconds, BPM) of the sections of a track whose tempo changes.
    """

    id: str
    title: str
    pack: PackRef
    creator: CreatorRef
    cover_key: str
    kind: FileKind
    bpm: float | None
    key: str | None
    duration_seconds: float
    price_tokens: int
    peaks: tuple[int, ...]
    loudness_lufs: float | None
    peak_dbfs: float | None
    format: str
    size_bytes: int
    owned: bool
    like_count: int = 0
    liked: bool = False
    note: int | None = None
    tempo_map: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class LicenceOfferSummary:
    """A licence offer of a pack.

    ``price_tokens`` is the list price. ``missing_price_tokens`` is what this viewer pays for the sounds they do not own yet, and the
    price that a purchase has to state.
    """

    kind: LicenceKind
    title: str
    sentence: str
    price_tokens: int
    missing_price_tokens: int
    missing_files: int


@dataclass(frozen=True)
class PackDetail:
    """The content of a pack's page: card, description, sounds and licence offers."""

    card: PackCard
    description: str
    creator_place: str
    tag_slugs: tuple[str, ...]  # of the card's tags, in their order
    files: tuple[FileRow, ...]
    offers: tuple[LicenceOfferSummary, ...]
    is_own: bool


@dataclass(frozen=True)
class CreatorDetail:
    """A creator's page."""

    slug: str
    name: str
    place: str
    bio: str
    pack_count: int
    file_count: int
    since: datetime
    packs: tuple[PackCard, ...]
    picture_key: str
    links: tuple[str, ...]
    follower_count: int = 0


@dataclass(frozen=True)
class Category:
    """A genre or tag: the interquartile tempo range of its packs in BPM, and slugs and names of related ones."""

    slug: str
    name: str
    tempo: tuple[float, float] | None
    neighbours: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A page of a list and the cursor of the next one."""

    items: tuple[Item, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Facet:
    """A filter value and the number of published packs with it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class CatalogueTotals:
    """Totals of the catalogue for the landing page."""

    files: int
    packs: int
    creators: int
    genres: tuple[Facet, ...] = field(default=())
