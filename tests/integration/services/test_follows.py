"""Follows and the feed: one entry for each follower, by a job in batches; read state; notifications for several people; the digest."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.base import utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.services import activity, feed_events, notification_mails
from askchopper.services.catalogue import detail
from askchopper.services.community import (
    blocks,
    collection_items,
    collections,
    creator_pages,
    digest,
    feed,
    follows,
    likes,
)
from askchopper.services.studio import drafts, publishing
from askchopper.vocabulary import FeedKind, MailKind, Visibility
from tests.support.factories import MadePack, make_creator, make_pack, make_user
from tests.support.smtp import smtp_server
from tests.support.studio import new_draft, send, submit, work
from tests.support.studio_sounds import beat

pytestmark = pytest.mark.integration


async def follow(viewer: Viewer, creator: Viewer) -> None:
    async with transaction() as session:
        await follows.follow_creator(session, viewer, slug=creator.creator_slug or "")


async def release(pack: MadePack, kind: FeedKind = FeedKind.PACK, **facts: object) -> uuid.UUID:
    """Record an event of a pack and run its job."""
    async with transaction() as session:
        found = await session.execute(text("SELECT creator_id FROM packs WHERE id = :id"), {"id": pack.id})
        await feed_events.record(
            session, kind, source=f"{kind}:{pack.id}", creator_id=found.scalar_one(), pack_id=pack.id, facts=facts
        )
        event_id = (
            await session.execute(text("SELECT id FROM feed_events WHERE source = :s"), {"s": f"{kind}:{pack.id}"})
        ).scalar_one()
    await feed.distribute(event_id)
    return event_id


async def read(viewer: Viewer, **page: object):
    async with read_only() as session:
        return await feed.list_feed(session, viewer, **page)


async def unread(viewer: Viewer) -> int:
    async with read_only() as session:
        return await feed.unread_count(session, viewer)


async def test_follower_gets_what_is_released_and_reads_it(db):
    creator, fan, other = await make_creator(), await make_user(), await make_user()
    await follow(fan, creator)
    await follow(fan, creator)
    pack = await make_pack(creator)
    await release(pack)
    await release(pack)
    [item] = (await read(fan)).items
    assert (item.kind, item.title, item.is_new, item.pack.slug) == (FeedKind.PACK, item.pack.title, True, pack.slug)
    assert (await read(other)).items == ()
    assert await unread(fan) == 1
    async with transaction() as session:
        await feed.mark_read(session, fan)
    assert await unread(fan) == 0
    assert not (await read(fan)).items[0].is_new


async def test_own_and_unknown_creators_cannot_be_followed(db):
    creator, fan = await make_creator(), await make_user()
    with pytest.raises(ConflictError):
        await follow(creator, creator)
    for slug in ("nobody", "\x00", ""):
        with pytest.raises(NotFoundError):
            async with transaction() as session:
                await follows.follow_creator(session, fan, slug=slug)


async def test_following_again_at_the_limit_changes_nothing(db, monkeypatch: pytest.MonkeyPatch):
    creator, other, fan = await make_creator(), await make_creator(), await make_user()
    await make_pack(creator, tags=("dusty",))
    monkeypatch.setattr(policy, "MAX_FOLLOWS", 2)
    for _ in range(2):
        await follow(fan, creator)
        async with transaction() as session:
            assert (await follows.set_tag(session, fan, slug="dusty", is_followed=True)).following
    with pytest.raises(InvalidInputError):
        await follow(fan, other)


async def test_new_follow_brings_earlier_releases_and_its_end_takes_them(db):
    creator, fan = await make_creator(), await make_user()
    for _ in range(3):
        await release(await make_pack(creator))
    await follow(fan, creator)
    assert len((await read(fan)).items) == 3
    async with transaction() as session:
        mark = await follows.unfollow_creator(session, fan, slug=creator.creator_slug or "")
    assert (mark.following, mark.follower_count) == (False, 0)
    assert (await read(fan)).items == ()


async def test_pack_of_followed_creator_and_tag_is_there_once(db):
    creator, fan = await make_creator(), await make_user()
    pack = await make_pack(creator, tags=("dusty",))
    async with transaction() as session:
        await follows.set_tag(session, fan, slug="dusty", is_followed=True)
    await follow(fan, creator)
    await release(pack)
    assert len((await read(fan)).items) == 1


async def test_followers_of_several_tags_of_a_pack_do_not_end_the_batches_early(db, monkeypatch: pytest.MonkeyPatch):
    """Each of them matches once for each tag, and there are more of them, and of the creator's followers, than a batch has."""
    monkeypatch.setattr(feed, "BATCH", 2)
    creator, fans = await make_creator(), [await make_user() for _ in range(7)]
    pack = await make_pack(creator, tags=("dusty", "warm"))
    for number, fan in enumerate(fans):
        async with transaction() as session:
            for tag in ("dusty", "warm"):
                await follows.set_tag(session, fan, slug=tag, is_followed=True)
        if number % 2:
            await follow(fan, creator)
    await release(pack)
    assert [len((await read(fan)).items) for fan in fans] == [1] * 7
    with pytest.raises(NotFoundError):
        async with transaction() as session:
            await follows.set_tag(session, fan, slug="unknown", is_followed=True)


async def test_thousands_of_followers_are_served_in_batches(db, as_owner, monkeypatch):
    creator = await make_creator()
    pack = await make_pack(creator)
    as_owner(
        "INSERT INTO users (id, email, display_name, role) SELECT gen_random_uuid(), n || '@many.test', 'Fan', 'member'"
        " FROM generate_series(1, 4500) n",
        "INSERT INTO follows (id, user_id, creator_id) SELECT gen_random_uuid(), u.id, c.id FROM users u, creators c"
        f" WHERE u.email LIKE '%@many.test' AND c.slug = '{creator.creator_slug}'",
    )
    event_id = await release(pack)
    assert as_owner("SELECT count(*) FROM feed_entries") == [(4500,)]
    assert as_owner("SELECT follower_count FROM creators WHERE slug = '" + (creator.creator_slug or "") + "'") == [
        (4500,)
    ]
    assert await feed.distribute(event_id) == 4500  # a second try adds nothing
    assert as_owner("SELECT count(*) FROM feed_entries") == [(4500,)]


async def test_feed_is_paged_and_leaves_out_what_is_gone(db, as_owner):
    creator, fan = await make_creator(), await make_user()
    await follow(fan, creator)
    packs = [await make_pack(creator) for _ in range(5)]
    for pack in packs:
        await release(pack)
    as_owner(f"UPDATE packs SET status = 'unpublished' WHERE id = '{packs[0].id}'")
    first = await read(fan, limit=3)
    rest = await read(fan, limit=3, cursor=first.next_cursor)
    slugs = [item.slug for item in first.items + rest.items]
    assert slugs == [pack.slug for pack in reversed(packs[1:])]
    assert rest.next_cursor is None


async def test_collection_tells_once_a_day_and_never_when_private(db):
    owner, fan = await make_user(), await make_user()
    async with transaction() as session:
        slug = await collections.create(session, owner, title="Rain", visibility=Visibility.PUBLIC)
    async with transaction() as session:
        await follows.set_collection(session, fan, slug=slug, is_followed=True)
        with pytest.raises(ConflictError):
            await follows.set_collection(session, owner, slug=slug, is_followed=True)
    for _ in range(3):
        pack = await make_pack()
        async with transaction() as session:
            await collection_items.add(session, owner, slug=slug, pack=pack.slug)
    async with read_only() as session:
        [event_id] = (await session.execute(text("SELECT id FROM feed_events"))).scalars()
    await feed.distribute(event_id)
    [item] = (await read(fan)).items
    assert (item.kind, item.slug, item.facts) == (FeedKind.COLLECTION, slug, {"count": "3"})
    async with transaction() as session:
        await collections.change(session, owner, slug=slug, visibility=Visibility.PRIVATE)
    assert (await read(fan)).items == ()


async def test_likes_and_followers_are_one_notification_until_read(db):
    creator = await make_creator()
    pack, fans = await make_pack(creator), [await make_user(name=name) for name in ("Ana", "Ben", "Cleo")]
    for fan in fans:
        await follow(fan, creator)
        async with transaction() as session:
            await likes.like(session, fan, pack=pack.slug)
    async with transaction() as session:  # again by the same member: not counted twice
        await likes.unlike(session, fans[2], pack=pack.slug)
        await likes.like(session, fans[2], pack=pack.slug)
        await likes.like(session, creator, pack=pack.slug)
    async with transaction() as session:
        found = await activity.notifications(session, creator)
        assert await activity.unread_count(session, creator) == 2
        await activity.mark_read(session, creator)
    sentences = {line.kind: line.sentence for line in found}
    assert sentences["follower"] == "Cleo and 2 others follow you."
    assert sentences["like"].startswith("Cleo and 2 others like ")
    async with transaction() as session:
        await notification_mails.choose_site(session, creator, kind="like", is_on=False)
    late = await make_user(name="Dora")
    async with transaction() as session:
        await likes.like(session, late, pack=pack.slug)
    async with read_only() as session:
        assert await activity.unread_count(session, creator) == 0


async def test_weekly_digest_is_sent_once_and_only_on_demand(db, monkeypatch):
    creator, fan, quiet = await make_creator(), await make_user(), await make_user()
    for member in (fan, quiet):
        await follow(member, creator)
    pack = await make_pack(creator)
    await release(pack)
    async with transaction() as session:
        await notification_mails.choose(session, fan, kind=MailKind.DIGEST.value, is_on=True)
    with smtp_server() as mails:
        assert await digest.send_due() == 1
        assert await digest.send_due() == 0
    assert len(mails) == 1
    assert "Your week on Ask Chopper" in mails[0]


async def test_digest_leaves_out_who_was_blocked_since(db, monkeypatch):
    creator, fan = await make_creator(), await make_user()
    await follow(fan, creator)
    await release(await make_pack(creator))
    async with transaction() as session:
        await notification_mails.choose(session, fan, kind=MailKind.DIGEST.value, is_on=True)
        await blocks.block(session, creator, member_id=str(fan.user_id))
    with smtp_server() as mails:
        assert await digest.send_due() == 0
    assert mails == []


async def test_publishing_and_a_lower_price_tell_followers(db):
    creator, fan = await make_creator(), await make_user()
    await make_pack(creator)  # so that the creator is known, and needs no review
    await follow(fan, creator)
    draft_id = await new_draft(creator)
    await send(creator, draft_id, "dock_techno_120_kick.wav", beat(bpm=120, seed=1))
    await work()
    soon = utc_now() + timedelta(days=3)
    async with transaction() as session:
        await drafts.change(session, creator, draft_id=draft_id, title="Dock", price_tokens=30, release_at=soon)
    await submit(creator, draft_id)
    await distribute_all()
    [planned] = (await read(fan)).items
    assert (planned.kind, planned.title, planned.facts["release_at"]) == (FeedKind.RELEASE, "Dock", soon.isoformat())
    async with transaction() as session:
        await publishing.recall(session, creator, draft_id=draft_id)
    assert (await read(fan)).items == ()

    async with transaction() as session:
        await drafts.change(session, creator, draft_id=draft_id, release_at=None)
    await submit(creator, draft_id)
    await work()
    await distribute_all()
    [released] = (await read(fan)).items
    assert (released.kind, released.title) == (FeedKind.PACK, "Dock")

    for price in (40, 20):  # dearer: nothing is told
        async with transaction() as session:
            await publishing.recall(session, creator, draft_id=draft_id)
            await drafts.change(session, creator, draft_id=draft_id, price_tokens=price)
        await submit(creator, draft_id)
        await work()
    await distribute_all()
    cheaper, _ = (await read(fan)).items
    assert (cheaper.kind, cheaper.facts) == (FeedKind.PRICE, {"old_price": "40", "price": "20"})


async def distribute_all() -> None:
    async with read_only() as session:
        events = list((await session.execute(text("SELECT id FROM feed_events ORDER BY id"))).scalars())
    for event_id in events:
        await feed.distribute(event_id)


async def test_members_who_are_apart_meet_nowhere(db):
    creator, fan = await make_creator(), await make_user()
    pack = await make_pack(creator)
    await follow(fan, creator)
    await release(pack)
    async with transaction() as session:
        slug = await collections.create(session, creator, title="Rain", visibility=Visibility.PUBLIC)
        await collection_items.add(session, creator, slug=slug, pack=pack.slug)
        await blocks.block(session, creator, member_id=str(fan.user_id))
    assert (await read(fan)).items == ()
    for act in (
        lambda session: follows.follow_creator(session, fan, slug=creator.creator_slug or ""),
        lambda session: collections.get(session, fan, slug=slug),
        lambda session: detail.get_creator(session, fan, slug=creator.creator_slug or ""),
        lambda session: creator_pages.get_portfolio(session, fan, slug=creator.creator_slug or ""),
    ):
        with pytest.raises(NotFoundError):
            async with transaction() as session:
                await act(session)
    async with transaction() as session:
        assert await collections.list_public(session, fan) == ()
        await activity.mark_read(session, creator)
        await likes.like(session, fan, pack=pack.slug)
        assert await activity.unread_count(session, creator) == 0
