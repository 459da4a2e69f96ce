"""Covers and auditions of packs in the making: slow senders."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from clients import api_client
from factories import make_creator
from studio import draft_of, new_draft

from askchopper.api import drafts, uploads

pytestmark = pytest.mark.integration


async def slow() -> AsyncIterator[bytes]:
    """Begin, and never go on."""
    yield b"\x89PNG"
    await asyncio.sleep(60)


async def test_a_cover_that_does_not_arrive_is_refused_with_a_sentence(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drafts, "_PATIENCE_SECONDS", 0.05)
    creator = await make_creator()
    draft_id = await new_draft(creator)
    async with api_client(creator) as client:
        answer = await client.put(f"/api/v1/drafts/{draft_id}/cover", content=slow())
    assert (answer.status_code, answer.headers["content-type"]) == (408, "application/problem+json")
    assert "Send it again" in answer.json()["detail"]
    assert (await draft_of(creator, draft_id)).cover_key == ""


async def test_a_sound_that_stops_arriving_is_refused_with_a_sentence(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "_PATIENCE_SECONDS", 0.05)
    async with api_client(await make_creator()) as client:
        begun = await client.post("/api/v1/uploads", json={"name": "a.wav", "size": 10})
        answer = await client.put(begun.headers["location"], content=slow(), headers={"Upload-Offset": "0"})
        arrived = await client.head(begun.headers["location"])
    assert (answer.status_code, arrived.headers["upload-offset"]) == (408, "4")
    assert "Go on" in answer.json()["detail"]
