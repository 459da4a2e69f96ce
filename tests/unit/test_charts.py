"""Charts by day in their extreme states: no day, one, nothing but zeros, negative and huge values."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from askchopper.schemas.analytics import Analytics, Figures, Period
from askchopper.schemas.view_models import analytics, charts

FIRST = date(2026, 11, 1)


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
    assert lines["Sales by opened page"] == ("25%", "-")
    assert lines["Average listen"] == ("0:05", "-")
    assert lines["Earned"] == ("240", "0")
