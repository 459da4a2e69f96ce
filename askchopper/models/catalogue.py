"""Tables of the catalogue: creators, packs, audio files, tags, genres and licence offers."""

import uuid
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    REAL,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    column,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.moderation_vocabulary import ChosenTrust
from askchopper.musical_key import KEY_NAMES
from askchopper.vocabulary import Certainty, FileKind, LicenceKind, PackStatus

_KEYS_SQL = ", ".join(f"'{name}'" for name in KEY_NAMES)
_IS_PUBLISHED = text("status = 'published'")
_IS_VISIBLE = text("published_at IS NOT NULL")


class Creator(SQLModel, table=True):
    """A creator's public profile."""

    __tablename__ = "creators"
    __table_args__ = (
        Index(
            "ix_creators_name_prefix",
            func.lower(column("display_name")).label("folded"),
            postgresql_ops={"folded": "text_pattern_ops"},
        ),
        one_of("trust", ChosenTrust),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT", unique=True)
    slug: str = Field(max_length=60, unique=True)
    display_name: str = Field(max_length=60)
    place: str = Field(default="", max_length=60)
    bio: str = Field(default="", max_length=1000)
    banner_key: str = Field(default="", max_length=100, sa_column_kwargs={"server_default": ""})
    featured: list[uuid.UUID] = Field(
        default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}")
    )
    follower_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    is_flagged: bool = Field(
        default=False, sa_column_kwargs={"server_default": "false"}
    )  # replaced by ``trust``; no longer read
    trust: str | None = None  # the level that a moderator chose
    # IANA name of the time zone in which the days of the creator's figures begin.
    time_zone: str = Field(default="UTC", max_length=40, sa_column_kwargs={"server_default": "UTC"})
    figures_mailed_at: datetime | None = time_field(nullable=True)
    created_at: datetime = time_field()


class CreatorSlug(SQLModel, table=True):
    """A former slug of a creator, which redirects to the current one."""

    __tablename__ = "creator_slugs"

    slug: str = Field(max_length=60, primary_key=True)
    creator_id: uuid.UUID = Field(foreign_key="creators.id", ondelete="CASCADE", index=True)
    created_at: datetime = time_field()


class Genre(SQLModel, table=True):
    """A genre that packs can be assigned to."""

    __tablename__ = "genres"

    slug: str = Field(max_length=40, primary_key=True)
    name: str = Field(max_length=40, unique=True)


class Tag(SQLModel, table=True):
    """A tag: a word that describes packs."""

    __tablename__ = "tags"

    slug: str = Field(max_length=40, primary_key=True)
    name: str = Field(max_length=40)


class Pack(SQLModel, table=True):
    """A product: audio files with a cover, a description and licence offers.

    Totals, ranges and popularity are denormalised for lists; the services that change files or sales keep them current.
    """

    __tablename__ = "packs"
    __table_args__ = (
        one_of("status", PackStatus),
        CheckConstraint("price_tokens BETWEEN 0 AND 2000", name="price_range"),
        CheckConstraint("length(title) BETWEEN 1 AND 80", name="title_length"),
        CheckConstraint(
            "(status = 'published') <= (published_at IS NOT NULL)",
            name="published_has_time",
        ),
        CheckConstraint("bpm_min <= bpm_max", name="bpm_span"),
        Index(
            "ix_packs_newest",
            text("published_at DESC"),
            text("id DESC"),
            postgresql_where=_IS_PUBLISHED,
        ),
        Index(
            "ix_packs_popular",
            text("popularity DESC"),
            text("id DESC"),
            postgresql_where=_IS_PUBLISHED,
        ),
        Index(
            "ix_packs_rating",
            text("rating_score DESC"),
            text("id DESC"),
            postgresql_where=_IS_PUBLISHED,
        ),
        Index("ix_packs_price", "price_tokens", "id", postgresql_where=_IS_PUBLISHED),
        Index("ix_packs_bpm", "bpm_min", "id", postgresql_where=_IS_PUBLISHED),
        Index(
            "ix_packs_duration",
            "duration_seconds",
            "id",
            postgresql_where=_IS_PUBLISHED,
        ),
        Index(
            "ix_packs_genre_newest",
            "genre_slug",
            text("published_at DESC"),
            postgresql_where=_IS_PUBLISHED,
        ),
        Index("ix_packs_id_end", text("right(CAST(id AS varchar), 12)")),  # short links
        Index("ix_packs_keys", "keys", postgresql_using="gin"),
        Index("ix_packs_search", "search", postgresql_using="gin"),
        Index(
            "ix_packs_title_prefix",
            func.lower(column("title")).label("folded"),
            postgresql_ops={"folded": "text_pattern_ops"},
            postgresql_where=_IS_PUBLISHED,
        ),
    )

    id: uuid.UUID = id_field()
    slug: str = Field(max_length=90, unique=True)
    creator_id: uuid.UUID = Field(foreign_key="creators.id", ondelete="RESTRICT", index=True)
    title: str
    summary: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=4000)
    genre_slug: str = Field(foreign_key="genres.slug", ondelete="RESTRICT")
    status: str = PackStatus.DRAFT
    price_tokens: int
    cover_key: str = Field(default="", max_length=100)
    cover_hue: int = Field(default=0, sa_type=SmallInteger)
    preview_key: str = Field(default="", max_length=100)
    preview_peaks: bytes = Field(default=b"", sa_type=LargeBinary)
    preview_seconds: float = 0.0
    file_count: int = 0
    size_bytes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    duration_seconds: float = 0.0
    bpm_min: Decimal | None = Field(default=None, sa_type=Numeric(6, 2))
    bpm_max: Decimal | None = Field(default=None, sa_type=Numeric(6, 2))
    keys: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(String(12)), nullable=False, server_default="{}"),
    )
    kinds: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(String(12)), nullable=False, server_default="{}"),
    )
    popularity: int = 0
    rating_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    rating_sum: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # Numbers of ratings with 1 to 5 stars.
    rating_counts: list[int] = Field(
        default_factory=lambda: [0] * 5,
        sa_column=Column(ARRAY(Integer), nullable=False, server_default="{0,0,0,0,0}"),
    )
    rating_score: float = Field(
        default=0.0, sa_column_kwargs={"server_default": "0"}
    )  # Bayesian average; 0 without ratings
    like_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    search: str | None = Field(default=None, sa_column=Column(TSVECTOR, nullable=True))
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    published_at: datetime | None = time_field(nullable=True)


class PackTag(SQLModel, table=True):
    """A tag on a pack."""

    __tablename__ = "pack_tags"

    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", primary_key=True)
    tag_slug: str = Field(foreign_key="tags.slug", ondelete="RESTRICT", primary_key=True, index=True)


class AudioFile(SQLModel, table=True):
    """A sound of a pack. Unknown tempo and key are null, never 0. A retired sound is visible to its owners only.

    ``published_at``, ``genre_slug`` and ``popularity`` are copies of the pack's values, so that lists of sounds sort without a join.
    """

    __tablename__ = "audio_files"
    __table_args__ = (
        one_of("kind", FileKind),
        CheckConstraint(f"key IN ({_KEYS_SQL})", name="key"),
        CheckConstraint("bpm BETWEEN 20 AND 400", name="bpm_range"),
        CheckConstraint("price_tokens BETWEEN 0 AND 2000", name="price_range"),
        CheckConstraint("note BETWEEN 0 AND 127", name="note_range"),
        CheckConstraint("duration_seconds > 0", name="duration_positive"),
        CheckConstraint("quality BETWEEN 0 AND 100", name="quality_range"),
        one_of("certainty", Certainty),
        CheckConstraint("length(peaks) = 800", name="peaks_length"),
        Index("uq_audio_files_place", "pack_id", "position", unique=True, postgresql_where=text("retired_at IS NULL")),
        Index(
            "ix_audio_files_newest",
            text("published_at DESC"),
            text("id DESC"),
            postgresql_where=_IS_VISIBLE,
        ),
        Index(
            "ix_audio_files_popular",
            text("popularity DESC"),
            text("id DESC"),
            postgresql_where=_IS_VISIBLE,
        ),
        Index(
            "ix_audio_files_note", "note", "id", postgresql_where=text("published_at IS NOT NULL AND note IS NOT NULL")
        ),
        Index("ix_audio_files_price", "price_tokens", "id", postgresql_where=_IS_VISIBLE),
        Index("ix_audio_files_bpm", "bpm", "id", postgresql_where=_IS_VISIBLE),
        Index(
            "ix_audio_files_duration",
            "duration_seconds",
            "id",
            postgresql_where=_IS_VISIBLE,
        ),
        Index(
            "ix_audio_files_facets",
            "genre_slug",
            "key",
            "bpm",
            postgresql_where=_IS_VISIBLE,
        ),
        Index("ix_audio_files_pack_facets", "pack_id", "key", "bpm"),
        Index("ix_audio_files_search", "search", postgresql_using="gin"),
    )

    id: uuid.UUID = id_field()
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="RESTRICT")
    position: int = Field(sa_type=SmallInteger)
    title: str = Field(max_length=100)
    kind: str
    bpm: Decimal | None = Field(default=None, sa_type=Numeric(6, 2))
    key: str | None = Field(default=None, max_length=12)
    note: int | None = Field(default=None, sa_type=SmallInteger)  # MIDI number of the root of a one-shot
    note_cents: float | None = Field(default=None, sa_type=REAL)
    # Sections as [start in seconds, BPM]; empty where the tempo is steady or stated.
    tempo_map: list[list[float]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )
    price_tokens: int
    duration_seconds: float
    format: str = Field(max_length=12)
    bit_depth: int | None = Field(default=None, sa_type=SmallInteger)
    sample_rate_hz: int
    channels: int = Field(sa_type=SmallInteger)
    size_bytes: int
    sha256: str = Field(max_length=64, index=True)
    crc32: int = Field(sa_column=Column(Numeric(10, 0, asdecimal=False), nullable=False))
    damaged_at: datetime | None = time_field(nullable=True)  # its stored file is missing or damaged
    master_key: str = Field(max_length=120)
    preview_key: str = Field(max_length=120)
    peaks: bytes = Field(sa_type=LargeBinary)
    loudness_lufs: float | None = None
    peak_dbfs: float | None = None
    download_name: str = Field(max_length=120)
    genre_slug: str = Field(foreign_key="genres.slug", ondelete="RESTRICT")
    published_at: datetime | None = time_field(nullable=True)
    retired_at: datetime | None = time_field(nullable=True)
    popularity: int = 0
    like_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    quality: int = Field(default=100, sa_column=Column(SmallInteger, nullable=False, server_default="100"))
    certainty: str = Field(default=Certainty.MEASURED, sa_column_kwargs={"server_default": "measured"})
    search: str | None = Field(default=None, sa_column=Column(TSVECTOR, nullable=True))
    created_at: datetime = time_field()


class LicenceText(SQLModel, table=True):
    """A version of a licence text; rows are immutable."""

    __tablename__ = "licence_texts"
    __table_args__ = (one_of("kind", LicenceKind), UniqueConstraint("kind", "version"))

    sha256: str = Field(max_length=64, primary_key=True)
    kind: str
    version: int = Field(sa_type=SmallInteger)
    body: str
    created_at: datetime = time_field()


class LicenceOffer(SQLModel, table=True):
    """A licence offered for a pack, and its price."""

    __tablename__ = "licence_offers"
    __table_args__ = (
        one_of("kind", LicenceKind),
        CheckConstraint("price_tokens BETWEEN 0 AND 20000", name="price_range"),
    )

    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", primary_key=True)
    kind: str = Field(primary_key=True)
    price_tokens: int
    text_sha256: str = Field(foreign_key="licence_texts.sha256", ondelete="RESTRICT", max_length=64)


creators = table_of(Creator)
creator_slugs = table_of(CreatorSlug)
genres = table_of(Genre)
tags = table_of(Tag)
packs = table_of(Pack)
pack_tags = table_of(PackTag)
audio_files = table_of(AudioFile)
licence_offers = table_of(LicenceOffer)
