"""Tables of the web search: cached results, what was used of each month, and when the next request may be sent."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import table_of, time_field


class WebSearch(SQLModel, table=True):
    """A question, as a hash: claimed while it has neither results nor a fault. ``expires_at`` ends the claim, too."""

    __tablename__ = "web_searches"
    __table_args__ = (Index("ix_web_searches_expires", "expires_at"),)

    key: str = Field(max_length=64, primary_key=True)
    results: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    fault: str | None = Field(default=None, max_length=20)
    hits: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    expires_at: datetime = time_field()


class WebSearchMonth(SQLModel, table=True):
    """Requests, answers from the cache, refusals of ours and failures of a calendar month (UTC)."""

    __tablename__ = "web_search_months"

    month: date = Field(primary_key=True)
    used: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    cache_hits: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    refused: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    failed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class WebSearchGate(SQLModel, table=True):
    """The one row that paces requests of all processes. ``windows`` are the vendor's rate headers of the last response."""

    __tablename__ = "web_search_gate"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, sa_type=SmallInteger, primary_key=True)
    next_request_at: datetime = time_field()
    blocked_by: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    blocked_until: datetime | None = time_field(nullable=True)
    faults: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # in a row
    last_fault: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    last_ok_at: datetime | None = time_field(nullable=True)
    windows: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]")
    )


web_searches = table_of(WebSearch)
