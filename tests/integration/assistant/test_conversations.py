"""Conversations: history, versions, feedback, export."""

import asyncio
import json
import re
from typing import Any

import pytest

from askchopper import settings
from askchopper.database import read_only
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, ProposalPart
from askchopper.services.assistant import answer_tasks, conversations, questions
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, do, ended, statuses, thread_of
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.model_answers import settled

pytestmark = pytest.mark.integration


async def titles(viewer: Viewer, text: str = "") -> list[str]:
    async with read_only() as session:
        return [line.title for line in (await conversations.list_conversations(session, viewer, text=text)).items]


async def talked(viewer: Viewer, *questions: str) -> list[Asked]:
    """Start a conversation for each question, one after another."""
    found = []
    for question in questions:
        asked = await ask(viewer, question)
        await ended(viewer, asked)
        found.append(asked)
    await settled()
    return found


async def test_history_lists_searches_pins_and_renames(db: None):
    member, other = await make_user(), await make_user()
    async with assistant(None):
        first, second, third = await talked(member, "What is bpm?", "What is swing?", "What is a 100% wet_mix?")
        await talked(other, "What is reverb?")
    assert await titles(member) == ["What is a 100% wet_mix?", "What is swing?", "What is bpm?"]
    assert await titles(member, "swing") == ["What is swing?"]
    assert await titles(member, "100%") == ["What is a 100% wet_mix?"]
    assert await titles(member, "reverb") != ["What is reverb?"]
    assert await titles(member, "0% w") == ["What is a 100% wet_mix?"]
    assert await titles(member, "s%g") == []
    await do(conversations.pin, member, conversation_id=str(first.conversation_id), is_pinned=True)
    await do(conversations.rename, member, conversation_id=str(second.conversation_id), title="  Groove  ")
    assert await titles(member) == ["What is bpm?", "What is a 100% wet_mix?", "Groove"]
    with pytest.raises(InvalidInputError):
        await do(conversations.rename, member, conversation_id=str(third.conversation_id), title=" ")
    await do(conversations.pin, member, conversation_id=str(first.conversation_id), is_pinned=False)
    assert await titles(member) == ["What is a 100% wet_mix?", "Groove", "What is bpm?"]


@pytest.mark.parametrize("body", [{}, {"title": None}, {"titel": "Rain"}, {"title": "Rain", "pinned": True}])
async def test_empty_change_is_rejected_over_http(db: None, body: dict[str, Any]):
    member = await make_user()
    async with assistant(None):
        asked = await ask(member, "First words")
        await ended(member, asked)
        async with api_client(member) as client:
            path = f"/api/v1/conversations/{asked.conversation_id}"
            refused = await client.patch(path, json=body, headers={"Origin": settings.get().base_url})
            assert refused.status_code == 422
            assert refused.json()["detail"].endswith(".")
            assert (await client.get(path)).json()["conversation"]["title"] == "First words"


async def test_history_search_returns_excerpts(db: None):
    member = await make_user()
    async with assistant(None):
        await talked(member, "Tell me about sidechain compression, please", "What is swing?")
    async with read_only() as session:
        page = await conversations.list_conversations(session, member, text="SIDECHAIN comp")
    assert [line.title for line in page.items] == ["Tell me about sidechain compression, please"]
    assert "sidechain compression" in page.items[0].found.lower()


async def test_history_paging_has_no_gaps_or_duplicates(db: None):
    member = await make_user()
    async with assistant(None):
        made = await talked(member, *[f"What is bpm? {number}" for number in range(7)])
    await do(conversations.pin, member, conversation_id=str(made[2].conversation_id), is_pinned=True)
    seen, cursor = [], None
    while True:
        async with read_only() as session:
            page = await conversations.list_conversations(session, member, cursor=cursor, limit=2)
        seen += [line.title for line in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"What is bpm? {number}" for number in (2, 6, 5, 4, 3, 1, 0)]
    with pytest.raises(InvalidInputError):
        async with read_only() as session:
            await conversations.list_conversations(session, member, cursor="x")


async def test_generated_title_keeps_position_and_yields_to_rename(db: None, claude: AnthropicSimulator):
    member = await make_user()
    naming = {"text": json.dumps({"title": "Low End", "follow_ups": ["How loud?", "Which key?", "", 5, "x" * 200]})}
    claude.script({"text": "Ducking."}, {**naming, "first_ms": 300}, {"text": "Shuffle."}, {"text": "{}"})
    async with assistant(claude):
        first = await ask(member, "What is sidechain?")
        await ended(member, first)
        second = await ask(member, "What is swing?")
        await ended(member, second)
        await settled()
        assert await titles(member) == ["What is swing?", "Low End"]
        thread = await thread_of(member, first)
        assert thread.messages[-1].follow_ups == ("How loud?", "Which key?")
        await do(conversations.rename, member, conversation_id=str(second.conversation_id), title="Mine")
        claude.script({"text": "More."}, naming)
        await ended(member, await ask(member, "And now?", thread=second))
        await settled()
        assert await titles(member) == ["Mine", "Low End"]


@pytest.mark.parametrize(
    "said", ["", "no JSON", "{", '{"title": 5}', '{"title": ["x"]}', "[1]", '{"title": "<b>\\u0000"}']
)
async def test_invalid_title_falls_back_to_first_words(db: None, claude: AnthropicSimulator, said: str):
    member = await make_user()
    claude.script({"text": "Ducking."}, {"text": said} if said else {"mode": "529"})
    async with assistant(claude):
        asked = await ask(member, "What is sidechain compression and how do I set it up in a dense mix?")
        await ended(member, asked)
        await settled()
    (title,) = await titles(member)
    assert title in {"What is sidechain compression and how do I set it up in a…", "no JSON"}


async def test_delete_can_be_undone(db: None, as_owner):
    member = await make_user()
    async with assistant(None):
        one, two = await talked(member, "What is bpm?", "What is swing?")
    await do(conversations.remove, member, conversation_id=str(one.conversation_id))
    assert await titles(member) == ["What is swing?"]
    with pytest.raises(NotFoundError):
        await thread_of(member, one)
    await do(conversations.restore, member, conversation_id=str(one.conversation_id))
    assert await titles(member) == ["What is swing?", "What is bpm?"]
    await do(conversations.remove, member, conversation_id=str(two.conversation_id))
    assert await do(conversations.purge_expired) == 0
    as_owner("UPDATE conversations SET deleted_at = deleted_at - interval '11 minutes'")
    assert await do(conversations.purge_expired) == 1
    with pytest.raises(NotFoundError):
        await do(conversations.restore, member, conversation_id=str(two.conversation_id))
    assert as_owner(f"SELECT count(*) FROM messages WHERE conversation_id = '{two.conversation_id}'") == [(0,)]


async def temporary(viewer: Viewer, key: str) -> Asked:
    asked = await do(questions.ask, viewer, questions.Question("What is bpm?", key, is_temporary=True))
    answer_tasks.start(asked, viewer)
    await ended(viewer, asked)
    return asked


async def test_temporary_conversations_are_hidden_unless_kept(db: None, as_owner):
    member = await make_user()
    async with assistant(None):
        kept, gone = await temporary(member, "key-number-1"), await temporary(member, "key-number-2")
        await settled()
    assert await titles(member) == []
    assert await titles(member, "bpm") == []
    await do(conversations.keep, member, conversation_id=str(kept.conversation_id))
    assert len(await titles(member)) == 1
    assert await do(conversations.purge_expired) == 0
    as_owner("UPDATE conversations SET talked_at = talked_at - interval '25 hours'")
    assert await do(conversations.purge_expired) == 1
    with pytest.raises(NotFoundError):
        await thread_of(member, gone)
    assert (await thread_of(member, kept)).messages


async def test_regenerate_creates_sibling_version(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script(
        {"text": "First."}, {"text": "{}"}, {"text": "Second."}, {"text": "{}"}, {"text": "After."}, {"text": "{}"}
    )
    async with assistant(claude):
        asked = await ask(member, "What is bpm?")
        await ended(member, asked)
        await settled()
        again = await do(questions.regenerate, member, message_id=str(asked.answer_id))
        answer_tasks.start(again, member)
        await ended(member, again)
        await settled()
        thread = await thread_of(member, asked)
        assert [(line.words, line.place, len(line.siblings)) for line in thread.messages] == [
            ("What is bpm?", 1, 1), ("Second.", 2, 2),
        ]  # fmt: skip
        await ended(member, await ask(member, "And swing?", thread=asked))
        await settled()
        await do(conversations.choose, member, message_id=str(asked.answer_id))
        assert [line.words for line in (await thread_of(member, asked)).messages] == ["What is bpm?", "First."]
        await do(conversations.choose, member, message_id=str(again.answer_id))
        words = [line.words for line in (await thread_of(member, asked)).messages]
    assert words == ["What is bpm?", "Second.", "And swing?", "After."]
    requests = [body["messages"] for body in claude.bodies() if body.get("tools")]
    assert "First." not in json.dumps(requests[1])  # a version does not see its siblings
    assert "Second." in json.dumps(requests[2])


async def test_edit_creates_sibling_version(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "First."}, {"text": "{}"}, {"text": "Second."}, {"text": "{}"})
    async with assistant(claude):
        asked = await ask(member, "What is bpm?")
        await ended(member, asked)
        await settled()
        edited = await do(
            questions.edit, member, message_id=str(asked.question_id), text="What is swing?", key="edit-key-1"
        )
        twice = await do(
            questions.edit, member, message_id=str(asked.question_id), text="What is swing?", key="edit-key-1"
        )
        assert (twice.answer_id, twice.is_new) == (edited.answer_id, False)
        answer_tasks.start(edited, member)
        await ended(member, edited)
        await settled()
        thread = await thread_of(member, asked)
    assert [(line.words, line.place, len(line.siblings)) for line in thread.messages] == [
        ("What is swing?", 2, 2), ("Second.", 1, 1),
    ]  # fmt: skip
    with pytest.raises(NotFoundError):
        await do(questions.edit, member, message_id=str(asked.answer_id), text="What is swing?", key="edit-key-2")
    with pytest.raises(NotFoundError):
        await do(questions.regenerate, member, message_id=str(asked.question_id))
    with pytest.raises(ConflictError):
        await do(questions.continue_answer, member, message_id=str(edited.answer_id))
    assert await statuses() == ["complete"] * 4


async def test_feedback_is_one_row_with_comment(db: None, as_owner):
    member = await make_user()
    async with assistant(None):
        line = await answer(member, "What is bpm?")
    await do(conversations.rate, member, message_id=line.id, value=-1)
    await do(conversations.rate, member, message_id=line.id, value=-1, comment="Too short.\n\nReally.")
    assert as_owner("SELECT value, comment FROM answer_feedback") == [(-1, "Too short.\n\nReally.")]
    await do(conversations.rate, member, message_id=line.id, value=1)
    assert as_owner("SELECT value FROM answer_feedback") == [(1,)]
    for bad in (2, -5, True, "1", 1.0, None):
        with pytest.raises(InvalidInputError):
            await do(conversations.rate, member, message_id=line.id, value=bad)
    with pytest.raises(InvalidInputError):
        await do(conversations.rate, member, message_id=line.id, value=-1, comment="x" * 1001)
    await do(conversations.rate, member, message_id=line.id, value=0)
    assert as_owner("SELECT count(*) FROM answer_feedback") == [(0,)]


async def test_declined_proposal_stays_declined(db: None, claude: AnthropicSimulator):
    member = await make_user(tokens=500)
    pack = await make_pack(await make_creator())
    ref = f"pack:{pack.slug}"
    claude.script({"tools": [{"name": "propose_purchase", "input": {"ref": ref}}]}, {"text": "Your choice."})
    async with assistant(claude):
        asked = await ask(member, "Buy it")
        line = await ended(member, asked)
        await do(conversations.decline, member, message_id=line.id, ref="pack:another")
        await do(conversations.decline, member, message_id=line.id, ref=ref)
        line = await ended(member, asked)
    assert [part for part in line.parts if isinstance(part, ProposalPart)] == [ProposalPart(ref, is_declined=True)]


async def test_proposal_declined_during_answer_stays_declined(db: None, claude: AnthropicSimulator):
    member = await make_user(tokens=500)
    pack = await make_pack(await make_creator())
    ref = f"pack:{pack.slug}"
    claude.set(tokens_per_second=20)
    claude.script({"tools": [{"name": "propose_purchase", "input": {"ref": ref}}]}, {"text": "word " * 30})
    async with assistant(claude):
        asked = await ask(member, "Buy it")
        async with asyncio.timeout(5):
            while True:
                line = (await thread_of(member, asked)).messages[-1]
                if any(isinstance(part, ProposalPart) for part in line.parts):
                    break
                await asyncio.sleep(0.05)
        await do(conversations.decline, member, message_id=line.id, ref=ref)
        assert line.status is AnswerStatus.RUNNING
        line = await ended(member, asked)
    assert [part for part in line.parts if isinstance(part, ProposalPart)] == [ProposalPart(ref, is_declined=True)]


async def test_conversation_export(db: None, claude: AnthropicSimulator):
    member = await make_user()
    pack = await make_pack(await make_creator(name="Ada"), title="Night Ferry")
    claude.script(
        {"tools": [{"name": "search_packs", "input": {"query": "night"}}]},
        {"text": f"Take **this**:\n\n[[pack:{pack.slug}]]"},
    )
    async with assistant(claude):
        asked = await ask(member, "Something /dark\\ & “wet”?")
        await ended(member, asked)
        async with api_client(member) as client:
            path = f"/api/v1/conversations/{asked.conversation_id}/export"
            markdown, data = await client.get(path), await client.get(f"{path}?format=json")
            assert (await client.get(f"{path}?format=exe")).status_code == 422
            alone = await client.get(f"/api/v1/messages/{asked.answer_id}/text")
    assert alone.text == "Take **this**:\n\n- Night Ferry by Ada"
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.md"', markdown.headers["content-disposition"])
    for words in (
        "## You, ",
        "Something /dark\\ & “wet”?",
        "Take **this**:",
        "- Night Ferry by Ada",
        "*Searched packs: night (1 found)*",
    ):
        assert words in markdown.text
    found = data.json()
    assert [one["role"] for one in found["messages"]] == ["user", "assistant"]
    assert found["messages"][1]["items"] == [f"pack:{pack.slug}"]


async def test_earlier_messages_are_loaded_on_request(db: None):
    member = await make_user()
    async with assistant(None):
        asked = await ask(member, "What is swing?")
        await ended(member, asked)
        for number in range(2):
            await answer(member, f"What is headroom {number}?", thread=asked)
    async with api_client(member) as client:
        path = f"/api/v1/conversations/{asked.conversation_id}"
        some = (await client.get(path, params={"limit": 4})).json()
        everything = (await client.get(path)).json()
    assert (len(some["messages"]), some["has_earlier"]) == (4, True)
    assert (len(everything["messages"]), everything["has_earlier"]) == (6, False)
    assert some["messages"] == everything["messages"][2:]
