"""Tables of artists: pages written from web sources, and reports."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, table_of, time_field


class ArtistReport(SQLModel, table=True):
    """A member's report of a mistake. The page is hidden while a report is undecided, and after a decision to remove it."""

    __tablename__ = "artist_reports"
    __table_args__ = (
        CheckConstraint("decision IN ('kept', 'removed')", name="decision"),
        Index("uq_artist_reports_member", "slug", "user_id", unique=True),
    )

    id: uuid.UUID = id_field()
    slug: str = Field(max_length=80)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    reason: str = Field(max_length=300)
    decision: str | None = Field(default=None, max_length=10)
    created_at: datetime = time_field()
    decided_at: datetime | None = time_field(nullable=True)


class ArtistPage(SQLModel, table=True):
    """An artist page written from web sources; ``content`` is a ``schemas.artists.Artist``."""

    __tablename__ = "artist_pages"

    slug: str = Field(max_length=80, primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    made_at: datetime = time_field(index=True)


artist_reports = table_of(ArtistReport)
