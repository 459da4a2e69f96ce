"""Tables of learning and trends: term examples, learning resources, daily counts and computed trends."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import table_of, time_field


class TermExample(SQLModel, table=True):
    """A sound that matches a term's example rule."""

    __tablename__ = "term_examples"

    term: str = Field(max_length=60, primary_key=True)
    position: int = Field(sa_type=SmallInteger, primary_key=True)
    file_id: uuid.UUID = Field(foreign_key="audio_files.id", ondelete="CASCADE", index=True)


class ResourceCheck(SQLModel, table=True):
    """The latest check of a learning resource's link; ``failures`` counts consecutive ones."""

    __tablename__ = "resource_checks"

    resource: str = Field(max_length=60, primary_key=True)
    status: int | None = Field(default=None, sa_type=SmallInteger)
    failures: int = Field(default=0, sa_type=SmallInteger)
    checked_at: datetime = time_field()


class ResourceMark(SQLModel, table=True):
    """A member's "helpful" mark on a learning resource."""

    __tablename__ = "resource_marks"

    resource: str = Field(max_length=60, primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    created_at: datetime = time_field()


class TrendDay(SQLModel, table=True):
    """Unused: trends come from ``daily_figures``. A contract migration will drop it, since the previous release still writes it."""

    __tablename__ = "trend_days"
    __table_args__ = (Index("ix_trend_days_target", "target_id"),)

    day: date = Field(primary_key=True)
    target_id: uuid.UUID = Field(primary_key=True)
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", index=True)
    plays: int = 0
    downloads: int = 0
    sales: int = 0


class SearchDay(SQLModel, table=True):
    """Daily number of searches with a filter value, such as ``genre`` ``techno``; anonymous."""

    __tablename__ = "search_days"

    day: date = Field(primary_key=True)
    dimension: str = Field(max_length=12, primary_key=True)
    value: str = Field(max_length=40, primary_key=True)
    searches: int = 0


class GenreSearchDay(SQLModel, table=True):
    """Like ``SearchDay`` for other filters of searches within a genre. A separate table, since the previous release writes ``search_days``."""

    __tablename__ = "genre_search_days"

    day: date = Field(primary_key=True)
    genre: str = Field(max_length=40, primary_key=True)
    dimension: str = Field(max_length=12, primary_key=True)
    value: str = Field(max_length=40, primary_key=True)
    searches: int = 0


class TrendSnapshot(SQLModel, table=True):
    """The computed trends of a genre, or of the whole marketplace with an empty slug."""

    __tablename__ = "trend_snapshots"

    genre: str = Field(max_length=40, primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    computed_at: datetime = time_field()


term_examples = table_of(TermExample)
resource_checks = table_of(ResourceCheck)
resource_marks = table_of(ResourceMark)
search_days = table_of(SearchDay)
trend_snapshots = table_of(TrendSnapshot)
