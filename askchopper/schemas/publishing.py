"""A pack to be published, with its files, offers and tags."""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from askchopper.vocabulary import Certainty, FileKind, LicenceKind


@dataclass(frozen=True)
class NewFile:
    """A file of a new pack, analysed and stored. Unknown tempo and key are None; the id is generated if missing."""

    title: str
    kind: FileKind
    price_tokens: int
    duration_seconds: float
    format: str
    sample_rate_hz: int
    channels: int
    size_bytes: int
    sha256: str
    crc32: int
    master_key: str
    preview_key: str
    peaks: bytes
    download_name: str
    id: uuid.UUID | None = None
    bit_depth: int | None = None
    bpm: Decimal | None = None
    key: str | None = None
    note: int | None = None
    note_cents: float | None = None
    tempo_map: list[list[float]] = field(default_factory=list[list[float]])
    loudness_lufs: float | None = None
    peak_dbfs: float | None = None
    quality: int = 100
    certainty: Certainty = Certainty.MEASURED


@dataclass(frozen=True)
class NewPack:
    """A new pack. ``offers`` maps licences to prices; that of the standard licence is the listing price."""

    slug: str
    title: str
    genre_slug: str
    price_tokens: int
    files: tuple[NewFile, ...]
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    cover_key: str = ""
    cover_hue: int = 0
    preview_key: str = ""
    preview_peaks: bytes = b""
    preview_seconds: float = 0.0
    offers: dict[LicenceKind, int] = field(default_factory=dict[LicenceKind, int])
