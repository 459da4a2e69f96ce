"""State of the chat page in one tab: history, documents, feedback, and what happens around a lost connection."""

import pytest

from askchopper.errors import UnavailableError
from askchopper.services.assistant import answer_tasks
from tests.support.answers import ask, assistant, ended
from tests.support.events import tab
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


async def test_question_sent_right_after_reload_stays_on_page(db: None):
    """The server asks the browser for its URL then; the answer may arrive after the question."""
    member = await make_user()
    async with assistant(None), tab(member) as opened:
        earlier = await ask(member, "What is bpm?")
        await ended(member, earlier)
        await opened.send("ChatState.load", f"/chat/{earlier.conversation_id}")
        await opened.send("ChatState.load", "/chat")
        question = {"key": "key-of-the-question", "text": "What is swing?", "document_ids": []}
        await opened.send("ChatState.send", "/chat", **question, page={"path": "/chat"})
        await opened.send("ChatState.resume", "/chat", path="/chat")
        assert opened.vars["conversation_id"] not in {"", str(earlier.conversation_id)}
        assert [message.text for message in opened.vars["messages"] if message.is_question] == ["What is swing?"]


async def test_question_after_reconnect_continues_conversation_of_url(db: None):
    """A conversation that started on this page has changed the URL without the router's knowledge."""
    member = await make_user()
    async with assistant(None), tab(member) as opened:
        begun = await ask(member, "What is bpm?")
        await ended(member, begun)
        path = f"/chat/{begun.conversation_id}"
        await opened.send("ChatState.load", path)
        await opened.send("ChatState.load", "/chat")
        question = {"key": "key-of-the-question", "text": "What is swing?", "document_ids": []}
        await opened.send("ChatState.send", "/chat", **question, page={"path": path})
        await opened.send("ChatState.resume", "/chat", path=path)
        assert opened.vars["conversation_id"] == str(begun.conversation_id)
        assert [message.text for message in opened.vars["messages"] if message.is_question] == [
            "What is bpm?",
            "What is swing?",
        ]


async def test_history_headings_are_unique_and_search_survives_reconnect(db: None, as_owner):
    member = await make_user()
    as_owner(
        "INSERT INTO conversations (id, user_id, title, is_named, is_pinned, is_temporary, head_id, talked_at)"
        f" SELECT gen_random_uuid(), '{member.user_id}', 'Talk ' || n, false, n < 2, false, gen_random_uuid(),"
        " now() - interval '30 days' - n * interval '1 minute' FROM generate_series(0, 24) n"
    )
    async with tab(member) as opened:
        await opened.send("HistoryState.open", "/chat")
        await opened.send("HistoryState.load_more", "/chat")
        lines = opened.vars["lines"]
        assert len(lines) == 25
        assert [line.heading for line in lines if line.heading] == ["Pinned", "Earlier"]
        await opened.send("HistoryState.search", "/chat", text="Talk 23")
        await opened.send("HistoryState.open", "/chat")
        assert [line.title for line in opened.vars["lines"]] == ["Talk 23"]
        await opened.send("HistoryState.reset_search", "/chat")
        assert opened.vars["text"] == ""


async def test_document_list_is_complete(db: None, as_owner):
    member = await make_user()
    as_owner(
        "INSERT INTO documents (id, user_id, title, kind, media_type, size_bytes, sha256, store_key, state, problem,"
        " characters, tokens_estimate, facts, created_at)"
        f" SELECT gen_random_uuid(), '{member.user_id}', 'Paper ' || n, 'text', 'text/plain', 1, n::text, n::text, 'ready',"
        " '', 1, 1, '{}', now() FROM generate_series(1, 60) n"
    )
    async with tab(member) as opened:
        await opened.send("DocumentsState.load", "/chat")
        assert len(opened.vars["lines"]) == 50
        await opened.send("DocumentsState.load_more", "/chat")
        assert {line.title for line in opened.vars["lines"]} == {f"Paper {n}" for n in range(1, 61)}
        assert opened.vars["has_more"] is False


async def test_rejected_comment_keeps_form_open(db: None):
    member = await make_user()
    async with assistant(None), tab(member) as opened:
        asked = await ask(member, "What is bpm?")
        await ended(member, asked)
        path = f"/chat/{asked.conversation_id}"
        await opened.send("ChatState.load", path)
        await opened.send("ChatState.rate", path, message_id=str(asked.answer_id), value=-1)
        await opened.send("ChatState.comment", path, form={"comment": "wrong \u202e way"})
        assert "cannot be shown" in opened.told()
        await opened.send("ChatState.load", path)  # a lost connection
        assert opened.vars["commenting_id"] == str(asked.answer_id)
        await opened.send("ChatState.comment", path, form={"comment": "wrong way"})
        assert opened.vars["commenting_id"] == ""


async def test_failed_delete_keeps_conversation_open(db: None, monkeypatch: pytest.MonkeyPatch):
    member = await make_user()

    async def away(*_given: object, **_named: object) -> None:
        raise UnavailableError("The database does not answer right now.")

    async with assistant(None), tab(member) as opened:
        asked = await ask(member, "What is bpm?")
        await ended(member, asked)
        conversation_id, path = str(asked.conversation_id), f"/chat/{asked.conversation_id}"
        await opened.send("ChatState.load", path)
        with monkeypatch.context() as patched:
            patched.setattr(answer_tasks, "remove", away)
            await opened.send("HistoryState.remove", path, conversation_id=conversation_id)
            await opened.send("ChatState.leave", path, conversation_id=conversation_id)
        assert opened.vars["conversation_id"] == conversation_id
        await opened.send("HistoryState.remove", path, conversation_id=conversation_id)
        await opened.send("ChatState.leave", path, conversation_id=conversation_id)
        assert opened.vars["conversation_id"] == ""
