"""Words for dates in questions about earlier conversations."""

from datetime import UTC, datetime

import pytest

from askchopper.services.memory.dates import find

NOW = datetime(2026, 11, 29, 10, 30, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ("yesterday", (2026, 11, 28), (2026, 11, 29)),
        ("today", (2026, 11, 29), (2026, 11, 30)),
        ("last week", (2026, 11, 16), (2026, 11, 23)),
        ("this week", (2026, 11, 23), (2026, 11, 30)),
        ("last month", (2026, 10, 1), (2026, 11, 1)),
        ("in October", (2026, 10, 1), (2026, 11, 1)),
        ("in December", (2025, 12, 1), (2026, 1, 1)),
        ("in march 2024", (2024, 3, 1), (2024, 4, 1)),
        ("on Monday", (2026, 11, 23), (2026, 11, 24)),
        ("last sunday", (2026, 11, 22), (2026, 11, 23)),
        ("two weeks ago", (2026, 11, 12), (2026, 11, 19)),
        ("3 days ago", (2026, 11, 26), (2026, 11, 27)),
        ("last year", (2025, 1, 1), (2026, 1, 1)),
        ("last November", (2025, 11, 1), (2025, 12, 1)),
        ("this november", (2026, 11, 1), (2026, 12, 1)),
        ("since October", (2026, 10, 1), (2026, 11, 30)),
        ("this sunday", (2026, 11, 29), (2026, 11, 30)),
        ("this weekend", (2026, 11, 28), (2026, 11, 30)),
        ("last weekend", (2026, 11, 21), (2026, 11, 23)),
        ("in 2025", (2025, 1, 1), (2026, 1, 1)),
    ],
)
def test_words_mean_days(said: str, since: tuple[int, int, int], until: tuple[int, int, int]):
    span, rest = find(f"what did we say about drums {said}", NOW)
    assert span == (datetime(*since, tzinfo=UTC), datetime(*until, tzinfo=UTC))
    assert said not in rest


@pytest.mark.parametrize(("day", "which"), [(30, "this"), (30, "last"), (27, "this"), (27, "last"), (28, "last")])
def test_weekend_is_one_that_has_begun(day: int, which: str):
    """On Monday 30 November, the one before; on Friday 27 and Saturday 28, the one of the week before."""
    span, _ = find(f"{which} weekend", NOW.replace(day=day))
    saturday = 28 if day == 30 else 21
    assert span == (datetime(2026, 11, saturday, tzinfo=UTC), datetime(2026, 11, saturday + 2, tzinfo=UTC))


def test_text_without_a_date_is_left_alone():
    assert find("the march of the drums in major", NOW) == (None, "the march of the drums in major")


def test_absurd_numbers_end_in_a_date():
    span, _ = find("999 years ago", NOW)
    assert span is not None
    assert span[0].year > 1900
