"""Stopping an answer."""

import asyncio
import time

import pytest
from sqlalchemy import text

from askchopper import settings
from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked
from askchopper.services.assistant import answer_tasks, conversations
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended, said
from tests.support.clients import api_client
from tests.support.conversation_events import LONG
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


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
