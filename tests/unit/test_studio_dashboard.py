"""The studio's dashboard: changes, chart coordinates and open tasks."""

import uuid
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from askchopper.schemas.analytics import Analytics, Figures, Period
from askchopper.schemas.drafts import DraftSummary
from askchopper.schemas.view_models import studio_dashboard
from askchopper.vocabulary import DraftState


def statistics(*days: Figures, before: Figures = Figures()) -> Analytics:  # noqa: B008 - frozen
    first = date(2026, 11, 1)
    dated = tuple((first + timedelta(days=number), figures) for number, figures in enumerate(days))
    return Analytics(UUID(int=1), None, Period(dated[0][0], dated[-1][0], "UTC"), Figures.total(days), before, dated)


def draft(**changes: object) -> DraftSummary:
    values: dict[str, object] = {
        "id": uuid.uuid4(), "title": "Tide", "state": DraftState.DRAFT, "cover_key": "", "file_count": 2, "waiting_count": 0,
        "finding_count": 0, "blocking_count": 0, "pack_slug": None, "is_on_sale": False, "sales": 0,
        "updated_at": datetime.now(UTC), "note": "",
    }  # fmt: skip
    return DraftSummary(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "before", "change", "direction"),
    [(5, 5, "No change", "same"), (7, 5, "2 more", "up"), (0, 3, "3 less", "down"), (90, 0, "90 more", "up"), (150, 100, "50% more", "up")],
)  # fmt: skip
def test_tile_says_how_a_figure_changed(now: int, before: int, change: str, direction: str):
    tile = studio_dashboard.tiles(statistics(Figures(), Figures(played=now), before=Figures(played=before)))[0]
    assert (tile.change, tile.direction) == (change, direction)


def test_conversion_of_no_plays_is_unknown():
    assert studio_dashboard.percent(None) == "-"
    assert [studio_dashboard.percent(share) for share in (0, 0.0033, 0.0123, 0.5, 1)] == [
        "0%", "0.33%", "1.2%", "50%", "100%",
    ]  # fmt: skip
    assert studio_dashboard.tiles(statistics(Figures(), Figures()))[3].value == "-"


def test_chart_spans_its_values_and_says_them():
    chart = studio_dashboard.chart(statistics(*(Figures(gross_tokens=n) for n in (0, 30, -10))), "earned")
    assert (chart.top, chart.middle) == ("40", "20")
    assert chart.line == "0.0,128.0 500.0,32.0 1000.0,160.0"
    assert chart.area.startswith("0,128 ")
    assert (
        chart.text == "Earnings by day from 1 November to 3 November: 20 tokens in total, most on 2 November with 30."
    )
    assert [day.value for day in chart.days] == ["0 tokens", "30 tokens", "-10 tokens"]
    flat = studio_dashboard.chart(statistics(Figures(), Figures()), "sales")
    assert flat.text.endswith("0 sales in total.")


def test_open_tasks_are_ordered_by_urgency():
    drafts = [
        draft(state=DraftState.IN_REVIEW, note="first pack"),
        draft(),
        draft(finding_count=1),
        draft(note="The cover shows a brand."),
        draft(state=DraftState.PUBLISHED),
        draft(waiting_count=2),
        draft(file_count=0),
        draft(is_on_sale=True, pack_slug="tide"),
    ]
    found = studio_dashboard.tasks(drafts)
    assert [task.kind for task in found] == ["refused", "fix", "analysing", "draft", "draft", "draft", "review"]
    assert (found[0].text, found[0].action) == ("The cover shows a brand.", "Fix and resubmit")
    assert found[1].text == "1 sound needs attention."
    assert [task.text for task in found[3:6]] == [
        "2 sounds, not published yet.", "No sounds yet.", "Your changes are not published yet.",
    ]  # fmt: skip
