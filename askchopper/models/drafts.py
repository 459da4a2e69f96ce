"""Tables of the studio: drafts and their files. Editing a draft does not change the published pack."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Numeric, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.musical_key import KEY_NAMES
from askchopper.vocabulary import DraftFileState, DraftState, FileKind

_KEYS_SQL = ", ".join(f"'{name}'" for name in KEY_NAMES)


class Draft(SQLModel, table=True):
    """A draft. Its pack gets the same id.

    ``suggested`` holds our suggestions: a field that still equals its suggestion is updated when the sounds change.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        one_of("state", DraftState),
        CheckConstraint("price_tokens BETWEEN 0 AND 2000", name="price_range"),
        CheckConstraint("sound_price_tokens BETWEEN 0 AND 2000", name="sound_price_range"),
        CheckConstraint("broadcast_price_tokens BETWEEN 0 AND 20000", name="broadcast_price_range"),
        Index("ix_drafts_user_newest", "user_id", text("updated_at DESC")),
        Index("ix_drafts_queue", "submitted_at", postgresql_where=text("state = 'in_review'")),
        Index("ix_drafts_discarded", "discarded_at", postgresql_where=text("discarded_at IS NOT NULL")),
        Index("ix_drafts_due", "release_at", postgresql_where=text("state = 'scheduled'")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT")
    state: str = DraftState.DRAFT
    title: str = Field(default="", max_length=80)
    summary: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=4000)
    genre_slug: str = Field(default="", max_length=40)
    tags: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(String(40)), nullable=False, server_default="{}")
    )
    cover_key: str = Field(default="", max_length=100)
    cover_hue: int = Field(default=40, sa_type=SmallInteger)
    price_tokens: int = Field(default=30, sa_type=SmallInteger)
    sound_price_tokens: int = Field(default=5, sa_type=SmallInteger)
    broadcast_price_tokens: int | None = None
    release_at: datetime | None = time_field(nullable=True)
    note: str = Field(default="", max_length=1000)
    suggested: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}")
    )
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    submitted_at: datetime | None = time_field(nullable=True)
    published_at: datetime | None = time_field(nullable=True)
    discarded_at: datetime | None = time_field(nullable=True)


class DraftFile(SQLModel, table=True):
    """A file of a draft with creator-stated values. Measured values are in the analysis of its SHA-256.

    ``is_bpm_set``, ``is_key_set`` and ``is_note_set`` distinguish a stated "none" from no statement.
    """

    __tablename__ = "draft_files"
    __table_args__ = (
        one_of("state", DraftFileState),
        one_of("kind", FileKind),
        CheckConstraint(f"key IN ({_KEYS_SQL})", name="key"),
        CheckConstraint("bpm BETWEEN 20 AND 400", name="bpm_range"),
        CheckConstraint("note BETWEEN 0 AND 127", name="note_range"),
        CheckConstraint("price_tokens BETWEEN 0 AND 2000", name="price_range"),
        UniqueConstraint("draft_id", "sha256"),
        Index("ix_draft_files_order", "draft_id", "position"),
        Index("ix_draft_files_sha256", "sha256"),
    )

    id: uuid.UUID = id_field()
    draft_id: uuid.UUID = Field(foreign_key="drafts.id", ondelete="CASCADE")
    position: int = Field(sa_type=SmallInteger)
    file_name: str = Field(max_length=255)
    title: str = Field(max_length=100)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    store_key: str = Field(max_length=160)
    state: str = DraftFileState.WAITING
    problem: str = Field(default="", max_length=500)
    crc32: int | None = Field(default=None, sa_type=BigInteger)
    kind: str | None = None
    bpm: Decimal | None = Field(default=None, sa_type=Numeric(6, 2))
    is_bpm_set: bool = False
    key: str | None = Field(default=None, max_length=12)
    is_key_set: bool = False
    note: int | None = Field(default=None, sa_type=SmallInteger)
    is_note_set: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    price_tokens: int | None = Field(default=None, sa_type=SmallInteger)
    kept_findings: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(String(40)), nullable=False, server_default="{}")
    )
    created_at: datetime = time_field()
    updated_at: datetime = time_field()


draft_rows = table_of(Draft)
draft_files = table_of(DraftFile)
