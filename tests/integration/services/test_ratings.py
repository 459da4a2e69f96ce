"""Ratings: who may rate, averages, the order of the best, reviews, answers."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from askchopper.community_vocabulary import RatingBasis
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.community import RatingSummary, Review
from askchopper.schemas.search_filters import Filters
from askchopper.services import activity
from askchopper.services.community import blocks, ratings
from askchopper.services.purchases import checkout, refunds
from askchopper.services.search import queries
from askchopper.vocabulary import PackSort
from tests.support.factories import MadePack, make_pack, make_user

pytestmark = pytest.mark.integration


async def rate(viewer: Viewer, pack: MadePack, stars: int, review: str = "") -> RatingSummary:
    return await retrying(lambda session: ratings.rate(session, viewer, slug=pack.slug, stars=stars, review=review))


async def hear(viewer: Viewer, pack: MadePack, *, plays: int = 5) -> Viewer:
    """Listen to 7.5 seconds a few times."""
    async with transaction() as session:
        for _ in range(plays):
            await activity.record_play(session, viewer, file_id=pack.file_ids[0], seconds=30)
    return viewer


async def listener(pack: MadePack) -> Viewer:
    return await hear(await make_user(), pack)


async def buy(pack: MadePack) -> tuple[Viewer, str]:
    buyer = await make_user(tokens=100)
    async with transaction() as session:
        receipt = await checkout.buy(
            session, buyer, pack_slug=pack.slug, file_id=None, price_tokens=pack.price_tokens, key=uuid.uuid4().hex
        )
    return buyer, receipt.purchase_id


async def reviews(pack: MadePack, viewer: Viewer | None = None) -> tuple[Review, ...]:
    async with read_only() as session:
        return (await ratings.list_reviews(session, viewer, slug=pack.slug)).items


async def test_only_who_bought_or_heard_rates_and_never_the_creator(db: None):
    pack = await make_pack()
    with pytest.raises(ForbiddenError, match="30 seconds"):
        await rate(await make_user(), pack, 5)
    with pytest.raises(ForbiddenError, match="30 seconds"):
        await rate(await hear(await make_user(), pack, plays=3), pack, 5)
    with pytest.raises(ForbiddenError, match="own"):
        await rate(pack.creator, pack, 5)
    await rate(await listener(pack), pack, 4, "Heard it")
    await rate((await buy(pack))[0], pack, 5, "Bought it")
    assert {one.text: one.basis for one in await reviews(pack)} == {
        "Heard it": RatingBasis.HEARD,
        "Bought it": RatingBasis.BOUGHT,
    }


@pytest.mark.parametrize("stars", [0, 6, -1])
async def test_stars_are_one_to_five(db: None, stars: int):
    pack = await make_pack()
    with pytest.raises(InvalidInputError, match="five"):
        await rate(await listener(pack), pack, stars)


async def test_average_from_three_votes_and_one_vote_each(db: None):
    pack = await make_pack()
    first = await listener(pack)
    assert (await rate(first, pack, 1)).average is None
    assert (await rate(first, pack, 5, "Changed my mind")).count == 1
    await rate(await listener(pack), pack, 4)
    summary = await rate(await listener(pack), pack, 4)
    assert (summary.average, summary.count, summary.counts) == (4.3, 3, (0, 0, 0, 2, 1))
    async with read_only() as session:
        (card,) = (await queries.list_packs(session, None, filters=Filters())).items
    assert (card.rating_average, card.rating_count) == (4.3, 3)
    withdrawn = await retrying(lambda session: ratings.withdraw(session, first, slug=pack.slug))
    assert (withdrawn.average, withdrawn.count, withdrawn.own_stars) == (None, 2, 0)


async def test_top_rated_weighs_the_number_of_votes(db: None):
    single, many, bad, unrated = [await make_pack() for _ in range(4)]
    await rate(await listener(single), single, 5)
    for _ in range(6):
        await rate(await listener(many), many, 5)
        await rate(await listener(bad), bad, 2)
    async with read_only() as session:
        first = await queries.list_packs(session, None, filters=Filters(sort=PackSort.TOP_RATED), limit=2)
        rest = await queries.list_packs(
            session, None, filters=Filters(sort=PackSort.TOP_RATED), limit=9, cursor=first.next_cursor
        )
    assert [card.slug for card in first.items + rest.items] == [many.slug, single.slug, bad.slug, unrated.slug]


async def test_parallel_ratings_are_all_counted(db: None):
    pack = await make_pack()
    people = [await listener(pack) for _ in range(12)]
    same = people[0]
    await asyncio.gather(*(rate(one, pack, 5) for one in people), *(rate(same, pack, 4) for _ in range(4)))
    async with read_only() as session:
        row = (
            await session.execute(text("SELECT rating_count, rating_sum FROM packs WHERE id = :id"), {"id": pack.id})
        ).one()
        summary = await ratings.summary(session, None, slug=pack.slug)
    assert row.rating_count == summary.count == 12
    assert row.rating_sum == sum(stars * votes for stars, votes in enumerate(summary.counts, 1))


async def test_refund_marks_the_review(db: None):
    pack = await make_pack()
    buyer, purchase_id = await buy(pack)
    await rate(buyer, pack, 2, "Not for me")
    async with transaction() as session:
        await refunds.refund(session, buyer, purchase_id=purchase_id)
    (shown,) = await reviews(pack)
    assert shown.is_refunded


async def test_creator_answers_once_and_can_change_it(db: None):
    pack, other = await make_pack(), await make_pack()
    fan = await listener(pack)
    await rate(fan, pack, 3, "Too bright")
    (review,) = await reviews(pack)
    async with transaction() as session:
        for somebody in (other.creator, fan):
            with pytest.raises(NotFoundError):
                await ratings.answer(session, somebody, review_id=review.id, written="No")
        await ratings.answer(session, pack.creator, review_id=review.id, written="Use the dark ones")
        await ratings.answer(session, pack.creator, review_id=review.id, written="Use the dark folder")
    (answered,) = await reviews(pack)
    assert (answered.answer, answered.answered_at is not None) == ("Use the dark folder", True)


async def test_reviews_of_blocked_members_are_hidden_but_count(db: None):
    pack, reader = await make_pack(), await make_user()
    fan = await listener(pack)
    await rate(fan, pack, 3, "Fine")
    async with transaction() as session:
        await blocks.block(session, reader, member_id=str(fan.user_id))
    assert await reviews(pack, reader) == ()
    assert len(await reviews(pack)) == 1
