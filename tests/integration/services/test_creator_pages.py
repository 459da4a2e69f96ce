"""Creator pages: addresses that lead on, featured packs, bands of sales, and the RSS feed."""

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.view_models.creators import reach
from askchopper.services.community import creator_pages, ratings
from askchopper.services.purchases import checkout
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def rename(creator: Viewer, slug: str) -> str:
    async with transaction() as session:
        return await creator_pages.change_slug(session, creator, slug=slug)


async def portfolio(slug: str):
    async with read_only() as session:
        return await creator_pages.get_portfolio(session, None, slug=slug)


async def test_address_changes_three_times_and_earlier_ones_lead_on(db):
    creator, other = await make_creator(slug="first"), await make_creator(slug="taken")
    for slug in ("second", "third", "fourth"):
        await rename(creator, slug)
    assert await rename(creator, "fourth") == "fourth"
    with pytest.raises(InvalidInputError, match="3 times"):
        await rename(creator, "fifth")
    for taken in ("first", "third", "fourth"):  # earlier addresses stay taken
        with pytest.raises(ConflictError):
            await rename(other, taken)
    for bad in ("ab", "no spaces", "Ümlaut", "x" * 61, "deleted-1", "--"):
        with pytest.raises(InvalidInputError):
            await rename(other, bad)
    async with tab() as visitor:
        await visitor.send("CreatorState.load", "/creator/first")
        assert "/creator/fourth" in visitor.told()


async def test_featured_packs_keep_their_order_and_are_own(db, as_owner):
    creator = await make_creator()
    packs, foreign = [await make_pack(creator) for _ in range(7)], await make_pack()
    chosen = [packs[2].slug, packs[0].slug]
    async with transaction() as session:
        await creator_pages.feature(session, creator, slugs=chosen)
    assert [card.slug for card in (await portfolio(creator.creator_slug or "")).featured] == chosen
    with pytest.raises(NotFoundError):
        async with transaction() as session:
            await creator_pages.feature(session, creator, slugs=[foreign.slug])
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await creator_pages.feature(session, creator, slugs=[pack.slug for pack in packs])
    as_owner(f"UPDATE packs SET status = 'unpublished' WHERE id = '{packs[2].id}'")
    assert [card.slug for card in (await portfolio(creator.creator_slug or "")).featured] == [packs[0].slug]


async def test_sales_are_shown_in_bands_only(db):
    creator = await make_creator()
    pack = await make_pack(creator, price=0)
    for number in range(11):
        buyer = await make_user()
        async with transaction() as session:
            await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=0, key=f"k{number}")
        found = await portfolio(creator.creator_slug or "")
        assert found.sales_band == (10 if number >= 9 else 0)
    assert [creator_pages.sales_band(sales) for sales in (9, 10, 49, 50, 4_999, 9_999)] == [0, 10, 10, 50, 1_000, 5_000]


async def test_average_rating_needs_three_votes(db):
    creator = await make_creator()
    packs = [await make_pack(creator, price=0), await make_pack(creator, price=0)]
    for number, stars in enumerate((5, 4, 4)):
        assert (await portfolio(creator.creator_slug or "")).rating_average is None
        buyer, slug = await make_user(), packs[number % 2].slug
        async with transaction() as session:
            await checkout.buy(session, buyer, pack_slug=slug, price_tokens=0, key=f"k{number}")
            await ratings.rate(session, buyer, slug=slug, stars=stars)
    found = await portfolio(creator.creator_slug or "")
    assert (found.rating_average, found.rating_count) == (4.3, 3)
    assert reach(found) == ["0 followers", "4.3 of 5 from 3 ratings"]


async def test_banner_needs_a_page(db):
    member = await make_user()
    with pytest.raises(NotFoundError):
        async with transaction() as session:
            await creator_pages.set_banner(session, member, key="x")


async def test_rss_feed_is_escaped_and_follows_the_address(db):
    creator = await make_creator(name="Dust & Co", slug="dust")
    pack = await make_pack(creator)
    await rename(creator, "dust-and-co")
    async with api_client() as client:
        moved = await client.get("/api/v1/creators/dust/feed.xml")
        found = await client.get("/api/v1/creators/dust-and-co/feed.xml")
    assert (moved.status_code, moved.headers["location"]) == (301, "/api/v1/creators/dust-and-co/feed.xml")
    assert found.headers["content-type"] == "application/rss+xml"
    assert "Dust &amp; Co" in found.text
    assert f"/pack/{pack.slug}</link>" in found.text
