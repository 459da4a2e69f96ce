"""Continuing an answer that was cut off."""

import asyncio

import pytest

from askchopper.database import transaction
from askchopper.errors import UnavailableError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, MessageDetail, TextPart
from askchopper.services.assistant import answer_tasks, conversations, markdown, questions
from askchopper.vocabulary import AnswerStatus, Writer
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import ask, assistant, ended
from tests.support.factories import make_user
from tests.support.model_answers import QUESTION, stop

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_retries")]


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
