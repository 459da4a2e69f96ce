"""Likes: idempotent, counted, limited, in every list without further queries, and part of the taste profile."""

import asyncio

import pytest

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError, RateLimitedError
from askchopper.schemas.search_filters import Filters
from askchopper.services import account_deletion, activity, limits
from askchopper.services.catalogue import detail
from askchopper.services.community import comments, likes
from askchopper.services.search import queries
from askchopper.taste_vocabulary import TasteFacet
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.taste import make_sound_pack, read, update

pytestmark = pytest.mark.integration


async def like(viewer, **of):
    async with transaction() as session:
        return await likes.like(session, viewer, **of)


async def unlike(viewer, **of):
    async with transaction() as session:
        return await likes.unlike(session, viewer, **of)


async def counts(as_owner, pack) -> tuple[int, int]:
    [(of_pack,)] = as_owner(f"SELECT like_count FROM packs WHERE id = '{pack.id}'")
    [(of_sounds,)] = as_owner(f"SELECT sum(like_count) FROM audio_files WHERE pack_id = '{pack.id}'")
    return of_pack, of_sounds


async def test_liking_twice_counts_once_and_is_taken_back(db):
    pack, one, other = await make_pack(), await make_user(), await make_user()
    assert (await like(one, pack=pack.slug)).like_count == 1
    assert (await like(one, pack=pack.slug)).like_count == 1
    assert (await like(other, pack=pack.slug)).like_count == 2
    assert await like(one, file=pack.file_ids[0]) == likes.LikeMark(liked=True, like_count=1)
    assert await unlike(one, pack=pack.slug) == likes.LikeMark(liked=False, like_count=1)
    assert (await unlike(one, pack=pack.slug)).like_count == 1
    assert (await unlike(one, file=pack.file_ids[0])).like_count == 0


async def test_twenty_members_and_tabs_at_once_count_exactly(db):
    pack, members = await make_pack(), [await make_user() for _ in range(10)]
    await asyncio.gather(*(like(member, pack=pack.slug) for member in members for _ in range(2)))
    async with read_only() as session:
        assert (await detail.get_pack(session, members[0], slug=pack.slug)).card.like_count == 10


async def test_lists_say_what_the_viewer_likes_in_the_same_query(db, count_queries):
    creator, viewer = await make_creator(), await make_user()
    packs = [await make_pack(creator) for _ in range(3)]
    await like(viewer, pack=packs[1].slug)
    await like(viewer, file=packs[2].file_ids[0])
    count_queries.clear()
    async with read_only() as session:
        listed = await queries.list_packs(session, viewer, filters=Filters())
        sounds = await queries.list_files(session, viewer, filters=Filters())
        anonymous = await queries.list_packs(session, None, filters=Filters())
    assert len(count_queries) <= 9
    assert {card.slug for card in listed.items if card.liked} == {packs[1].slug}
    assert {row.id for row in sounds.items if row.liked} == {packs[2].file_ids[0]}
    assert not any(card.liked for card in anonymous.items)
    assert {card.like_count for card in anonymous.items} == {0, 1}


async def test_what_is_not_on_sale_cannot_be_liked_but_unliked(db, as_owner):
    pack, viewer = await make_pack(), await make_user()
    await like(viewer, pack=pack.slug)
    as_owner(f"UPDATE packs SET status = 'unpublished' WHERE id = '{pack.id}'")
    for wanted in ({"pack": pack.slug}, {"file": pack.file_ids[0]}, {"file": "nonsense"}, {"pack": "\ud800"}):
        with pytest.raises(NotFoundError):
            await like(viewer, **wanted)
    async with read_only() as session:
        assert (await likes.list_likes(session, viewer)).items == ()
    assert not (await unlike(viewer, pack=pack.slug)).liked


async def test_list_is_paged_by_kind(db):
    pack, viewer = await make_pack(files=5), await make_user()
    for file_id in pack.file_ids:
        await like(viewer, file=file_id)
    await like(viewer, pack=pack.slug)
    async with read_only() as session:
        first = await likes.list_likes(session, viewer, limit=4)
        rest = await likes.list_likes(session, viewer, limit=4, cursor=first.next_cursor)
        only_packs = await likes.list_likes(session, viewer, kind="pack")
    assert first.items[0].pack
    assert [item.file.id for item in first.items[1:] + rest.items if item.file] == list(reversed(pack.file_ids))
    assert rest.next_cursor is None
    assert len(only_packs.items) == 1


async def test_likes_are_part_of_the_taste_until_taken_back(db):
    pack, viewer = await make_sound_pack(genre="techno"), await make_user()
    await like(viewer, file=pack.file_ids[0])
    await update(viewer)
    assert (await read(viewer)).values[TasteFacet.GENRE][0].because == "1 like"
    await unlike(viewer, file=pack.file_ids[0])
    await update(viewer)
    assert not (await read(viewer)).is_known


async def test_fifty_likes_a_second_are_limited_with_a_sentence(db, limits_on):
    pack, viewer = await make_pack(), await make_user()
    for _ in range(limits.LIKE.quota):
        await like(viewer, pack=pack.slug)
    with pytest.raises(RateLimitedError, match="Too many likes"):
        await like(viewer, pack=pack.slug)


async def test_deleted_account_takes_its_likes_back(db, as_owner):
    pack, viewer = await make_pack(), await make_user()
    await like(viewer, pack=pack.slug)
    await like(viewer, file=pack.file_ids[0])
    assert await counts(as_owner, pack) == (1, 1)
    as_owner(f"UPDATE users SET delete_after = now() - interval '1 second' WHERE id = '{viewer.user_id}'")
    await account_deletion.finish(viewer.user_id)
    assert await counts(as_owner, pack) == (0, 0)


async def test_api(db):
    pack, viewer = await make_pack(), await make_user()
    async with api_client(viewer) as client:
        assert (await client.put(f"/api/v1/packs/{pack.slug}/like")).json() == {"liked": True, "like_count": 1}
        await client.put(f"/api/v1/files/{pack.file_ids[0]}/like")
        listed = (await client.get("/api/v1/me/likes")).json()
        assert [(bool(item["pack"]), bool(item["file"])) for item in listed["items"]] == [(False, True), (True, False)]
        found = (await client.get(f"/api/v1/packs/{pack.slug}")).json()
        assert (found["liked"], found["like_count"], found["files"][0]["liked"]) == (True, 1, True)
        gone = await client.delete(f"/api/v1/files/{pack.file_ids[0]}/like")
        assert gone.json() == {"liked": False, "like_count": 0}
        assert (await client.get("/api/v1/me/likes?cursor=x")).status_code == 422


async def test_name_and_words_of_a_deleted_account_leave_notifications(db, as_owner):
    creator = await make_creator()
    pack, ana, bob = await make_pack(creator), await make_user(name="Ana Quill"), await make_user(name="Bob")
    async with transaction() as session:
        for fan in (bob, ana):
            await likes.like(session, fan, pack=pack.slug)
        await comments.post(session, ana, slug=pack.slug, written="Lovely hats")
    as_owner(f"UPDATE users SET delete_after = now() - interval '1 day' WHERE id = '{ana.user_id}'")
    await account_deletion.finish(ana.user_id)
    async with read_only() as session:
        sentences = [one.sentence for one in await activity.notifications(session, creator)]
    assert not [one for one in sentences if "Ana" in one or "hats" in one]
    assert any(one.startswith(f"{policy.DELETED_MEMBER} and 1 other like") for one in sentences)
