"""What lists and pages show of packs, sounds and creators, and the filters that choose them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from askchopper.vocabulary import FileKind, LicenceKind

Item = TypeVar("Item")


@dataclass(frozen=True)
class CreatorRef:
    """A creator as named beside a pack."""

    slug: str
    name: str


@dataclass(frozen=True)
class PackRef:
    """A pack as named beside a sound."""

    slug: str
    title: str


@dataclass(frozen=True)
class PackCard:
    """A pack in a grid or list.

    ``preview_peaks`` holds 0 to 127, one value a bar; empty where a pack has no preview.
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


@dataclass(frozen=True)
class FileRow:
    """A sound in a list; ``owned`` means this viewer may download it."""

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


@dataclass(frozen=True)
class LicenceOfferSummary:
    """A licence on offer for a pack, with what it costs this viewer now."""

    kind: LicenceKind
    title: str
    sentence: str
    price_tokens: int
    missing_price_tokens: int
    missing_files: int


@dataclass(frozen=True)
class PackDetail:
    """Everything on a pack's page."""

    card: PackCard
    description: str
    creator_place: str
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


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list and the cursor of the next one."""

    items: tuple[Item, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Facet:
    """A value of a filter and how many published packs have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class CatalogueTotals:
    """Figures of the whole catalogue for the landing page."""

    files: int
    packs: int
    creators: int
    genres: tuple[Facet, ...] = field(default=())
