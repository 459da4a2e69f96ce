"""Trends: windows, minimum counts, genres, and the cost of reading them."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.models.analytics import PackEventInbox
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.trends import Trends
from askchopper.services.analytics import rollup
from askchopper.services.knowledge import trends
from askchopper.services.search import search_counts
from tests.support.factories import MadePack, make_creator, make_pack

NOW = datetime.now(UTC)


async def played(pack: MadePack, count: int, *, days_ago: int, file: int = 0) -> None:
    async with transaction() as session:
        for _ in range(count):
            session.add(PackEventInbox(
                kind="played", pack_ids=[pack.id], file_id=pack.file_ids[file], seconds=5, happened_at=NOW - timedelta(days=days_ago),
            ))  # fmt: skip


async def found(genre: str = "") -> Trends:
    await rollup.run()
    await trends.refresh()
    async with read_only() as session:
        return await trends.catalogue_trends(session, genre=genre)


async def test_nothing_is_known_before_the_first_run(db: None):
    async with read_only() as session:
        seen = await trends.catalogue_trends(session)
    assert seen.is_empty
    assert seen.computed_at is None


async def test_three_plays_are_no_trend(db: None):
    await played(await make_pack(), 3, days_ago=1)
    seen = await found()
    assert seen.is_empty
    assert seen.plays == (0, 0, 0, 0, 3)


async def test_more_plays_than_before_are_a_trend(db: None):
    techno, house = await make_pack(genre_slug="techno"), await make_pack(genre_slug="house")
    for week in range(1, 5):
        await played(techno, 10, days_ago=7 * week + 1)
        await played(house, 30, days_ago=7 * week + 1)
    await played(techno, 40, days_ago=1)
    await played(house, 30, days_ago=1)
    seen = await found()
    lines = {line.value: line for line in seen.dimensions["genre"]}
    assert lines["techno"].weeks == (10, 10, 10, 10, 40)
    assert lines["techno"].change == pytest.approx(3.0)
    assert lines["techno"].is_rising
    assert not lines["house"].is_rising
    assert [line.value for line in seen.packs] == [str(techno.id)]
    assert [line.value for line in seen.sounds] == [techno.file_ids[0]]
    assert {line.label for line in seen.dimensions["key"]} == {"A minor"}
    assert {line.label for line in seen.dimensions["tempo"]} == {"120-129 BPM"}


async def test_genre_counts_only_its_own(db: None):
    await played(await make_pack(genre_slug="techno"), 40, days_ago=1)
    await played(await make_pack(genre_slug="house"), 60, days_ago=1)
    assert (await found("Techno")).plays[-1] == 40
    assert (await found("ambient")).is_empty


async def test_withdrawn_packs_disappear(db: None):
    pack = await make_pack()
    await played(pack, 40, days_ago=1)
    async with transaction() as session:
        await session.execute(text("UPDATE packs SET status = 'withdrawn' WHERE id = :id"), {"id": pack.id})
    assert (await found()).is_empty


async def test_refunded_sales_do_not_count(db: None):
    pack = await make_pack()
    async with transaction() as session:
        for kind in ("bought", "bought", "refunded"):
            session.add(PackEventInbox(kind=kind, pack_ids=[pack.id], gross_tokens=30))
    assert (await found()).sales == (0, 0, 0, 0, 1)


async def test_refunds_of_earlier_sales_are_no_negative_activity(db: None):
    pack = await make_pack()
    await played(pack, 40, days_ago=1)
    await played(pack, 1, days_ago=10)
    async with transaction() as session:
        for _ in range(9):
            session.add(PackEventInbox(kind="refunded", pack_ids=[pack.id], happened_at=NOW - timedelta(days=10)))
    seen = await found()
    assert seen.sales == (0, 0, 0, 0, 0)
    assert [line.value for line in seen.packs] == [str(pack.id)]


async def test_unknown_genre_is_refused(db: None):
    async with read_only() as session:
        for genre in ("polka", "x" * 5_000, "テクノ"):
            with pytest.raises(InvalidInputError, match="no genre called"):
                await trends.catalogue_trends(session, genre=genre)


async def test_reading_costs_at_most_four_primary_key_reads(db: None):
    pack = await make_pack(await make_creator())
    await played(pack, 200, days_ago=1)
    await found()

    async def fastest(work) -> float:
        times = []
        for _ in range(30):
            start = time.perf_counter()
            await work()
            times.append(time.perf_counter() - start)
        return min(times)

    async with read_only() as session:
        by_key = await fastest(lambda: session.execute(text("SELECT * FROM packs WHERE id = :id"), {"id": pack.id}))
        page = await fastest(lambda: trends.catalogue_trends(session))
    assert page <= 4 * by_key


async def test_searches_are_counted_by_their_filters(db: None):
    key = MusicalKey.parse("A minor")
    search_counts._Collected.written_at = time.monotonic()  # no write of its own
    for _ in range(30):
        search_counts.record(Filters(genre="techno", key=key, bpm_min=126, bpm_max=134))
    search_counts.record(Filters(text="secret words", bpm_min=20, bpm_max=400))
    await search_counts.write()
    lines = (await found()).dimensions["search"]
    assert {line.label for line in lines} == {"Techno", "A minor", "130-139 BPM"}
    assert {line.weeks[-1] for line in lines} == {30}
    within = (await found("techno")).dimensions["search"]
    assert {line.label for line in within} == {"A minor", "130-139 BPM"}
    assert (await found("house")).dimensions["search"] == ()
