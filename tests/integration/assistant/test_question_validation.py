"""Validation of questions: invalid ones get a message and a 4xx, and nothing is stored."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from askchopper import policy, settings
from askchopper.services.assistant import questions
from tests.support.answers import assistant
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
EMPTY = "Write something to ask."
LONG = "A question can have at most 12,000 characters."
BYTES = "This looks like the bytes of a file."
KEY = "A question needs a key of 8 to 100 plain characters."
PNG = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\u00c4\u0089" * 20
TEXTS = {
    "empty": ("", EMPTY),
    "blank": (" \n\t\u00a0\u2003 ", EMPTY),
    "invisible": ("\u200b\u200d\u2060\ufeff", EMPTY),
    "one megabyte": ("word " * 200_000, LONG),
    "a little too long": ("x" * 12_001, LONG),
    "NUL": ("\x00" * 5000, BYTES),
    "NUL among words": ("Is this\x00" * 500, BYTES),
    "a picture": (PNG, BYTES),
    "controls": ("\x1b[2J\x07\x08" * 100, BYTES),
    "private characters": ("\ue200\ue201" * 100, BYTES),
    "surrogates": ("\ud800\udfff" * 50, ""),
    "a surrogate": ("Hello \ud800 there, what is bpm?", ""),
}


@pytest.fixture
def untouched(db: None, as_owner) -> Iterator[None]:
    """Assert that the test stores nothing."""
    yield
    for table in ("conversations", "messages", "chat_usage"):
        assert as_owner(f"SELECT count(*) FROM {table}") == [(0,)], table


async def post(client: Any, body: object, key: str | None = "a-key-of-length") -> tuple[int, dict[str, Any]]:
    headers = {"Origin": settings.get().base_url, "Content-Type": "application/json", "Accept": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    content = body if isinstance(body, bytes) else json.dumps(body)
    response = await client.post("/api/v1/questions", content=content, headers=headers)
    return response.status_code, response.json()


@pytest.mark.parametrize("name", TEXTS)
async def test_http_rejects_invalid_text(untouched: None, name: str):
    given, sentence = TEXTS[name]
    async with assistant(None), api_client(await make_user()) as client:
        status, problem = await post(client, {"text": given})
    assert 400 <= status < 500, problem
    assert problem["title"]
    assert len(json.dumps(problem)) < 3000  # what was sent is not sent back
    if len(given) <= policy.MAX_QUESTION_CHARACTERS * 4:
        assert sentence in json.dumps(problem)


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "a surrogate"])
async def test_invalid_text_stays_in_composer(untouched: None, name: str):
    given, sentence = TEXTS[name]
    async with assistant(None), tab(await make_user()) as member:
        await member.send("ChatState.load", "/chat")
        key = str(uuid.uuid4())
        await member.send("ChatState.send", "/chat", key=key, text=given, document_ids=[], page={})
        assert sentence in member.vars["problem"]
        assert member.vars["problem"]
        assert member.vars["problem_key"] == key
        assert member.vars.get("conversation_id", "") == ""
        assert "Reference" not in member.told()


@pytest.mark.parametrize("key", [None, "", "short", "k" * 101, "ümlaut-key", "key\twith-tab"], ids=str)
async def test_question_needs_idempotency_key(untouched: None, key: str | None):
    async with assistant(None), api_client(await make_user()) as client:
        try:
            status, problem = await post(client, {"text": "What is bpm?"}, key)
        except (UnicodeEncodeError, ValueError):
            return  # no client sends this
    assert 400 <= status < 500, problem
    assert "key" in json.dumps(problem).lower()


@pytest.mark.parametrize("key", ["", "short", "k" * 101, "ümlaut-key", "key\x00null!", "\ud800" * 8], ids=ascii)
async def test_handler_rejects_invalid_key(untouched: None, key: str):
    async with assistant(None), tab(await make_user()) as member:
        await member.send("ChatState.load", "/chat")
        await member.send("ChatState.send", "/chat", key=key, text="What is bpm?", document_ids=[], page={})
        assert KEY in member.vars["problem"]
        assert "Reference" not in member.told()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"text"', b'{"text": null}', b'{"text": 5}', b'{"text": ["a"]}', b"\xff\xfe", b"{" * 5000,
        b'{"text": "What is bpm?", "conversation": 5}', b'{"text": "What is bpm?", "documents": "x"}',
        b'{"text": "What is bpm?", "documents": [null]}', b'{"text": "What is bpm?", "temporary": "perhaps"}',
        b'{"text": "What is bpm?", "conversation": "\\ud800"}', b'{"text": "What is bpm?", "documents": ["\\ud800"]}',
        b'{"text": "What is bpm?", "conversation": "\\u0000"}', b'{"text": "What is bpm?", "documents": ["\\u0000"]}',
        b'{"text": "What is bpm?", "conversation": "no-such-conversation"}', b'{"\\ud800": 1}',
    ],
    ids=lambda body: ascii(body[:40]),
)  # fmt: skip
async def test_malformed_body_is_rejected(untouched: None, body: bytes):
    async with assistant(None), api_client(await make_user()) as client:
        status, problem = await post(client, body)
    assert 400 <= status < 500, problem
    assert problem["title"]


@pytest.mark.parametrize("count", [11, 100, 101, 5000])
async def test_too_many_documents_are_rejected(untouched: None, count: int):
    ids = [str(uuid.uuid4()) for _ in range(count)]
    member = await make_user()
    async with assistant(None):
        async with api_client(member) as client:
            status, problem = await post(client, {"text": "Compare them", "documents": ids})
            assert 400 <= status < 500
            assert problem["title"]
        async with tab(member) as opened:
            await opened.send("ChatState.load", "/chat")
            await opened.send(
                "ChatState.send", "/chat", key=str(uuid.uuid4()), text="Compare them", document_ids=ids, page={}
            )
            assert "Attach at most 10 files" in opened.vars["problem"]


async def test_repeated_document_id_counts_once(untouched: None):
    async with assistant(None), api_client(await make_user()) as client:
        status, problem = await post(client, {"text": "Compare", "documents": [str(uuid.uuid4())] * 100})
    assert status == 404
    assert "no longer exists" in json.dumps(problem)


@pytest.mark.parametrize("junk", [None, 5, "x", [], {"path": {"a": 1}, "sound": ["\x00"]}, {"path": "//evil.test"}])
async def test_invalid_page_context_is_harmless(db: None, junk: object):
    async with assistant(None), tab(await make_user()) as member:
        await member.send("ChatState.load", "/chat")
        await member.send(
            "ChatState.send", "/chat", key=str(uuid.uuid4()), text="What is playing?", document_ids=[], page=junk
        )
        assert member.vars.get("problem", "") == ""
        assert "Reference" not in member.told()
        assert member.vars["conversation_id"]


def test_valid_question_is_normalised():
    assert questions.normalise_question("  Caf\u0065\u0301\r\nline\x07 two\t\n") == "Caf\u00e9\nline two"
    assert questions.normalise_question("👩‍🎤 120 bpm?") == "👩‍🎤 120 bpm?"
    assert questions.normalise_question("ما هو الإيقاع؟") == "ما هو الإيقاع؟"
    assert len(questions.normalise_question("é" * 12_000)) == 12_000
