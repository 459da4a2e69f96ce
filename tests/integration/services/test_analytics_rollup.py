"""The rollup: what happens to packs becomes figures, once, on the creator's days, and money equals the ledger."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from askchopper import database
from askchopper.analytics_vocabulary import Dimension, TrafficSource
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.services import activity, earnings, notification_mails, pack_events
from askchopper.services.analytics import periods, rollup, weekly_mail
from askchopper.services.community import likes
from askchopper.services.purchases import downloads, refunds
from askchopper.vocabulary import MailKind
from tests.support.analytics import CRAWLER, buy, part, play, read, visit
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.smtp import smtp_server

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _forget(db: None):
    pack_events.forget()


async def test_way_from_a_search_to_a_refund():
    creator, listener = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, price=30)
    seen = visit(listener)
    await pack_events.record_shown(seen, tracks=(pack.file_ids[0], f"pack:{pack.slug}"))
    await pack_events.record_opened(visit(listener, f"/pack/{pack.slug}", via="/browse?q=dusty"), slug=pack.slug)
    await play(pack, listener, seen)
    async with transaction() as session:
        await likes.like(session, listener, pack=pack.slug)
    await pack_events.write()
    purchase = await buy(pack, listener)
    async with transaction() as session:
        await refunds.refund(session, listener, purchase_id=purchase)
    await buy(pack, listener)
    async with transaction() as session:
        await downloads.start_zip_download(session, listener, pack_slug=pack.slug)

    found = await read(creator)
    total = found.total
    assert (total.shown, total.opened, total.played, total.liked, total.bought, total.downloaded, total.refunded) == (
        1,
        1,
        1,
        1,
        2,
        1,
        1,
    )
    assert (total.listeners, total.completed, total.seconds) == (1, 1, 7.0)
    assert (total.gross_tokens, total.refunded_tokens, total.fee_tokens, total.net_tokens) == (60, 30, 6, 24)
    assert part(found, Dimension.SOURCE, TrafficSource.SEARCH).bought == 2
    led = part(found, Dimension.TERM, "dusty")
    assert (led.shown, led.played, led.bought, led.refunded, led.net_tokens) == (1, 1, 2, 1, 24)
    assert part(found, Dimension.COUNTRY, "US").bought == 2
    assert part(found, Dimension.DEVICE, "phone").played == 1
    assert found.packs[0].figures == total
    async with read_only() as session:
        ledger = await earnings.totals(session, creator)
    assert (total.gross_tokens - total.refunded_tokens, total.fee_tokens, total.net_tokens) == (
        ledger.gross_tokens, ledger.fee_tokens, ledger.net_tokens,
    )  # fmt: skip


async def test_processes_share_the_salt_of_a_day():
    creator = await make_creator()
    pack = await make_pack(creator)
    for _ in range(2):
        await play(pack, None, visit())
        pack_events.forget()  # as another process
    assert (await read(creator)).total.listeners == 1


async def test_crawlers_own_and_short_plays_do_not_count():
    creator = await make_creator()
    pack = await make_pack(creator)
    await play(pack, None, visit(user_agent=CRAWLER))
    await play(pack, None, visit(user_agent=""))
    await play(pack, creator, visit(creator))
    await play(pack, None, visit(), seconds=2.9)
    await pack_events.record_shown(visit(creator), tracks=(pack.file_ids[0],))
    await pack_events.record_opened(visit(user_agent=CRAWLER), slug=pack.slug)
    found = await read(creator)
    assert (found.total.played, found.total.shown, found.total.opened, found.total.listeners) == (0, 0, 0, 0)


async def test_a_list_that_is_seen_again_counts_once_and_a_visitor_is_one_listener():
    creator = await make_creator()
    pack, other = await make_pack(creator), await make_pack(creator)
    for _ in range(3):
        await pack_events.record_shown(visit(), tracks=(pack.file_ids[0], "pack:nothing", "demo:chop", "💣"))
        await play(pack, None, visit())
    await play(other, None, visit())
    await play(pack, None, visit(address="8.8.4.4"))
    found = await read(creator)
    assert (found.total.shown, found.total.played, found.total.listeners) == (1, 5, 2)
    assert {one.slug: one.figures.listeners for one in found.packs} == {pack.slug: 2, other.slug: 1}


async def test_events_count_once_under_parallel_and_killed_rollups():
    creator = await make_creator()
    pack = await make_pack(creator)
    for number in range(20):
        await play(pack, None, visit(address=f"8.8.8.{number}"))

    async def killed() -> None:
        async with transaction() as session:
            await rollup._count(session, 10)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await killed()
    await asyncio.gather(*(rollup.run_batch(3) for _ in range(4)))
    found = await read(creator)
    assert (found.total.played, found.total.listeners) == (20, 20)
    assert (await read(creator)).total == found.total


async def test_an_event_that_arrives_late_counts_on_its_day_and_one_of_the_future_now():
    creator = await make_creator()
    pack = await make_pack(creator)
    late, early = datetime.now(UTC) - timedelta(days=3), datetime.now(UTC) + timedelta(days=400)
    async with transaction() as session:
        for moment in (late, early):
            await session.execute(
                text(
                    "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids) VALUES (:at, 'played', ARRAY[CAST(:pack AS uuid)])"
                ),
                {"at": moment, "pack": pack.id},
            )
    found = await read(creator)
    assert [value.played for _, value in found.by_day[-4:]] == [1, 0, 0, 1]
    assert found.before.played == 0


async def test_days_are_those_of_the_creators_zone_and_history_moves_with_it():
    creator = await make_creator()
    pack = await make_pack(creator)
    moment = datetime.now(UTC).replace(hour=23, minute=30, second=0, microsecond=0) - timedelta(days=2)
    insert = text(
        "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids) VALUES (:at, 'played', ARRAY[CAST(:pack AS uuid)])"
    )
    async with transaction() as session:
        await session.execute(insert, {"at": moment, "pack": pack.id})
    found = await read(creator, first=str(moment.date()), last=str(moment.date() + timedelta(days=1)))
    assert [value.played for _, value in found.by_day] == [1, 0]
    async with transaction() as session:
        await periods.set_zone(session, creator, zone="Europe/Berlin")
        await session.execute(insert, {"at": moment, "pack": pack.id})
    found = await read(creator, first=str(moment.date()), last=str(moment.date() + timedelta(days=1)))
    assert [value.played for _, value in found.by_day] == [0, 2]
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await periods.set_zone(session, creator, zone="Moon/Tranquility")


async def test_a_like_that_is_taken_back_is_none():
    creator, listener = await make_creator(), await make_user()
    pack = await make_pack(creator)
    for change in (likes.like, likes.unlike, likes.like, likes.unlike):
        async with transaction() as session:
            await change(session, listener, pack=pack.slug)
    assert (await read(creator)).total.liked == 0


async def test_where_listeners_stop():
    creator = await make_creator()
    pack = await make_pack(creator)
    for number in range(3):
        await play(pack, None, visit(address=f"8.8.8.{number}"), seconds=3.5, position=3.75)
    await play(pack, None, visit(), seconds=7.5, position=7.5)
    found = await read(creator, pack_slug=pack.slug)
    [sound] = found.stops
    assert (sound.file_id, sound.plays, sound.parts[25], sum(sound.parts)) == (pack.file_ids[0], 4, 1.0, 1.0)


async def test_figures_of_others_and_impossible_days_are_refused():
    creator, other = await make_creator(), await make_creator()
    pack = await make_pack(creator)
    for reader, slug in ((other, pack.slug), (creator, "nothing"), (await make_user(), "")):
        with pytest.raises(NotFoundError):
            await read(reader, pack_slug=slug)
    for days in (
        {"days": "12"},
        {"first": "2026-01-01", "last": "2025-01-01"},
        {"first": "1826-01-01"},
        {"last": "soon"},
    ):
        with pytest.raises(InvalidInputError):
            await read(creator, **days)


async def test_rows_from_before_are_copied_once():
    creator, buyer = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, price=30)
    await buy(pack, buyer)
    async with transaction() as session:
        await activity.record_play(session, None, file_id=pack.file_ids[0], seconds=5)
        await session.execute(text("DELETE FROM pack_event_inbox"))  # as if there had been no trigger
        await session.execute(
            text(
                "INSERT INTO pack_event_backfills (source, until) VALUES ('purchases', now() + interval '1 s'), ('plays', now() + interval '1 s')"
            )
        )
    for _ in range(2):
        found = await read(creator)
        assert (found.total.bought, found.total.played, found.total.net_tokens) == (1, 1, 24)


async def test_maintenance_forgets_salts_and_listeners():
    creator = await make_creator()
    pack = await make_pack(creator)
    await play(pack, None, visit())
    await read(creator)
    async with database.transaction() as session:
        await session.execute(text("UPDATE visitor_salts SET day = day - 5"))
        await session.execute(text("UPDATE daily_listeners SET day = day - 5"))
    await rollup.maintain()
    async with read_only() as session:
        left = (
            await session.execute(
                text("SELECT (SELECT count(*) FROM visitor_salts), (SELECT count(*) FROM daily_listeners)")
            )
        ).one()
    assert tuple(left) == (0, 0)


async def test_weekly_figures_are_mailed_once_and_only_on_demand():
    creator, silent = await make_creator(), await make_creator()
    for who in (creator, silent):
        await play(await make_pack(who), None, visit())
    idle = await make_creator()
    async with transaction() as session:
        for who in (creator, idle):
            await notification_mails.choose(session, who, kind=MailKind.FIGURES.value, is_on=True)
    await rollup.run()
    with smtp_server() as mails:
        assert await weekly_mail.send_due() == 1
        assert await weekly_mail.send_due() == 0
    assert len(mails) == 1
    assert "Plays: 1; listeners: 1" in mails[0]
