import pytest

from askchopper import policy
from askchopper.database import transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.services import activity
from askchopper.services.catalogue import popularity
from askchopper.services.purchases import checkout
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def play(viewer: Viewer | None, **what: object) -> bool:
    async with transaction() as session:
        return await activity.record_play(session, viewer, **what)  # type: ignore[arg-type]


async def test_play_is_counted_up_to_the_length(db, as_owner):
    user, pack = await make_user(), await make_pack(preview_seconds=20.0, preview_key="x")
    assert await play(user, file_id=pack.file_ids[0], seconds=5)
    assert await play(None, file_id=pack.file_ids[0], seconds=500)
    assert await play(None, pack_slug=pack.slug, seconds=500)
    assert as_owner("SELECT seconds_heard FROM plays ORDER BY created_at") == [(5.0,), (7.5,), (20.0,)]
    assert as_owner("SELECT count(*) FROM activity WHERE kind = 'play'") == [(1,)]


async def test_short_and_own_plays_are_not_counted(db):
    seller = await make_creator()
    pack = await make_pack(seller)
    assert not await play(None, file_id=pack.file_ids[0], seconds=2.9)
    assert not await play(seller, file_id=pack.file_ids[0], seconds=7)
    assert not await play(None, file_id=pack.file_ids[0], seconds=0)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1])
async def test_invalid_play_time_is_rejected(db, seconds: float):
    pack = await make_pack()
    with pytest.raises(InvalidInputError):
        await play(None, file_id=pack.file_ids[0], seconds=seconds)


async def test_play_names_exactly_one_known_item(db):
    pack, draft = await make_pack(), await make_pack(is_published=False)
    for what in ({}, {"file_id": pack.file_ids[0], "pack_slug": pack.slug}):
        with pytest.raises(InvalidInputError):
            await play(None, seconds=5, **what)
    for what in ({"file_id": "x"}, {"pack_slug": "\x00"}, {"pack_slug": draft.slug}, {"file_id": draft.file_ids[0]}):
        with pytest.raises(NotFoundError):
            await play(None, seconds=5, **what)


async def test_notifications_are_read_by_their_owner(db):
    buyer, pack = await make_user(tokens=50), await make_pack(price=1, title="Velvet")
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=1, key="k")
    async with transaction() as session:
        assert await activity.unread_count(session, pack.creator) == 1
        assert await activity.unread_count(session, buyer) == 0
        [line] = await activity.notifications(session, pack.creator)
        assert (line.sentence, line.link, line.is_read) == ("Sold: Velvet for 1 token.", f"/pack/{pack.slug}", False)
        await activity.mark_read(session, buyer)
        assert await activity.unread_count(session, pack.creator) == 1
        await activity.mark_read(session, pack.creator)
        assert await activity.unread_count(session, pack.creator) == 0
        assert (await activity.notifications(session, pack.creator))[0].is_read


async def test_popularity_follows_plays_and_purchases(db, as_owner):
    buyer, heard, sold = await make_user(tokens=50), await make_pack(price=1), await make_pack(price=1)
    await make_pack()
    await play(None, file_id=heard.file_ids[0], seconds=5)
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=sold.slug, price_tokens=1, key="k")
        assert await popularity.refresh(session) == 2
        assert await popularity.refresh(session) == 0
    assert as_owner("SELECT popularity FROM packs ORDER BY popularity") == [(0,), (1,), (popularity.PURCHASE_WEIGHT,)]
    assert as_owner(
        "SELECT count(*) FROM audio_files f JOIN packs p ON p.id = f.pack_id WHERE f.popularity <> p.popularity"
    ) == [(0,)]


async def test_name_of_a_member_who_left_is_in_no_notification(db, as_owner):
    owner = await make_user()
    al, alice, zed = await make_user(name="Al"), await make_user(name="Alice and Co"), await make_user(name="Zed")

    async def like(group: str, *members: Viewer) -> None:
        for member in members:
            async with transaction() as session:
                await activity.notify_group(
                    session, user_id=owner.user_id, kind="like", group=group, actor=member, one="{name} likes Me and 2 others.",
                    many="{name} and {others} like Me and 2 others.", link="/x",
                )  # fmt: skip

    async def forget(member: Viewer) -> list[str]:
        async with transaction() as session:
            await activity.forget_member(session, member.user_id)
        return [row[0] for row in as_owner("SELECT sentence FROM notifications ORDER BY group_key")]

    await like("1", al, alice)
    await like("2", al, zed, alice)
    assert await forget(al) == [
        "Alice and Co and 1 other like Me and 2 others.", "Alice and Co and 2 others like Me and 2 others.",
    ]  # fmt: skip
    as_owner(f"UPDATE users SET display_name = 'New' WHERE id = '{alice.user_id}'")
    assert await forget(alice) == [f"{policy.DELETED_MEMBER} and 2 others like Me and 2 others."]
    assert as_owner("SELECT actors::text FROM notifications") == [(f"{{{zed.user_id}}}",)]
