"""Keys of questions: a repeated request asks once, and two tabs cannot ask at once."""

import asyncio

import pytest

from askchopper.database import transaction
from askchopper.errors import ConflictError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked
from askchopper.services.assistant import answer_tasks, questions
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import ask, assistant, ended, statuses, thread_of
from tests.support.conversation_events import LONG
from tests.support.events import tabs
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


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
