"""Tables of administration: feature switches, announcements, edited glossary terms, and failed jobs."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Identity, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.moderation_vocabulary import Switch


class FeatureSwitch(SQLModel, table=True):
    """A feature that an administrator has switched on or off; features without a row are on."""

    __tablename__ = "feature_switches"
    __table_args__ = (one_of("name", Switch),)

    name: str = Field(max_length=30, primary_key=True)
    is_on: bool
    changed_at: datetime = time_field()


class Announcement(SQLModel, table=True):
    """An announcement shown above every page between its start and end."""

    __tablename__ = "announcements"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        Index("ix_announcements_ends_at", "ends_at"),
    )

    id: uuid.UUID = id_field()
    text: str = Field(max_length=300)
    link: str = Field(default="", max_length=200)
    starts_at: datetime = time_field()
    ends_at: datetime = time_field()
    created_at: datetime = time_field()


class GlossaryEdit(SQLModel, table=True):
    """A glossary term added by an administrator, or one that overrides the built-in term of the same slug."""

    __tablename__ = "glossary_edits"

    slug: str = Field(max_length=80, primary_key=True)
    term: str = Field(max_length=60)
    kind: str = Field(max_length=20)
    text: str = Field(max_length=1200)
    aliases: list[str] = Field(sa_type=ARRAY(String(60)))
    related: list[str] = Field(sa_type=ARRAY(String(60)))
    changed_at: datetime = time_field()


class JobFailure(SQLModel, table=True):
    """A job that failed permanently, with the reason. ``retried_at`` is set once an administrator has requeued it."""

    __tablename__ = "job_failures"
    __table_args__ = (
        Index("ix_job_failures_open", text("id DESC"), postgresql_where=text("retried_at IS NULL")),
        Index("ix_job_failures_failed_at", "failed_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    job: str = Field(max_length=60)
    arguments: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str = Field(max_length=500)
    attempts: int
    failed_at: datetime = time_field()
    retried_at: datetime | None = time_field(nullable=True)


feature_switches = table_of(FeatureSwitch)
announcements = table_of(Announcement)
glossary_edits = table_of(GlossaryEdit)
job_failures = table_of(JobFailure)
