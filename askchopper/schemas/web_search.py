"""Web search: results, the vendor's rate windows, and failure reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Freshness(StrEnum):
    """How recent results must be."""

    ANY = "any"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class WebSearchFault(StrEnum):
    """Why a search returned no results. The values are stored."""

    OFF = "off"
    QUOTA = "quota"  # ours or the vendor's
    RATE = "rate"  # too many at once
    KEY = "key"
    AWAY = "away"  # does not answer, or with an error
    GARBAGE = "garbage"  # answers with something else, or far too much


@dataclass(frozen=True)
class WebResult:
    """A result: plain text and an https address. ``site`` is the host, ``published_on`` is None if the page has no date."""

    url: str
    title: str
    text: str
    site: str
    published_on: date | None = None
    is_news: bool = False


@dataclass(frozen=True)
class RateWindow:
    """A rate limit reported by the vendor: requests per ``seconds``, requests left, and seconds until the reset."""

    limit: int
    seconds: int
    remaining: int
    reset_seconds: int


@dataclass(frozen=True)
class SearchReply:
    """A backend's reply: raw results, and rate windows if it shows them."""

    payload: Mapping[str, Any]
    windows: tuple[RateWindow, ...] = ()


class WebSearchFailedError(Exception):
    """A backend failed.

    Args:
        fault: kind of failure.
        windows: the rate windows of the response.
        was_sent: whether the vendor may have counted the request.
    """

    def __init__(self, fault: WebSearchFault, *, windows: tuple[RateWindow, ...] = (), was_sent: bool = True) -> None:
        super().__init__(fault.value)
        self.fault, self.windows, self.was_sent = fault, windows, was_sent


@dataclass(frozen=True)
class WebSearchState:
    """The state of the web search in this calendar month (UTC), for administrators.

    ``blocked_by`` is the reason why no request is sent until ``blocked_until``; ``windows`` are the vendor's rate limits from the last
    response.
    """

    backend: str
    is_configured: bool
    used: int
    quota: int
    cache_hits: int
    refused: int
    failed: int
    renewed_at: datetime
    cached: int
    blocked_by: str = ""
    blocked_until: datetime | None = None
    last_fault: str = ""
    last_ok_at: datetime | None = None
    windows: tuple[RateWindow, ...] = ()

    @property
    def left(self) -> int:
        """Requests left in this month."""
        return max(0, self.quota - self.used)
