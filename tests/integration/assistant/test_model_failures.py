"""Model failures through the real SDK: how the answer ends, what is stored, what is charged."""

import socket
import time
import uuid

import pytest

from askchopper.errors import ConflictError
from askchopper.schemas.assistant import ToolPart
from askchopper.services.assistant import circuit_breaker, generation
from askchopper.vocabulary import AnswerStatus, Writer
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended, statuses, thread_of
from tests.support.factories import make_user
from tests.support.model_answers import QUESTION, WORDS, chat_requests, check_offline, continue_answer, settled, usage

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_retries")]


@pytest.mark.parametrize(
    ("turn", "why", "requests"),
    [
        ({"mode": "401"}, "it is not set up correctly", 1),
        ({"mode": "403"}, "it is not set up correctly", 1),
        ({"mode": "402"}, "its spending limit is reached", 1),
        ({"mode": "400", "message": "Your credit balance is too low to access the API."}, "its spending limit", 1),
        ({"mode": "404"}, "it is not set up correctly", 1),
        ({"mode": "spend_cap"}, "its spending limit is reached", 1),
        ({"mode": "429", "retry_after": 60}, "too many questions at once", 1),
        ({"mode": "429_bare"}, "too many questions at once", 2),
        ({"mode": "408"}, "it returned an error", 2),
        ({"mode": "500"}, "it returned an error", 2),
        ({"mode": "503"}, "it returned an error", 2),
        ({"mode": "504"}, "it returned an error", 2),
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
        check_offline(await answer(member, QUESTION), "it did not respond in time")
        assert time.monotonic() - started < 2
    assert len(chat_requests(claude)) == 1
    assert usage(as_owner, member) == {"offline": (1, 0, 0)}


@pytest.mark.parametrize(
    ("turn", "problem"),
    [
        ({"mode": "stall"}, "The answer stopped before it was complete."),
        ({"mode": "cut"}, generation.CUT),
        ({"mode": "reset"}, generation.CUT),
        ({"mode": "silent_eof"}, generation.CUT),
        ({"mode": "error_event"}, "The assistant became overloaded before it finished."),
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
        longer = await ended(member, await continue_answer(member, line.id))
        thread = await thread_of(member, asked)
    assert (longer.id, longer.status, longer.problem) == (line.id, AnswerStatus.COMPLETE, "")
    assert longer.words.startswith(line.words)
    assert longer.words.endswith("bass.")
    assert [one.words for one in thread.messages] == [QUESTION, longer.words]
    assert chat_requests(claude)[-1]["messages"][-2] == {"role": "assistant", "content": line.words}


async def test_refusal_ends_answer(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "refusal", "text": "I would rather"})
    async with assistant(claude):
        line = await answer(member, QUESTION)
        with pytest.raises(ConflictError):
            await continue_answer(member, line.id)
    assert (line.status, line.words, line.problem) == (AnswerStatus.REFUSED, "I would rather", generation.REFUSED)


async def test_maximum_length_can_be_continued(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"mode": "max_tokens", "text": WORDS, "after": 5}, {"text": "{}"}, {"text": " more"})
    async with assistant(claude):
        line = await answer(member, QUESTION)
        assert (line.status, line.problem) == (AnswerStatus.CUT, generation.LENGTH)
        await settled()
        longer = await ended(member, await continue_answer(member, line.id))
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
