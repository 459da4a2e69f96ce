"""Conversations of other members, and forged ids, are not found."""

import uuid
from typing import Any

import pytest

from askchopper import settings
from askchopper.database import transaction
from askchopper.errors import NotFoundError
from askchopper.services.assistant import answer_tasks, conversations, questions, threads
from tests.support import sample_documents
from tests.support.answers import ask, assistant, ended
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


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
