"""Faults that analytics had: inputs of attackers, upgrades, and gaps in what runs every night."""

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from askchopper.analytics_vocabulary import Dimension, TrafficSource
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, UnavailableError
from askchopper.services import activity, pack_events
from askchopper.services.analytics import periods, rollup
from askchopper.services.community import likes
from askchopper.services.purchases import checkout
from tests.support.analytics import buy, part, play, read, visit
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _forget(db: None):
    pack_events.forget()


async def test_one_address_cannot_fill_the_inbox():
    pack = await make_pack(await make_creator())
    for number in range(60):
        tracks = (*(str(uuid.uuid4()) for _ in range(199)), pack.file_ids[0])
        await pack_events.record_shown(visit(page=f"/browse?q={number}"), tracks=tracks)
    await pack_events.write()
    async with read_only() as session:
        waiting = (await session.execute(text("SELECT count(*) FROM pack_event_inbox"))).scalar_one()
    assert waiting == 20


async def shown_lists(count: int, packs: list[str]) -> None:
    async with transaction() as session:
        await session.execute(
            text(
                "INSERT INTO pack_event_inbox (kind, pack_ids, visitor) SELECT 'shown', CAST(:packs AS uuid[]), n FROM generate_series(1, :count) n"
            ),
            {"packs": packs, "count": count},
        )


async def test_a_batch_is_bounded_by_the_packs_of_its_lists():
    pack = await make_pack(await make_creator())
    await shown_lists(30, [str(pack.id)] * 10)
    assert await rollup.run_batch(100, packs=45) == 5
    assert await rollup.run_batch(100, packs=1) == 1
    assert await rollup.run_batch(7, packs=1_000) == 7


async def test_a_batch_that_fails_is_tried_again_in_parts(monkeypatch):
    pack = await make_pack(await make_creator())
    await shown_lists(12, [str(pack.id)])
    run_batch = rollup.run_batch

    async def fails_when_large(limit: int, **values: int) -> int:
        if limit > 200:
            raise UnavailableError("Too long.")
        return await run_batch(limit, **values)

    monkeypatch.setattr(rollup, "run_batch", fails_when_large)
    assert await rollup.run() == 12


async def test_an_id_that_only_python_knows_loses_nobodys_views():
    pack = await make_pack(await make_creator())
    await pack_events.record_shown(
        visit(address="8.8.4.4"), tracks=(f"urn:uuid:{uuid.uuid4()}", "{" + str(uuid.uuid4()) + "}")
    )
    await pack_events.record_shown(visit(), tracks=(pack.file_ids[0],))
    assert (await read(pack.creator)).total.shown == 1


async def test_a_zone_that_only_python_knows_is_refused_and_stops_nothing(as_owner):
    creator = await make_creator()
    pack = await make_pack(creator)
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await periods.set_zone(session, creator, zone="localtime")
    as_owner(f"UPDATE creators SET time_zone = 'Mars/Olympus' WHERE user_id = '{creator.user_id}'")
    await play(pack, None, visit())
    assert await rollup.run() == 1


async def test_a_like_from_before_that_is_taken_back_before_it_is_copied_is_none(as_owner):
    creator, fan, other = await make_creator(), await make_user(), await make_user()
    pack = await make_pack(creator)
    for member in (fan, other):
        async with transaction() as session:
            await likes.like(session, member, pack=pack.slug)
    as_owner(
        "DELETE FROM pack_event_inbox",  # as if there had been no trigger
        "INSERT INTO pack_event_backfills (source, until) VALUES ('likes', now() + interval '1 second')",
    )
    async with transaction() as session:
        await likes.unlike(session, fan, pack=pack.slug)
    assert (await read(creator)).total.liked == 1
    async with transaction() as session:
        await likes.unlike(session, other, pack=pack.slug)
    assert (await read(creator)).total.liked == 0


async def test_rows_from_before_are_copied_in_slices(monkeypatch, as_owner):
    creator = await make_creator()
    pack = await make_pack(creator)
    for _ in range(7):
        async with transaction() as session:
            await activity.record_play(session, None, file_id=pack.file_ids[0], seconds=7.5)
    await play(pack, None, visit())  # recorded by this release, and not copied
    as_owner("INSERT INTO pack_event_backfills (source, until) VALUES ('plays', now())")
    monkeypatch.setattr(rollup, "_BACKFILL_ROWS", 3)
    total = (await read(creator)).total
    assert (total.played, total.completed) == (8, 8)


async def test_partitions_that_were_not_made_in_time_take_over_their_events(as_owner):
    creator = await make_creator()
    pack = await make_pack(creator)
    name = f"pack_events_{datetime.now(UTC):%Y_%m}"
    as_owner(f"ALTER TABLE pack_events DETACH PARTITION {name}", f"DROP TABLE {name}")
    await play(pack, None, visit())
    async with transaction() as session:  # what a rollup of a database without partitions did
        await session.execute(
            text("INSERT INTO pack_events (id, kind, pack_ids, happened_at) VALUES (0, 'played', '{}', now())")
        )
    await rollup.run()
    await rollup.maintain()
    [(stored,)] = as_owner(f"SELECT count(*) FROM {name}")
    assert stored == 2


async def test_visitors_are_forgotten_with_their_salt(as_owner):
    creator, listener = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, price=30)
    await play(pack, listener, visit(listener))
    await buy(pack, listener)
    await rollup.run()
    as_owner("UPDATE pack_events SET happened_at = happened_at - interval '4 days'")
    await rollup.maintain()
    [(known,)] = as_owner("SELECT count(*) FROM pack_events WHERE visitor IS NOT NULL")
    assert known == 0


@pytest.mark.parametrize(
    "days", [{"first": "0001-01-01", "last": "0001-01-02"}, {"last": "0001-01-05"}, {"last": "9999-12-31"}]
)
async def test_absurd_days_are_refused(days: dict[str, str]):
    creator = await make_creator()
    await make_pack(creator)
    with pytest.raises(InvalidInputError):
        await read(creator, **days)


async def test_prices_are_those_of_the_whole_pack():
    creator, buyer = await make_creator(), await make_user(tokens=200)
    pack = await make_pack(creator, price=30, broadcast=90)
    async with transaction() as session:
        await checkout.buy(session, buyer, file_id=pack.file_ids[0], price_tokens=5, key="sound")
    await buy(pack, await make_user(tokens=100))
    found = await read(creator, pack_slug=pack.slug)
    assert [(one.value, one.figures.sales) for one in found.parts[Dimension.PRICE]] == [("30", 1)]


@pytest.mark.parametrize(
    "words",
    ["anna@example.test", "john(at)doe.com", "see https://evil.example/x", "evil.example", "anna 0041791234567"],
)
async def test_words_that_name_somebody_or_advertise_are_not_stored(words: str):
    pack = await make_pack(await make_creator())
    await play(pack, None, visit(page=f"/browse?q={words}"))
    found = await read(pack.creator)
    assert found.parts[Dimension.TERM] == ()
    assert part(found, Dimension.SOURCE, TrafficSource.SEARCH).played == 1


async def test_what_has_its_event_is_not_copied_again(as_owner):
    creator, buyer = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, price=30)
    await buy(pack, buyer)  # such as an import, whose purchases have an earlier time than the copy looks for
    as_owner("INSERT INTO pack_event_backfills (source, until) VALUES ('purchases', now() + interval '1 hour')")
    assert await rollup._backfill()  # before its event was counted
    found = await read(creator)
    assert (found.total.bought, found.total.net_tokens) == (1, 24)
