"""Errors of our own during an answer: no text is lost, and each answer ends."""

import asyncio

import pytest

from askchopper.database import transaction
from askchopper.services.assistant import answer_builder, answer_lifecycle, broker, conversations, generation, markdown
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended, said
from tests.support.factories import make_user
from tests.support.model_answers import QUESTION, WORDS, stop, usage

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_retries")]


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
