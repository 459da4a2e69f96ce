"""Limits of an answer: time, the daily allowance, what is charged, and what can be stored."""

import asyncio
import time

import pytest

from askchopper.database import transaction
from askchopper.schemas.assistant import NoticePart, SourcePart, ToolPart
from askchopper.services.assistant import answer_tasks, generation, questions
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.vocabulary import AnswerStatus, Writer
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended, said
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.model_answers import QUESTION, WORDS, chat_requests, settled, stop, usage

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_retries")]


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
