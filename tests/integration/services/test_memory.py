"""Memory: facts with their sources, contradictions, editing, and recall; one member's memory is not for others."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.base import utc_now
from askchopper.schemas.memory import Relation
from askchopper.services.assistant import conversations, learning, questions
from askchopper.services.memory import choices, facts, gists, graph
from tests.support.factories import make_user
from tests.support.memory import known, only, say

pytestmark = pytest.mark.integration


async def test_fact_names_its_message(db: None):
    member = await make_user()
    asked = await say(member, "I mostly make lo-fi, what do you have?")
    memory = await only(member)
    assert (memory.text, memory.kind, memory.about) == ("Makes Lo-fi", "genre", "")
    assert memory.source is not None
    assert (memory.source.message_id, memory.source.conversation_id) == (
        str(asked.question_id),
        str(asked.conversation_id),
    )


async def test_repeated_job_learns_once(db: None):
    member = await make_user()
    asked = await say(member, "I use Ableton")
    await asyncio.gather(*(learning.learn_from(asked.question_id) for _ in range(4)))
    assert await known(member) == ["Uses Ableton Live"]


async def test_contradiction_replaces_and_keeps_history(db: None):
    member = await make_user()
    await say(member, "I work around 120 BPM")
    await say(member, "my tempo is 92")
    memory = await only(member)
    assert (memory.text, memory.earlier) == ("Works around 92 BPM", ("Works around 120 BPM",))
    await say(member, "I love trap")
    await say(member, "I hate trap")
    assert await known(member) == ["Dislikes Trap", "Works around 92 BPM"]


async def test_late_job_of_an_older_message_does_not_win(db: None):
    member = await make_user()
    asked = await say(member, "nothing to learn")
    await say(member, "my tempo is 92")
    async with transaction() as session:
        await session.execute(
            text("UPDATE messages SET words = 'my tempo is 150' WHERE id = :id"), {"id": asked.question_id}
        )
    await learning.learn_from(asked.question_id)
    assert await known(member) == ["Works around 92 BPM"]


async def test_temporary_switched_off_and_paused_write_and_read_nothing(db: None):
    member = await make_user()
    await say(member, "I make house", is_temporary=True)
    thread = await say(member, "hello")
    async with transaction() as session:
        await conversations.use_memory(session, member, conversation_id=str(thread.conversation_id), is_used=False)
    await say(member, "I make techno", thread=str(thread.conversation_id))
    async with transaction() as session:
        await choices.change(session, member, is_paused=True)
    await say(member, "I make disco")
    assert await known(member) == []
    async with read_only() as session:
        assert await gists.recall(session, member, "disco techno house", now=utc_now()) == ()


async def test_edited_question_withdraws_its_facts(db: None):
    member = await make_user()
    asked = await say(member, "I make house")
    async with transaction() as session:
        again = await questions.edit(
            session, member, message_id=str(asked.question_id), text="I make techno", key=uuid.uuid4().hex
        )
    assert await known(member) == []
    await learning.learn_from(asked.question_id)  # late: its question is not the shown one any more
    await learning.learn_from(again.question_id)
    assert await known(member) == ["Makes Techno"]


async def test_regenerated_answer_learns_again(db: None):
    member = await make_user()
    asked = await say(member, "I make house")
    async with transaction() as session:
        await questions.regenerate(session, member, message_id=str(asked.answer_id))
    assert await known(member) == []
    await learning.learn_from(asked.question_id)
    assert await known(member) == ["Makes House"]


async def test_two_tabs_edit_one_fact(db: None):
    member = await make_user()
    await say(member, "I make house")
    memory = await only(member)
    async with transaction() as session:
        edited = await facts.edit(
            session, member, memory_id=memory.id, text_="Makes deep house", version=memory.version
        )
    assert (edited.id, edited.text, edited.source) == (memory.id, "Makes deep house", memory.source)
    with pytest.raises(ConflictError):
        async with transaction() as session:
            await facts.edit(session, member, memory_id=memory.id, text_="Makes acid", version=memory.version)
    assert await known(member) == ["Makes deep house"]


@pytest.mark.parametrize(
    "words", ["", "   ", "x" * (policy.MAX_MEMORY_CHARACTERS + 1), "y" * 100_000, "a\x00b", "\u202edesrever"]
)
async def test_texts_that_cannot_be_kept_are_refused(db: None, words: str):
    member = await make_user()
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await facts.add(session, member, text_=words)
    await say(member, "I make house")
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await facts.edit(session, member, memory_id=(await only(member)).id, text_=words)
    assert await known(member) == ["Makes House"]


async def test_full_memory_learns_nothing_more_and_says_so(db: None, monkeypatch: pytest.MonkeyPatch):
    member = await make_user()
    monkeypatch.setattr(policy, "MAX_MEMORIES", 2)
    for words in ("I make house", "I use Ableton", "call me Sam"):
        await say(member, words)
    assert await known(member) == ["Uses Ableton Live", "Makes House"]
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await facts.add(session, member, text_="One more")


async def test_list_is_paged_and_searched(db: None):
    member = await make_user()
    async with transaction() as session:
        for number in range(55):
            await facts.add(session, member, text_=f"Fact {number} %_")
    async with read_only() as session:
        first = await facts.list_facts(session, member)
        second = await facts.list_facts(session, member, cursor=first.next_cursor)
        found = await facts.list_facts(session, member, text_="fact 7 %")
    assert (len(first.items), len(second.items), second.next_cursor) == (50, 5, None)
    assert len({one.id for one in (*first.items, *second.items)}) == 55
    assert [one.text for one in found.items] == ["Fact 7 %_"]


async def test_nobody_reaches_the_memory_of_another(db: None):
    owner, other = await make_user(), await make_user()
    asked = await say(owner, "I make house")
    memory = await only(owner)
    async with transaction() as session:
        await graph.create_relations(session, owner.user_id, [Relation("me", "house", "makes")])
    async with transaction() as session:
        for attempt in (
            facts.edit(session, other, memory_id=memory.id, text_="x"),
            facts.delete(session, other, memory_id=memory.id),
            facts.restore(session, other, memory_ids=[memory.id]),
            conversations.use_memory(session, other, conversation_id=str(asked.conversation_id), is_used=False),
        ):
            with pytest.raises(NotFoundError):
                await attempt
        assert await facts.find(session, other.user_id, [uuid.UUID(memory.id)]) == ()
        assert await gists.recall(session, other, "house", now=utc_now()) == ()
        assert await gists.find(session, other, [asked.conversation_id]) == ()
        assert await graph.read_graph(session, other.user_id) == graph.Graph()
        await graph.delete_entities(session, other.user_id, ["me"])
        await graph.delete_relations(session, other.user_id, [Relation("me", "house", "makes")])
        await facts.delete_all(session, other)
        assert await facts.withdraw(session, other.user_id, message_id=asked.question_id) == 0
        assert len((await graph.read_graph(session, owner.user_id)).relations) == 1
    assert await known(owner) == ["Makes House"]


async def test_conversations_are_recalled_by_words_and_dates(db: None):
    member = await make_user()
    asked = await say(member, "Find warm tape drums for a slow intro")
    other = await say(member, "What is sidechain compression?")
    async with transaction() as session:
        when = {"id": asked.conversation_id, "when": utc_now() - timedelta(days=40)}
        await session.execute(text("UPDATE conversations SET talked_at = :when WHERE id = :id"), when)
        await gists.extract(session, asked.conversation_id)
    async with read_only() as session:
        by_words = await gists.recall(session, member, "Remember when we talked about the tape drum?", now=utc_now())
        by_date = await gists.recall(session, member, "what did we talk about today", now=utc_now())
        neither = await gists.recall(session, member, "accordions in 2001", now=utc_now())
    assert [(one.conversation_id, one.message_id) for one in by_words] == [
        (str(asked.conversation_id), str(asked.question_id))
    ]
    assert [one.conversation_id for one in by_date] == [str(other.conversation_id)]
    assert neither == ()


async def test_unfinished_conversation_is_offered_until_the_member_declines(db: None):
    member = await make_user()
    asked = await say(member, "Write me a release plan")
    async with transaction() as session:
        await session.execute(text("UPDATE messages SET status = 'stopped' WHERE id = :id"), {"id": asked.answer_id})
        await gists.extract(session, asked.conversation_id)
        left = await gists.left_open(session, member)
        assert left is not None
        assert (left.conversation_id, left.gist) == (str(asked.conversation_id), "Write me a release plan")
    # The latest question is the one that was left open.
    later = await say(member, "Write a shorter plan for a single", thread=str(asked.conversation_id))
    async with transaction() as session:
        await session.execute(text("UPDATE messages SET status = 'stopped' WHERE id = :id"), {"id": later.answer_id})
        await gists.extract(session, asked.conversation_id)
        left = await gists.left_open(session, member)
        assert left is not None
        assert left.gist == "Write a shorter plan for a single"
        await choices.change(session, member, offers_open_points=False)
        assert await gists.left_open(session, member) is None
