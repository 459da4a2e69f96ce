"""Breakdowns of whole weeks are read from their sums, and say what their days say."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from askchopper.analytics_vocabulary import Dimension
from askchopper.database import read_only, transaction
from askchopper.services import pack_events
from askchopper.services.analytics import figures, rollup
from tests.support.factories import MadePack, make_creator, make_pack

pytestmark = pytest.mark.integration
TODAY = datetime.now(UTC).date()
SUMMED = text("SELECT count(*), sum(played) FROM weekly_breakdowns WHERE subject_id = :pack AND dimension = 'source'")


@pytest.fixture(autouse=True)
def _forget(db: None):
    pack_events.forget()


async def play_daily(pack: MadePack, *, days: range) -> None:
    """A day ago one play, two days ago two, and so on, from changing sources."""
    async with transaction() as session:
        await session.execute(
            text("""
                INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, source, country)
                SELECT now() - make_interval(days => day), 'played', ARRAY[CAST(:pack AS uuid)], (ARRAY['search', 'browse'])[1 + day % 2], 'DE'
                FROM unnest(CAST(:days AS integer[])) day, generate_series(1, day)
            """),
            {"pack": pack.id, "days": list(days)},
        )
    await rollup.run()


async def plays_of(pack: MadePack, first: int, last: int) -> dict[str, int]:
    """Return plays by source from a number of days ago to another one."""
    span = {"first": str(TODAY - timedelta(days=first)), "last": str(TODAY - timedelta(days=last))}
    async with read_only() as session:
        found = await figures.read(session, pack.creator, pack_slug=pack.slug, **span)
    plays = {one.value: one.figures.played for one in found.parts[Dimension.SOURCE]}
    assert sum(plays.values()) == found.total.played
    return plays


def expected(first: int, last: int) -> dict[str, int]:
    sums = {"browse": 0, "search": 0}
    for day in range(last, first + 1):
        sums["browse" if day % 2 else "search"] += day
    return {source: plays for source, plays in sums.items() if plays}


async def test_weeks_say_what_their_days_say():
    pack = await make_pack(await make_creator())
    await play_daily(pack, days=range(60))
    periods = [(first, last) for first in range(0, 45, 4) for last in range(0, first + 1, 3)]
    for is_summed in (False, True):
        for first, last in periods:
            assert await plays_of(pack, first, last) == expected(first, last), (is_summed, first, last)
        await rollup.sum_weeks()


async def test_sums_stay_when_weeks_are_summed_again_and_take_late_events():
    pack = await make_pack(await make_creator())
    await play_daily(pack, days=range(30))
    found = set()
    for _ in range(2):
        await rollup.sum_weeks()
        async with read_only() as session:
            found.add(tuple((await session.execute(SUMMED, {"pack": pack.id})).one()))
    [(rows, plays)] = found
    assert rows >= 6  # three weeks or more, of two sources
    await play_daily(pack, days=range(20, 21))
    await play_daily(pack, days=range(40, 41))  # before everything that was summed up
    async with read_only() as session:
        assert (await session.execute(SUMMED, {"pack": pack.id})).one().sum == plays + 20 + 40
    assert sum((await plays_of(pack, 45, 0)).values()) == sum(range(30)) + 20 + 40


async def test_days_whose_terms_may_still_be_shortened_are_not_summed():
    pack = await make_pack(await make_creator())
    await play_daily(pack, days=range(1, 4))
    await rollup.sum_weeks()
    async with read_only() as session:
        assert (await session.execute(SUMMED, {"pack": pack.id})).one().count == 0
