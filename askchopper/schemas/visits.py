"""The origin of a pack event: the client that sent the request, and the referring page."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from askchopper import routes
from askchopper.analytics_vocabulary import TrafficSource
from askchopper.errors import InvalidInputError
from askchopper.schemas import search_filters, search_labels

_TERM_CHARACTERS = 60
# E-mail addresses, URLs and phone numbers. Creators can read search terms, so these must contain no personal data or advertisements.
_PERSONAL = re.compile(r"@|\(at\)|://|www\.|[a-z0-9-]\.[a-z]{2,}|\d[\d ()/+-]{4,}\d")
_DATE = re.compile(r"\b20\d\d-?[01]\d(?:-?[0-3]\d)?\b")  # names of campaigns often contain one
_SOURCES = {
    "": TrafficSource.HOME,
    "chat": TrafficSource.CHAT,
    "feed": TrafficSource.FEED,
    "notifications": TrafficSource.FEED,
    "collection": TrafficSource.COLLECTION,
    "collections": TrafficSource.COLLECTION,
    "likes": TrafficSource.COLLECTION,
    "creator": TrafficSource.CREATOR,
    "genre": TrafficSource.BROWSE,
    "tag": TrafficSource.BROWSE,
    "trends": TrafficSource.LEARN,
    "learn": TrafficSource.LEARN,
    "artist": TrafficSource.LEARN,
    "library": TrafficSource.LIBRARY,
    "embed": TrafficSource.EMBED,
}


@dataclass(frozen=True)
class Origin:
    """The part of the product that led to an event, with the search term or the campaign of the link."""

    source: TrafficSource = TrafficSource.UNKNOWN
    term: str = ""


@dataclass(frozen=True)
class Visit:
    """The client of a request, for analytics. It is hashed before anything is stored.

    Args:
        address: network address of the client.
        user_agent: user agent of the browser.
        user_id: id of a signed-in member.
        page: path and query of the page.
        via: path and query of the page before it, or the address of the site that linked to it.
    """

    address: str
    user_agent: str
    user_id: uuid.UUID | None = None
    page: str = ""
    via: str = ""


def origin(visit: Visit, *, pack_slug: str = "") -> Origin:
    """Return the origin of an event on a page.

    On a pack's own page, that is the origin of the page view; other packs shown there count as "similar packs".
    """
    page = _parse(visit.page if visit.page.isprintable() else "")
    if page is None or not page.path:
        return Origin()
    query = dict(parse_qsl(page.query))
    if query.get("utm_source"):
        return _campaign(query)
    parts = page.path.strip("/").split("/")
    if parts[0] != "pack":
        return _listed(parts[0], query)
    if pack_slug and parts[-1] != pack_slug:
        return Origin(TrafficSource.SIMILAR)
    return _before(visit.via)


def page_slug(page: str) -> str:
    """Return the pack's slug in the URL of its page; empty for other URLs."""
    parsed = _parse(page) if page.isprintable() else None
    parts = parsed.path.strip("/").split("/") if parsed else [""]
    return parts[1] if parts[0] == "pack" and len(parts) > 1 else ""


def _campaign(query: Mapping[str, str]) -> Origin:
    """Return the origin for UTM parameters: those of our share links, or those that a creator added to a link."""
    said = [" ".join(query.get(f"utm_{name}", "").split()).lower()[:40] for name in ("source", "medium", "campaign")]
    words = " / ".join(one for one in said if one)[:_TERM_CHARACTERS]
    if said[0] == "askchopper":
        source = TrafficSource.EMBED if said[1] == "embed" else TrafficSource.SHARE
        return Origin(source, said[1])
    return Origin(TrafficSource.OTHER_SITE, "" if _PERSONAL.search(_DATE.sub("", words)) else words)


def _before(via: str) -> Origin:
    if not via:
        return Origin(TrafficSource.DIRECT)
    before = _parse(via if via.isprintable() else "")
    if before is None or before.netloc:
        return Origin(TrafficSource.OTHER_SITE)
    parts = before.path.strip("/").split("/")
    return Origin(TrafficSource.SIMILAR) if parts[0] == "pack" else _listed(parts[0], dict(parse_qsl(before.query)))


def _listed(place: str, query: Mapping[str, str]) -> Origin:
    if f"/{place}" != routes.BROWSE:
        return Origin(_SOURCES.get(place, TrafficSource.UNKNOWN))
    if query.get(routes.FROM) == routes.FROM_SPOTIFY:
        return Origin(TrafficSource.SPOTIFY)
    try:
        return _searched(search_filters.parse({name: value[:200] for name, value in query.items()}))
    except InvalidInputError:
        return Origin(TrafficSource.SEARCH)


def _searched(filters: search_filters.Filters) -> Origin:
    if filters.like or filters.fits:
        return Origin(TrafficSource.SIMILAR)
    words = search_labels.heading(filters).replace("“", "").replace("”", "").lower()
    if words == "browse":
        return Origin(TrafficSource.BROWSE)
    if _PERSONAL.search(words):
        return Origin(TrafficSource.SEARCH)
    return Origin(TrafficSource.SEARCH, words[:_TERM_CHARACTERS])


def _parse(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None
