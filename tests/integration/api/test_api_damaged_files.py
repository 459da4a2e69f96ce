"""Damaged and missing masters (F19): a buyer gets a message and no broken file, and the creator, who is notified, repairs it."""

import httpx
import pytest

from askchopper.database import transaction
from askchopper.integrations.blob_store import store
from askchopper.services import storage_maintenance
from askchopper.services.purchases import checkout
from tests.support.clients import JSON, api_client
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
MESSAGE = "missing or damaged in our storage"
NOTIFIED = "SELECT count(*) FROM notifications WHERE kind = 'damage' AND sentence LIKE 'Our stored copy of %'"


async def sweep() -> None:
    async for report in storage_maintenance.verify_all(store()):
        await storage_maintenance.notify_creators(report.damages)


@pytest.mark.parametrize(("change", "is_swept"), [("flipped", True), ("cut", False), ("missing", False)])
async def test_buyer_gets_a_message_and_the_creator_is_notified(db, as_owner, change: str, is_swept: bool):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="key")
    [(key, *_), *_] = as_owner(f"SELECT master_key FROM audio_files WHERE id = '{pack.file_ids[0]}'")
    good = b"".join([piece async for piece in store().read(key)])
    if change == "missing":
        await store().delete(key)
    else:
        await store().put(key, good[:-1] if change == "cut" else bytes([good[0] ^ 1]) + good[1:])
    if is_swept:  # the content is read every night
        await sweep()
    async with api_client(buyer) as client:
        for path in (f"/api/v1/library/files/{pack.file_ids[0]}/download", f"/api/v1/library/{pack.slug}/zip"):
            answer = await client.get(path, headers=JSON, follow_redirects=True)
            assert answer.status_code == 503, (path, answer.text)
            assert MESSAGE in answer.json()["detail"]
        assert as_owner(NOTIFIED) == [(1,)]
        await store().put(key, good)
        await sweep()
        answer = await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download", follow_redirects=True)
        assert (answer.status_code, answer.content) == (200, good)
    assert as_owner(NOTIFIED) == [(1,)]
    await store().delete(key)
    for _ in range(2):
        await sweep()
    assert as_owner(NOTIFIED) == [(2,)]  # of the second damage, once


async def test_creator_sends_a_damaged_sound_again(db, as_owner):
    creator, buyer = await make_creator(), await make_user(tokens=100)
    pack = await make_pack(creator, price=30)
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="key")
    [(key, title)] = as_owner(f"SELECT master_key, title FROM audio_files WHERE id = '{pack.file_ids[0]}'")
    good = b"".join([piece async for piece in store().read(key)])
    await store().put(key, good[:-1])
    await sweep()
    async with api_client(await make_creator()) as other:  # the same bytes of somebody else repair nothing
        answer = await send(other, good)
        assert (answer.status_code, answer.json()["title"]) == (409, "Already here")
    async with api_client(creator) as client:
        answer = await send(client, good)
        assert (answer.status_code, answer.json()["title"]) == (409, "Repaired")
        assert answer.json()["detail"].startswith(f"Our copy of {title} in ")
        assert "This upload replaced it" in answer.json()["detail"]
        assert (await client.get("/api/v1/uploads")).json() == []
        assert (await send(client, good)).json()["title"] == "Already here"
    async with api_client(buyer) as client:
        answer = await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download", follow_redirects=True)
        assert (answer.status_code, answer.content) == (200, good)
    assert [report.damages async for report in storage_maintenance.verify_all(store())] == [()]


async def send(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    begun = await client.post("/api/v1/uploads", json={"name": "Again.wav", "size": len(content)})
    return await client.put(begun.headers["location"], content=content, headers={"Upload-Offset": "0"})
