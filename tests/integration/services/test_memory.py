"""Memory: facts with their sources, contradictions, deletion that sticks, and one member's memory for nobody else."""

import asyncio
import json
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.base import utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.memory import Entity, Memory, Observations, Relation
from askchopper.services.assistant import conversations, learning, questions
from askchopper.services.memory import choices, facts, forgetting, gists, graph, transfer
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


async def say(viewer: Viewer, words: str, *, thread: str = "", is_temporary: bool = False) -> questions.Asked:
    """Ask a question whose answer has ended, and learn from it."""
    async with transaction() as session:
        asked = await questions.ask(
            session, viewer, questions.Question(words, uuid.uuid4().hex, thread, (), is_temporary)
        )
        await session.execute(text("UPDATE messages SET status = 'complete' WHERE id = :id"), {"id": asked.answer_id})
    await learning.learn_from(asked.question_id)
    return asked


async def known(viewer: Viewer) -> list[str]:
    async with read_only() as session:
        return [one.text for one in (await facts.list_facts(session, viewer)).items]


async def only(viewer: Viewer) -> Memory:
    async with read_only() as session:
        (memory,) = (await facts.list_facts(session, viewer)).items
    return memory


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


# --- Deletion ---


async def test_deleted_fact_is_not_learnt_again_from_what_was_said_before(db: None):
    member = await make_user()
    older = await say(member, "nothing yet")
    asked = await say(member, "I make house")
    async with transaction() as session:
        await facts.delete(session, member, memory_id=(await only(member)).id)
    await learning.learn_from(asked.question_id)
    async with transaction() as session:  # an older message that says the same in other words
        await session.execute(
            text("UPDATE messages SET words = 'I produce house!' WHERE id = :id"), {"id": older.question_id}
        )
    await learning.learn_from(older.question_id)
    assert await known(member) == []
    await say(member, "I make house")  # said again, it counts
    assert await known(member) == ["Makes House"]


async def test_deletion_brings_nothing_older_back(db: None):
    member = await make_user()
    first = await say(member, "I work around 120 BPM")
    await say(member, "my tempo is 92")
    async with transaction() as session:
        await facts.delete(session, member, memory_id=(await only(member)).id)
    await learning.learn_from(first.question_id)
    assert await known(member) == []


async def test_deleted_fact_is_in_no_export_summary_search_or_graph(db: None):
    member = await make_user()
    asked = await say(member, "I hate accordion music")
    await say(member, "Find dusty drums", thread=str(asked.conversation_id))
    async with transaction() as session:
        await facts.delete(session, member, memory_id=(await only(member)).id)
    await learning.summarise_resting()
    async with transaction() as session:
        await gists.extract(session, asked.conversation_id)
    async with read_only() as session:
        exported = json.dumps(await transfer.export(session, member))
        recalled = await gists.recall(session, member, "accordion", now=utc_now())
        kept = await gists.recall(session, member, "dusty drums", now=utc_now())
        found = await graph.search_nodes(session, member.user_id, "accordion")
        row = await session.execute(
            text("SELECT count(*) FROM conversation_gists WHERE words ILIKE '%accordion%' OR gist ILIKE '%accordion%'")
        )
    assert "accordion" not in exported.lower()
    assert (recalled, found, row.scalar_one()) == ((), graph.Graph(), 0)
    assert [one.gist for one in kept] == ["Find dusty drums"]


async def test_deleted_text_is_kept_nowhere_after_the_undo_time(db: None):
    member = await make_user()
    await say(member, "I love theremins")
    async with transaction() as session:
        await facts.delete(session, member, memory_id=(await only(member)).id)
        late = {"when": utc_now() - timedelta(minutes=policy.MEMORY_UNDO_MINUTES + 1)}
        await session.execute(text("UPDATE memory_observations SET ended_at = :when"), late)
        assert await forgetting.purge(session) == 1
        rows = await session.execute(text("SELECT count(*) FROM memory_observations"))
        marks = await session.execute(text("SELECT fingerprint FROM forgotten_facts"))
    assert rows.scalar_one() == 0
    assert all("theremin" not in row.fingerprint for row in marks)


async def test_running_answer_that_was_given_a_deleted_fact_is_stopped(db: None):
    member = await make_user()
    await say(member, "I make house")
    memory = await only(member)
    async with transaction() as session:
        asked = await questions.ask(session, member, questions.Question("and now?", uuid.uuid4().hex))
        await session.execute(
            text("UPDATE messages SET used = CAST(:used AS jsonb) WHERE id = :id"),
            {"id": asked.answer_id, "used": json.dumps({"memories": [memory.id]})},
        )
        await facts.delete(session, member, memory_id=memory.id)
        row = await session.execute(
            text("SELECT stop_requested_at FROM messages WHERE id = :id"), {"id": asked.answer_id}
        )
    assert row.scalar_one() is not None


async def test_undo_restores_unless_something_newer_took_the_place(db: None):
    member = await make_user()
    asked = await say(member, "I work around 120 BPM")
    memory = await only(member)
    async with transaction() as session:
        await facts.delete(session, member, memory_id=memory.id)
        assert await facts.restore(session, member, memory_ids=[memory.id]) == 1
    assert await known(member) == ["Works around 120 BPM"]
    await learning.learn_from(asked.question_id)
    async with transaction() as session:
        await facts.delete(session, member, memory_id=memory.id)
    await say(member, "my tempo is 92")
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await facts.restore(session, member, memory_ids=[memory.id])
    assert await known(member) == ["Works around 92 BPM"]


async def test_delete_all_can_be_undone(db: None):
    member = await make_user()
    for words in ("I make house", "I use Ableton", "call me Sam"):
        await say(member, words)
    async with transaction() as session:
        ids = await facts.delete_all(session, member)
    assert await known(member) == []
    async with transaction() as session:
        assert await facts.restore(session, member, memory_ids=ids) == 3
    assert len(await known(member)) == 3


# --- Editing ---


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


# --- Others' memories ---


async def test_nobody_reaches_the_memory_of_another(db: None):
    owner, stranger = await make_user(), await make_user()
    asked = await say(owner, "I make house")
    memory = await only(owner)
    async with transaction() as session:
        await graph.create_relations(session, owner.user_id, [Relation("me", "house", "makes")])
    async with transaction() as session:
        for attempt in (
            facts.edit(session, stranger, memory_id=memory.id, text_="x"),
            facts.delete(session, stranger, memory_id=memory.id),
            facts.restore(session, stranger, memory_ids=[memory.id]),
            conversations.use_memory(session, stranger, conversation_id=str(asked.conversation_id), is_used=False),
        ):
            with pytest.raises(NotFoundError):
                await attempt
        assert await facts.find(session, stranger.user_id, [uuid.UUID(memory.id)]) == ()
        assert await gists.recall(session, stranger, "house", now=utc_now()) == ()
        assert await gists.find(session, stranger, [asked.conversation_id]) == ()
        assert await graph.read_graph(session, stranger.user_id) == graph.Graph()
        await graph.delete_entities(session, stranger.user_id, ["me"])
        await graph.delete_relations(session, stranger.user_id, [Relation("me", "house", "makes")])
        await facts.delete_all(session, stranger)
        assert await facts.withdraw(session, stranger.user_id, message_id=asked.question_id) == 0
        assert len((await graph.read_graph(session, owner.user_id)).relations) == 1
    assert await known(owner) == ["Makes House"]


# --- Graph ---


async def test_facts_are_observations_of_the_member(db: None):
    member = await make_user()
    await say(member, "I make house")
    async with transaction() as session:
        await graph.add_observations(session, member.user_id, [Observations("me", ("Has two cats",))])
        found = await graph.read_graph(session, member.user_id)
    assert found.entities == (Entity("me", "member", ("Makes House", "Has two cats")),)
    assert await known(member) == ["Has two cats", "Makes House"]
    async with transaction() as session:
        await graph.delete_observations(session, member.user_id, [Observations("me", ("Makes House", "unknown"))])
    assert await known(member) == ["Has two cats"]


async def test_concurrent_writers_lose_nothing(db: None):
    member = await make_user()

    async def create(number: int) -> None:
        async with transaction() as session:
            await graph.create_entities(session, member.user_id, [Entity(f"thing {number}", "t", ("a", "b"))])

    await asyncio.gather(*(create(number) for number in range(50)))
    async with read_only() as session:
        found = await graph.read_graph(session, member.user_id)
    assert sorted(one.name for one in found.entities) == sorted(f"thing {number}" for number in range(50))
    assert all(one.observations == ("a", "b") for one in found.entities)


# --- Export and import ---


async def test_export_is_imported_once(db: None):
    member, other = await make_user(), await make_user()
    await say(member, "I make house")
    async with transaction() as session:
        await graph.create_entities(session, member.user_id, [Entity("Nightshift", "project", ("due in May",))])
        await graph.create_relations(session, member.user_id, [Relation("me", "Nightshift", "works on")])
    async with read_only() as session:
        content = json.dumps(await transfer.export(session, member)).encode()
    for is_dry_run, added in ((True, 4), (False, 4), (False, 0)):
        async with transaction() as session:
            report = await transfer.import_(session, other, content, is_lines=False, is_dry_run=is_dry_run)
        assert (report.added, report.refused_count, report.is_dry_run) == (added, 0, is_dry_run)
    async with read_only() as session:
        assert await graph.read_graph(session, other.user_id) == await graph.read_graph(session, member.user_id)


async def test_lines_of_the_npm_server_are_imported(db: None):
    member = await make_user()
    lines = "\n".join([
        json.dumps({"type": "entity", "name": "Moog", "entityType": "synth", "observations": ["warm", "mono"]}),
        json.dumps({"type": "relation", "from": "me", "to": "Moog", "relationType": "owns"}),
        "{broken",
        json.dumps({"type": "entity", "name": 7}),
        json.dumps({"type": "other"}),
    ])  # fmt: skip
    async with transaction() as session:
        report = await transfer.import_(session, member, lines.encode(), is_lines=True, is_dry_run=False)
        found = await graph.read_graph(session, member.user_id)
    assert (report.added, report.refused_count) == (4, 3)
    assert found.entities[-1] == Entity("Moog", "synth", ("warm", "mono"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"format": "other"}',
        b"[" * 100_000,
        b"x" * (policy.MAX_MEMORY_IMPORT_BYTES + 1),
    ],
)
async def test_foreign_files_are_refused(db: None, content: bytes):
    member = await make_user()
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await transfer.import_(session, member, content, is_lines=False, is_dry_run=False)


async def test_too_many_facts_are_imported_as_far_as_they_fit(db: None):
    member = await make_user()
    memories = [{"text": f"Fact {number}"} for number in range(10_000)]
    content = json.dumps({"format": transfer.FORMAT, "version": 1, "memories": memories}).encode()
    async with transaction() as session:
        report = await transfer.import_(session, member, content, is_lines=False, is_dry_run=False)
    assert report.added == policy.MAX_MEMORIES
    assert report.refused == ("8,000 memories do not fit any more.",)


# --- Conversations ---


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
