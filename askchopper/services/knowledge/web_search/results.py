"""Parses backend results into bounded plain text. All input is untrusted."""

import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import nh3

from askchopper.schemas.text import strip_unstorable
from askchopper.schemas.web_search import WebResult

MAX_RESULTS = 8
MAX_NEWS = 3  # news among them
MAX_TITLE, MAX_TEXT, MAX_URL = 200, 600, 500
_MOST_READ = 20_000  # characters of a field: a longer one costs time before it is cut
_AGO = re.compile(r"(\d{1,3}) (minute|hour|day|week|month|year)s? ago")
_DAYS = {"minute": 0, "hour": 0, "day": 1, "week": 7, "month": 30, "year": 365}
_HOST = re.compile(
    r"(?=.{4,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.[a-z]([a-z0-9-]*[a-z0-9])"
)
_FORMATS = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y")


def parse(payload: Mapping[str, Any], *, today: date | None = None) -> tuple[WebResult, ...]:
    """Return at most ``MAX_RESULTS`` results, one per URL, news last; those without a safe URL or a title are dropped."""
    now = today or datetime.now(UTC).date()
    web = _parsed(payload, "web", now, is_news=False)
    news = _parsed(payload, "news", now, is_news=True)[:MAX_NEWS]
    found = {result.url: result for result in (*web[: MAX_RESULTS - len(news)], *news)}
    return tuple(found.values())


def plain(text: object, *, max_length: int) -> str:
    """Return text without markup, control and direction characters, truncated at a word boundary."""
    if not isinstance(text, str):
        return ""
    # Twice, as "&lt;b&gt;" is markup after a second unescape.
    bare = html.unescape(nh3.clean(html.unescape(text[:_MOST_READ]), tags=set()))
    kept = "".join(" " if unicodedata.category(sign) in {"Cc", "Co", "Cs", "Cn"} else sign for sign in bare)
    line = " ".join("".join(sign for sign in kept if unicodedata.category(sign) != "Cf").split())
    line = cast("str", strip_unstorable(unicodedata.normalize("NFC", line)))
    if len(line) <= max_length:
        return line
    head = line[: max_length - 1]
    return f"{head.rpartition(' ')[0] or head}…"


def safe_url(url: object) -> str:
    """Return an https URL with a host name, without credentials and port; empty for anything else. Encodes parentheses."""
    if not isinstance(url, str) or len(url) > MAX_URL or not url.isprintable() or re.search(r"[\s<>\"'\\`\[\]]", url):
        return ""
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme == "https" and parts.port is None and parts.username is None
    except ValueError:
        return ""
    is_named = _HOST.fullmatch((parts.hostname or "").lower()) is not None
    return (
        url.replace("(", "%28").replace(")", "%29") if is_plain and is_named else ""
    )  # they would end a link in Markdown


def _parsed(payload: Mapping[str, Any], section: str, today: date, *, is_news: bool) -> list[WebResult]:
    part = payload.get(section)
    rows = cast("dict[str, Any]", part).get("results") if isinstance(part, dict) else None
    listed = cast("list[Any]", rows) if isinstance(rows, list) else []
    found = [
        _result(cast("dict[str, Any]", row), today, is_news=is_news) for row in listed[:40] if isinstance(row, dict)
    ]
    return [result for result in found if result is not None]


def _result(row: Mapping[str, Any], today: date, *, is_news: bool) -> WebResult | None:
    url, title = safe_url(row.get("url")), plain(row.get("title"), max_length=MAX_TITLE)
    if not url or not title:
        return None
    text = plain(row.get("description"), max_length=MAX_TEXT)
    site = (urlsplit(url).hostname or "").removeprefix("www.")
    return WebResult(url, title, text or title, site, _date(row.get("page_age"), row.get("age"), today), is_news)


def _date(page_age: object, age: object, today: date) -> date | None:
    """Return a page's date from a timestamp, a written date, or "3 days ago"; None if it is unknown or in the future."""
    found = _stamp(str(page_age or "")[:40]) or _spoken(str(age or "")[:40], today)
    return found if found is not None and found <= today + timedelta(days=1) else None


def _stamp(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _spoken(text: str, today: date) -> date | None:
    if match := _AGO.fullmatch(text.strip()):
        return today - timedelta(days=int(match[1]) * _DAYS[match[2]])
    for form in _FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
