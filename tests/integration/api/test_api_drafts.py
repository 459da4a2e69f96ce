"""Cover uploads and auditions of drafts: slow senders and rate limits."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from askchopper.api import middleware, uploads
from askchopper.services import limits
from askchopper.services.studio import auditions
from tests.support.clients import api_client
from tests.support.factories import make_creator
from tests.support.studio import draft_of, new_draft, send
from tests.support.studio_sounds import beat

pytestmark = pytest.mark.integration


async def slow() -> AsyncIterator[bytes]:
    """Start a body and stall."""
    yield b"\x89PNG"
    await asyncio.sleep(60)


async def test_stalled_cover_upload_is_rejected_with_message(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.05)
    creator = await make_creator()
    draft_id = await new_draft(creator)
    async with api_client(creator) as client:
        answer = await client.put(f"/api/v1/drafts/{draft_id}/cover", content=slow())
    assert (answer.status_code, answer.headers["content-type"]) == (408, "application/problem+json")
    assert "Try again" in answer.json()["detail"]
    assert (await draft_of(creator, draft_id)).cover_key == ""


async def test_stalled_sound_upload_is_rejected_with_message(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "_PATIENCE_SECONDS", 0.05)
    async with api_client(await make_creator()) as client:
        begun = await client.post("/api/v1/uploads", json={"name": "a.wav", "size": 10})
        answer = await client.put(begun.headers["location"], content=slow(), headers={"Upload-Offset": "0"})
        arrived = await client.head(begun.headers["location"])
    assert (answer.status_code, arrived.headers["upload-offset"]) == (408, "4")
    assert "Resume" in answer.json()["detail"]


async def test_auditions_are_rate_limited_before_decoding(db, limits_on, monkeypatch: pytest.MonkeyPatch):
    async def made(*_: object, **__: object) -> bytes:
        return b"mp3"

    monkeypatch.setattr(auditions, "make", made)
    creator = await make_creator()
    draft_id = await new_draft(creator)
    await send(creator, draft_id, "loop.wav", beat(bpm=120, bars=1))
    (file,) = (await draft_of(creator, draft_id)).files
    path = f"/api/v1/drafts/files/{file.id}/audition?bpm=120"
    async with api_client(creator) as client:
        answers = [(await client.get(path)).status_code for _ in range(limits.AUDITION.quota + 1)]
        refused = await client.get(path)
    assert answers == [200] * limits.AUDITION.quota + [429]
    assert "sound checks" in refused.json()["detail"]
    async with api_client(await make_creator()) as client:
        assert (await client.get(path)).status_code == 404  # other users' limits are not affected
