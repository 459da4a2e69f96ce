"""Tables of the web search: cached results, monthly usage, and the time of the next allowed request."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import table_of, time_field


class WebSearch(SQLModel, table=True):
    """A search, keyed by hash. A row without results or fault is a claim on the request; ``expires_at`` also ends the claim."""

    __tablename__ = "web_searches"
    __table_args__ = (Index("ix_web_searches_expires", "expires_at"),)

    key: str = Field(max_length=64, primary_key=True)
    results: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    fault: str | None = Field(default=None, max_length=20)
    hits: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    expires_at: datetime = time_field()


class WebSearchMonth(SQLModel, table=True):
    """Numbers of requests, cache hits, requests refused by our limits, and failures in a calendar month (UTC)."""

    __tablename__ = "web_search_months"

    month: date = Field(primary_key=True)
    used: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    cache_hits: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    refused: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    failed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class WebSearchGate(SQLModel, table=True):
    """The single row that paces requests of all processes. ``windows`` are the vendor's rate limits from the last response."""

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
