"""The page of a creator's figures with addresses and zones that somebody made up."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.services.analytics import figures, rollup
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


async def test_a_zone_that_was_chosen_is_not_changed_by_the_browser(db: None):
    creator = await make_creator()
    pack = await make_pack(creator)
    moment = datetime.now(UTC).replace(hour=23, minute=30, second=0, microsecond=0) - timedelta(days=2)
    async with transaction() as session:
        await session.execute(
            text(
                "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids) VALUES (:at, 'played', ARRAY[CAST(:pack AS uuid)])"
            ),
            {"at": moment, "pack": pack.id},
        )
    days = f"?from={moment.date()}&to={moment.date() + timedelta(days=1)}&chart=plays"
    async with tab(creator) as page:
        await page.send("AnalyticsState.load", PATH, days)
        page.told()
        await page.send("AnalyticsState.choose_zone", PATH, days, form={"zone": "Mars/Olympus"})
        assert "This time zone is unknown" in page.told()
        shown = (await page.send("AnalyticsState.choose_zone", PATH, days, form={"zone": "Europe/Berlin"}))["report"]
        assert (shown.zone, [day.value for day in shown.chart.days]) == ("Europe/Berlin", ["0 plays", "1 play"])
        assert "Days are counted in Europe/Berlin." in page.told()
        shown = (await page.send("AnalyticsState.choose_zone", PATH, days, form={"zone": "UTC"}))["report"]
        assert (shown.zone, [day.value for day in shown.chart.days]) == ("Etc/UTC", ["1 play", "0 plays"])
        await page.send("AnalyticsState.load", PATH, days)
        assert "resolvedOptions" not in page.told()
        await page.send("AnalyticsState.use_zone", PATH, days, zone="Asia/Tokyo")
    async with read_only() as session:
        assert (await figures.read(session, creator)).period.zone == "Etc/UTC"


async def test_a_zone_is_not_changed_during_a_rollup(db: None):
    creator = await make_creator()
    await make_pack(creator)
    async with tab(creator) as page:
        await page.send("AnalyticsState.load", PATH)
        page.told()
        async with transaction() as session:
            await session.execute(rollup._LOCK)
            await page.send("AnalyticsState.choose_zone", PATH, form={"zone": "Asia/Tokyo"})
        assert "Figures are being counted right now." in page.told()
    async with read_only() as session:
        assert (await figures.read(session, creator)).period.zone == "UTC"
