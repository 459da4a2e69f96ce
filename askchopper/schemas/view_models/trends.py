"""View models of trends: lines with sparklines."""

from dataclasses import dataclass

from askchopper import routes
from askchopper.musical_key import MusicalKey
from askchopper.schemas.trends import TrendLine, Trends

CHART_WIDTH, CHART_HEIGHT = 64, 24
_BAR, _GAP = 10, 3
_MULTIPLE = 2  # from a change of +200% on, a factor is easier to read
TITLES = {
    "genre": "Genres", "key": "Keys", "tempo": "Tempos", "kind": "Types of sounds", "creator": "Creators", "search": "Searches",
}  # fmt: skip


@dataclass(frozen=True)
class TrendRow:
    """A trend: label, link, the change as text, and the bars of five weeks as SVG paths."""

    label: str
    href: str
    change: str
    is_rising: bool
    before: str
    now: str
    spoken: str


@dataclass(frozen=True)
class TrendGroup:
    """The lines of one dimension."""

    name: str
    title: str
    rows: list[TrendRow]


def groups(trends: Trends) -> list[TrendGroup]:
    """Format the dimensions that have lines."""
    return [
        TrendGroup(name, title, [_row(name, line, trends.genre) for line in trends.dimensions[name]])
        for name, title in TITLES.items()
        if trends.dimensions.get(name)
    ]


def change_words(line: TrendLine) -> str:
    """Describe the change: ``+40%``, ``4x`` from three times as much on, "as before", or "new" without earlier activity."""
    if line.change is None:
        return "new"
    if line.change >= _MULTIPLE:
        return f"{line.change + 1:.0f}x"
    return f"{line.change:+.0%}" if abs(line.change) >= 0.005 else "as before"


def link(dimension: str, value: str, genre: str = "") -> str:
    """Return the URL of a page with the trend's sounds; empty if there is none."""
    name, _, wanted = value.partition(":") if dimension == "search" else (dimension, "", value)
    filters = {"genre": genre} if genre and name != "genre" else {}
    if name == "genre":
        return routes.genre(wanted)
    if name == "key" and MusicalKey.parse(wanted):
        return routes.browse(**filters, key=wanted, view="list")
    if name == "tempo":
        return routes.browse(**filters, bpm_min=wanted, bpm_max=str(int(wanted) + 9), view="list")
    return routes.browse(**filters, kind=wanted, view="list") if name == "kind" else ""


def _row(dimension: str, line: TrendLine, genre: str) -> TrendRow:
    highest = max(*line.weeks, 1)
    bars = [
        f"M{place * (_BAR + _GAP)} {CHART_HEIGHT}v-{max(1.0, week / highest * CHART_HEIGHT):.1f}h{_BAR}V{CHART_HEIGHT}z"
        for place, week in enumerate(line.weeks)
    ]
    return TrendRow(
        label=line.label, href=link(dimension, line.value, genre), change=change_words(line), is_rising=line.is_rising,
        before=" ".join(bars[:-1]), now=bars[-1], spoken=f"Activity of five weeks: {', '.join(f'{week:,}' for week in line.weeks)}",
    )  # fmt: skip
