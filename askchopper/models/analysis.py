"""The table of analyses. There is one per distinct file content, shared by all packs that contain it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, REAL, CheckConstraint, Index, LargeBinary, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import one_of, table_of, time_field
from askchopper.vocabulary import FileKind, FindingStatus


class Analysis(SQLModel, table=True):
    """The analysis of the content with this SHA-256 by an analyser ``version``. Unknown values are null, never 0.

    ``findings`` is a list of objects with ``code``, ``severity`` and ``message``; ``hints`` come from name and tags.
    """

    __tablename__ = "analyses"
    __table_args__ = (
        one_of("status", FindingStatus),
        one_of("kind", FileKind),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_range"),
        CheckConstraint("bpm BETWEEN 20 AND 400", name="bpm_range"),
        CheckConstraint("note BETWEEN 0 AND 127", name="note_range"),
        CheckConstraint("length(outline) IN (0, 800)", name="outline_length"),
        Index("ix_analyses_version", "version"),
        Index("ix_analyses_alike", "kind", "duration_seconds"),  # for the near-duplicate check
    )

    sha256: str = Field(max_length=64, primary_key=True)
    version: int = Field(sa_type=SmallInteger)
    status: str
    score: int = Field(sa_type=SmallInteger)
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    hints: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    kind: str | None = None
    bpm: Decimal | None = Field(default=None, sa_type=Numeric(6, 2))
    bpm_confidence: float | None = Field(default=None, sa_type=REAL)
    bpm_alternative: Decimal | None = Field(default=None, sa_type=Numeric(6, 2))
    # Sections as [start in seconds, BPM]; empty where the tempo is steady.
    tempo_map: list[list[float]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )
    key: str | None = Field(default=None, max_length=12)
    key_confidence: float | None = Field(default=None, sa_type=REAL)
    key_alternative: str | None = Field(default=None, max_length=12)
    note: int | None = Field(default=None, sa_type=SmallInteger)  # MIDI number of the root of a one-shot
    note_cents: float | None = Field(default=None, sa_type=REAL)
    note_confidence: float | None = Field(default=None, sa_type=REAL)
    bars: int | None = Field(default=None, sa_type=SmallInteger)
    beats: int | None = Field(default=None, sa_type=SmallInteger)
    container: str | None = Field(default=None, max_length=12)
    codec: str | None = Field(default=None, max_length=20)
    duration_seconds: float | None = None
    sample_rate_hz: int | None = None
    channels: int | None = Field(default=None, sa_type=SmallInteger)
    bit_depth: int | None = Field(default=None, sa_type=SmallInteger)
    bits_per_second: int | None = None
    is_lossless: bool | None = None
    peak_dbfs: float | None = Field(default=None, sa_type=REAL)
    true_peak_dbtp: float | None = Field(default=None, sa_type=REAL)
    loudness_lufs: float | None = Field(default=None, sa_type=REAL)
    treble_wall_hz: float | None = Field(default=None, sa_type=REAL)
    outline: bytes = Field(default=b"", sa_type=LargeBinary)
    embedding: list[float] | None = Field(default=None, sa_column=Column(ARRAY(REAL), nullable=True))
    embedding_version: int | None = Field(default=None, sa_type=SmallInteger)
    preview_key: str = Field(default="", max_length=160)
    opus_key: str = Field(default="", max_length=160)
    cpu_seconds: float = Field(default=0.0, sa_type=REAL)
    analysed_at: datetime = time_field()


analyses = table_of(Analysis)
