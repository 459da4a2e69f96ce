"""View models of the studio's dashboard: tiles, a chart, and open tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askchopper import routes
from askchopper.plurals import counted, noun
from askchopper.schemas.analytics import Analytics, Figures
from askchopper.schemas.drafts import DraftSummary
from askchopper.schemas.view_models import charts
from askchopper.schemas.view_models.charts import Chart, Tile, percent
from askchopper.vocabulary import DraftState


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
    "plays": lambda figures: figures.played,
    "sales": lambda figures: figures.sales,
    "earned": lambda figures: figures.net_tokens,
    "conversion": lambda figures: figures.conversion or 0.0,
}
CHARTS = {"earned": ("Earnings", "token"), "sales": ("Sales", "sale"), "plays": ("Plays", "play")}


def tiles(found: Analytics) -> list[Tile]:
    """Format the totals of the period and their changes."""
    now, before = found.total, found.before
    change = "No change"
    if now.conversion is not None and before.conversion is not None:
        points = round(100 * (now.conversion - before.conversion), 2)
        change = (
            f"{abs(points):g} {noun(abs(points), 'point')} {'more' if points > 0 else 'less'}" if points else change
        )
    return [
        _tile("plays", "Plays", f"{now.played:,}", charts.change(now.played, before.played), found),
        _tile("sales", "Sales", f"{now.sales:,}", charts.change(now.sales, before.sales), found),
        _tile(
            "earned",
            "Earnings",
            f"{now.net_tokens:,}",
            charts.change(now.net_tokens, before.net_tokens),
            found,
        ),
        _tile("conversion", "Conversion", percent(now.conversion), change, found),
    ]


def chart(found: Analytics, name: str) -> Chart:
    """Draw one figure of the period by day."""
    label, unit = CHARTS[name]
    return charts.draw([(day, round(_VALUES[name](figures))) for day, figures in found.by_day], label=label, unit=unit)


def tasks(drafts: Sequence[DraftSummary]) -> list[Task]:
    """List tasks for the creator: refused packs first, packs in review last."""
    found = [task for draft in drafts if (task := _task(draft))]
    return sorted(found, key=lambda task: _TASK_ORDER.index(task.kind))


def _tile(name: str, label: str, value: str, change: str, found: Analytics) -> Tile:
    return charts.tile(name, label, value, change, [_VALUES[name](figures) for _, figures in found.by_day])


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
    """Return kind and sentence of the most urgent task of an editable draft."""
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
    return f"{counted(number, 'sound')} {noun(number, one, many)}."
