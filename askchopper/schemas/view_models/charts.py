"""View models of figures: tiles with changes, and a chart by day as coordinates of an inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from askchopper.plurals import counted
from askchopper.schemas.view_models.catalogue import UNKNOWN

WIDTH, HEIGHT = 1000, 160
SPARK_HEIGHT = 24
_MOST_DAY_LABELS = 5


@dataclass(frozen=True)
class Tile:
    """A figure of the period with its change; ``direction`` is ``up``, ``down`` or ``same``."""

    name: str
    label: str
    value: str
    change: str
    direction: str
    line: str


@dataclass(frozen=True)
class ChartDay:
    """A day of the chart: its position in percent of the width, and its hover text."""

    day: str
    value: str
    left: str


@dataclass(frozen=True)
class Chart:
    """One figure by day. ``line`` and ``area`` are points in a space of ``WIDTH`` by ``HEIGHT``."""

    line: str = ""
    area: str = ""
    text: str = ""
    top: str = ""
    middle: str = ""
    days: list[ChartDay] = field(default_factory=list[ChartDay])
    labels: list[ChartDay] = field(default_factory=list[ChartDay])
    compared: str = ""
    is_empty: bool = False


def draw(
    days: Sequence[tuple[date, int]], *, label: str, unit: str, compared: Sequence[int] = (), texts: Sequence[str] = ()
) -> Chart:
    """Draw a figure by day.

    Args:
        days: at least one day with its value, oldest first.
        label: name of the figure.
        unit: unit of a value, in the singular.
        compared: values of a second line, one for each day.
        texts: hover texts of the days; by default, value and unit.
    """
    values = [value for _, value in days]
    high, low = _round_up(max((*values, *compared), default=0)), min(0, *values, *compared, 0)
    line = _points(values, high, low, HEIGHT)
    ground = HEIGHT * high / (high - low)
    said = texts or [counted(value, unit) for value in values]
    marks = [
        ChartDay(f"{day:%-d %b}", text, f"{100 * number / max(1, len(values) - 1):.2f}%")
        for number, ((day, _), text) in enumerate(zip(days, said, strict=True))
    ]
    return Chart(
        line=line if len(values) > 1 else f"0,{ground:g} 0,{HEIGHT * (high - values[0]) / (high - low):g}",
        area=f"0,{ground:g} {line} {WIDTH},{ground:g}" if len(values) > 1 else "",
        text=_spoken(label, unit, days, values),
        top=f"{high:,}",
        middle=f"{high // 2:,}" if high % 2 == 0 else "",
        days=marks,
        labels=[marks[n] for n in _label_days(len(marks))],
        compared=_points(compared, high, low, HEIGHT) if len(compared) > 1 else "",
        is_empty=not any(values),
    )


def tile(name: str, label: str, value: str, change_text: str, values: Sequence[float]) -> Tile:
    """Format a figure of the period with its change and a sparkline of its days."""
    direction = "up" if change_text.endswith("more") else "down" if change_text.endswith("less") else "same"
    line = _points(values, max(values, default=0) or 1, min(0, *values, 0), SPARK_HEIGHT)
    return Tile(name, label, value, change_text, direction, line)


def percent(share: float | None) -> str:
    """Format a share in percent with one decimal, below 1% with two; a dash for None."""
    if share is None:
        return UNKNOWN
    return f"{100 * share:.2f}%" if 0 < share < 0.01 else f"{100 * share:.1f}%".replace(".0%", "%")


def change(now: int, before: int) -> str:
    """Describe the change of a figure: in percent, or as a difference if that is below 10 or there was nothing before."""
    if now == before:
        return "No change"
    word = "more" if now > before else "less"
    if before <= 0 or abs(now - before) < 10:
        return f"{abs(now - before):,} {word}"
    return f"{round(100 * abs(now - before) / before):,}% {word}"


def _points(values: Sequence[float], high: float, low: float, height: int) -> str:
    span, last = (high - low) or 1, max(1, len(values) - 1)
    return " ".join(
        f"{WIDTH * number / last:.1f},{height * (high - value) / span:.1f}" for number, value in enumerate(values)
    )


def _round_up(highest: int) -> int:
    """Return the axis maximum: the smallest of 2, 4, 10, 20, 40, 100 and so on that is not below the highest value."""
    end = 2
    while end < highest:
        end = {"2": 2 * end, "4": end * 5 // 2, "1": 2 * end}[str(end)[0]]
    return end


def _label_days(count: int) -> list[int]:
    steps = min(_MOST_DAY_LABELS, count) - 1
    if steps < 1:
        return list(range(count))
    return [round(number * (count - 1) / steps) for number in range(steps + 1)]


def _spoken(label: str, unit: str, days: Sequence[tuple[date, int]], values: list[int]) -> str:
    span = f"{label} by day from {days[0][0]:%-d %B} to {days[-1][0]:%-d %B}: {counted(sum(values), unit)} in total"
    highest = max(values)
    if highest <= 0:
        return f"{span}."
    return f"{span}, most on {days[values.index(highest)][0]:%-d %B} with {highest:,}."
