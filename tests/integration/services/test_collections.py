"""Collections: who sees and changes them, order, limits, what is gone, and buying what is missing."""

import asyncio
import random

import pytest

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import (
    ConflictError,
    ForbiddenError,
    InsufficientTokensError,
    InvalidInputError,
    KeyReusedError,
    NotFoundError,
    PriceChangedError,
)
from askchopper.schemas.accounts import Viewer
from askchopper.services.community import collection_items, collection_purchases, collection_sharing, collections
from askchopper.services.purchases import checkout
from askchopper.vocabulary import Visibility
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def make(owner: Viewer, visibility: Visibility = Visibility.PUBLIC, title: str = "Late night") -> str:
    async with transaction() as session:
        return await collections.create(session, owner, title=title, visibility=visibility)


async def add(viewer: Viewer, slug: str, **item: str) -> str:
    async with transaction() as session:
        return (await collection_items.add(session, viewer, slug=slug, **item))[0]


async def get(viewer: Viewer | None, slug: str):
    async with read_only() as session:
        return await collections.get(session, viewer, slug=slug)


async def missing(viewer: Viewer | None, slug: str):
    async with read_only() as session:
        return await collection_purchases.list_missing(session, viewer, slug=slug)


async def buy(viewer: Viewer, slug: str, price: int, key: str = "key"):
    async with transaction() as session:
        return await collection_purchases.buy(session, viewer, slug=slug, price_tokens=price, key=key)


async def join(viewer: Viewer, slug: str, token: str) -> None:
    async with transaction() as session:
        await collection_sharing.join(session, viewer, slug=slug, token=token)


async def test_private_ones_do_not_exist_for_others(db):
    owner, other = await make_user(), await make_user()
    private, unlisted, public = [await make(owner, visibility) for visibility in reversed(Visibility)]
    for viewer in (other, None):
        with pytest.raises(NotFoundError):
            await get(viewer, private)
        assert not (await get(viewer, unlisted)).can_edit
        assert not (await get(viewer, public)).summary.is_own
    assert (await get(owner, private)).can_edit
    pack = await make_pack()
    for slug in (private, unlisted, public):
        await add(owner, slug, pack=pack.slug)
    async with read_only() as session:
        assert [one.slug for one in await collections.list_public(session, other)] == [public]
        assert await collections.list_public(session, owner) == ()
        assert len(await collections.list_own(session, owner)) == 3
        assert await collections.list_own(session, other) == ()


async def test_only_owner_and_collaborators_change(db):
    owner, friend, other, pack = await make_user(), await make_user(), await make_user(), await make_pack()
    slug = await make(owner, Visibility.PRIVATE)
    async with transaction() as session:
        token = await collection_sharing.invite(session, owner, slug=slug)
    with pytest.raises(NotFoundError):
        await join(other, slug, "guessed")
    await join(friend, slug, token)
    await join(friend, slug, token)
    entry = await add(friend, slug, pack=pack.slug, note="for the intro")
    found = await get(owner, slug)
    assert (found.entries[0].note, found.entries[0].added_by) == ("for the intro", friend.display_name)
    assert [one.id for one in found.collaborators] == [str(friend.user_id)]
    assert (await get(friend, slug)).invite_token is None
    public = await make(owner)
    with pytest.raises(ForbiddenError):
        await add(other, public, pack=pack.slug)
    with pytest.raises(ForbiddenError):
        async with transaction() as session:
            await collections.change(session, friend, slug=slug, title="Mine")
    async with transaction() as session:
        await collection_sharing.withdraw_invitation(session, owner, slug=slug)
        await collection_sharing.remove_collaborator(session, owner, slug=slug, user_id=str(friend.user_id))
    for viewer in (friend, other):
        with pytest.raises(NotFoundError):
            await join(viewer, slug, token)
    with pytest.raises(NotFoundError):
        async with transaction() as session:
            await collection_items.remove(session, friend, slug=slug, item_id=entry)


async def test_order_is_kept_by_random_moves_and_removals(db):
    owner, pack = await make_user(), await make_pack(files=tuple(new_file(n) for n in range(12)))
    slug = await make(owner)
    expected = [await add(owner, slug, file=file_id) for file_id in pack.file_ids]
    chance = random.Random(7)
    for _ in range(40):
        entry, position = chance.choice(expected), chance.randrange(-2, len(expected) + 3)
        async with transaction() as session:
            if chance.random() < 0.1 and len(expected) > 4:
                await collection_items.remove(session, owner, slug=slug, item_id=entry)
                expected.remove(entry)
                continue
            end = await collection_items.move(session, owner, slug=slug, item_id=entry, position=position)
        expected.remove(entry)
        expected.insert(end, entry)
    found = await get(owner, slug)
    assert [one.id for one in found.entries] == expected
    assert [one.position for one in found.entries] == list(range(len(expected)))
    assert found.summary.item_count == len(expected)


async def test_same_item_is_in_it_once_also_from_two_tabs(db):
    owner, pack = await make_user(), await make_pack()
    slug = await make(owner)
    ids = await asyncio.gather(*(add(owner, slug, pack=pack.slug) for _ in range(4)))
    assert len(set(ids)) == 1
    await add(owner, slug, file=pack.file_ids[0])
    assert (await get(owner, slug)).summary.item_count == 2
    async with read_only() as session:
        [listed] = await collections.list_own(session, owner, file=pack.file_ids[0])
        [other] = await collections.list_own(session, owner, file=pack.file_ids[1])
    assert listed.item_id
    assert other.item_id is None


async def test_full_collection_is_refused(db, as_owner):
    owner, pack = await make_user(), await make_pack()
    slug = await make(owner)
    as_owner(f"UPDATE collections SET item_count = {policy.MAX_COLLECTION_ITEMS} WHERE slug = '{slug}'")
    with pytest.raises(InvalidInputError, match="up to 500 items"):
        await add(owner, slug, pack=pack.slug)


async def test_what_was_taken_down_is_shown_as_gone(db, as_owner):
    owner, pack, other = await make_user(), await make_pack(), await make_pack()
    slug = await make(owner)
    await add(owner, slug, pack=pack.slug)
    await add(owner, slug, file=pack.file_ids[0])
    await add(owner, slug, file=other.file_ids[0])
    as_owner(f"UPDATE packs SET status = 'unpublished' WHERE id = '{pack.id}'")
    as_owner(f"DELETE FROM audio_files WHERE id = '{other.file_ids[0]}'")
    found = await get(owner, slug)
    assert [(one.pack, one.file) for one in found.entries] == [(None, None)] * 3
    assert all(one.title for one in found.entries)
    assert await missing(owner, slug) == ()


async def test_what_is_missing_is_bought_once_at_the_price_that_was_shown(db):
    seller, owner, buyer = await make_creator(), await make_user(), await make_user(tokens=200)
    whole = await make_pack(seller, price=30)
    single = await make_pack(seller, price=40, files=tuple(new_file(n, price_tokens=8) for n in range(8)))
    cheap = await make_pack(seller, price=10, files=tuple(new_file(n, price_tokens=9) for n in range(3)))
    slug = await make(owner)
    await add(owner, slug, pack=whole.slug)
    await add(owner, slug, file=whole.file_ids[0])  # is in the pack already
    await add(owner, slug, file=single.file_ids[0])
    for file_id in cheap.file_ids:
        await add(owner, slug, file=file_id)  # three sounds for 27 cost more than their pack
    items = await missing(buyer, slug)
    assert [(one.pack_slug, one.file_id, one.price_tokens) for one in items] == [
        (whole.slug, None, 30), (None, single.file_ids[0], 8), (cheap.slug, None, 10),
    ]  # fmt: skip
    with pytest.raises(PriceChangedError) as changed:
        await buy(buyer, slug, 47)
    assert changed.value.price_tokens == 48
    receipts = await asyncio.gather(*(buy(buyer, slug, 48) for _ in range(5)))
    assert len({receipt.purchase_ids for receipt in receipts}) == 1
    assert {receipt.price_tokens for receipt in receipts} == {48}
    assert await balance_of(buyer) == 152
    with pytest.raises(KeyReusedError):
        await buy(buyer, slug, 1)
    with pytest.raises(ConflictError):
        await buy(buyer, slug, 0, key="other")
    assert await missing(buyer, slug) == ()
    assert await missing(seller, slug) == ()  # own packs are not for sale to their creator
    assert (await check_ledger()).problems == ()


async def test_all_or_nothing(db):
    owner, poor = await make_user(), await make_user(tokens=35)
    first, second = await make_pack(price=30), await make_pack(price=10)
    slug = await make(owner)
    for pack in (first, second):
        await add(owner, slug, pack=pack.slug)
    with pytest.raises(InsufficientTokensError) as short:
        await buy(poor, slug, 40)
    assert short.value.missing_tokens == 5
    assert await balance_of(poor) == 35
    async with transaction() as session:
        await checkout.buy(session, poor, pack_slug=first.slug, price_tokens=30, key="one")
    assert [one.price_tokens for one in await missing(poor, slug)] == [10]
