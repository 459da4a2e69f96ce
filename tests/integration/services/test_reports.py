"""Reports, what they hide, takedowns, and blocks."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.community_vocabulary import ReportReason
from askchopper.database import read_only, transaction
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.search_filters import Filters
from askchopper.services import activity, audit
from askchopper.services.catalogue import detail, takedowns
from askchopper.services.community import blocks, comment_lists, comments, ratings, reports, taken_down
from askchopper.services.purchases import checkout, downloads
from askchopper.services.search import queries
from askchopper.vocabulary import Role
from tests.support.factories import MadePack, make_pack, make_user

pytestmark = pytest.mark.integration


async def report(viewer: Viewer, target: str, target_id: object, **more: str) -> None:
    async with transaction() as session:
        await reports.report(session, viewer, target=target, target_id=str(target_id), **{"reason": "spam", **more})


async def decide(viewer: Viewer, target: str, target_id: object, *, is_upheld: bool, note: str = "") -> None:
    async with transaction() as session:
        await reports.decide(session, viewer, target=target, target_id=str(target_id), is_upheld=is_upheld, note=note)


async def comment_on(pack: MadePack, viewer: Viewer, words: str = "Buy followers") -> str:
    async with transaction() as session:
        return (await comments.post(session, viewer, slug=pack.slug, written=words)).id


async def shown(pack: MadePack, viewer: Viewer | None = None) -> list[str]:
    async with read_only() as session:
        return [one.text for one in (await comment_lists.list_comments(session, viewer, slug=pack.slug)).items]


async def on_sale() -> list[str]:
    async with read_only() as session:
        return [card.slug for card in (await queries.list_packs(session, None, filters=Filters())).items]


async def make_regular() -> Viewer:
    """Create a member who is old enough for reports to hide something."""
    return await make_user(age_days=policy.REPORTER_DAYS + 1)


async def test_new_accounts_hide_nothing(db: None):
    pack, author, moderator = await make_pack(), await make_regular(), await make_user(role=Role.MODERATOR)
    comment_id = await comment_on(pack, author)
    for _ in range(policy.REPORTS_TO_HIDE + 1):
        fresh = await make_user()
        await report(fresh, "comment", comment_id)
        await report(fresh, "pack", pack.slug)
    async with read_only() as session:
        found = await reports.queue(session, moderator)
    assert {(one.target.value, one.reporters, one.is_hidden) for one in found} == {
        ("comment", policy.REPORTS_TO_HIDE + 1, False), ("pack", policy.REPORTS_TO_HIDE + 1, False),
    }  # fmt: skip


async def test_six_reporters_hide_a_comment_until_a_moderator_decides(db: None):
    pack, author, moderator = await make_pack(), await make_regular(), await make_user(role=Role.MODERATOR)
    comment_id = await comment_on(pack, author)
    people = [await make_regular() for _ in range(policy.REPORTS_TO_HIDE)]
    for person in people[:-1]:
        await report(person, "comment", comment_id)
        await report(person, "comment", comment_id, reason="abuse")
    assert await shown(pack) == ["Buy followers"], "a second report of the same member does not count"
    await report(people[-1], "comment", comment_id, written="Third time this week")
    assert await shown(pack) == []
    assert await shown(pack, author) == await shown(pack, moderator) == ["Buy followers"]
    async with read_only() as session:
        (item,) = await reports.queue(session, moderator)
    assert (item.reporters, item.is_hidden, item.content["text"]) == (6, True, "Buy followers")
    assert item.reasons == (ReportReason.SPAM,)
    assert item.texts == ("Third time this week",)
    await decide(moderator, "comment", comment_id, is_upheld=False)
    assert await shown(pack) == ["Buy followers"]


async def test_moderators_are_told_of_reports_once(db: None):
    moderator, pack = await make_user(role=Role.MODERATOR), await make_pack(title="Loud")
    for _ in range(2):
        async with transaction() as session:
            await reports.report(session, await make_user(), target="pack", target_id=pack.slug, reason="spam")
    async with transaction() as session:
        [told] = await activity.notifications(session, moderator)
    assert (told.kind, told.link, told.sentence) == (
        "operations",
        "/moderation",
        "Loud was reported. The queue has all reports.",
    )


async def test_reports_keep_the_content_as_it_was(db: None):
    pack, author, moderator = await make_pack(), await make_regular(), await make_user(role=Role.MODERATOR)
    comment_id = await comment_on(pack, author)
    await report(await make_regular(), "comment", comment_id)
    async with transaction() as session:
        await comments.edit(session, author, comment_id=comment_id, written="All is well")
        await comments.delete(session, author, comment_id=comment_id)
        (item,) = await reports.queue(session, moderator)
    assert item.content["text"] == "Buy followers"


async def test_dismissed_reporters_count_less(db: None):
    pack, moderator = await make_pack(), await make_user(role=Role.MODERATOR)
    people = [await make_regular() for _ in range(policy.REPORTS_TO_HIDE)]
    first = await comment_on(pack, await make_regular(), "Harmless")
    for person in people:
        await report(person, "comment", first)
    await decide(moderator, "comment", first, is_upheld=False)
    second = await comment_on(pack, await make_regular(), "Harmless too")
    for person in people:
        await report(person, "comment", second)
    assert "Harmless too" in await shown(pack), "six who were wrong before weigh three"
    for _ in range(3):
        await report(await make_regular(), "comment", second)
    assert "Harmless too" not in await shown(pack)


async def test_upheld_report_tells_the_author_why(db: None):
    pack, author, moderator = await make_pack(), await make_regular(), await make_user(role=Role.MODERATOR)
    comment_id = await comment_on(pack, author)
    await report(await make_regular(), "comment", comment_id)
    await decide(moderator, "comment", comment_id, is_upheld=True, note="Advertising.")
    assert await shown(pack) == []
    async with read_only() as session:
        assert any("Advertising." in one.sentence for one in await activity.notifications(session, author))
    with pytest.raises(NotFoundError):
        await decide(moderator, "comment", comment_id, is_upheld=True)


async def test_taken_down_pack_leaves_a_tombstone_and_its_buyers_keep_it(db: None):
    pack, moderator, buyer = await make_pack(), await make_user(role=Role.MODERATOR), await make_user(tokens=100)
    async with transaction() as session:
        await checkout.buy(
            session, buyer, pack_slug=pack.slug, file_id=None, price_tokens=pack.price_tokens, key=uuid.uuid4().hex
        )
    await report(await make_regular(), "pack", pack.slug, reason="copyright")
    await decide(moderator, "pack", pack.id, is_upheld=True, note="A copyright notice.")
    assert await on_sale() == []
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await detail.get_pack(session, None, slug=pack.slug)
        found = await takedowns.tombstone(session, slug=pack.slug)
        assert found is not None
        assert found[0] == "A copyright notice."
        assert await downloads.start_file_download(session, buyer, file_id=pack.file_ids[0])
    async with transaction() as session:
        await takedowns.take_down(session, pack.id, reason="A court order.", is_legal_hold=True)
        with pytest.raises(ForbiddenError, match="legal hold"):
            await downloads.start_file_download(session, buyer, file_id=pack.file_ids[0])
    async with transaction() as session:
        await takedowns.lift(session, pack.id)
    assert await on_sale() == [pack.slug]
    async with read_only() as session:
        assert await takedowns.tombstone(session, slug=pack.slug) is None


async def test_hidden_review_leaves_the_average(db: None):
    pack, moderator = await make_pack(), await make_user(role=Role.MODERATOR)
    fan = await make_regular()
    async with transaction() as session:
        for _ in range(5):
            await activity.record_play(session, fan, file_id=pack.file_ids[0], seconds=30)
        await ratings.rate(session, fan, slug=pack.slug, stars=1, review="Rubbish, buy mine")
        (review,) = (await ratings.list_reviews(session, None, slug=pack.slug)).items
    await report(pack.creator, "review", review.id)
    await decide(moderator, "review", review.id, is_upheld=True)
    async with read_only() as session:
        assert (await ratings.summary(session, None, slug=pack.slug)).count == 0
        count = await session.execute(text("SELECT rating_count FROM packs WHERE id = :id"), {"id": pack.id})
        assert count.scalar_one() == 0


async def test_bad_reports_get_a_sentence(db: None):
    pack = await make_pack()
    member = await make_regular()
    for target, target_id, reason in (("pack", pack.slug, "dislike"), ("planet", pack.slug, "spam")):
        with pytest.raises(InvalidInputError):
            await report(member, target, target_id, reason=reason)
    for target, target_id in (("comment", "x"), ("pack", "nothing"), ("member", uuid.uuid4()), ("file", "\x00")):
        with pytest.raises(NotFoundError):
            await report(member, target, target_id)
    with pytest.raises(InvalidInputError, match="yours"):
        await report(pack.creator, "pack", pack.slug)
    with pytest.raises(InvalidInputError, match="at most"):
        await report(member, "pack", pack.slug, written="a" * 1_001)


async def test_only_moderators_see_and_decide(db: None):
    pack, member = await make_pack(), await make_regular()
    await report(member, "pack", pack.slug)
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await reports.queue(session, member)
    with pytest.raises(NotFoundError):
        await decide(member, "pack", pack.id, is_upheld=True)


async def test_blocks_are_listed_and_end(db: None):
    one, other = await make_regular(), await make_user(name="Loud")
    async with transaction() as session:
        await blocks.block(session, one, member_id=str(other.user_id))
        await blocks.block(session, one, member_id=str(other.user_id))
        assert [found.name for found in await blocks.list_blocked(session, one)] == ["Loud"]
        assert await blocks.list_blocked(session, other) == ()
        await blocks.unblock(session, one, member_id=str(other.user_id))
        assert await blocks.list_blocked(session, one) == ()
        with pytest.raises(InvalidInputError):
            await blocks.block(session, one, member_id=str(one.user_id))
        with pytest.raises(NotFoundError):
            await blocks.block(session, one, member_id="x")


async def test_blocking_again_at_the_limit_changes_nothing(db: None, monkeypatch: pytest.MonkeyPatch):
    one, other, third = await make_user(), await make_user(), await make_user()
    monkeypatch.setattr(policy, "MAX_BLOCKS", 1)
    async with transaction() as session:
        await blocks.block(session, one, member_id=str(other.user_id))
        await blocks.block(session, one, member_id=str(other.user_id))
        with pytest.raises(InvalidInputError):
            await blocks.block(session, one, member_id=str(third.user_id))


async def test_publishing_waits_for_a_takedown(db: None):
    pack = await make_pack()

    async def is_refused() -> bool:
        async with transaction() as session:
            return await takedowns.is_taken_down(session, pack.id)

    async with transaction() as session:
        await takedowns.take_down(session, pack.id, reason="A copyright notice.")
        publishing = asyncio.create_task(is_refused())
        await asyncio.sleep(0.3)
    assert await publishing


async def test_the_last_reporters_at_once_hide_it(db: None):
    pack = await make_pack()
    comment_id = await comment_on(pack, await make_regular())
    people = [await make_regular() for _ in range(policy.REPORTS_TO_HIDE)]
    for person in people[:-2]:
        await report(person, "comment", comment_id)
    async with transaction() as session:
        await reports.report(session, people[-2], target="comment", target_id=comment_id, reason="spam")
        last = asyncio.create_task(report(people[-1], "comment", comment_id))
        await asyncio.sleep(0.3)
    await last
    assert await shown(pack) == []


async def test_reporters_who_are_gone_do_not_count(db: None, as_owner):
    pack = await make_pack()
    comment_id = await comment_on(pack, await make_regular())
    for number in range(policy.REPORTS_TO_HIDE):
        if number == policy.REPORTS_TO_HIDE - 1:
            as_owner("UPDATE reports SET reporter_id = NULL")
        await report(await make_regular(), "comment", comment_id)
    assert await shown(pack) == ["Buy followers"]


async def test_moderators_do_not_decide_about_their_own(db: None):
    pack, moderator = await make_pack(), await make_user(role=Role.MODERATOR)
    comment_id = await comment_on(pack, moderator)
    await report(await make_regular(), "comment", comment_id)
    with pytest.raises(ForbiddenError, match="This concerns you"):
        await decide(moderator, "comment", comment_id, is_upheld=False)
    async with read_only() as session:
        assert len(await reports.queue(session, moderator)) == 1, "it waits for another moderator"


@pytest.mark.parametrize("is_upheld", [True, False])
async def test_dismissed_report_of_a_sound_leaves_the_takedown_of_its_pack(db: None, is_upheld: bool):
    pack, moderator = await make_pack(), await make_user(role=Role.MODERATOR)
    await report(await make_regular(), "file", pack.file_ids[0])
    for _ in range(policy.REPORTS_TO_HIDE):
        await report(await make_regular(), "pack", pack.id)
    if is_upheld:
        await decide(moderator, "pack", pack.id, is_upheld=True)
    async with read_only() as session:
        assert all(one.is_hidden for one in await reports.queue(session, moderator))
    await decide(moderator, "file", pack.file_ids[0], is_upheld=False)
    assert await on_sale() == []
    if not is_upheld:
        await decide(moderator, "pack", pack.id, is_upheld=False)
        assert await on_sale() == [pack.slug]


async def test_another_upheld_report_leaves_a_legal_hold(db: None):
    pack, moderator = await make_pack(), await make_user(role=Role.MODERATOR)
    await report(await make_regular(), "file", pack.file_ids[0])
    async with transaction() as session:
        await takedowns.take_down(session, pack.id, reason="A court order.", is_legal_hold=True)
    await decide(moderator, "file", pack.file_ids[0], is_upheld=True)
    async with read_only() as session:
        with pytest.raises(ForbiddenError, match="legal hold"):
            await takedowns.refuse_on_hold(session, pack.id)


async def hidden_review(pack: MadePack, fan: Viewer) -> str:
    async with transaction() as session:
        for _ in range(5):
            await activity.record_play(session, fan, file_id=pack.file_ids[0], seconds=30)
        await ratings.rate(session, fan, slug=pack.slug, stars=1, review="Rubbish, buy mine")
        (review,) = (await ratings.list_reviews(session, None, slug=pack.slug)).items
    await report(pack.creator, "review", review.id)
    return review.id


async def test_hidden_review_does_not_come_back_as_a_new_one(db: None):
    pack, moderator, fan = await make_pack(), await make_user(role=Role.MODERATOR), await make_regular()
    review_id = await hidden_review(pack, fan)
    await decide(moderator, "review", review_id, is_upheld=True)
    async with transaction() as session:
        assert (await ratings.withdraw(session, fan, slug=pack.slug)).own_stars == 0
        assert await ratings.list_reviews(session, fan, slug=pack.slug) == Page((), None), "its text is gone"
        found = await ratings.rate(session, fan, slug=pack.slug, stars=1, review="Rubbish, buy mine")
        assert found.count == 0
        assert (await ratings.list_reviews(session, None, slug=pack.slug)).items == ()


async def test_hiding_a_review_while_it_is_changed(db: None):
    pack, moderator, fan = await make_pack(), await make_user(role=Role.MODERATOR), await make_regular()
    review_id = await hidden_review(pack, fan)
    async with transaction() as session:
        await session.execute(text("SELECT FROM packs WHERE id = :id FOR UPDATE"), {"id": pack.id})
        deciding = asyncio.create_task(decide(moderator, "review", review_id, is_upheld=True))
        await asyncio.sleep(0.3)
        await ratings.rate(session, fan, slug=pack.slug, stars=2, review="Rubbish")
    await deciding
    async with read_only() as session:
        assert (await ratings.summary(session, None, slug=pack.slug)).count == 0


async def test_moderators_put_a_pack_on_sale_again_and_administrators_end_a_hold(db: None):
    pack, moderator, chief = await make_pack(), await make_user(role=Role.MODERATOR), await make_user(role=Role.ADMIN)
    await report(await make_regular(), "pack", pack.slug, reason="copyright")
    await decide(moderator, "pack", pack.id, is_upheld=True, note="A notice.")
    async with transaction() as session:
        assert [one.slug for one in await taken_down.list_current(session, moderator)] == [pack.slug]
        for somebody in (pack.creator, await make_regular()):
            with pytest.raises(NotFoundError):
                await taken_down.lift(session, somebody, slug=pack.slug)
        await takedowns.take_down(session, pack.id, reason="A court order.", is_legal_hold=True)
        with pytest.raises(ForbiddenError, match="administrator"):
            await taken_down.lift(session, moderator, slug=pack.slug)
        await taken_down.lift(session, chief, slug=pack.slug)
        with pytest.raises(NotFoundError):
            await taken_down.lift(session, chief, slug=pack.slug)
        page = await audit.entries(session, chief, audit.parse_filter(action="moderation"))
    assert [one.action for one in page.items] == ["moderation.lifted", "moderation.upheld"]
    assert await on_sale() == [pack.slug]
