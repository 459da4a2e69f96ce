"""The moderation queue: order, claims, decisions, undo, messages, and the trust ladder."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from askchopper.moderation_vocabulary import ItemKind, TrustLevel
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.moderation import DecisionResult, QueueItem
from askchopper.services import activity, audit
from askchopper.services.community import comments, reports, taken_down
from askchopper.services.moderation import claims, decisions, details, messages, queue
from askchopper.services.studio import trust
from askchopper.vocabulary import Role
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.studio import new_draft

pytestmark = pytest.mark.integration
AsOwner = Callable[..., None]


async def listed(viewer: Viewer, **filters: str) -> list[QueueItem]:
    async with read_only() as session:
        return list((await queue.items(session, viewer, **filters)).items)


async def decide(viewer: Viewer, item: str, verdict: str, note: str = "") -> DecisionResult:
    async with transaction() as session:
        return await decisions.decide(session, viewer, item=item, verdict=verdict, note=note)


async def in_review(as_owner: AsOwner, *, title: str = "Wet Slate", hours: int = 1) -> tuple[Viewer, str]:
    creator = await make_creator()
    draft_id = await new_draft(creator)
    as_owner(
        f"UPDATE drafts SET state = 'in_review', title = '{title}', note = 'The creator''s first pack.',"
        f" submitted_at = now() - interval '{hours} hours' WHERE id = '{draft_id}'"
    )
    return creator, f"draft:{draft_id}"


async def reported_comment(words: str = "Buy followers") -> tuple[Viewer, str]:
    pack, author, reporter = await make_pack(), await make_user(), await make_user()
    async with transaction() as session:
        made = await comments.post(session, author, slug=pack.slug, written=words)
        await reports.report(
            session, reporter, target="comment", target_id=made.id, reason="spam", written="Third time"
        )
    return author, f"comment:{made.id}"


async def state_of(item: str) -> str:
    async with read_only() as session:
        found = await session.execute(text("SELECT state FROM drafts WHERE id = :id"), {"id": item.partition(":")[2]})
        return str(found.scalar_one())


async def told(viewer: Viewer) -> list[str]:
    async with read_only() as session:
        return [one.sentence for one in await activity.notifications(session, viewer)]


async def test_one_queue_oldest_first_by_kind_and_page(db: None, as_owner: AsOwner):
    moderator = await make_user(role=Role.MODERATOR)
    _, old = await in_review(as_owner, hours=policy.OVERDUE_HOURS + 1)
    _, new = await in_review(as_owner, hours=1)
    _, comment = await reported_comment()
    held = await make_user()
    as_owner(
        "INSERT INTO rewards (id, user_id, kind, source, tokens, state, reason)"
        f" VALUES (gen_random_uuid(), '{held.user_id}', 'referral', 's', 10, 'held', 'Same network')",
        f"INSERT INTO artist_reports (id, slug, user_id, reason) VALUES (gen_random_uuid(), 'burial', '{held.user_id}', 'Wrong')",
    )
    found = await listed(moderator)
    assert [one.item for one in found[:3]] == [old, new, comment]
    assert {one.kind for one in found} == {ItemKind.PACK, ItemKind.COMMENT, ItemKind.REWARD, ItemKind.ARTIST}
    assert [one.item for one in await listed(moderator, kind="comment")] == [comment]
    assert [one.item for one in await listed(moderator, state="overdue")] == [old]
    async with read_only() as session:
        counts = await queue.counts(session, moderator)
        first = await queue.items(session, moderator, limit=2)
        second = await queue.items(session, moderator, limit=10, cursor=first.next_cursor)
        assert (counts.total, counts.overdue, counts.by_kind[ItemKind.PACK]) == (5, 1, 2)
        assert [*first.items, *second.items] == found
        detail = await details.get(session, moderator, item=comment)
        assert ("Text", "Buy followers") in detail.fields
        assert ("A reporter writes", "Third time") in detail.fields
        with pytest.raises(InvalidInputError):
            await queue.items(session, moderator, cursor="forged")


async def test_two_moderators_at_one_item(db: None, as_owner: AsOwner):
    ada, ben = await make_user(name="Ada", role=Role.MODERATOR), await make_user(role=Role.MODERATOR)
    _, item = await in_review(as_owner)
    async with transaction() as session:
        await claims.take(session, ada, item=item)
    with pytest.raises(ConflictError, match="Ada has claimed this item"):
        await decide(ben, item, "approved")
    assert [one.held_by for one in await listed(ben)] == ["Ada"]
    assert [one.is_mine for one in await listed(ada, state="mine")] == [True]
    as_owner(f"UPDATE moderation_claims SET created_at = now() - interval '{policy.CLAIM_LONG_HOURS + 1} hours'")
    async with read_only() as session:
        assert [one.moderator for one in await queue.list_forgotten_claims(session, ben)] == ["Ada"]
    as_owner("UPDATE moderation_claims SET ends_at = now()")
    async with transaction() as session:
        await claims.take(session, ben, item=item)
        await claims.release(session, ben, item=item)
        await claims.release(session, ben, item=item)
    results = await asyncio.gather(decide(ada, item, "approved"), decide(ben, item, "approved"), return_exceptions=True)
    assert sorted(isinstance(one, AskChopperError) for one in results) == [False, True]
    assert await state_of(item) == "publishing"


async def test_return_and_take_back(db: None, as_owner: AsOwner):
    moderator, other = await make_user(role=Role.MODERATOR), await make_user(role=Role.MODERATOR)
    creator, item = await in_review(as_owner)
    with pytest.raises(InvalidInputError, match="what has to change"):
        await decide(moderator, item, "returned")
    made = await decide(moderator, item, "returned", "Too quiet, please.")
    assert made.can_undo
    assert (await state_of(item), await listed(moderator)) == ("draft", [])
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await decisions.undo(session, other, decision_id=made.id)
        assert await decisions.undo(session, moderator, decision_id=made.id) == item
    assert [one.reason for one in await listed(moderator)] == ["The creator's first pack."]
    assert "in review again" in (await told(creator))[0]
    async with transaction() as session:
        with pytest.raises(ConflictError, match="already"):
            await decisions.undo(session, moderator, decision_id=made.id)
    again = await decide(moderator, item, "returned", "Too quiet, please.")
    as_owner("UPDATE drafts SET updated_at = clock_timestamp()")
    async with transaction() as session:
        with pytest.raises(ConflictError, match="editing this pack again"):
            await decisions.undo(session, moderator, decision_id=again.id)
    as_owner("UPDATE moderation_decisions SET decided_at = now() - interval '11 minutes'")
    async with transaction() as session:
        with pytest.raises(ConflictError, match="10 minutes"):
            await decisions.undo(session, moderator, decision_id=again.id)


async def test_hidden_comment_comes_back_with_its_reports(db: None):
    moderator = await make_user(role=Role.MODERATOR)
    author, item = await reported_comment()
    made = await decide(moderator, item, "returned", "Advertising.")
    assert await listed(moderator) == []
    reporter, comment_id = await make_user(), item.partition(":")[2]
    async with transaction() as session:
        with pytest.raises(NotFoundError):  # what is hidden cannot be reported again
            await reports.report(session, reporter, target="comment", target_id=comment_id, reason="spam")
    async with transaction() as session:
        await decisions.undo(session, moderator, decision_id=made.id)
        hidden = (await session.execute(text("SELECT hidden_at FROM comments"))).scalar_one()
    assert hidden is None
    assert [one.item for one in await listed(moderator)] == [item]
    async with read_only() as session:
        admin = await make_user(role=Role.ADMIN)
        log = [one.action for one in (await audit.entries(session, admin)).items]
    assert log == ["moderation.undone", "moderation.upheld"]
    assert any("Advertising" in one for one in await told(author))


async def test_pack_taken_down_by_mistake_is_on_sale_again(db: None):
    moderator, reporter, pack = await make_user(role=Role.MODERATOR), await make_user(), await make_pack()
    async with transaction() as session:
        await reports.report(session, reporter, target="pack", target_id=pack.slug, reason="copyright")
    made = await decide(moderator, f"pack:{pack.id}", "returned", "Not yours.")
    async with transaction() as session:
        assert [one.decided_by for one in await taken_down.list_current(session, moderator)] == [moderator.display_name]
        await session.execute(text("UPDATE takedowns SET decided_by = NULL"))  # as after the moderator left
        assert [one.decided_by for one in await taken_down.list_current(session, moderator)] == ["a former moderator"]
        await decisions.undo(session, moderator, decision_id=made.id)
        assert await taken_down.list_current(session, moderator) == ()


async def test_messages_and_templates(db: None, as_owner: AsOwner):
    moderator, admin = await make_user(role=Role.MODERATOR), await make_user(role=Role.ADMIN)
    creator, item = await in_review(as_owner)
    markup = "<img onerror=x> {title} {0} {secret}"
    async with transaction() as session:
        await messages.send(session, moderator, item=item, written="Known from before", is_private=True)
        await messages.send(session, moderator, item=item, written="Who sings?", is_private=False)
        await messages.save_template(session, admin, title="Markup", written=markup)
        with pytest.raises(NotFoundError):
            await messages.save_template(session, moderator, title="Mine", written="Text")
        with pytest.raises(InvalidInputError):
            await messages.send(session, moderator, item=item, written=" ", is_private=True)
    async with read_only() as session:
        assert [(one.text, one.is_private) for one in await messages.about(session, moderator, item=item)] == [
            ("Known from before", True), ("Who sings?", False),
        ]  # fmt: skip
        (made,) = [one for one in await messages.templates(session, moderator) if one.title == "Markup"]
    assert messages.fill(made, "Wet Slate") == "<img onerror=x> Wet Slate {0} {secret}"
    assert [one for one in await told(creator) if "Known from before" in one] == []
    assert any("Who sings?" in one for one in await told(creator))


async def test_others_get_404_and_own_items_are_left_to_another(db: None, as_owner: AsOwner):
    member, moderator = await make_user(), await make_user(role=Role.MODERATOR)
    _, item = await in_review(as_owner)
    async with transaction() as session:
        for call in (queue.items, queue.counts, queue.list_forgotten_claims, messages.templates):
            with pytest.raises(NotFoundError):
                await call(session, member)
        for forged in ("draft:x", "nothing", "", "draft:\0", "pack:00000000-0000-0000-0000-000000000000", "x" * 5_000):
            with pytest.raises(NotFoundError):
                await decisions.decide(session, moderator, item=forged, verdict="approved")
        with pytest.raises(InvalidInputError):
            await decisions.decide(session, moderator, item=item, verdict="burn")
        await session.execute(text("UPDATE drafts SET user_id = :user"), {"user": moderator.user_id})
        with pytest.raises(ForbiddenError):
            await decisions.decide(session, moderator, item=item, verdict="approved")


async def test_trust_ladder(db: None, as_owner: AsOwner):
    moderator, creator = await make_user(role=Role.MODERATOR), await make_creator()

    async def reached() -> TrustLevel:
        async with read_only() as session:
            found = await trust.get(session, moderator, member_id=str(creator.user_id))
            assert found is not None
            return found.level

    assert await reached() is TrustLevel.NEW
    packs = [await make_pack(creator) for _ in range(policy.TRUSTED_AFTER_PACKS - 1)]
    assert await reached() is TrustLevel.KNOWN
    packs.append(await make_pack(creator))
    assert await reached() is TrustLevel.TRUSTED
    as_owner(f"INSERT INTO takedowns (id, pack_id, reason) VALUES (gen_random_uuid(), '{packs[0].id}', 'r')")
    assert await reached() is TrustLevel.KNOWN
    async with transaction() as session:
        await trust.choose(session, moderator, member_id=str(creator.user_id), chosen="watched", reason="Copies others")
    assert await reached() is TrustLevel.WATCHED
    async with transaction() as session:
        for chosen in ("known", "x"):
            with pytest.raises(InvalidInputError):
                await trust.choose(session, moderator, member_id=str(creator.user_id), chosen=chosen)
        with pytest.raises(NotFoundError):
            await trust.choose(session, creator, member_id=str(creator.user_id), chosen="trusted")
        await trust.choose(session, moderator, member_id=str(creator.user_id), chosen="")
        log = await session.execute(text("SELECT before, after FROM audit_log ORDER BY id"))
    assert [(row.before["level"], row.after["level"]) for row in log] == [("known", "watched"), ("watched", "known")]
    assert await reached() is TrustLevel.KNOWN
