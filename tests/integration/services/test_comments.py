"""Comments: who sees what, moments, answers, mentions, edits, deletion, limits of new members."""

import asyncio
import base64
import json
import uuid

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.community_vocabulary import CommentSort
from askchopper.database import read_only, transaction
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.community import Comment, CommentPage
from askchopper.services import activity
from askchopper.services.community import blocks, comment_lists, comments
from askchopper.services.limits import LimitReachedError
from askchopper.vocabulary import Role
from tests.support.factories import MadePack, make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def post(viewer: Viewer, pack: MadePack, words: str, **more: object) -> Comment:
    async with transaction() as session:
        return await comments.post(session, viewer, slug=pack.slug, written=words, **more)  # type: ignore[arg-type]


async def seen(viewer: Viewer | None, pack: MadePack, **more: object) -> CommentPage:
    async with read_only() as session:
        return await comment_lists.list_comments(session, viewer, slug=pack.slug, **more)  # type: ignore[arg-type]


async def told(viewer: Viewer) -> list[str]:
    async with read_only() as session:
        return [one.sentence for one in await activity.notifications(session, viewer)]


async def block(viewer: Viewer, other: Viewer) -> None:
    async with transaction() as session:
        await blocks.block(session, viewer, member_id=str(other.user_id))


async def test_comment_at_a_moment_of_a_sound_and_its_answer(db: None):
    pack, fan = await make_pack(), await make_user(name="Mara")
    made = await post(fan, pack, "The **snare** here", file_id=pack.file_ids[0], at_seconds=2.345)
    assert (made.at_seconds, made.file_id, made.html) == (
        2.35,
        pack.file_ids[0],
        '<p dir="auto">The <strong>snare</strong> here</p>\n',
    )
    answer = await post(pack.creator, pack, "A clap on top", parent_id=made.id)
    again = await post(fan, pack, "Thanks", parent_id=answer.id)
    assert again.parent_id == made.id, "an answer to an answer belongs to the same comment"
    page = await seen(None, pack)
    assert page.total == 1
    assert [(one.text, one.is_by_creator) for one in page.items[0].replies] == [
        ("A clap on top", True),
        ("Thanks", False),
    ]
    title = pack.slug.replace("pack-", "Pack ")
    assert await told(pack.creator) == [
        f"Mara commented on {title}: “Thanks”",
        f"Mara commented on {title}: “The **snare** here”",
    ]
    assert len(await told(fan)) == 1


@pytest.mark.parametrize("at", [9_999, -1, float("nan"), float("inf")])
async def test_moment_outside_of_the_sound_is_refused(db: None, at: float):
    pack = await make_pack(files=(new_file(1, duration_seconds=4.0),))
    with pytest.raises(InvalidInputError, match=r"4.0 seconds long|number of seconds"):
        await post(await make_user(), pack, "Here", file_id=pack.file_ids[0], at_seconds=at)


async def test_sound_of_another_pack_is_refused(db: None):
    pack, other = await make_pack(), await make_pack()
    with pytest.raises(NotFoundError):
        await post(other.creator, pack, "Here", file_id=other.file_ids[0])


@pytest.mark.parametrize("words", ["", "  \n ", "a" * 1_001, "Z" + "\u0301" * 9, "right \u202e left"])
async def test_unreadable_text_is_refused(db: None, words: str):
    pack = await make_pack()
    with pytest.raises(InvalidInputError):
        await post(await make_user(), pack, words)
    assert (await seen(None, pack)).items == ()


async def test_order_by_moment_and_pages(db: None, as_owner):
    pack = await make_pack(files=2)
    fans = [await make_user() for _ in range(5)]
    moments = [(1, 3.0), (0, 5.0), (1, 1.0), (0, 2.0), (None, None)]
    for fan, (sound, at) in zip(fans, moments, strict=True):
        await post(fan, pack, f"At {at}", file_id=None if sound is None else pack.file_ids[sound], at_seconds=at)
    first = await seen(None, pack, sort=CommentSort.MOMENT, limit=3)
    rest = await seen(None, pack, sort=CommentSort.MOMENT, limit=3, cursor=first.next_cursor)
    assert [one.at_seconds for one in first.items + rest.items] == [2.0, 5.0, 1.0, 3.0]
    assert rest.next_cursor is None
    newest = await seen(None, pack, limit=2)
    older = await seen(None, pack, limit=9, cursor=newest.next_cursor)
    assert [one.text for one in newest.items + older.items] == [f"At {at}" for _, at in reversed(moments)]
    with pytest.raises(InvalidInputError):
        await seen(None, pack, cursor=first.next_cursor)


async def test_edit_leaves_a_trace_and_deletion_can_be_undone(db: None, as_owner):
    pack, fan = await make_pack(), await make_user()
    made = await post(fan, pack, "Frist")
    await post(await make_user(), pack, "An answer", parent_id=made.id)
    async with transaction() as session:
        changed = await comments.edit(session, fan, comment_id=made.id, written="First")
        assert changed.text == "First"
        assert changed.edited_at is not None
        earlier = await session.execute(text("SELECT text FROM comment_edits"))
        assert earlier.scalars().all() == ["Frist"]
    async with transaction() as session:
        await comments.delete(session, fan, comment_id=made.id)
    gone = (await seen(None, pack)).items[0]
    assert (gone.text, gone.is_deleted, gone.author.id, len(gone.replies)) == ("", True, "", 1)
    async with transaction() as session:
        assert (await comments.restore(session, fan, comment_id=made.id)).text == "First"
        await comments.delete(session, fan, comment_id=made.id)
    as_owner(
        f"UPDATE comments SET deleted_at = now() - interval '{policy.COMMENT_UNDO_MINUTES + 1} minutes' WHERE deleted_at IS NOT NULL"
    )
    async with transaction() as session:
        await comments.purge(session)
        with pytest.raises(NotFoundError):
            await comments.restore(session, fan, comment_id=made.id)
        assert (await session.execute(text("SELECT count(*) FROM comment_edits"))).scalar_one() == 0


async def test_others_comments_cannot_be_changed(db: None):
    pack, fan = await make_pack(), await make_user()
    made = await post(fan, pack, "Mine")
    for other in (await make_user(), pack.creator, await make_user(role=Role.ADMIN)):
        async with transaction() as session:
            with pytest.raises(NotFoundError):
                await comments.edit(session, other, comment_id=made.id, written="Yours")
            with pytest.raises(NotFoundError):
                await comments.delete(session, other, comment_id=made.id)


async def test_block_hides_both_ways_and_ends_contact(db: None):
    pack, fan, other = await make_pack(), await make_user(name="Fan"), await make_user(name="Other")
    made = await post(fan, pack, "Hello")
    await post(other, pack, "Hi")
    await block(fan, other)
    assert [one.text for one in (await seen(fan, pack)).items] == ["Hello"]
    assert [one.text for one in (await seen(other, pack)).items] == ["Hi"]
    assert len((await seen(None, pack)).items) == 2
    with pytest.raises(NotFoundError):
        await post(other, pack, "You there", parent_id=made.id)
    await block(pack.creator, other)
    with pytest.raises(ForbiddenError):
        await post(other, pack, "Still here")


async def test_mention_of_a_creator_links_and_notifies_but_not_who_blocked(db: None):
    pack, fan = await make_pack(), await make_user(name="Fan")
    friend, foe = await make_creator(slug="friend"), await make_creator(slug="foe")
    await block(foe, fan)
    made = await post(fan, pack, "Like @Friend, @foe and @nobody-known")
    assert '<a href="/creator/friend"' in made.html
    assert "nobody-known</a>" not in made.html
    assert await told(friend) == ["Fan mentioned you: “Like @Friend, @foe and @nobody-known”"]
    assert await told(foe) == []


async def test_links_are_for_trusted_members_also_in_an_edit(db: None, as_owner):
    pack, fan = await make_pack(), await make_user()
    made = await post(fan, pack, "No link")
    for words in ("See https://spam.example", "buy at www.spam.example", "spam.shop has it", "[x](//spam.com)"):
        with pytest.raises(ForbiddenError, match="Links"):
            await post(fan, pack, words)
        with pytest.raises(ForbiddenError, match="Links"):
            async with transaction() as session:
                await comments.edit(session, fan, comment_id=made.id, written=words)
    as_owner(f"UPDATE users SET created_at = now() - interval '30 days' WHERE id IN ('{pack.creator.user_id}')")
    linked = await post(pack.creator, pack, "Made with https://tool.example/a and [this](javascript:alert(1))")
    assert '<a href="https://tool.example/a"' in linked.html
    assert "javascript" not in linked.html.replace("[this](javascript:alert(1))", "")


async def test_same_text_is_refused(db: None):
    pack, fan = await make_pack(), await make_user()
    made = await post(fan, pack, "Nice one")
    with pytest.raises(InvalidInputError, match="already"):
        await post(fan, await make_pack(), "nice ONE")
    async with transaction() as session:
        assert (await comments.edit(session, fan, comment_id=made.id, written="Nice one")).edited_at is None


async def test_new_members_write_less_often(db: None, limits_on: None):
    pack, fan = await make_pack(), await make_user()
    for number in range(5):
        await post(fan, pack, f"Number {number}")
    with pytest.raises(LimitReachedError, match="first day"):
        await post(fan, pack, "Number 6")


async def test_comment_of_a_replaced_sound_stays_without_its_link(db: None, as_owner):
    pack, fan = await make_pack(), await make_user()
    await post(fan, pack, "Old take", file_id=pack.file_ids[0], at_seconds=1)
    as_owner(f"UPDATE audio_files SET retired_at = now() WHERE id = '{pack.file_ids[0]}'")
    (shown,) = (await seen(None, pack)).items
    assert (shown.file_id, shown.is_of_earlier_version, shown.file_title) == (None, True, "Sound 1")


async def test_parallel_comments_are_all_kept(db: None):
    pack = await make_pack()
    fans = [await make_user() for _ in range(10)]
    await asyncio.gather(*(post(fan, pack, f"From {number}") for number, fan in enumerate(fans)))
    assert (await seen(None, pack)).total == 10


@pytest.mark.parametrize("words", [r"[x](https\://evil.dev)", "[x](https&#58;//evil.dev)", "[x](/r/abcdefgh)"])
async def test_disguised_links_are_links(db: None, words: str):
    with pytest.raises(ForbiddenError, match="Links"):
        await post(await make_user(), await make_pack(), words)


@pytest.mark.parametrize("values", [(10**12, 1.0), (1, float("nan")), (1, float("inf")), (True, 1e300)])
async def test_forged_cursor_gets_a_sentence(db: None, values: tuple[float, float]):
    pack = await make_pack()
    forged = json.dumps([*values, str(uuid.uuid4())]).encode()
    with pytest.raises(InvalidInputError):
        await seen(None, pack, sort=CommentSort.MOMENT, cursor=base64.urlsafe_b64encode(forged).decode().rstrip("="))


async def test_edit_of_a_comment_is_closed_by_a_block_too(db: None):
    pack, member = await make_pack(), await make_user()
    made = await post(member, pack, "Nice")
    await block(pack.creator, member)
    async with transaction() as session:
        with pytest.raises(ForbiddenError):
            await comments.edit(session, member, comment_id=made.id, written="You block people")
