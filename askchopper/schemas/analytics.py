"""Analytics: where an event came from, and the figures that creators read."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import parse_qsl, urlsplit

from askchopper import routes
from askchopper.analytics_vocabulary import Dimension, TrafficSource
from askchopper.errors import InvalidInputError
from askchopper.schemas import search_filters, search_labels

_TERM_CHARACTERS = 60
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
    """The part of the product that led to an event, and the words that were searched for."""

    source: TrafficSource = TrafficSource.UNKNOWN
    term: str = ""


@dataclass(frozen=True)
class Visit:
    """The client of a request, as far as figures need it. It is hashed before anything is stored.

    Args:
        address: of the client.
        user_agent: of the browser.
        user_id: of a signed-in member.
        page: path and query of the page.
        via: path and query of the page before it, or the address of the site that linked to it.
    """

    address: str
    user_agent: str
    user_id: uuid.UUID | None = None
    page: str = ""
    via: str = ""


def origin(visit: Visit, *, pack_slug: str = "") -> Origin:
    """Return what led to an event on a page.

    On a pack's own page that is what led to the page; packs that it shows besides are similar ones.
    """
    page = _parse(visit.page if visit.page.isprintable() else "")
    if page is None or not page.path:
        return Origin()
    query = dict(parse_qsl(page.query))
    if query.get("utm_source") == "askchopper":
        return Origin(TrafficSource.EMBED if query.get("utm_medium") == "embed" else TrafficSource.SHARE)
    parts = page.path.strip("/").split("/")
    if parts[0] != "pack":
        return _listed(parts[0], query)
    if pack_slug and parts[-1] != pack_slug:
        return Origin(TrafficSource.SIMILAR)
    return _before(visit.via)


def page_slug(page: str) -> str:
    """Return the pack whose page an address is; empty for other pages."""
    parsed = _parse(page) if page.isprintable() else None
    parts = parsed.path.strip("/").split("/") if parsed else [""]
    return parts[1] if parts[0] == "pack" and len(parts) > 1 else ""


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
        filters = search_filters.parse({name: value[:200] for name, value in query.items()})
    except InvalidInputError:
        return Origin(TrafficSource.SEARCH)
    if filters.like or filters.fits:
        return Origin(TrafficSource.SIMILAR)
    words = search_labels.heading(filters).replace("“", "").replace("”", "").lower()
    if words == "browse":
        return Origin(TrafficSource.BROWSE)
    if "@" in words:  # somebody's address is nobody's business
        return Origin(TrafficSource.SEARCH)
    return Origin(TrafficSource.SEARCH, words[:_TERM_CHARACTERS])


def _parse(address: str):  # noqa: ANN202 - SplitResult, or None for what is no address
    try:
        return urlsplit(address)
    except ValueError:
        return None


@dataclass(frozen=True)
class Figures:
    """Sums of a period. ``net_tokens`` is what the creator earned: sales less refunds less the platform's part."""

    shown: int = 0
    opened: int = 0
    played: int = 0
    liked: int = 0
    collected: int = 0
    bought: int = 0
    downloaded: int = 0
    refunded: int = 0
    completed: int = 0
    listeners: int = 0
    seconds: float = 0.0
    gross_tokens: int = 0
    fee_tokens: int = 0
    refunded_tokens: int = 0

    @property
    def net_tokens(self) -> int:
        """Tokens earned."""
        return self.gross_tokens - self.refunded_tokens - self.fee_tokens

    @property
    def average_seconds(self) -> float | None:
        """Mean length of a play; None without plays."""
        return self.seconds / self.played if self.played else None

    @property
    def completion(self) -> float | None:
        """Share of plays that were heard to the end; None without plays."""
        return self.completed / self.played if self.played else None

    @property
    def conversion(self) -> float | None:
        """Sales per play; None without plays."""
        return self.bought / self.played if self.played else None

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Part:
    """The figures of one value of a dimension, such as a country."""

    value: str
    figures: Figures


@dataclass(frozen=True)
class PackFigures:
    """The figures of one pack of the creator."""

    slug: str
    title: str
    figures: Figures


@dataclass(frozen=True)
class SoundStops:
    """Where listeners stopped a sound or, without ``file_id``, the pack's preview: a share of all for each fiftieth."""

    file_id: str
    title: str
    length_seconds: float
    plays: int
    parts: tuple[float, ...]


@dataclass(frozen=True)
class Period:
    """Days of a creator's time zone, both ends included, and the same number of days before."""

    first: date
    last: date
    zone: str

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Analytics:
    """A creator's or a pack's figures in a period.

    Args:
        period: of all figures.
        total: sums of the period.
        before: sums of as many days before it.
        by_day: oldest first, every day of the period.
        parts: by dimension, largest first.
        packs: of the creator, most earned first; empty for one pack.
        near_terms: search terms that showed the packs, and nobody opened or played one.
        counted_at: time of the last event that is counted.
    """

    period: Period
    total: Figures
    before: Figures
    by_day: tuple[tuple[date, Figures], ...]
    parts: Mapping[Dimension, tuple[Part, ...]] = field(default_factory=dict)
    packs: tuple[PackFigures, ...] = ()
    near_terms: tuple[Part, ...] = ()
    counted_at: datetime | None = None
