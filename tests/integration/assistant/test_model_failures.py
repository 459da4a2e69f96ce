"""Model failures through the real SDK: how the answer ends, what is stored, what is charged."""

import asyncio
import base64
import io
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from askchopper.database import transaction
from askchopper.errors import ConflictError, NotFoundError, UnavailableError
from askchopper.integrations.blob_store import store
from askchopper.integrations.claude import Fault
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, MessageDetail, NoticePart, PageContext, SourcePart, TextPart, ToolPart
from askchopper.services.assistant import (
    answer_builder,
    answer_lifecycle,
    answer_tasks,
    broker,
    circuit_breaker,
    context,
    conversations,
    generation,
    markdown,
    questions,
)
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.tools import registry
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.knowledge import documents
from askchopper.vocabulary import AnswerStatus, Writer
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support import sample_documents
from tests.support.answers import answer, ask, assistant, ended, said, statuses, thread_of
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.workers import until

pytestmark = pytest.mark.integration
QUESTION = "What is sidechain compression?"
WORDS = "The kick ducks the bass, so that both are heard in the lowest octave of the mix."


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait before a retry."""
    pause = asyncio.sleep
    monkeypatch.setattr(generation.asyncio, "sleep", lambda seconds: pause(min(seconds, 1.2)))


def usage(as_owner, viewer: Viewer) -> dict[str, tuple[int, int, int]]:
    """Read answers and tokens by model; one row each."""
    rows = as_owner(
        "SELECT model, answers, input_tokens, output_tokens FROM chat_usage"
        f" WHERE user_id = '{viewer.user_id}' ORDER BY model"
    )
    assert len({model for model, *_ in rows}) == len(rows)
    return {model: tuple(rest) for model, *rest in rows}


def chat_requests(claude: AnthropicSimulator) -> list[dict]:
    return [body for body in claude.bodies() if body.get("tools")]


def check_offline(line: MessageDetail, why: str) -> None:
    """Assert that an offline answer with the reason replaces the model's."""
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.OFFLINE)
    notice = next(part for part in line.parts if isinstance(part, NoticePart))
    assert why in notice.sentence
    assert "sidechain" in line.words.lower()


@pytest.mark.parametrize(
    ("turn", "why", "requests"),
    [
        ({"mode": "401"}, "its key is not accepted", 1),
        ({"mode": "403"}, "its key is not accepted", 1),
        ({"mode": "402"}, "its spending limit is reached", 1),
        ({"mode": "400", "message": "Your credit balance is too low to access the API."}, "its spending limit", 1),
        ({"mode": "404"}, "its name is not known", 1),
        ({"mode": "spend_cap"}, "its spending limit is reached", 1),
        ({"mode": "429", "retry_after": 60}, "too many questions at once", 1),
        ({"mode": "429_bare"}, "too many questions at once", 2),
        ({"mode": "408"}, "it has a fault", 2),
        ({"mode": "500"}, "it has a fault", 2),
        ({"mode": "503"}, "it has a fault", 2),
        ({"mode": "504"}, "it has a fault", 2),
        ({"mode": "529"}, "it is overloaded", 2),
        ({"mode": "html"}, "its answer broke off", 2),
        ({"mode": "cut", "after": 0}, "its answer broke off", 2),
        ({"mode": "reset", "after": 0}, "its answer broke off", 2),
        ({"mode": "silent_eof", "after": 0}, "its answer broke off", 2),
        ({"mode": "error_event", "after": 0}, "it is overloaded", 2),
        ({"mode": "broken_json"}, "its answer could not be read", 2),
    ],
    ids=lambda value: value["mode"] + value.get("message", "")[:5] if isinstance(value, dict) else "",
)
async def test_fault_before_first_token_falls_back_to_offline_answer(
    db: None, claude: AnthropicSimulator, as_owner, turn: dict, why: str, requests: int
):
    member = await make_user()
    claude.script({**turn, "times": 0})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    check_offline(line, why)
    assert len(chat_requests(claude)) == requests
    assert usage(as_owner, member) == {"offline": (1, 0, 0)}
    assert not [part for part in line.parts if isinstance(part, ToolPart) and part.state == "running"]


@pytest.mark.parametrize(
    "turn",
    [
        {"mode": "429", "retry_after": 1}, {"mode": "500"}, {"mode": "529"}, {"mode": "529", "retry_after": 1},
        {"mode": "html"}, {"mode": "silent_eof", "after": 0}, {"mode": "broken_json"},
        {"mode": "error_event", "after": 0},
    ],
    ids=lambda turn: turn["mode"],
)  # fmt: skip
async def test_transient_fault_is_retried_once(db: None, claude: AnthropicSimulator, as_owner, turn: dict):
    member = await make_user()
    claude.script(turn, {"text": WORDS})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.writer, line.words, line.problem) == (AnswerStatus.COMPLETE, Writer.MODEL, WORDS, "")
    assert len(chat_requests(claude)) == 2
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1
    assert not [part for part in line.parts if isinstance(part, ToolPart) and part.state == "running"]


async def test_long_retry_after_is_not_waited_for(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "429", "retry_after": 30}, {"text": WORDS})
    async with assistant(claude):
        started = time.monotonic()
        check_offline(await answer(member, QUESTION), "too many questions at once")
    assert time.monotonic() - started < 2


async def test_unreachable_model(db: None, as_owner):
    member = await make_user()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    async with assistant(None, ANTHROPIC_API_KEY="sk-ant-test-none", ANTHROPIC_BASE_URL=address):
        check_offline(await answer(member, QUESTION), "it cannot be reached")
    assert usage(as_owner, member) == {"offline": (1, 0, 0)}


async def test_timeout_before_first_byte(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script({"mode": "hang", "times": 0})
    async with assistant(claude, CHAT_SILENCE_SECONDS="0.3"):
        started = time.monotonic()
        check_offline(await answer(member, QUESTION), "it stayed silent")
        assert time.monotonic() - started < 2
    assert len(chat_requests(claude)) == 1
    assert usage(as_owner, member) == {"offline": (1, 0, 0)}


@pytest.mark.parametrize(
    ("turn", "problem"),
    [
        ({"mode": "stall"}, "The model stopped in the middle of a sentence."),
        ({"mode": "cut"}, generation.CUT),
        ({"mode": "reset"}, generation.CUT),
        ({"mode": "silent_eof"}, generation.CUT),
        ({"mode": "error_event"}, "The model became overloaded in the middle."),
    ],
    ids=lambda value: value["mode"] if isinstance(value, dict) else "",
)
async def test_text_before_break_is_kept_and_continued(
    db: None, claude: AnthropicSimulator, as_owner, turn: dict, problem: str
):
    member = await make_user()
    claude.script({**turn, "text": WORDS, "after": 4}, {"text": "{}"}, {"text": " bass."})
    async with assistant(claude, CHAT_SILENCE_SECONDS="0.4"):
        asked = await ask(member, QUESTION)
        line = await ended(member, asked)
        assert (line.status, line.writer, line.problem) == (AnswerStatus.CUT, Writer.MODEL, problem)
        assert line.words
        assert WORDS.startswith(line.words)
        (answers, input_tokens, output_tokens) = usage(as_owner, member)["claude-sonnet-5-5"]
        assert answers == 1
        assert input_tokens > 0
        assert output_tokens > 0
        assert len(chat_requests(claude)) == 1  # text that was read is never repeated
        await settled()
        longer = await ended(member, await go_on(member, line.id))
        thread = await thread_of(member, asked)
    assert (longer.id, longer.status, longer.problem) == (line.id, AnswerStatus.COMPLETE, "")
    assert longer.words.startswith(line.words)
    assert longer.words.endswith("bass.")
    assert [one.words for one in thread.messages] == [QUESTION, longer.words]
    assert chat_requests(claude)[-1]["messages"][-2] == {"role": "assistant", "content": line.words}


async def go_on(viewer: Viewer, message_id: str) -> Asked:
    async with transaction() as session:
        asked = await questions.continue_answer(session, viewer, message_id=message_id)
    answer_tasks.start(asked, viewer)
    return asked


async def stop(viewer: Viewer, message_id: object) -> None:
    async with transaction() as session:
        await answer_tasks.stop(session, viewer, message_id=str(message_id))


async def settled() -> None:
    """Wait for background tasks beside answers, such as generating titles."""
    await asyncio.gather(*answer_tasks._beside, return_exceptions=True)


async def test_refusal_ends_answer(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "refusal", "text": "I would rather"})
    async with assistant(claude):
        line = await answer(member, QUESTION)
        with pytest.raises(ConflictError):
            await go_on(member, line.id)
    assert (line.status, line.words, line.problem) == (AnswerStatus.REFUSED, "I would rather", generation.REFUSED)


async def test_maximum_length_can_be_continued(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "max_tokens", "text": WORDS, "after": 5}, {"text": "{}"}, {"text": " more"})
    async with assistant(claude):
        line = await answer(member, QUESTION)
        assert (line.status, line.problem) == (AnswerStatus.CUT, generation.LENGTH)
        await settled()
        longer = await ended(member, await go_on(member, line.id))
    assert longer.words.startswith(line.words)
    assert longer.status is AnswerStatus.COMPLETE


async def test_context_window_exceeded_during_answer(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "context_window", "text": WORDS})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.words, line.problem) == (AnswerStatus.CUT, WORDS, generation.WINDOW)


async def test_long_history_is_shortened_and_retried(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        thread = None
        for number in range(12):
            claude.script({"text": f"Answer {number}"}, {"text": "{}"})
            thread = await ask(member, f"Question {number} " + "word " * 300, thread=thread)
            await ended(member, thread)
            await settled()
        claude.script({"mode": "prompt_too_long"}, {"text": "Short enough."})
        line = await answer(member, "And now?", thread=thread)
    assert (line.status, line.words) == (AnswerStatus.COMPLETE, "Short enough.")
    long, short = (body["messages"] for body in chat_requests(claude)[-2:])
    assert 1 <= len(short) < len(long)
    assert short[-1]["content"][-1] == long[-1]["content"][-1]
    assert short[0]["role"] == "user"


async def test_too_long_question_is_reported(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "prompt_too_long", "times": 0})
    async with assistant(claude):
        line = await answer(member, QUESTION)
        assert circuit_breaker.breaker.state == "closed"
    assert (line.status, line.problem) == (AnswerStatus.FAILED, generation.WINDOW)
    assert len(chat_requests(claude)) == 2


async def test_rejected_question_does_not_blame_the_model(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "400", "times": 0})
    async with assistant(claude):
        line = await answer(member, QUESTION)
        assert circuit_breaker.breaker.state == "closed"
    assert (line.status, line.problem) == (AnswerStatus.FAILED, generation.REJECTED)


async def test_empty_answer_is_reported(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "empty"})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.problem) == (AnswerStatus.FAILED, generation.EMPTY)


# --- Tools ---------------------------------------------------------------------------------------------------------


class Nothing(Arguments):
    """No arguments."""


@pytest.fixture
def tools() -> Iterator[dict[str, Tool]]:
    """Tools that hang and raise, for one test."""

    async def hang(_viewer: Viewer, _given: Nothing, _page: PageContext) -> Outcome:
        await asyncio.sleep(60)
        raise AssertionError

    async def fail(_viewer: Viewer, _given: Nothing, _page: PageContext) -> Outcome:
        raise ZeroDivisionError("secret words of ours")

    before = dict(registry.TOOLS)
    slow = Tool("slow", "Waiting", "Waited", "search", 0.2, "Waits.", Nothing, hang)
    registry.TOOLS.update(slow=slow, slower=replace(slow, name="slower", seconds=30.0))
    registry.TOOLS["failing"] = Tool("failing", "Failing", "Failed", "search", 1.0, "Fails.", Nothing, fail)
    yield registry.TOOLS
    registry.TOOLS.clear()
    registry.TOOLS.update(before)


def results(claude: AnthropicSimulator) -> list[dict]:
    return [block for block in chat_requests(claude)[-1]["messages"][-1]["content"] if block["type"] == "tool_result"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("slow", "It took too long and was given up."), ("failing", "It failed on our side.")],
)
async def test_failing_tool_does_not_fail_the_answer(
    db: None, claude: AnthropicSimulator, tools: dict[str, Tool], name: str, sentence: str
):
    member = await make_user()
    claude.script({"tools": [{"name": name}, {"name": "glossary_lookup", "input": {"term": "bpm"}}]}, {"text": WORDS})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    bad, good, words = line.parts
    assert isinstance(bad, ToolPart)
    assert isinstance(good, ToolPart)
    assert (bad.state, bad.summary, good.state) == ("failed", sentence, "done")
    assert words == TextPart(WORDS)
    assert line.status is AnswerStatus.COMPLETE
    failed, fine = results(claude)
    assert (failed["is_error"], failed["content"][0]["text"], "is_error" in fine) == (True, sentence, False)
    assert "secret" not in str(claude.bodies())


async def test_truncated_tool_arguments_are_parsed_partially(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "truncated_json"}, {"text": WORDS})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.MODEL)
    assert line.words.endswith(WORDS)
    assert all(part.state != "running" for part in line.parts if isinstance(part, ToolPart))


async def test_unknown_tool_returns_error(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "unknown_tool"}, {"text": WORDS})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert line.parts == (TextPart(WORDS),)
    (result,) = results(claude)
    assert (result["is_error"], result["content"][0]["text"]) == (True, "There is no tool called no_such_tool.")


async def test_at_most_eight_parallel_tool_calls(db: None, claude: AnthropicSimulator):
    member = await make_user()
    calls = [{"name": "glossary_lookup", "input": {"term": f"word {number}"}} for number in range(12)]
    claude.script({"tools": calls}, {"text": WORDS})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert line.status is AnswerStatus.COMPLETE
    assert [result.get("is_error", False) for result in results(claude)] == [False] * 8 + [True] * 4
    chips = [part for part in line.parts if isinstance(part, ToolPart)]
    assert [chip.state for chip in chips] == ["done"] * 8 + ["failed"] * 4


async def test_endless_tool_calls_are_ended(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script({"mode": "endless", "times": 0})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    requests = chat_requests(claude)
    assert len(requests) == 6
    assert [body.get("tool_choice") for body in requests] == [None] * 5 + [{"type": "none"}]
    assert line.status is not AnswerStatus.RUNNING
    assert not [part for part in line.parts if isinstance(part, ToolPart) and part.state == "running"]
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1


async def test_stop_during_tool_call_ends_its_chip(db: None, claude: AnthropicSimulator, tools: dict[str, Tool]):
    member = await make_user()
    claude.script({"text": "One moment.", "tools": [{"name": "slower"}]})
    async with assistant(claude):
        asked = await ask(member, QUESTION)
        await said(asked, "moment")
        await asyncio.sleep(0.2)
        started = time.monotonic()
        await stop(member, asked.answer_id)
        line = await ended(member, asked)
        assert time.monotonic() - started < 1
    assert (line.status, line.words) == (AnswerStatus.STOPPED, "One moment.")
    assert [part.state for part in line.parts if isinstance(part, ToolPart)] == ["failed"]


async def test_stop_is_idempotent(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script({"text": "word " * 400, "tokens_per_second": 100})
    async with assistant(claude):
        asked = await ask(member, QUESTION)
        await said(asked, "word word")
        await stop(member, asked.answer_id)
        for _ in range(5):
            await asyncio.sleep(0)
            await stop(member, asked.answer_id)
        line = await ended(member, asked)
    assert (line.status, line.problem) == (AnswerStatus.STOPPED, answer_tasks.STOPPED)
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1


# --- Limits of an answer -------------------------------------------------------------------------------------------


async def test_answer_times_out(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script({"text": "word " * 800, "tokens_per_second": 50})
    async with assistant(claude, CHAT_ANSWER_SECONDS="1"):
        started = time.monotonic()
        line = await answer(member, QUESTION)
        assert time.monotonic() - started < 2
    assert (line.status, line.problem) == (AnswerStatus.CUT, generation.TOO_SLOW)
    assert "word word" in line.words
    assert claude.disconnects(at_least=1)[0]["n"] == 1  # that of the title may be cancelled with the server
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1


async def test_daily_allowance(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script({"text": WORDS, "times": 0})
    async with assistant(claude, CHAT_DAILY_TOKENS="500"):
        assert (await answer(member, QUESTION)).writer is Writer.MODEL
        await settled()
        made = len(claude.bodies())
        line = await answer(member, QUESTION)
        other = await answer(await make_user(), QUESTION)
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.OFFLINE)
    assert NoticePart(generation.SPENT) in line.parts
    assert other.writer is Writer.MODEL
    assert len([body for body in claude.bodies()[made:] if body.get("tools")]) == 1


async def test_zero_allowance_does_not_mention_tomorrow(db: None, claude: AnthropicSimulator):
    async with assistant(claude, CHAT_DAILY_TOKENS="0"):
        line = await answer(await make_user(), QUESTION)
    assert line.writer is Writer.OFFLINE
    assert not any(isinstance(part, NoticePart) for part in line.parts)


async def test_allowance_used_up_between_tools_ends_answer(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "endless", "times": 0})
    async with assistant(claude, CHAT_DAILY_TOKENS="100"):
        line = await answer(member, QUESTION)
    assert (line.status, line.problem) == (AnswerStatus.CUT, generation.SPENT)
    assert len(chat_requests(claude)) == 1


@pytest.mark.parametrize(
    "turn", [{"mode": "hang"}, {"text": WORDS, "first_ms": 5000}, {"mode": "thinking", "tokens_per_second": 2}]
)
async def test_stop_before_first_token_is_charged(db: None, claude: AnthropicSimulator, as_owner, turn: dict):
    member = await make_user()
    claude.script(turn)
    async with assistant(claude):
        asked = await ask(member, QUESTION + " please" * 1000)
        await asyncio.sleep(0.5)
        await stop(member, asked.answer_id)
        assert (await ended(member, asked)).status is AnswerStatus.STOPPED
    (answers, input_tokens, _) = usage(as_owner, member)["claude-sonnet-5-5"]
    assert answers == 1
    assert 1700 < input_tokens < 2200


async def test_concurrent_questions_share_allowance(db: None, claude: AnthropicSimulator):
    member, other = await make_user(), await make_user()
    claude.script({"text": WORDS, "first_ms": 700, "times": 0})
    async with assistant(claude, CHAT_DAILY_TOKENS="3500"):
        asked = [await ask(member, QUESTION + " please" * 1000) for _ in range(5)]
        other_answer = await answer(other, QUESTION)
        lines = [await ended(member, one) for one in asked]
    assert other_answer.writer is Writer.MODEL
    assert sorted(line.writer for line in lines) == [Writer.MODEL] * 2 + [Writer.OFFLINE] * 3
    held = [line for line in lines if line.writer is Writer.OFFLINE]
    assert all(NoticePart(generation.HELD) in line.parts for line in held)


async def test_usage_sums_all_rounds_once(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    await make_pack(await make_creator(), title="Night Ferry")
    claude.script({"tools": [{"name": "search_packs", "input": {"query": "night"}}]}, {"text": WORDS})
    async with assistant(claude):
        line = await answer(member, QUESTION)
    row = as_owner(f"SELECT input_tokens, output_tokens, rounds FROM messages WHERE id = '{line.id}'")[0]
    assert row[2] == 2
    assert usage(as_owner, member)["claude-sonnet-5-5"] == (1, *row[:2])


async def test_unstorable_characters_are_removed(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user()
    claude.script(
        {"tools": [{"name": "glossary_lookup", "input": {"term": "side\x00chain"}}]}, {"text": f"\x00{WORDS}"}
    )
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.words) == (AnswerStatus.COMPLETE, WORDS)
    tool = next(part for part in line.parts if isinstance(part, ToolPart))
    assert (tool.state, tool.arguments) == ("done", "sidechain")
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1


@pytest.mark.parametrize("bad", ["\x00", "\ud800"])
async def test_any_part_content_is_rendered(db: None, bad: str):
    member = await make_user()
    async with assistant(None):
        asked = await ask(member, "hello")
        await ended(member, asked)
        async with transaction() as session:
            again = await questions.regenerate(session, member, message_id=str(asked.answer_id))
        made = AnswerBuilder(again, member)
        await made.open()
        await made.add_text(f"one{bad} two")
        await made.add(
            ToolPart(
                "1", f"La{bad}bel", "search", f"te{bad}rm", details=f"{{{bad}}}", state="done", summary=f"fo{bad}und"
            )
        )
        await made.add_citation(SourcePart(0, str(again.answer_id), f"ti{bad}tle", f"quo{bad}te"))
        await made.finish(AnswerStatus.COMPLETE)
        line = await ended(member, again)
    assert line.status is AnswerStatus.COMPLETE
    tool = next(part for part in line.parts if isinstance(part, ToolPart))
    assert (tool.label, tool.arguments, tool.details, tool.summary) == ("Label", "term", "{}", "found")
    source = next(part for part in line.parts if isinstance(part, SourcePart))
    assert (source.title, source.quote) == ("title", "quote")
    assert "one two" in line.words


# --- Circuit breaker ---------------------------------------------------------------------------------------------------


@pytest.fixture
def quick_breaker(monkeypatch: pytest.MonkeyPatch) -> float:
    """Shorten the open period of the breaker."""
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", 0.4)
    monkeypatch.setattr(circuit_breaker, "LONG_SECONDS", {})
    return 0.4


async def opened(claude: AnthropicSimulator, member: Viewer) -> None:
    """Open the breaker and clear the recorded requests."""
    claude.script({"mode": "500", "times": 0})
    for _ in range(3):
        assert (await answer(member, QUESTION)).writer is Writer.OFFLINE
    assert circuit_breaker.breaker.state == "open"
    claude.reset()


async def test_open_breaker_blocks_calls(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        await opened(claude, member)
        check_offline(await answer(member, QUESTION), "it has a fault")
    assert claude.seen("") == []


async def test_one_probe_closes_half_open_breaker(db: None, claude: AnthropicSimulator, quick_breaker: float):
    members = [await make_user() for _ in range(8)]
    async with assistant(claude):
        await opened(claude, members[0])
        claude.script({"text": WORDS, "first_ms": 400})
        await asyncio.sleep(quick_breaker + 0.1)
        lines = await asyncio.gather(*(answer(member, QUESTION) for member in members))
        assert sorted(line.writer for line in lines) == [Writer.MODEL] + [Writer.OFFLINE] * 7
        assert len(chat_requests(claude)) == 1
        assert circuit_breaker.breaker.state == "closed"
        claude.script({"text": WORDS})
        assert (await answer(members[1], QUESTION)).writer is Writer.MODEL


async def test_failed_probe_reopens_breaker(db: None, claude: AnthropicSimulator, quick_breaker: float):
    member = await make_user()
    async with assistant(claude):
        await opened(claude, member)
        await asyncio.sleep(quick_breaker + 0.1)
        claude.script({"mode": "529", "times": 0})
        assert (await answer(member, QUESTION)).writer is Writer.OFFLINE
        assert circuit_breaker.breaker.state == "open"


@pytest.mark.parametrize("how", ["stopped", "too slow", "broken"])
async def test_aborted_probe_allows_the_next(
    db: None, claude: AnthropicSimulator, quick_breaker: float, monkeypatch: pytest.MonkeyPatch, how: str
):
    member = await make_user()
    async with assistant(claude, **({"CHAT_ANSWER_SECONDS": "2"} if how == "too slow" else {})):
        await opened(claude, member)
        await asyncio.sleep(quick_breaker + 0.1)
        if how == "broken":
            with monkeypatch.context() as patched:
                patched.setattr(generation.prompt, "SYSTEM", object())  # our own code fails before the model is called
                line = await answer(member, QUESTION)
            assert line.status is AnswerStatus.FAILED
        else:
            claude.script({"mode": "hang"})
            asked = await ask(member, QUESTION)
            await until(lambda: claude.counts["open"] > 0)
            assert circuit_breaker.breaker.state == "half-open"
            if how == "stopped":
                await stop(member, asked.answer_id)
            await ended(member, asked)
        claude.script({"text": WORDS})
        assert (await answer(member, QUESTION)).writer is Writer.MODEL
        assert circuit_breaker.breaker.state == "closed"


async def test_other_question_does_not_release_the_probe(db: None, claude: AnthropicSimulator, quick_breaker: float):
    member, others = await make_user(), [await make_user() for _ in range(3)]
    claude.script({"mode": "hang"})
    async with assistant(claude):
        early = await ask(others[0], QUESTION)  # in flight since before the breaker opened
        await asyncio.sleep(0.2)
        claude.script({"mode": "500", "times": 0})
        for _ in range(3):
            await answer(member, QUESTION)
        claude.reset()
        await asyncio.sleep(quick_breaker + 0.1)
        claude.script({"mode": "hang"})
        probe = await ask(others[1], QUESTION)
        await asyncio.sleep(0.2)
        await stop(others[0], early.answer_id)
        await ended(others[0], early)
        check_offline(await answer(others[2], QUESTION), "it has a fault")
        assert len(chat_requests(claude)) == 1
        await stop(others[1], probe.answer_id)
        await ended(others[1], probe)


def test_invalid_question_does_not_count_as_model_failure():
    one = circuit_breaker.Breaker()
    for fault in (Fault.TOO_LONG, Fault.REJECTED, Fault.MALFORMED) * 3:
        one.failed(object(), fault)
    assert one.state == "closed"


async def test_no_answer_stays_running_and_no_question_is_lost(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script("401", "hang", "cut", {"text": WORDS, "times": 0})
    async with assistant(claude, CHAT_SILENCE_SECONDS="0.3"):
        lines = []
        for number in range(4):
            circuit_breaker.breaker.succeeded()
            asked = await ask(member, f"{QUESTION} {number}")
            lines.append((await ended(member, asked), (await thread_of(member, asked)).messages[0].words))
    assert [words for _, words in lines] == [f"{QUESTION} {number}" for number in range(4)]
    assert "running" not in await statuses()
    assert len({uuid.UUID(line.id) for line, _ in lines}) == 4


# --- Images ------------------------------------------------------------------------------------------------------


def picture(color: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(target, "PNG")
    return target.getvalue()


def images_of(body: dict) -> int:
    return sum(block["type"] == "image" for block in body["messages"][-1]["content"])


@pytest.mark.parametrize(("bound", "value", "shown"), [("MAX_PICTURES", 2, 2), ("MAX_PICTURE_BYTES", 199, 1)])
async def test_latest_images_are_sent_within_limit(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, shown: int
):
    member = await make_user()
    lines = [await sample_documents.ready(member, f"{color}.png", picture(color)) for color in ("red", "green", "blue")]
    claude.script({"text": WORDS, "times": 0})
    async with assistant(claude):
        asked = await ask(member, QUESTION, documents=[line.id for line in lines[:2]])
        await ended(member, asked)
        assert images_of(chat_requests(claude)[-1]) == 2
        monkeypatch.setattr(context, bound, value)
        await ended(member, await ask(member, QUESTION, thread=asked, documents=[lines[2].id]))
    content = chat_requests(claude)[-1]["messages"][-1]["content"]
    assert images_of(chat_requests(claude)[-1]) == shown
    assert context.PICTURES_LEFT_OUT.format(count=3 - shown) in str(content)
    image = await documents.model_image(store(), lines[2])
    assert content[0]["source"]["data"] == base64.b64encode(image.content).decode()


async def test_image_deleted_during_question_is_left_out(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch
):
    member = await make_user()
    line = await sample_documents.ready(member, "red.png", picture("red"))

    async def gone(*_given: object) -> None:
        raise NotFoundError("There is no picture of this document.")

    monkeypatch.setattr(documents, "model_image", gone)
    claude.script({"text": WORDS})
    async with assistant(claude):
        said_of_it = await answer(member, QUESTION, documents=[line.id])
    assert said_of_it.status is AnswerStatus.COMPLETE
    assert images_of(chat_requests(claude)[-1]) == 0


async def test_too_large_request_is_reduced_once(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script("413", {"text": WORDS})
    async with assistant(claude):
        assert (await answer(member, QUESTION)).words == WORDS
        claude.script("413", "413")
        assert (await answer(member, QUESTION)).problem == generation.WINDOW


# --- Internal errors ---------------------------------------------------------------------------------------------


def broken(*_given: object, **_named: object) -> None:
    raise RuntimeError("a fault of our own")


async def test_answer_that_fails_to_start_is_ended(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch
):
    member = await make_user()
    monkeypatch.setattr(AnswerBuilder, "_tell", broken)
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.problem) == (AnswerStatus.FAILED, generation.OURS)


@pytest.mark.parametrize("step", [broker.START, broker.TEXT, broker.HTML, broker.DONE])
async def test_failing_broker_loses_no_text(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch, as_owner, step: str
):
    member = await make_user()
    claude.script({"text": WORDS})
    publish = broker.LocalBroker.publish

    async def failing(self: broker.LocalBroker, topic: str, name: str, data: object) -> None:
        if name == step:
            broken()
        await publish(self, topic, name, data)

    monkeypatch.setattr(broker.LocalBroker, "publish", failing)
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.words) == (AnswerStatus.COMPLETE, WORDS)
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1


async def test_unrenderable_last_block_is_stored(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch, as_owner
):
    member = await make_user()
    claude.script({"text": WORDS})
    monkeypatch.setattr(markdown, "render", broken)  # is called for the last block when the answer ends
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.words) == (AnswerStatus.COMPLETE, WORDS)
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1


async def test_failed_save_is_retried(db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(answer_builder, "SAVE_SECONDS", 0.1)
    monkeypatch.setattr(answer_builder, "HEARTBEAT_SECONDS", 0.1)
    member, values = await make_user(), AnswerBuilder.content
    claude.script({"text": "word " * 100, "tokens_per_second": 50})
    async with assistant(claude):
        asked = await ask(member, QUESTION)
        await said(asked, "word")
        monkeypatch.setattr(AnswerBuilder, "content", broken)
        await asyncio.sleep(0.4)
        monkeypatch.setattr(AnswerBuilder, "content", values)
        await asyncio.sleep(0.5)
        async with transaction() as session:
            kept, _ = await conversations.get_message(session, member, message_id=str(asked.answer_id))
        assert kept.status is AnswerStatus.RUNNING
        assert "word" in kept.words
        await stop(member, asked.answer_id)
        await ended(member, asked)


async def test_answer_ends_although_final_save_fails(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch, as_owner
):
    member = await make_user()
    claude.script({"text": WORDS})
    monkeypatch.setattr(AnswerBuilder, "content", broken)
    async with assistant(claude):
        line = await answer(member, QUESTION)
    assert (line.status, line.problem) == (AnswerStatus.FAILED, answer_lifecycle.UNKEPT)
    assert usage(as_owner, member)["claude-sonnet-5-5"][0] == 1


# --- Continue ------------------------------------------------------------------------------------------------------


async def cut_off(claude: AnthropicSimulator, member: Viewer, words: str) -> Asked:
    """Let an answer break after this text."""
    claude.script({"text": words, "stop_reason": "max_tokens"})
    asked = await ask(member, QUESTION)
    line = await ended(member, asked)
    assert line.status is AnswerStatus.CUT
    return asked


async def continued(member: Viewer, asked: Asked) -> MessageDetail:
    async with transaction() as session:
        again = await questions.continue_answer(session, member, message_id=str(asked.answer_id))
    answer_tasks.start(again, member)
    return await ended(member, again)


async def test_continue_without_model_keeps_answer_open(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        asked = await cut_off(claude, member, "It continues the")
        claude.script({"mode": "529", "times": 2, "match": "cut off"})
        line = await continued(member, asked)
        assert (line.status, line.writer) == (AnswerStatus.CUT, Writer.MODEL)
        assert line.words.strip() == "It continues the"
        assert "overloaded" in line.problem
        claude.script({"text": "and this is how it ends.", "match": "cut off"})
        line = await continued(member, asked)
    assert line.words == "It continues the and this is how it ends."
    assert line.status is AnswerStatus.COMPLETE


async def test_continue_inside_code_block(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        asked = await cut_off(claude, member, "Like so:\n\n```python\nx = 1\n")
        claude.script({"text": "y = 2\n```\n\nThat is all.", "match": "cut off"})
        line = await continued(member, asked)
    (part,) = line.parts
    assert isinstance(part, TextPart)
    html = markdown.render(part.markdown)
    assert html.count("<pre") == 1
    assert "y = 2" in html.partition("</pre>")[0]
    assert "That is all." in html.partition("</pre>")[2]


@pytest.mark.parametrize("how", ["fails", "is stopped"])
async def test_continue_unparsable_parts_keeps_text(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch, how: str
):
    member, look_up = await make_user(), conversations.get_message

    async def away(*_given: object, **_named: object) -> None:
        if how == "is stopped":
            await asyncio.sleep(30)
        raise UnavailableError("The database does not answer right now.")

    async with assistant(claude):
        asked = await cut_off(claude, member, "It continues the")
        monkeypatch.setattr(conversations, "get_message", away)
        async with transaction() as session:
            again = await questions.continue_answer(session, member, message_id=str(asked.answer_id))
        answer_tasks.start(again, member)
        await asyncio.sleep(0.2)
        if how == "is stopped":
            await stop(member, asked.answer_id)
        await answer_tasks.wait_until_ended(again.answer_id, seconds=5)
        monkeypatch.setattr(conversations, "get_message", look_up)
        line = await ended(member, again)
        assert line.status is (AnswerStatus.STOPPED if how == "is stopped" else AnswerStatus.CUT)
        assert line.words.strip() == "It continues the"
        claude.script({"text": "and this is how it ends.", "match": "cut off"})
        line = await continued(member, asked)
    assert line.words == "It continues the and this is how it ends."
