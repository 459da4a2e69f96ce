"""What the studio shows and takes: drafts, their files with the creator's word and the measured one, and what to fix."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from askchopper.vocabulary import DraftFileState, DraftState, FileKind


@dataclass(frozen=True)
class NewUpload:
    """A file that has arrived in the store, on its way into a draft; it keeps its id there and in the shop."""

    id: uuid.UUID
    file_name: str
    size_bytes: int
    sha256: str
    store_key: str
    began_at: datetime


@dataclass(frozen=True)
class RemovedFiles:
    """Sounds that were taken out of a draft, with all that it takes to put them back."""

    draft_id: uuid.UUID
    files: list[dict[str, Any]]
    uploads: list[dict[str, Any]]


@dataclass(frozen=True)
class Measured:
    """What the analyser heard. What it does not know is None; confidences are 0 to 1."""

    kind: FileKind | None
    bpm: float | None
    bpm_confidence: float
    bpm_alternative: float | None
    key: str | None
    key_confidence: float
    key_alternative: str | None
    duration_seconds: float | None
    codec: str | None
    sample_rate_hz: int | None
    channels: int | None
    bit_depth: int | None
    bars: int | None
    loudness_lufs: float | None
    peak_dbfs: float | None
    score: int
    outline: tuple[int, ...]
    has_preview: bool
    stated_bpm: float | None
    stated_key: str | None


@dataclass(frozen=True)
class FindingSummary:
    """Something that is wrong or doubtful; a kept one was seen by the creator and left as it is."""

    code: str
    severity: str
    message: str
    is_kept: bool


@dataclass(frozen=True)
class DraftFileDetail:
    """A sound of a draft. ``bpm`` and ``key`` are what it would be sold with; ``is_*_set`` says that the creator said so.

    ``price_tokens`` is None where the price of all the draft's sounds counts.
    """

    id: uuid.UUID
    file_name: str
    title: str
    size_bytes: int
    state: DraftFileState
    problem: str
    kind: FileKind | None
    bpm: float | None
    is_bpm_set: bool
    key: str | None
    is_key_set: bool
    price_tokens: int | None
    measured: Measured | None
    findings: tuple[FindingSummary, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in {DraftFileState.READY, DraftFileState.FAILED}

    @property
    def blocks(self) -> bool:
        """Whether it keeps the pack from being published."""
        return self.state is not DraftFileState.READY or any(f.severity in _BLOCKING for f in self.findings)


_BLOCKING = {"critical", "fatal"}


@dataclass(frozen=True)
class DraftDetail:
    """A draft as its creator edits it. ``pack_slug`` is None until it was on sale for the first time."""

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
    """A pack in the studio's table."""

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
    plays: int
    earned_tokens: int
    updated_at: datetime
    note: str


@dataclass(frozen=True)
class ReviewItem:
    """A draft in the moderators' queue."""

    id: uuid.UUID
    title: str
    creator: str
    reason: str
    file_count: int
    submitted_at: datetime


@dataclass(frozen=True)
class PublishInput:
    """What the publishing job needs: the draft, who makes it, and where its sounds are."""

    draft: DraftDetail
    creator_name: str
    store_keys: tuple[str, ...]


@dataclass(frozen=True)
class BuiltPack:
    """What the publishing job has made: keys in the store and the outline of the pack's preview."""

    preview_key: str
    preview_peaks: bytes
    preview_seconds: float
    cover_key: str
    cover_hue: int
