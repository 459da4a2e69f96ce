"""Tables of activity: plays, the activity log, notifications, and rate limits."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Identity, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import BigInteger, Column, Field, SQLModel

from askchopper.models.base import id_field, table_of, time_field


class Play(SQLModel, table=True):
    """A play: seconds heard, not the length of the sound."""

    __tablename__ = "plays"
    __table_args__ = (
        CheckConstraint("seconds_heard >= 3", name="long_enough"),
        Index("ix_plays_pack_time", "pack_id", "created_at"),
        Index("ix_plays_time", "created_at"),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL", index=True)
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE")
    file_id: uuid.UUID | None = Field(default=None, foreign_key="audio_files.id", ondelete="CASCADE", index=True)
    seconds_heard: float
    # Whether ``services.pack_events`` has recorded the play; the previous release did not.
    has_event: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = time_field()


class Activity(SQLModel, table=True):
    """An event in the activity log, which other features (rewards, taste, analytics) read."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_user_time", "user_id", text("created_at DESC")),
        Index("ix_activity_time", "created_at", postgresql_using="brin"),  # rows are appended in this order
    )

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, Identity(always=True), primary_key=True),
    )
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    kind: str = Field(max_length=60, index=True)
    facts: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(JSONB, nullable=False, server_default="{}"),
    )
    created_at: datetime = time_field()


class Notification(SQLModel, table=True):
    """A notification of one user. One with ``group_key`` collects several ``actors`` until it is read."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_user_newest", "user_id", text("created_at DESC")),
        Index(
            "ix_notifications_unread",
            "user_id",
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "uq_notifications_group",
            "user_id",
            "group_key",
            unique=True,
            postgresql_where=text("read_at IS NULL AND group_key IS NOT NULL"),
        ),
        Index("ix_notifications_unmailed", "created_at", postgresql_where=text("mailed_at IS NULL")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    kind: str = Field(max_length=60)
    sentence: str = Field(max_length=300)
    link: str = Field(default="", max_length=200)
    created_at: datetime = time_field()
    read_at: datetime | None = time_field(nullable=True)
    mailed_at: datetime | None = time_field(nullable=True)
    group_key: str | None = Field(default=None, max_length=100)
    actors: list[uuid.UUID] = Field(
        default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}")
    )


class RateLimitHit(SQLModel, table=True):
    """A counted request of a rate limit; expired rows are deleted periodically."""

    __tablename__ = "rate_limit_hits"
    __table_args__ = (
        Index("ix_rate_limit_hits_key_time", "key", "hit_at"),
        {"prefixes": ["UNLOGGED"]},
    )

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, Identity(always=True), primary_key=True),
    )
    key: str = Field(max_length=160)
    hit_at: datetime = time_field()
    expires_at: datetime = time_field(index=True)


class RateLimitRefusal(SQLModel, table=True):
    """Number of refused requests per limit and day, for operators."""

    __tablename__ = "rate_limit_refusals"

    limit_name: str = Field(max_length=40, primary_key=True)
    day: date = Field(primary_key=True)
    refused: int = 0


plays = table_of(Play)
activity_rows = table_of(Activity)
notifications = table_of(Notification)
