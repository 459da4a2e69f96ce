"""Use of the chat: figures by day and for the operator, limits, connections, and cited documents."""

import asyncio
from datetime import UTC, datetime

import pytest

from askchopper import database, settings
from askchopper.database import read_only
from askchopper.errors import RateLimitedError
from askchopper.schemas.assistant import Asked
from askchopper.services.assistant import answer_tasks, questions
from askchopper.vocabulary import AnswerStatus, Role
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support import sample_documents
from tests.support.answers import answer, ask, assistant, do, ended, statuses, thread_of
from tests.support.clients import api_client
from tests.support.factories import make_user
from tests.support.model_answers import settled

pytestmark = pytest.mark.integration


async def test_usage_is_listed_by_day(db: None, claude: AnthropicSimulator, as_owner):
    member, other = await make_user(), await make_user()
    claude.script({"text": "One.", "times": 0})
    async with assistant(claude):
        for _ in range(2):
            await answer(member, "What is bpm?")
        await settled()
        as_owner("UPDATE chat_usage SET day = day - 3")
        await answer(member, "What is bpm?")
        await settled()
        async with api_client(member) as client:
            days = (await client.get("/api/v1/me/chat-usage")).json()
            short = (await client.get("/api/v1/me/chat-usage?days=2")).json()
        async with api_client(other) as client:
            assert (await client.get("/api/v1/me/chat-usage")).json() == []
    assert [day["answers"] for day in days] == [1, 2]
    assert days[0]["day"] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert short == days[:1]
    assert days[0]["input_tokens"] > 0
    assert days[0]["cost_usd"] > 0


async def test_ten_questions_a_minute(db: None, limits_on: None):
    member = await make_user()
    async with assistant(None):
        asked = [await ask(member, "What is bpm?") for _ in range(10)]
        with pytest.raises(RateLimitedError) as refused:
            await ask(member, "What is bpm?")
        assert "Too many questions." in refused.value.sentence
        for one in asked:
            await ended(member, one)
        with pytest.raises(RateLimitedError):
            await do(questions.regenerate, member, message_id=str(asked[0].answer_id))
        async with api_client(member) as client:
            response = await client.post(
                "/api/v1/questions", json={"text": "What is bpm?"},
                headers={"Idempotency-Key": "a-key-of-length", "Origin": settings.get().base_url},
            )  # fmt: skip
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) > 0
        await answer(await make_user(), "What is bpm?")  # other members are not limited
        # A repeated request is not a new question.
        before = await do(questions.ask, member, questions.Question("What is bpm?", await key_of(asked[0])))
        assert before.answer_id == asked[0].answer_id


async def key_of(asked: Asked) -> str:
    async with read_only() as session:
        from sqlalchemy import text

        found = await session.execute(text("SELECT key FROM messages WHERE id = :id"), {"id": asked.question_id})
        return str(found.scalar_one())


async def test_five_document_questions_a_minute(db: None, limits_on: None):
    member = await make_user()
    document = await sample_documents.ready(member, "Rider.txt", b"Bring two cables.")
    async with assistant(None):
        first = await ask(member, "What shall I bring?", documents=[document.id])
        line = await ended(member, first)
        for _ in range(3):
            await ended(member, await ask(member, "What shall I bring?", documents=[document.id]))
        again = await do(questions.regenerate, member, message_id=line.id)  # it reads the documents again
        answer_tasks.start(again, member)
        await ended(member, again)
        with pytest.raises(RateLimitedError):
            await ask(member, "What shall I bring?", documents=[document.id])
        await answer(member, "What is bpm?")


async def test_document_deleted_while_cited_leaves_quote(db: None, claude: AnthropicSimulator):
    from askchopper.services.knowledge import documents

    member = await make_user()
    document = await sample_documents.ready(member, "Rider.txt", b"Bring two cables and a lamp.")
    claude.script({"quote": "Bring two cables and a lamp."})
    async with assistant(claude):
        asked = await ask(member, "How many cables shall I bring?", documents=[document.id])
        line = await ended(member, asked)
        await settled()
        assert line.words.startswith("Bring two cables")
        await do(documents.remove, member, document_id=document.id)
        later = await answer(member, "And a lamp?", thread=asked)
        thread = await thread_of(member, asked)
    assert later.status is AnswerStatus.COMPLETE
    quotes = [part.quote for part in thread.messages[1].parts if part.kind == "source"]
    assert quotes == ["Bring two cables and a lamp."]


async def test_operator_metrics(db: None, claude: AnthropicSimulator):
    admin, member = await make_user(role=Role.ADMIN), await make_user()
    claude.script({"text": "One."}, {"text": "{}"}, {"mode": "401"})
    async with assistant(claude), api_client(admin) as client:
        before = (await client.get("/status")).json()["assistant"]
        await answer(member, "What is bpm?")
        await settled()
        await answer(member, "What is bpm?")
        after = (await client.get("/status")).json()["assistant"]
        metrics = (await client.get("/metrics")).text
    assert after["answered"] == before["answered"] + 1
    assert after["faults"].get("key", 0) == before["faults"].get("key", 0) + 1
    assert (before["breaker"], after["breaker"]) == ("closed", "open")
    assert after["input_tokens"] > before["input_tokens"]
    assert after["first_ms_p50"] > 0
    assert f"askchopper_model_answers_total {after['answered']}" in metrics
    assert 'askchopper_model_faults_total{fault="key"}' in metrics
    assert "askchopper_answers_running 0" in metrics


async def test_concurrent_questions_leave_database_connections(db: None):
    members = [await make_user() for _ in range(6)]
    await database.dispose()
    async with assistant(None, DATABASE_POOL_SIZE="3", RATE_LIMITS="on"):
        asked = await asyncio.gather(*(ask(member, "What is swing?") for member in members for _ in range(2)))
        for one in asked:
            await answer_tasks.wait_until_ended(one.answer_id, seconds=8)
    await database.dispose()
    assert await statuses() == ["complete"] * 24
