"""View models of the studio's dashboard: tiles, the chart as coordinates of an inline SVG, and open tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from askchopper import routes
from askchopper.schemas.drafts import DraftSummary
from askchopper.schemas.statistics import Figures, StudioStatistics
from askchopper.schemas.view_models.catalogue import UNKNOWN
from askchopper.vocabulary import DraftState

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
    """A day of the chart: its place in percent of the width, and what it says."""

    day: str
    value: str
    left: str


@dataclass(frozen=True)
class Chart:
    """One figure by day. ``line`` and ``area`` are points in a space of ``WIDTH`` by ``HEIGHT``."""

    line: str
    area: str
    text: str
    top: str
    middle: str
    days: list[ChartDay]
    labels: list[ChartDay]


@dataclass(frozen=True)
class Task:
    """An open task of the creator; ``kind`` is ``refused``, ``fix``, ``draft``, ``analysing`` or ``review``."""

    id: str
    kind: str
    badge: str
    title: str
    text: str
    action: str
    href: str


_VALUES: dict[str, Callable[[Figures], float]] = {
    "plays": lambda figures: figures.plays,
    "sales": lambda figures: figures.sales,
    "earned": lambda figures: figures.earned_tokens,
    "conversion": lambda figures: figures.conversion or 0.0,
}
CHARTS = {"earned": ("Earnings", "token"), "sales": ("Sales", "sale"), "plays": ("Plays", "play")}


def tiles(found: StudioStatistics) -> list[Tile]:
    """Format the totals of the period and their changes."""
    now, before = found.total, found.before
    change = "No change"
    if now.conversion is not None and before.conversion is not None:
        points = round(100 * (now.conversion - before.conversion), 2)
        change = f"{abs(points):g} points {'more' if points > 0 else 'less'}" if points else change
    return [
        _tile("plays", "Plays", f"{now.plays:,}", _change(now.plays, before.plays), found),
        _tile("sales", "Sales", f"{now.sales:,}", _change(now.sales, before.sales), found),
        _tile("earned", "Earnings", f"{now.earned_tokens:,}", _change(now.earned_tokens, before.earned_tokens), found),
        _tile("conversion", "Conversion", percent(now.conversion), change, found),
    ]


def chart(found: StudioStatistics, name: str) -> Chart:
    """Draw one figure of the period by day."""
    label, unit = CHARTS[name]
    values = [round(_VALUES[name](figures)) for _, figures in found.days]
    high, low = _round_up(max(values)), min(0, *values)
    line = _points(values, high, low, HEIGHT)
    ground = HEIGHT * high / (high - low)
    days = [
        ChartDay(f"{day:%-d %b}", counted(value, unit), f"{100 * number / (len(values) - 1):.2f}%")
        for number, ((day, _), value) in enumerate(zip(found.days, values, strict=True))
    ]
    return Chart(
        line=line,
        area=f"0,{ground:g} {line} {WIDTH},{ground:g}",
        text=_spoken(label, unit, found.days, values),
        top=f"{high:,}",
        middle=f"{high // 2:,}" if high % 2 == 0 else "",
        days=days,
        labels=[days[n] for n in _label_days(len(days))],
    )


def tasks(drafts: Sequence[DraftSummary]) -> list[Task]:
    """List what needs the creator's attention: refused packs first, packs in review last."""
    found = [task for draft in drafts if (task := _task(draft))]
    return sorted(found, key=lambda task: _TASK_ORDER.index(task.kind))


def percent(share: float | None) -> str:
    """Format a share; two decimals below 1%."""
    if share is None:
        return UNKNOWN
    return f"{100 * share:.2f}%" if 0 < share < 0.01 else f"{100 * share:.1f}%".replace(".0%", "%")


def counted(number: int, unit: str) -> str:
    """Format a number with its unit."""
    return f"{number:,} {unit if number == 1 else unit + 's'}"


def _tile(name: str, label: str, value: str, change: str, found: StudioStatistics) -> Tile:
    values = [_VALUES[name](figures) for _, figures in found.days]
    direction = "up" if change.endswith("more") else "down" if change.endswith("less") else "same"
    return Tile(name, label, value, change, direction, _points(values, max(values) or 1, min(0, *values), SPARK_HEIGHT))


def _change(now: int, before: int) -> str:
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
    """Return an axis end at or above the highest value, one of 2, 4, 10, 20, 40, 100 and so on."""
    end = 2
    while end < highest:
        end = {"2": 2 * end, "4": end * 5 // 2, "1": 2 * end}[str(end)[0]]
    return end


def _label_days(count: int) -> list[int]:
    steps = min(_MOST_DAY_LABELS, count) - 1
    return [round(number * (count - 1) / steps) for number in range(steps + 1)]


def _spoken(label: str, unit: str, days: Sequence[tuple[date, Figures]], values: list[int]) -> str:
    span = f"{label} by day from {days[0][0]:%-d %B} to {days[-1][0]:%-d %B}: {counted(sum(values), unit)} in total"
    highest = max(values)
    if highest <= 0:
        return f"{span}."
    return f"{span}, most on {days[values.index(highest)][0]:%-d %B} with {highest:,}."


_TASK_ORDER = ("refused", "fix", "analysing", "draft", "review")
_EDITABLE = {
    "refused": ("Needs a change", "Fix and resubmit"),
    "fix": ("To fix", "Listen and fix"),
    "analysing": ("Analysing", "View"),
    "draft": ("Draft", "Continue"),
}


def _task(draft: DraftSummary) -> Task | None:
    href, title = routes.draft(str(draft.id)), draft.title or "Untitled pack"
    if draft.state is DraftState.IN_REVIEW:
        text = "We review first packs by ear, usually within a day. We'll notify you."
        return Task(str(draft.id), "review", "In review", title, text, "View", href)
    if draft.state is not DraftState.DRAFT:
        return None
    kind, text = _open_draft(draft)
    badge, action = _EDITABLE[kind]
    return Task(str(draft.id), kind, badge, title, text, action, href)


def _open_draft(draft: DraftSummary) -> tuple[str, str]:
    """Return the kind of an editable draft's task, and its sentence: the first that applies."""
    unpublished = f"{counted(draft.file_count, 'sound')}, not published yet." if draft.file_count else "No sounds yet."
    cases = (
        (draft.note, "refused", draft.note),
        (draft.blocking_count, "fix", _sounds(draft.blocking_count, "needs a fix", "need a fix")),
        (draft.finding_count, "fix", _sounds(draft.finding_count, "needs attention", "need attention")),
        (draft.waiting_count, "analysing", _sounds(draft.waiting_count, "is being analysed", "are being analysed")),
        (draft.is_on_sale, "draft", "Your changes are not published yet."),
        (True, "draft", unpublished),
    )
    return next((kind, text) for applies, kind, text in cases if applies)


def _sounds(number: int, one: str, many: str) -> str:
    return f"{counted(number, 'sound')} {one if number == 1 else many}."
