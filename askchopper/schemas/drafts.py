"""Drafts and their files, with creator-stated values, measured values and findings."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from askchopper.vocabulary import DraftFileState, DraftState, FileKind


@dataclass(frozen=True)
class NewUpload:
    """An uploaded file in the store, to be added to a draft. It has the same id in the draft and in the catalogue."""

    id: uuid.UUID
    file_name: str
    size_bytes: int
    sha256: str
    store_key: str
    began_at: datetime


@dataclass(frozen=True)
class RemovedFiles:
    """Files removed from a draft, with everything needed to restore them."""

    draft_id: uuid.UUID
    files: list[dict[str, Any]]
    uploads: list[dict[str, Any]]


@dataclass(frozen=True)
class Measured:
    """Measured values. Unknown ones are None; confidences are 0 to 1."""

    kind: FileKind | None
    bpm: float | None
    bpm_confidence: float
    bpm_alternative: float | None
    key: str | None
    key_confidence: float
    key_alternative: str | None
    note: int | None
    note_cents: float | None
    note_confidence: float
    duration_seconds: float | None
    codec: str | None
    sample_rate_hz: int | None
    channels: int | None
    bit_depth: int | None
    bars: int | None
    metre: str | None
    loudness_lufs: float | None
    peak_dbfs: float | None
    score: int
    outline: tuple[int, ...]
    has_preview: bool
    stated_bpm: float | None
    stated_key: str | None
    is_tonal: bool


@dataclass(frozen=True)
class FindingSummary:
    """A finding; ``is_kept`` if the creator dismissed it, which keeps the file as it is."""

    code: str
    severity: str
    message: str
    is_kept: bool


@dataclass(frozen=True)
class DraftFileDetail:
    """A file of a draft. ``bpm``, ``key`` and ``note`` are the values to be published; ``is_*_set`` if the creator stated them.

    ``is_kind_hinted`` if the kind follows from the file's name and not from the measurement.

    ``price_tokens`` is None where the draft's sound price applies.
    """

    id: uuid.UUID
    file_name: str
    title: str
    size_bytes: int
    state: DraftFileState
    problem: str
    kind: FileKind | None
    is_kind_hinted: bool
    bpm: float | None
    is_bpm_set: bool
    key: str | None
    is_key_set: bool
    note: int | None
    is_note_set: bool
    price_tokens: int | None
    measured: Measured | None
    findings: tuple[FindingSummary, ...]

    @property
    def is_done(self) -> bool:
        """Whether processing of the file has finished."""
        return self.state in {DraftFileState.READY, DraftFileState.FAILED}

    @property
    def blocks(self) -> bool:
        """Whether the file prevents publishing."""
        return self.state is not DraftFileState.READY or any(f.severity in _BLOCKING for f in self.findings)


_BLOCKING = {"critical", "fatal"}


@dataclass(frozen=True)
class DraftDetail:
    """A draft for its creator. ``pack_slug`` is None before the first publication."""

    id: uuid.UUID
    user_id: uuid.UUID
    state: DraftState
    title: str
    summary: str
    description: str
    genre_slug: str
    tags: tuple[str, ...]
    cover_key: str
    cover_hue: int
    price_tokens: int
    sound_price_tokens: int
    broadcast_price_tokens: int | None
    release_at: datetime | None
    note: str
    updated_at: datetime
    pack_slug: str | None
    files: tuple[DraftFileDetail, ...]


@dataclass(frozen=True)
class DraftSummary:
    """A pack in the studio's table; ``sales`` counts purchases that were not refunded, free ones included."""

    id: uuid.UUID
    title: str
    state: DraftState
    cover_key: str
    file_count: int
    waiting_count: int
    finding_count: int
    blocking_count: int
    pack_slug: str | None
    is_on_sale: bool
    sales: int
    updated_at: datetime
    note: str


@dataclass(frozen=True)
class ReviewItem:
    """A draft in the moderation queue."""

    id: uuid.UUID
    title: str
    creator: str
    reason: str
    file_count: int
    submitted_at: datetime


@dataclass(frozen=True)
class PublishInput:
    """Input of the publishing job: the draft, its creator's name, and the storage keys of its files."""

    draft: DraftDetail
    creator_name: str
    store_keys: tuple[str, ...]


@dataclass(frozen=True)
class BuiltPack:
    """Output of the publishing job: storage keys and the preview's waveform."""

    preview_key: str
    preview_peaks: bytes
    preview_seconds: float
    cover_key: str
    cover_hue: int
