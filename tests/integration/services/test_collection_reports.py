"""Reports of public collections: what they hide, from whom, the copy that moderators see, and their decision."""

import pytest

from askchopper import policy, routes
from askchopper.api import page_html
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.view_models.collections import collection_card
from askchopper.services import activity
from askchopper.services.community import collection_items, collection_sharing, collections, feed, follows, reports
from askchopper.services.moderation import appeals, decisions, details, queue
from askchopper.vocabulary import Role, Visibility
from tests.support.factories import make_pack, make_user

pytestmark = pytest.mark.integration


async def make_regular(**more: Role) -> Viewer:
    """Create a member who is old enough for reports to hide something."""
    return await make_user(age_days=policy.REPORTER_DAYS + 1, **more)


async def make_collection(owner: Viewer, visibility: Visibility = Visibility.PUBLIC) -> str:
    """Create a collection with a pack and a note."""
    pack = await make_pack(title="Warm keys")
    async with transaction() as session:
        slug = await collections.create(
            session, owner, title="Free followers", visibility=visibility, description="Buy them at spam.test"
        )
        item_id, *_ = await collection_items.add(session, owner, slug=slug, pack=pack.slug)
        await collection_items.annotate(session, owner, slug=slug, item_id=item_id, note="Call me")
    return slug


async def report(viewer: Viewer, slug: str) -> None:
    async with transaction() as session:
        await reports.report(session, viewer, target="collection", target_id=slug, reason="spam")


async def hide(slug: str) -> None:
    for _ in range(policy.REPORTS_TO_HIDE):
        await report(await make_regular(), slug)


async def is_visible(viewer: Viewer | None, slug: str) -> bool:
    async with read_only() as session:
        try:
            await collections.get(session, viewer, slug=slug)
        except NotFoundError:
            return False
    return True


async def listed(viewer: Viewer | None) -> list[str]:
    async with read_only() as session:
        return [one.slug for one in await collections.list_public(session, viewer)]


async def decide(moderator: Viewer, *, is_hidden: bool) -> str:
    async with transaction() as session:
        [item] = (await queue.items(session, moderator)).items
        made = await decisions.decide(
            session, moderator, item=item.item, verdict="returned" if is_hidden else "approved", note="No advertising"
        )
    return made.id


async def test_six_reporters_hide_a_collection_until_a_moderator_decides(db: None):
    owner, friend, moderator = await make_regular(), await make_regular(), await make_user(role=Role.MODERATOR)
    slug = await make_collection(owner)
    async with transaction() as session:
        token = await collection_sharing.invite(session, owner, slug=slug)
        await collection_sharing.join(session, friend, slug=slug, token=token)
        await follows.set_collection(session, await make_regular(), slug=slug, is_followed=True)
    reporters = [await make_regular() for _ in range(policy.REPORTS_TO_HIDE)]
    for reporter in reporters[:-1]:
        await report(reporter, slug)
        await report(reporter, slug)
    assert await is_visible(None, slug), "a second report of the same member does not count"
    await report(reporters[-1], slug)
    assert not await is_visible(None, slug)
    assert not await is_visible(reporters[0], slug)
    assert await listed(None) == []
    assert [await is_visible(one, slug) for one in (owner, friend, moderator)] == [True, True, True]
    async with read_only() as session:
        told = [one.sentence for one in await activity.notifications(session, owner) if one.kind == "moderation"]
        [card] = [collection_card(one) for one in await collections.list_own(session, owner)]
    assert told == [
        "Collection “Free followers” is hidden, because it was reported several times. A moderator will check it."
    ]
    assert card.visibility == "Hidden until a moderator reviews it"
    await decide(moderator, is_hidden=False)
    assert await is_visible(None, slug)
    assert await listed(None) == [slug]


async def test_moderators_see_a_copy_and_their_decision_can_be_undone_and_appealed(db: None):
    owner, moderator, other = (
        await make_regular(),
        await make_user(role=Role.MODERATOR),
        await make_user(role=Role.ADMIN),
    )
    slug = await make_collection(owner)
    await report(await make_regular(), slug)
    async with transaction() as session:
        await collections.change(session, owner, slug=slug, title="Calm", description="Nothing to see")
        [item] = (await queue.items(session, moderator)).items
        found = await details.get(session, moderator, item=item.item)
        fields = dict(found.fields)
    assert (item.title, found.href) == ("Collection “Free followers”", routes.collection(slug))
    assert fields["Text"] == "Buy them at spam.test\nWarm keys: Call me"
    decision_id = await decide(moderator, is_hidden=True)
    assert not await is_visible(None, slug)
    async with transaction() as session:
        await decisions.undo(session, moderator, decision_id=decision_id)
    assert await is_visible(None, slug)
    decision_id = await decide(moderator, is_hidden=True)
    async with transaction() as session:
        await appeals.appeal(session, owner, decision_id=decision_id, written="It was a joke")
    async with transaction() as session:
        [item] = (await queue.items(session, other)).items
        await decisions.decide(session, other, item=item.item, verdict="approved", note="Fine")
    assert await is_visible(None, slug)


async def test_own_and_private_collections_are_not_reported(db: None):
    owner, member = await make_regular(), await make_regular()
    with pytest.raises(InvalidInputError, match="yours"):
        await report(owner, await make_collection(owner))
    with pytest.raises(NotFoundError):
        await report(member, await make_collection(owner, Visibility.PRIVATE))


async def test_hidden_collection_is_in_no_feed_and_not_rendered(db: None, as_owner):
    owner, fan = await make_regular(), await make_regular()
    slug = await make_collection(owner)
    async with transaction() as session:
        await follows.set_collection(session, fan, slug=slug, is_followed=True)
        await collection_items.add(session, owner, slug=slug, pack=(await make_pack()).slug)
    for (event_id,) in as_owner("SELECT id FROM feed_events"):
        await feed.distribute(event_id)
    async with read_only() as session:
        assert [one.slug for one in (await feed.list_feed(session, fan)).items] == [slug]
    await hide(slug)
    async with read_only() as session:
        assert (await feed.list_feed(session, fan)).items == ()
        assert await follows.list_followed(session, fan) == ()
    assert "Free followers" not in (await page_html.collection(slug)).head


async def test_invitation_does_not_show_a_hidden_collection(db: None):
    owner, guest = await make_regular(), await make_regular()
    slug = await make_collection(owner)
    async with transaction() as session:
        token = await collection_sharing.invite(session, owner, slug=slug)
        assert (await collections.find(session, guest, slug=slug, invite=token)).title
    await report(await make_regular(), slug)
    await decide(await make_user(role=Role.MODERATOR), is_hidden=True)
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await collections.find(session, guest, slug=slug, invite=token)
        assert (await collections.find(session, owner, slug=slug)).is_own
