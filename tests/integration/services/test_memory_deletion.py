"""Deletion of memories that sticks."""

import json
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.models.base import utc_now
from askchopper.services.assistant import learning, questions
from askchopper.services.memory import facts, forgetting, gists, graph, transfer
from tests.support.factories import make_user
from tests.support.memory import known, only, say

pytestmark = pytest.mark.integration


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


async def test_deleted_fact_is_forgotten_in_every_spelling(db: None):
    member = await make_user()
    asked = await say(member, "I love theremins")
    async with transaction() as session:
        said = (await only(member)).text
        await facts.delete(session, member, memory_id=(await only(member)).id)
        spellings = [said, f"{said}!", said.upper(), said.replace(" ", "  ")]
        forgotten = await forgetting.is_forgotten(
            session,
            member.user_id,
            [*spellings, "Likes drums"],
            message_id=uuid.uuid4(),
            said_at=utc_now() - timedelta(days=1),
        )
    assert forgotten == set(spellings)
    assert asked


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


async def test_taste_counts_facts_while_they_are_remembered(db: None, as_owner):
    member = await make_user()
    await say(member, "I make house")
    await say(member, "I hate trap")
    signals = (
        "SELECT traits->0->>'value', (traits->0->>'weight')::float FROM taste_signals WHERE kind = 'fact' ORDER BY 1"
    )
    assert as_owner(signals) == [("house", 1.0), ("trap", -1.0)]
    async with read_only() as session:
        ids = [one.id for one in (await facts.list_facts(session, member)).items]
    async with transaction() as session:
        await facts.delete(session, member, memory_id=ids[1])
    assert as_owner(signals) == [("trap", -1.0)]
    async with transaction() as session:
        await facts.restore(session, member, memory_ids=[ids[1]])
    assert as_owner(signals) == [("house", 1.0), ("trap", -1.0)]
    await say(member, "I love trap")
    assert as_owner(signals) == [("house", 1.0), ("trap", 1.0)]


async def test_no_earlier_text_outlives_the_deletion_of_everything(db: None, as_owner):
    member = await make_user()
    await say(member, "I work around 120 BPM")
    edited = await say(member, "my tempo is 92")
    async with transaction() as session:
        note = await facts.add(session, member, text_="Owns a theremin")
        await facts.edit(session, member, memory_id=note.id, text_="Owns a celesta")
        await facts.withdraw(session, member.user_id, message_id=edited.question_id)
        await facts.delete_all(session, member)
        late = {"when": utc_now() - timedelta(minutes=policy.MEMORY_UNDO_MINUTES + 1)}
        await session.execute(text("UPDATE memory_observations SET ended_at = :when"), late)
        await forgetting.purge(session)
    assert as_owner("SELECT content FROM memory_observations") == []
