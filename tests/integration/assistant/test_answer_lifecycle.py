"""Life of an answer: shutdown, restart, a slow process, and one that continues for it."""

import asyncio

import pytest
from sqlalchemy import text

from askchopper.database import transaction
from askchopper.schemas.assistant import Asked
from askchopper.services.assistant import answer_lifecycle, answer_tasks, conversations, questions
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import ask, assistant, ended, said, statuses
from tests.support.conversation_events import LONG
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


async def test_shutdown_keeps_text_and_next_server_continues(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script(LONG)
    async with assistant(claude):
        asked = await ask(member, "Count")
        await said(asked, "three four")
    line = await ended(member, asked)
    assert (line.status, line.problem) == (AnswerStatus.INTERRUPTED, answer_lifecycle.INTERRUPTED)
    assert "three four" in line.words
    assert as_owner("SELECT sum(answers) FROM chat_usage") == [(1,)]
    claude.script({"text": "and six."})
    async with assistant(claude):
        async with transaction() as session:
            again = await questions.continue_answer(session, member, message_id=line.id)
        answer_tasks.start(again, member)
        longer = await ended(member, again)
    assert longer.words.startswith(line.words.strip())
    assert longer.words.endswith("and six.")


async def test_answers_of_killed_server_are_interrupted_at_restart(db: None, as_owner):
    member = await make_user()
    async with transaction() as session:
        asked = await questions.ask(session, member, questions.Question("What is bpm?", "a-key-of-length"))
    assert await statuses() == ["complete", "running"]
    async with assistant(None):
        line = await ended(member, asked)
    assert (line.status, line.problem) == (AnswerStatus.INTERRUPTED, answer_lifecycle.INTERRUPTED)


async def test_missing_heartbeat_expires_answer_with_several_servers(db: None, as_owner, valkey_url: str):
    member = await make_user()
    async with transaction() as session:
        asked = await questions.ask(session, member, questions.Question("What is bpm?", "a-key-of-length"))
    async with assistant(None, REDIS_URL=valkey_url):
        assert (await ended(member, asked)).status is AnswerStatus.RUNNING  # another server may be generating it
        async with transaction() as session:
            await conversations.purge_expired(session)
        assert (await ended(member, asked)).status is AnswerStatus.RUNNING
        as_owner("UPDATE messages SET updated_at = now() - interval '1 minute'")
        async with transaction() as session:
            await conversations.purge_expired(session)
        assert (await ended(member, asked)).status is AnswerStatus.INTERRUPTED


async def test_running_answer_sends_heartbeats(db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch):
    from askchopper.services.assistant import answer_builder

    monkeypatch.setattr(answer_builder, "SAVE_SECONDS", 0.1)
    monkeypatch.setattr(answer_builder, "HEARTBEAT_SECONDS", 0.3)
    member = await make_user()
    claude.script({"mode": "hang"})
    async with assistant(claude):
        asked = await ask(member, "Wait")
        await asyncio.sleep(1.2)
        async with transaction() as session:
            assert await answer_lifecycle.expire(session, stale_seconds=0.8) == 0
            await answer_tasks.stop(session, member, message_id=str(asked.answer_id))
        await ended(member, asked)


async def test_shutdown_waits_for_locked_row(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "word " * 400, "tokens_per_second": 40})

    async def hold(asked: Asked, is_held: asyncio.Event) -> None:
        async with transaction(timeout_seconds=30.0) as session:
            await session.execute(text("SELECT 1 FROM messages WHERE id = :id FOR UPDATE"), {"id": asked.answer_id})
            is_held.set()
            await asyncio.sleep(6)  # longer than the lock timeout

    async with assistant(claude):
        asked, is_held = await ask(member, "Talk"), asyncio.Event()
        await said(asked, "word word")
        holder = asyncio.create_task(hold(asked, is_held))
        await is_held.wait()
    assert answer_tasks.count() == 0
    await holder
    assert (await ended(member, asked)).status is AnswerStatus.INTERRUPTED


async def thought_dead(asked: Asked) -> None:
    """Let an answer look like one without a heartbeat."""
    async with transaction() as session:
        assert await answer_lifecycle.expire(session, stale_seconds=0, conversation_id=asked.conversation_id) == 1


async def test_slow_process_keeps_text_and_usage_after_expiry(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script(LONG)
    async with assistant(claude):
        asked = await ask(member, "Count")
        await said(asked, "three four")
        await thought_dead(asked)
        line = await ended(member, asked)
    assert (line.status, line.words.strip(), line.problem) == (AnswerStatus.COMPLETE, LONG["text"].strip(), "")
    assert as_owner("SELECT sum(answers) FROM chat_usage") == [(1,)]


@pytest.mark.parametrize("where", ["here", "on another server"])
async def test_continued_answer_is_not_overwritten_by_first_process(
    db: None, claude: AnthropicSimulator, as_owner, where: str
):
    member = await make_user()
    claude.script({"text": "first " * 400, "tokens_per_second": 60}, {"text": "second.", "match": "cut off"})
    async with assistant(claude):
        asked = await ask(member, "Count")
        await said(asked, "first first")
        await asyncio.sleep(0.7)  # a save
        await thought_dead(asked)
        async with transaction() as session:
            again = await questions.continue_answer(session, member, message_id=str(asked.answer_id))
        earlier = answer_tasks._tasks[asked.answer_id]
        if where == "here":
            answer_tasks.start(again, member)
        else:
            as_owner("UPDATE messages SET words = 'second.', status = 'complete' WHERE role = 'assistant'")
        await asyncio.wait({earlier}, timeout=3)
        line = await ended(member, again)
        assert len(claude.disconnects(at_least=1)) == 1  # generation ends for a lost row
    assert line.status is AnswerStatus.COMPLETE
    assert line.words.endswith("second.")
    assert as_owner("SELECT sum(answers) FROM chat_usage") == [(2 if where == "here" else 1,)]
