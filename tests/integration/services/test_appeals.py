"""Appeals against decisions of moderators, takedown notices and counter-notices."""

import uuid
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError, SignInRequiredError
from askchopper.models.base import new_id
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.moderation import NewNotice
from askchopper.services import activity
from askchopper.services.community import comments, reports
from askchopper.services.limits import LimitReachedError
from askchopper.services.moderation import appeals, decisions, details, notices, queue
from askchopper.vocabulary import Role
from tests.support.factories import MadePack, make_creator, make_pack, make_user
from tests.support.smtp import smtp_server
from tests.support.studio import new_draft, work

pytestmark = pytest.mark.integration
NOTICE = NewNotice(
    "takedown", "Ada Byron", "ada@example.test", "My song Engine, published in 1843.", "", is_good_faith=True, is_accurate=True,
    signature="ada byron",
)  # fmt: skip


async def decide(viewer: Viewer, item: str, verdict: str, note: str = "") -> str:
    async with transaction() as session:
        return (await decisions.decide(session, viewer, item=item, verdict=verdict, note=note)).id


async def appeal(viewer: Viewer, decision_id: str, words: str = "I made it myself.") -> None:
    async with transaction() as session:
        await appeals.appeal(session, viewer, decision_id=decision_id, written=words)


async def waiting(viewer: Viewer, kind: str) -> list[str]:
    async with read_only() as session:
        return [one.item for one in (await queue.items(session, viewer, kind=kind)).items]


async def told(viewer: Viewer) -> str:
    async with read_only() as session:
        return " | ".join(one.sentence for one in await activity.notifications(session, viewer))


async def status(pack: MadePack) -> str:
    async with read_only() as session:
        return (await session.execute(text("SELECT status FROM packs WHERE id = :id"), {"id": pack.id})).scalar_one()


async def test_hidden_comment_is_appealed_once_and_decided_by_another(db: None):
    ada, ben = await make_user(role=Role.MODERATOR), await make_user(role=Role.MODERATOR)
    pack, author, reporter = await make_pack(), await make_user(), await make_user()
    async with transaction() as session:
        made = await comments.post(session, author, slug=pack.slug, written="Nice swing")
        await reports.report(session, reporter, target="comment", target_id=made.id, reason="spam")
    decision = await decide(ada, f"comment:{made.id}", "returned", "Spam.")
    for viewer, words, error in ((reporter, "I made it", NotFoundError), (author, "no", InvalidInputError)):
        with pytest.raises(error):
            await appeal(viewer, decision, words)
    with pytest.raises(NotFoundError):
        await appeal(author, "forged")
    await appeal(author, decision)
    with pytest.raises(ConflictError, match="already"):
        await appeal(author, decision)
    (item,) = await waiting(ada, "appeal")
    with pytest.raises(ForbiddenError, match="another moderator"):
        await decide(ada, item, "approved")
    async with read_only() as session:
        assert ("The member writes", "I made it myself.") in (await details.get(session, ben, item=item)).fields
    with pytest.raises(InvalidInputError, match="why the decision stands"):
        await decide(ben, item, "returned")
    await decide(ben, item, "approved", "It is a compliment.")
    async with read_only() as session:
        assert (await session.execute(text("SELECT hidden_at FROM comments"))).scalar_one() is None
        assert (await session.execute(text("SELECT outcome FROM reports"))).scalar_one() == "dismissed"
        (own,) = await appeals.decisions(session, author)
    assert (own.can_appeal, own.appeal_outcome, own.answer) == (False, "approved", "It is a compliment.")
    assert "granted" in await told(author)


async def test_returned_pack_is_published_after_an_appeal(db: None, as_owner):
    ada, ben, creator = await make_user(role=Role.MODERATOR), await make_user(role=Role.MODERATOR), await make_creator()
    draft_id = await new_draft(creator)
    as_owner(f"UPDATE drafts SET state = 'in_review', title = 'Slate', submitted_at = now() WHERE id = '{draft_id}'")
    decision = await decide(ada, f"draft:{draft_id}", "returned", "Too quiet, please.")
    await appeal(creator, decision)
    (item,) = await waiting(ben, "appeal")
    await decide(ben, item, "approved")
    async with read_only() as session:
        assert (await session.execute(text("SELECT state FROM drafts"))).scalar_one() == "publishing"
    assert "is being published" in await told(creator)


async def test_appeals_end_and_approved_items_have_none(db: None, as_owner):
    ada, creator = await make_user(role=Role.MODERATOR), await make_creator()
    draft_id = await new_draft(creator)
    as_owner(f"UPDATE drafts SET state = 'in_review', submitted_at = now() WHERE id = '{draft_id}'")
    decision = await decide(ada, f"draft:{draft_id}", "returned", "Too quiet, please.")
    as_owner("UPDATE moderation_decisions SET decided_at = now() - interval '31 days'")
    with pytest.raises(ConflictError, match="30 days"):
        await appeal(creator, decision)
    as_owner(f"UPDATE drafts SET state = 'in_review', submitted_at = now() WHERE id = '{draft_id}'")
    approved = await decide(ada, f"draft:{draft_id}", "approved")
    with pytest.raises(NotFoundError):
        await appeal(creator, approved)


async def file(viewer: Viewer | None, notice: NewNotice, address: str = "192.0.2.1") -> None:
    async with transaction() as session:
        await notices.add(session, viewer, new=notice, client_ip=address)


async def test_takedown_notice_and_counter_notice(db: None):
    moderator, pack = await make_user(role=Role.MODERATOR), await make_pack()
    notice = replace(NOTICE, place=f"https://example.test/pack/{pack.slug}/?x=1")
    await file(None, notice)
    await file(None, notice)  # twice changes nothing
    (item,) = await waiting(moderator, "notice")
    async with read_only() as session:
        detail = await details.get(session, moderator, item=item)
        assert [label for label, _ in detail.fields if label[0].isdigit()] == [
            "1. Who", "2. The work", "3. Where it is", "4. Good faith", "5. Accuracy", "6. Signature",
        ]  # fmt: skip
        assert len(await details.sounds(session, moderator, item=item)) == 2
    await decide(moderator, item, "approved", "It is from Engine.")
    assert await status(pack) == "withdrawn"
    assert "counter-notice" in await told(pack.creator)
    counter = replace(notice, kind="counter", place=pack.slug)
    with pytest.raises(SignInRequiredError):
        await file(None, counter)
    with pytest.raises(InvalidInputError, match="no such pack"):
        await file(await make_creator(), counter)
    await file(pack.creator, counter)
    (item,) = await waiting(moderator, "notice")
    with pytest.raises(InvalidInputError, match="why it is refused"):
        await decide(moderator, item, "returned")
    await decide(moderator, item, "approved")
    assert await status(pack) == "published"


async def test_a_notice_keeps_a_pack_down_although_its_report_was_a_mistake(db: None):
    moderator, reporter, pack = await make_user(role=Role.MODERATOR), await make_user(), await make_pack()
    async with transaction() as session:
        await reports.report(session, reporter, target="pack", target_id=pack.slug, reason="spam")
    mistake = await decide(moderator, f"pack:{pack.id}", "returned", "Spam.")
    await file(None, replace(NOTICE, place=pack.slug))
    (item,) = await waiting(moderator, "notice")
    await decide(moderator, item, "approved")
    async with transaction() as session:
        with pytest.raises(ConflictError, match="notice by a rights holder"):
            await decisions.undo(session, moderator, decision_id=mistake)
    assert await status(pack) == "withdrawn"


async def test_bad_notices(db: None, limits_on: None):
    pack = await make_pack()
    good = replace(NOTICE, place=pack.slug)
    bad = (
        replace(good, name=""), replace(good, email="ada"), replace(good, work="short"), replace(good, place="nothing"),
        replace(good, is_good_faith=False), replace(good, is_accurate=False), replace(good, signature="Somebody"),
        replace(good, place="\0" * 10), replace(good, work="x" * 3_000), replace(good, place="https://[bad"),
    )  # fmt: skip
    for number, notice in enumerate(bad):
        with pytest.raises(InvalidInputError):
            await file(None, notice, f"192.0.2.{number}")
    for number in range(5):
        await file(None, replace(good, email=f"ada{number}@example.test"), "198.51.100.1")
    with pytest.raises(LimitReachedError):
        await file(None, good, "198.51.100.1")


async def test_who_sent_a_notice_is_told_by_mail(db: None):
    moderator, pack = await make_user(role=Role.MODERATOR), await make_pack()
    with smtp_server() as mails:
        for verdict, note in (("returned", "It only has the same name."), ("approved", "")):
            async with transaction() as session:
                await notices.add(session, None, new=replace(NOTICE, place=f"/pack/{pack.slug}"), client_ip="192.0.2.1")
            [item] = await waiting(moderator, "notice")
            await decide(moderator, item, verdict, note)
            [job] = await work()
            assert (job[0], list(job[1])) == ("answer_notice", ["notice_id"])
            await notices.answer(uuid.UUID(job[1]["notice_id"]))
        await notices.answer(new_id())
    refused, granted = (message_from_bytes(mail.encode(), policy=default) for mail in mails)
    assert (refused["To"], refused["Subject"]) == ("ada@example.test", "Decision on your notice to Ask Chopper")
    assert (
        "decided not to act on it.\n\nThe moderator writes: It only has the same name."
        in refused.get_content().replace("\r", "")
    )
    assert "was taken down. Its creator can send a counter-notice" in granted.get_content()
