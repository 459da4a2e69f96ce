"""Charts by day in their extreme states: no day, one, nothing but zeros, negative and huge values."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from uuid import UUID

import pytest

from askchopper import policy
from askchopper.schemas.analytics import Analytics, Figures, Period
from askchopper.schemas.view_models import analytics, charts

FIRST = date(2026, 11, 1)
MOST_BYTES = 60_000  # of the charts on their page


def days(*values: int) -> list[tuple[date, int]]:
    return [(FIRST + timedelta(days=number), value) for number, value in enumerate(values)]


def points(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.split())]


def test_one_day_is_a_line_from_the_ground():
    drawn = charts.draw(days(5), label="Plays", unit="play")
    assert [x for x, _ in points(drawn.line)] == [0, 0]
    (_, ground), (_, top) = points(drawn.line)
    assert top < ground == charts.HEIGHT
    assert (drawn.area, len(drawn.labels), drawn.is_empty) == ("", 1, False)


@pytest.mark.parametrize("count", [1, 2, 30, 366])
def test_nothing_but_zeros_stays_on_the_ground(count: int):
    drawn = charts.draw(days(*[0] * count), label="Plays", unit="play")
    assert {y for _, y in points(drawn.line)} == {charts.HEIGHT}
    assert drawn.is_empty
    assert "0" in drawn.text or "Nothing" in drawn.text or "no" in drawn.text.lower()


@pytest.mark.parametrize("values", [(10**9, 0, 3 * 10**12), (-40, 15, 0), (1,) * 366, (7, 7)])
def test_lines_stay_inside(values: tuple[int, ...]):
    drawn = charts.draw(days(*values), label="Earned", unit="token")
    assert all(0 <= x <= charts.WIDTH and -0.1 <= y <= charts.HEIGHT + 0.1 for x, y in points(drawn.line))
    assert len(drawn.days) == len(values)
    assert 1 <= len(drawn.labels) <= 5
    assert drawn.days[0].left == "0.00%"


def test_charts_of_the_longest_period_are_no_larger_than_a_small_library():
    """All that the page draws is in its data, in place of a library's code: the chart with a compared pack, and the tiles."""
    huge = Figures(played=10**9, bought=10**7, listeners=10**8, gross_tokens=3 * 10**12)
    values = [
        Figures(played=number * 7919 % 10**6, gross_tokens=number * 104_729 % 10**8)
        for number in range(policy.MAX_ANALYTICS_DAYS)
    ]
    by_day = tuple((FIRST + timedelta(days=number), one) for number, one in enumerate(values))
    found = Analytics(UUID(int=1), None, Period(FIRST, by_day[-1][0], "UTC"), huge, huge, by_day)
    drawn = [asdict(analytics.chart(found, "earned", found)), *(asdict(tile) for tile in analytics.tiles(found))]
    assert len(json.dumps(drawn, ensure_ascii=False).encode()) <= MOST_BYTES


def test_pack_is_compared_figure_by_figure():
    period = Period(FIRST, FIRST, "UTC")

    def of(figures: Figures) -> Analytics:
        return Analytics(
            UUID(int=1),
            None,
            period=period,
            total=figures,
            before=Figures(),
            by_day=(),
            parts={},
            packs=(),
            near_terms=(),
            counted_at=None,
        )

    this = of(Figures(shown=1_000, opened=40, played=20, bought=10, seconds=100.0, gross_tokens=300, fee_tokens=60))
    lines = {line.label: (line.this, line.other) for line in analytics.comparison(this, of(Figures()))}
    assert lines["Sales per page view"] == ("25%", "-")
    assert lines["Average listen"] == ("0:05", "-")
    assert lines["Earned"] == ("240", "0")
