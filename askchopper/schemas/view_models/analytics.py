"""View models of a creator's figures: tiles, the funnel, tables with bars, the map, and the positions where listeners stop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from askchopper import routes
from askchopper.analytics_vocabulary import AudienceTrait, Dimension, PackEventKind
from askchopper.genres import GENRES
from askchopper.plurals import counted
from askchopper.schemas import countries
from askchopper.schemas.analytics import Analytics, Figures, PackFigures, Part, SoundStops
from askchopper.schemas.view_models import charts
from askchopper.schemas.view_models.catalogue import UNKNOWN, clock
from askchopper.schemas.view_models.charts import Chart, Tile, percent

WAVE_BARS, WAVE_HEIGHT = 100, 40
_STEPS = {
    PackEventKind.SHOWN: "Shown in a list",
    PackEventKind.OPENED: "Page opened",
    PackEventKind.PLAYED: "Played",
    PackEventKind.LIKED: "Liked",
    PackEventKind.COLLECTED: "Added to a collection",
    PackEventKind.BOUGHT: "Bought",
    PackEventKind.DOWNLOADED: "Downloaded",
    PackEventKind.REFUNDED: "Refunded",
}
CHARTS: dict[str, tuple[str, str, Callable[[Figures], int]]] = {
    "earned": ("Earned", "token", lambda found: found.net_tokens),
    "sales": ("Sales", "sale", lambda found: found.sales),
    "plays": ("Plays", "play", lambda found: found.played),
    "listeners": ("Listeners", "listener", lambda found: found.listeners),
    "shown": ("Shown", "view", lambda found: found.shown),
}


@dataclass(frozen=True)
class Step:
    """A step of the funnel: ``width`` is that of its bar in percent, ``change`` compares with the period before."""

    name: str
    label: str
    value: str
    share: str
    change: str
    width: str


@dataclass(frozen=True)
class Line:
    """A figure with a label."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class PartRow:
    """A row of a breakdown; for a country also its position and size on the map."""

    id: str
    label: str
    shown: str
    played: str
    bought: str
    earned: str
    downloaded: str
    width: str
    left: str = ""
    top: str = ""
    size: str = ""


@dataclass(frozen=True)
class PackRow:
    """A row of the table of packs."""

    slug: str
    title: str
    href: str
    shown: str
    played: str
    bought: str
    earned: str
    conversion: str


@dataclass(frozen=True)
class StopRow:
    """A sound's waveform with the stop curve above it, as SVG paths in a space of ``WAVE_BARS`` by ``WAVE_HEIGHT``."""

    id: str
    title: str
    detail: str
    wave: str
    heat: str
    text: str


@dataclass(frozen=True)
class Group:
    """An audience group; ``width`` is its bar in percent of the largest group."""

    trait: str
    label: str
    value: str
    width: str


@dataclass(frozen=True)
class Compared:
    """A figure of a pack beside the same figure of another pack."""

    label: str
    this: str
    other: str


@dataclass(frozen=True)
class Report:
    """The content of the analytics page for a period.

    Args:
        title: title of the pack, or of the page.
        slug: slug of the pack; empty for all packs.
        period: first and last day in words.
        compared: what changes compare with, such as "than the 30 days before".
        query: URL of the CSV export, without the table's name.
        other_title: title of the pack that is compared with; empty if none is.
        others: slug and title of packs that can be compared with.
        has_map: whether at least one country is known.
    """

    title: str = ""
    slug: str = ""
    period: str = ""
    compared: str = ""
    zone: str = "UTC"
    counted: str = ""
    first: str = ""
    last: str = ""
    query: str = ""
    tiles: list[Tile] = field(default_factory=list[Tile])
    chart: Chart = field(default_factory=Chart)
    other_title: str = ""
    others: list[list[str]] = field(default_factory=list[list[str]])
    comparison: list[Compared] = field(default_factory=list[Compared])
    funnel: list[Step] = field(default_factory=list[Step])
    revenue: list[Line] = field(default_factory=list[Line])
    listening: list[Line] = field(default_factory=list[Line])
    countries: list[PartRow] = field(default_factory=list[PartRow])
    has_map: bool = False
    devices: list[PartRow] = field(default_factory=list[PartRow])
    sources: list[PartRow] = field(default_factory=list[PartRow])
    terms: list[PartRow] = field(default_factory=list[PartRow])
    near_terms: list[PartRow] = field(default_factory=list[PartRow])
    campaigns: list[PartRow] = field(default_factory=list[PartRow])
    packs: list[PackRow] = field(default_factory=list[PackRow])
    stops: list[StopRow] = field(default_factory=list[StopRow])
    prices: str = ""
    groups: list[Group] = field(default_factory=list[Group])
    advice: list[str] = field(default_factory=list[str])


def days(found: Analytics, *, title: str, slug: str, query: str) -> Report:
    """Format the period, and the figures that need no other data."""
    period = found.period
    countries_found = part_rows(found.parts[Dimension.COUNTRY], Dimension.COUNTRY)
    return Report(
        title=title,
        slug=slug,
        period=f"{period.first:%-d %b %Y} to {period.last:%-d %b %Y}",
        compared=f"than the {period.days} days before" if period.days > 1 else "than the day before",
        zone=period.zone,
        counted=f"{found.counted_at:%-d %b, %H:%M} UTC" if found.counted_at else "",
        first=str(period.first),
        last=str(period.last),
        query=query,
        tiles=tiles(found),
        funnel=funnel(found),
        listening=listening(found),
        countries=countries_found,
        has_map=any(row.left for row in countries_found),
        devices=part_rows(found.parts[Dimension.DEVICE], Dimension.DEVICE),
        sources=part_rows(found.parts[Dimension.SOURCE], Dimension.SOURCE),
        terms=part_rows(found.led_terms, Dimension.TERM),
        near_terms=near_rows(found.near_terms),
        campaigns=part_rows(found.parts[Dimension.CAMPAIGN], Dimension.CAMPAIGN),
        packs=pack_rows(found.packs),
        prices=prices(found.parts[Dimension.PRICE]),
    )


def tiles(found: Analytics) -> list[Tile]:
    """Format the key figures of the period with their changes."""
    now, before, days = found.total, found.before, [figures for _, figures in found.by_day]
    return [
        charts.tile("earned", "Earned", f"{now.net_tokens:,}", charts.change(now.net_tokens, before.net_tokens), [one.net_tokens for one in days]),
        charts.tile("sales", "Sales", f"{now.sales:,}", charts.change(now.sales, before.sales), [one.sales for one in days]),
        charts.tile("plays", "Plays", f"{now.played:,}", charts.change(now.played, before.played), [one.played for one in days]),
        charts.tile("listeners", "Listeners", f"{now.listeners:,}", charts.change(now.listeners, before.listeners), [one.listeners for one in days]),
    ]  # fmt: skip


def chart(found: Analytics, name: str, compared: Analytics | None = None) -> Chart:
    """Draw one figure by day, beside that of another pack if given."""
    label, unit, value = CHARTS[name]
    days = [(day, value(figures)) for day, figures in found.by_day]
    others = [value(figures) for _, figures in compared.by_day] if compared else []
    return charts.draw(days, label=label, unit=unit, compared=others)


def comparison(found: Analytics, other: Analytics) -> list[Compared]:
    """List the figures of two packs side by side."""

    def line(label: str, value: Callable[[Figures], str]) -> Compared:
        return Compared(label, value(found.total), value(other.total))

    return [
        *(line(label, lambda one, kind=kind: f"{getattr(one, kind):,}") for kind, label in _STEPS.items()),
        line("Sales per page view", lambda one: percent(one.bought / one.opened) if one.opened else UNKNOWN),
        line("Average listen", lambda one: UNKNOWN if one.average_seconds is None else clock(one.average_seconds)),
        line("Earned", lambda one: f"{one.net_tokens:,}"),
    ]


def funnel(found: Analytics) -> list[Step]:
    """List the funnel steps from impressions to refunds.

    Each has its share of the last impression, opening, play or purchase step before it; empty for the first step and above 100%.
    """
    values = {kind: int(getattr(found.total, kind)) for kind in _STEPS}
    highest = max(1, *values.values())
    steps: list[Step] = []
    before: int | None = None
    for kind, label in _STEPS.items():
        value = values[kind]
        share = (
            "" if before is None or not before or value > before else f"{percent(value / before)} of the previous step"
        )
        change = charts.change(value, int(getattr(found.before, kind)))
        steps.append(Step(kind, label, f"{value:,}", share, change, f"{100 * max(0, value) / highest:.1f}%"))
        if kind in {PackEventKind.SHOWN, PackEventKind.OPENED, PackEventKind.PLAYED, PackEventKind.BOUGHT}:
            before = value
    return steps


def revenue(found: Analytics) -> list[Line]:
    """List sales, refunds, fee and earnings of the period as in the ledger, and pending and paid-out tokens of all time."""
    total, sums = found.total, found.outstanding
    return [
        Line("Sales", f"{total.gross_tokens:,}", "Total price of all sales"),
        Line("Refunds", f"{-total.refunded_tokens:,}", "Returned to buyers"),
        Line("Platform fee", f"{-total.fee_tokens:,}", "After refunds"),
        Line("Earned", f"{total.net_tokens:,}", "As in your earnings"),
        Line("Pending", f"{sums.pending_tokens:,}", "All time, still refundable"),
        Line("Paid out", f"{sums.paid_out_tokens:,}", "All time"),
    ]


def listening(found: Analytics) -> list[Line]:
    """List the listening times and completion rates."""
    total = found.total
    average = UNKNOWN if total.average_seconds is None else clock(total.average_seconds)
    return [
        Line("Listening time", _hours(total.seconds)),
        Line("Average play", average),
        Line("Heard to the end", percent(total.completion)),
        Line("Plays that led to a sale", percent(total.conversion)),
    ]


def part_rows(parts: Sequence[Part], dimension: Dimension) -> list[PartRow]:
    """Format the rows of a breakdown by one dimension."""
    weigh = _WEIGHTS.get(dimension, lambda found: found.played + found.opened)
    highest = max((weigh(one.figures) for one in parts), default=0) or 1
    return [_part_row(one, dimension, weigh(one.figures) / highest) for one in parts]


def near_rows(parts: Sequence[Part]) -> list[PartRow]:
    """Format search terms that showed a pack without any opening or play."""
    highest = max((one.figures.shown for one in parts), default=0) or 1
    return [_part_row(one, Dimension.TERM, one.figures.shown / highest) for one in parts]


def pack_rows(packs: Sequence[PackFigures]) -> list[PackRow]:
    """Format the packs, in their given order."""
    return [
        PackRow(
            one.slug, one.title, routes.pack_analytics(one.slug), f"{one.figures.shown:,}", f"{one.figures.played:,}",
            f"{one.figures.sales:,}", f"{one.figures.net_tokens:,}", percent(one.figures.conversion),
        )
        for one in packs
    ]  # fmt: skip


def prices(parts: Sequence[Part]) -> str:
    """Describe the number of sales at each price: "Sold 31 at 45, 12 at 60"; empty with fewer than two prices."""
    sold = sorted(
        (int(one.value), one.figures.sales) for one in parts if one.value.isdecimal() and one.figures.sales > 0
    )
    if len(sold) < 2:
        return ""
    words = (f"{count:,} at {counted(price, 'token')}" if price else f"{count:,} for free" for price, count in sold)
    return f"Sold {', '.join(words)}."


def stop_rows(stops: Sequence[SoundStops]) -> list[StopRow]:
    """Draw the stop curve of each sound that was stopped at least once."""
    return [_stop_row(one) for one in stops if any(one.parts)]


def audience(groups: Mapping[AudienceTrait, Sequence[tuple[str, int]]]) -> list[Group]:
    """List up to six audience groups for each trait, in their given order: largest first."""
    return [
        Group(trait, _AUDIENCE[trait](value), counted(members, "member"), f"{100 * members / found[0][1]:.0f}%")
        for trait, found in groups.items()
        for value, members in found[:6]
    ]


_AUDIENCE: dict[AudienceTrait, Callable[[str], str]] = {
    AudienceTrait.GENRE: lambda value: GENRES.get(value, value),
    AudienceTrait.TEMPO: lambda value: f"{value} to {int(value) + 9} BPM",
    AudienceTrait.KEY: lambda value: value,
}
_WEIGHTS: dict[Dimension, Callable[[Figures], int]] = {
    Dimension.COUNTRY: lambda found: found.played + found.downloaded,
    Dimension.PRICE: lambda found: found.bought,
}
_UNKNOWN_LABELS = {
    Dimension.COUNTRY: "Unknown",
    Dimension.DEVICE: "Unknown",
    Dimension.SOURCE: "Unknown",
}


def _part_row(one: Part, dimension: Dimension, share: float) -> PartRow:
    found, place = one.figures, countries.find(one.value) if dimension is Dimension.COUNTRY else None
    label = countries.name(one.value) if place else one.value or _UNKNOWN_LABELS.get(dimension, "Others")
    if dimension in {Dimension.SOURCE, Dimension.DEVICE}:
        label = label.capitalize()
    return PartRow(
        one.value or "-", label, f"{found.shown:,}", f"{found.played:,}", f"{found.sales:,}", f"{found.net_tokens:,}",
        f"{found.downloaded:,}", f"{100 * max(0.0, share):.1f}%", left=f"{place.left}%" if place else "", top=f"{place.top}%" if place else "",
        size=f"{6 + round(22 * max(0.0, share) ** 0.5)}px",
    )  # fmt: skip


def _stop_row(one: SoundStops) -> StopRow:
    step = max(1, len(one.peaks) // WAVE_BARS)
    levels = [max(one.peaks[at : at + step]) / 127 for at in range(0, len(one.peaks), step)][:WAVE_BARS]
    middle = WAVE_HEIGHT / 2
    wave = "".join(
        f"M{number + 0.5:g} {middle - middle * level:.1f}V{middle + middle * level:.1f}"
        for number, level in enumerate(levels)
    )
    highest, width = max(one.parts), WAVE_BARS / len(one.parts)
    points = " ".join(
        f"{(number + 0.5) * width:g},{WAVE_HEIGHT - WAVE_HEIGHT * share / highest:.1f}"
        for number, share in enumerate(one.parts)
    )
    at = one.parts.index(highest) * one.length_seconds / len(one.parts)
    text = f"Most listeners who stop do so at {clock(at)} ({percent(highest)})."
    return StopRow(
        one.file_id or "preview",
        one.title if one.file_id else f"{one.title} (preview)",
        counted(one.plays, "play") if one.file_id else counted(one.stopped, "stop"),
        wave,
        points,
        text,
    )


def _hours(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours:,} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"
