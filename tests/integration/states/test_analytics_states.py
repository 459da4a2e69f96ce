"""The page of a creator's figures with addresses and zones that somebody made up."""

import pytest

from tests.support.events import tab
from tests.support.factories import make_creator, make_pack

pytestmark = pytest.mark.integration
PATH = "/studio/analytics"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?from=1826-01-01&to=2026-01-01", "Choose days from 2000 to today."),
        ("?from=2020-01-01&to=2026-01-01", "Choose at most one year at a time."),
        ("?from=2026-13-45", "Give dates as year, month and day"),
        ("?days=a", "Choose 7, 30, 90, 365 days, or two dates."),
    ],
)
async def test_impossible_days_get_a_sentence_and_the_last_thirty(db: None, query: str, sentence: str):
    creator = await make_creator()
    await make_pack(creator)
    async with tab(creator) as page:
        seen = await page.send("AnalyticsState.load", PATH, query)
    assert sentence in seen["problem"]
    assert len(seen["report"].chart.days) == 30


async def test_an_unknown_zone_changes_nothing(db: None):
    creator = await make_creator()
    await make_pack(creator)
    async with tab(creator) as page:
        before = (await page.send("AnalyticsState.load", PATH))["report"]
        page.told()
        for zone in ("Mars/Olympus", "x" * 10_000, "\x00", "Europe/Berlin'; DROP TABLE users"):
            assert "report" not in await page.send("AnalyticsState.use_zone", PATH, zone=zone)
            assert page.told() == ""
        after = (await page.send("AnalyticsState.use_zone", PATH, zone="Asia/Tokyo"))["report"]
    assert (before.zone, after.zone) == ("UTC", "Asia/Tokyo")
