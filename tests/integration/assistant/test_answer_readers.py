"""Readers of an answer: reloads, other tabs, ended sessions and deleted conversations."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from askchopper.api import conversations as api_conversations
from askchopper.database import transaction
from askchopper.services import accounts
from askchopper.services.assistant import answer_tasks, broker, questions
from askchopper.services.assistant.broker import DONE, START, TEXT, LocalBroker
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import ask, assistant, ended
from tests.support.clients import cookie_of
from tests.support.conversation_events import LONG, reading
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


@pytest.fixture(params=["local", "redis"])
def places(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings for one process, and for several with Valkey."""
    return {} if request.param == "local" else {"REDIS_URL": request.getfixturevalue("valkey_url")}


async def test_reload_during_answer_loses_nothing(db: None, claude: AnthropicSimulator, places: dict[str, str]):
    member = await make_user()
    claude.script(LONG)
    async with assistant(claude, **places):
        asked = await ask(member, "Count")
        async with reading(member, asked) as first:
            await first.until(TEXT, "three four")
        heard, place = first.words, first.place
        async with (
            reading(member, asked) as from_start,
            reading(member, asked, last_event_id=place) as by_header,
            reading(member, asked, after=place) as by_query,
        ):
            for reader in (from_start, by_header, by_query):
                await reader.until(DONE, seconds=8)
        line = await ended(member, asked)
        async with reading(member, asked) as late:
            await late.until("hello")
            await asyncio.sleep(0.05)
    assert line.words == LONG["text"].strip() or line.words == LONG["text"]
    assert from_start.words.strip() == line.words.strip()
    assert START not in by_header.names
    for reader in (by_header, by_query):
        assert (heard + reader.words).strip() == line.words.strip()
    assert late.names[0] == "hello"
    assert late.values[0] == {"running": "", "last": line.id, "status": "complete"}
    assert TEXT not in late.names


async def test_two_readers_get_the_same_and_leaving_stops_nothing(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script(LONG)
    async with assistant(claude):
        asked = await ask(member, "Count")
        async with reading(member, asked) as stays:
            async with reading(member, asked) as leaves:
                await leaves.until(TEXT, "one two")
            await stays.until(DONE, seconds=8)
        line = await ended(member, asked)
    assert stays.words.strip() == line.words.strip() == LONG["text"].strip()
    assert claude.disconnects() == []


async def test_hello_lists_running_answers(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script(LONG)
    async with assistant(claude):
        asked = await ask(member, "Count")
        async with reading(member, asked) as reader:
            await reader.until("hello")
        assert reader.values[0] == {"running": str(asked.answer_id), "last": str(asked.answer_id), "status": "running"}


async def test_other_users_cannot_follow(db: None, claude: AnthropicSimulator):
    member, other = await make_user(), await make_user()
    async with assistant(None):
        asked = await ask(member, "What is bpm?")
        async with reading(other, asked) as reader, asyncio.timeout(5):
            await reader.begun.wait()
            await asyncio.sleep(0.1)
    assert reader.status == 404
    assert START not in reader.names


async def test_ended_session_gets_goodbye(db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broker, "PULSE_SECONDS", 0.2)
    member = await make_user()
    claude.script(LONG)
    async with assistant(claude):
        asked = await ask(member, "Count")
        async with reading(member, asked) as reader:
            await reader.until(TEXT, "one")
            async with transaction() as session:
                await accounts.sign_out_everywhere(session, member)
            await reader.until("bye", seconds=2)
            heard = reader.words
            await asyncio.sleep(0.3)
            assert reader.words == heard
            assert reader.names[-1] == "bye"
        assert (await ended(member, asked)).status is AnswerStatus.COMPLETE  # generation continues without readers


@pytest.mark.parametrize(
    "change",
    ["status = 'interrupted'", "updated_at = now() - interval '16 seconds'"],
    ids=["that was written", "of a writer that is silent"],
)
async def test_missed_end_is_reported(db: None, monkeypatch: pytest.MonkeyPatch, as_owner, change: str):
    monkeypatch.setattr(broker, "PULSE_SECONDS", 0.2)
    member = await make_user()
    async with assistant(None):
        async with transaction() as session:
            asked = await questions.ask(session, member, questions.Question("What is bpm?", "a-key-of-length"))
        async with reading(member, asked) as reader:  # its process never starts
            await reader.until("hello")
            as_owner(f"UPDATE messages SET {change} WHERE status = 'running'")
            await reader.until(DONE, seconds=2)
    assert reader.values[reader.names.index(DONE)] == {"answer": str(asked.answer_id), "status": "interrupted"}


async def test_conversation_deleted_elsewhere_gets_goodbye(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broker, "PULSE_SECONDS", 0.2)
    member = await make_user()
    async with assistant(None):
        asked = await ask(member, "What is bpm?")
        await ended(member, asked)
        async with reading(member, asked) as reader:
            await reader.until("hello")
            async with transaction() as session:
                await answer_tasks.remove(session, member, conversation_id=str(asked.conversation_id))
            await reader.until("bye", seconds=2)


async def test_reader_queue_is_bounded(monkeypatch: pytest.MonkeyPatch):
    message_broker, steps = LocalBroker(), asyncio.Queue[Any](5)
    monkeypatch.setattr(api_conversations, "_readers", {steps})
    pump = asyncio.create_task(api_conversations._pump(message_broker.follow("t"), steps))
    await asyncio.sleep(0)
    await message_broker.publish("t", START, {"answer": "a"})
    for number in range(20):
        await message_broker.publish("t", TEXT, f"{number} ")
    await asyncio.sleep(0.05)
    assert steps.qsize() == 5
    heard = [await steps.get() for _ in range(21)]
    assert [step.data for step in heard[1:]] == [f"{number} " for number in range(20)]
    for number in range(20):
        await message_broker.publish("t", TEXT, f"{number} ")
    await asyncio.sleep(0.05)
    api_conversations.end_streams()  # a server that shuts down does not wait for readers
    assert steps.get_nowait() is api_conversations._END
    pump.cancel()


async def test_concurrent_streams_are_limited(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api_conversations, "MAX_STREAMS", 3)
    member = await make_user()
    async with assistant(None):
        asked = await ask(member, "What is swing?")
        await ended(member, asked)
        cookie = await cookie_of(member)
        async with AsyncExitStack() as stack:
            readers = [await stack.enter_async_context(reading(member, asked, cookie=cookie)) for _ in range(8)]
            await asyncio.sleep(0.5)
            assert sum("hello" in reader.names for reader in readers) == 3
        async with reading(member, asked, cookie=cookie) as reader:
            await reader.until("hello")
    assert api_conversations._open == {}
