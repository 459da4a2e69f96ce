"""Tools that an answer calls: failing, unknown, too many, and stopped."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext, TextPart, ToolPart
from askchopper.services.assistant.tools import registry
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.vocabulary import AnswerStatus, Role, Writer
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended, said
from tests.support.factories import make_user
from tests.support.model_answers import QUESTION, WORDS, chat_requests, stop, usage

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_retries")]


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
    [("slow", "This step took too long and was cancelled."), ("failing", "It failed on our side.")],
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


async def test_cut_result_keeps_its_artists_and_refs(tools: dict[str, Tool]):
    async def flood(_viewer: Viewer, _given: Nothing, _page: PageContext) -> Outcome:
        return Outcome({"text": "x" * registry.MAX_RESULT_CHARACTERS}, "much", ("pack:a",), artists=("Burial",))

    viewer = Viewer(uuid.uuid4(), None, "Ada", "ada@example.test", Role.MEMBER)
    outcome = await registry.use(viewer, replace(tools["slow"], run=flood), Nothing(), page=PageContext())
    assert set(outcome.content) == {"cut"}
    assert (outcome.summary, outcome.refs, outcome.artists) == ("much", ("pack:a",), ("Burial",))


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
