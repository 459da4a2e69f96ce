"""Tables of the taste profile: signals, their decayed sums, corrections, recommended packs and their outcomes."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Double, Identity, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.taste_vocabulary import TasteChoice, TasteFacet, TasteSignal


class Signal(SQLModel, table=True):
    """An event that indicates a member's taste.

    It concerns a pack or a sound, or carries ``traits``: objects with ``facet``, ``value``, ``weight`` and, for imported ones, ``kind``
    and ``times``. ``source_id`` is the source row, so that no row is used twice.
    """

    __tablename__ = "taste_signals"
    __table_args__ = (
        one_of("kind", TasteSignal),
        CheckConstraint("(pack_id IS NULL) <> (traits IS NULL)", name="one_subject"),
        Index("ix_taste_signals_user", "user_id", "id"),
        Index("ix_taste_signals_pending", "user_id", postgresql_where=text("NOT is_applied")),
        Index("ix_taste_signals_pack", "user_id", "pack_id", postgresql_where=text("pack_id IS NOT NULL")),
        Index("ix_taste_signals_created_at", "created_at"),
        Index("uq_taste_signals_source", "source_id", "kind", unique=True, postgresql_where=text("source_id IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    kind: str = Field(max_length=20)
    pack_id: uuid.UUID | None = Field(default=None, foreign_key="packs.id", ondelete="CASCADE", index=True)
    file_id: uuid.UUID | None = Field(default=None, foreign_key="audio_files.id", ondelete="CASCADE", index=True)
    traits: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    amount: float = Field(default=1.0, sa_column=Column(Double, nullable=False, server_default="1"))
    source_id: uuid.UUID | None = None
    created_at: datetime = time_field()
    is_applied: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))


class Weight(SQLModel, table=True):
    """Sum of a member's signals of one kind for one value of a facet, at the reference time of ``services.taste.decay``."""

    __tablename__ = "taste_weights"
    __table_args__ = (one_of("facet", TasteFacet), one_of("kind", TasteSignal))

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    facet: str = Field(max_length=20, primary_key=True)
    value: str = Field(max_length=60, primary_key=True)
    kind: str = Field(max_length=20, primary_key=True)
    weight: float = Field(sa_column=Column(Double, nullable=False))
    times: int = Field(sa_column=Column(Integer, nullable=False))
    last_at: datetime = time_field()


class Profile(SQLModel, table=True):
    """A member's computed profile; ranking reads ``preferences``.

    Signals up to ``reset_signal_id`` are ignored. ``undo`` holds the data that the last reset or import removed.
    """

    __tablename__ = "taste_profiles"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    half_life_days: float = Field(sa_column=Column(Double, nullable=False))
    reset_signal_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    preferences: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}")
    )
    undo: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    undo_until: datetime | None = time_field(nullable=True)
    needs_recount: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))
    counted_at: datetime = time_field()
    listed_at: datetime | None = time_field(nullable=True)


class Correction(SQLModel, table=True):
    """A member's correction of one value; it overrides computed values."""

    __tablename__ = "taste_corrections"
    __table_args__ = (one_of("facet", TasteFacet), one_of("choice", TasteChoice))

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    facet: str = Field(max_length=20, primary_key=True)
    value: str = Field(max_length=60, primary_key=True)
    choice: str = Field(max_length=10)
    created_at: datetime = time_field()


class Dismissal(SQLModel, table=True):
    """A pack that must not be recommended to a member."""

    __tablename__ = "taste_dismissals"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", primary_key=True, index=True)
    created_at: datetime = time_field()


class Pick(SQLModel, table=True):
    """A recommended pack of a member, with its rank and the reason as a sentence."""

    __tablename__ = "taste_picks"
    __table_args__ = (Index("ix_taste_picks_position", "user_id", "position"),)

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", primary_key=True, index=True)
    position: int
    why: str = Field(max_length=200)
    is_exploration: bool = False
    shown_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    is_last_shown: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))


class Impression(SQLModel, table=True):
    """A recommended pack that was shown, and when the member later opened, played and bought it."""

    __tablename__ = "recommendation_impressions"
    __table_args__ = (
        Index("ix_recommendation_impressions_pack", "user_id", "pack_id", text("shown_at DESC")),
        Index("ix_recommendation_impressions_shown", "shown_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", index=True)
    shown_at: datetime = time_field()
    opened_at: datetime | None = time_field(nullable=True)
    played_at: datetime | None = time_field(nullable=True)
    bought_at: datetime | None = time_field(nullable=True)


class Inspection(SQLModel, table=True):
    """An administrator's access to a member's profile, and the reason."""

    __tablename__ = "taste_inspections"
    __table_args__ = (Index("ix_taste_inspections_user", "user_id", text("created_at DESC")),)

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    admin_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL", index=True)
    reason: str = Field(max_length=200)
    created_at: datetime = time_field()


class Collection(SQLModel, table=True):
    """The time up to which signals have been collected from a source table."""

    __tablename__ = "taste_collections"

    source: str = Field(max_length=20, primary_key=True)
    collected_until: datetime = time_field()


taste_signals = table_of(Signal)
taste_weights = table_of(Weight)
taste_profiles = table_of(Profile)
taste_corrections = table_of(Correction)
taste_dismissals = table_of(Dismissal)
taste_picks = table_of(Pick)
recommendation_impressions = table_of(Impression)
taste_inspections = table_of(Inspection)
