"""The landing page: read once for all visitors, with what is their own for members; and the header in one statement."""

import pytest

from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import activity, header, landing
from askchopper.services.community import likes
from askchopper.services.purchases import checkout
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def seen_by(member: Viewer) -> landing.Landing:
    found = await landing.read()
    async with read_only() as session:
        return await landing.seen_by(session, member, found)


async def test_visitors_share_one_reading_for_some_seconds(db: None, count_queries: list[str], monkeypatch):
    first = await make_pack(await make_creator())
    shown = await landing.read()
    assert [pack.slug for pack in shown.newest] == [first.slug]
    assert shown.totals.packs == 1
    count_queries.clear()
    assert await landing.read() is shown
    assert not count_queries
    monkeypatch.setattr(landing, "KEPT_SECONDS", 0.0)
    landing.forget()
    await landing.read()
    second = await make_pack(await make_creator())
    assert [pack.slug for pack in (await landing.read()).newest] == [second.slug, first.slug]


async def test_members_see_what_they_own_and_like(db: None, count_queries: list[str]):
    member, owned, liked = await make_user(tokens=100), await make_pack(), await make_pack()
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=owned.slug, price_tokens=owned.price_tokens, key="landing")
        await likes.like(session, member, pack=liked.slug)
    await landing.read()
    count_queries.clear()
    shown = await seen_by(member)
    assert {pack.slug: (pack.owned, pack.liked) for pack in shown.newest} == {
        owned.slug: (True, False),
        liked.slug: (False, True),
    }
    assert shown.daily
    assert shown.daily.owned is (shown.daily.pack.slug == owned.slug)
    assert len(count_queries) == 2
    assert not any(pack.owned or pack.liked for pack in (await landing.read()).newest)


async def test_pack_that_was_withdrawn_is_not_shown_to_members(db: None, as_owner):
    member, kept, withdrawn = await make_user(), await make_pack(), await make_pack()
    await landing.read()
    as_owner(f"UPDATE packs SET status = 'unpublished' WHERE slug = '{withdrawn.slug}'")
    assert [pack.slug for pack in (await seen_by(member)).newest] == [kept.slug]


async def test_header_is_read_in_one_statement(db: None, count_queries: list[str]):
    member = await make_user(tokens=40)
    async with transaction() as session:
        await activity.notify(session, user_id=member.user_id, kind="sale", sentence="Sold.", link="/library")
    count_queries.clear()
    async with read_only() as session:
        shown = await header.read(session, member)
    assert shown == header.Header(tokens=40, unread=1, picture="", spotify="off")
    assert len(count_queries) == 1
