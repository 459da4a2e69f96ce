"""Uploads that the browser sends to Vercel Blob itself, with Vercel's own client library against the simulator."""

import asyncio
import base64
import hashlib
import json
import os
import re
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from askchopper.database import transaction
from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store import arriving_key, remove_unfinished, store
from askchopper.integrations.blob_store.client_tokens import client_token
from askchopper.schemas.accounts import Viewer
from askchopper.services import direct_uploads, storage_maintenance, uploads
from askchopper.services.studio import drafts
from tests.simulators.vercel_blob.client import PRIVATE, BlobSimulator, in_use
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
PATH = "/api/v1/uploads"
SMALL, LARGE = os.urandom(300_001), os.urandom(20_000_003)
_TAKE = """
    UPDATE jobs.procrastinate_jobs SET status = 'succeeded' WHERE task_name = 'check_upload' AND status = 'todo'
    RETURNING args->>'upload_id'
"""
PUT = Path(__file__).parents[2] / "simulators/vercel_blob/put.mjs"


@pytest.fixture
async def remote(db: None, blob_simulator: BlobSimulator) -> AsyncIterator[BlobSimulator]:
    async with in_use(blob_simulator):
        yield blob_simulator


async def begin(client: httpx.AsyncClient, size: int = len(SMALL), name: str = "Loop.wav", **more: object) -> str:
    answer = await client.post(PATH, json={"name": name, "size": size, **more})
    assert (answer.status_code, answer.json()["direct"]) == (201, True), answer.text
    return answer.headers["location"]


async def granted(client: httpx.AsyncClient, address: str) -> dict:
    answer = await client.post(f"{address}/grant")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return answer.json()


async def send(grant: dict, body: bytes, folder: Path) -> dict:
    """Send a file as a browser does; returns the object, or the error of the library."""
    file = folder / uuid.uuid4().hex
    file.write_bytes(body)
    process = await asyncio.create_subprocess_exec(
        "node", str(PUT), json.dumps(grant), str(file), stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "VERCEL_BLOB_API_URL": grant["url"], "VERCEL_BLOB_RETRIES": "0"},
    )  # fmt: skip
    written, _ = await process.communicate()
    return json.loads(written)


async def state(client: httpx.AsyncClient, address: str) -> dict:
    return (await client.get(address)).json()


async def is_stored(key: str) -> bool:
    try:
        await store().head(key)
    except NotFoundError:
        return False
    return True


async def check_all(as_owner) -> int:
    """Run the queued checks; returns how many there were."""
    ids = as_owner(_TAKE)
    for (upload_id,) in ids:
        await direct_uploads.check(uuid.UUID(upload_id))
    return len(ids)


def id_of(address: str) -> uuid.UUID:
    return uuid.UUID(address.rpartition("/")[2])


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["one put", "multipart"])
async def test_no_byte_passes_the_server(remote: BlobSimulator, tmp_path: Path, as_owner, body: bytes):
    creator = await make_user()
    async with transaction() as session:
        draft_id = await drafts.create(session, creator)
    async with api_client(creator) as client:
        address = await begin(client, len(body), pack=str(draft_id))
        assert (await client.head(address)).headers["upload-offset"] == "0"
        assert "error" not in await send(await granted(client, address), body, tmp_path)
        assert (await client.head(address)).headers["upload-offset"] == str(len(body))
        completed = await client.post(f"{address}/complete")
        assert (completed.status_code, completed.json()["state"]) == (200, "checking")
        assert (await client.get(f"{PATH}?pack={draft_id}")).json() == []
        assert await check_all(as_owner) == 1
        stored = await state(client, address)
    digest = hashlib.sha256(body).hexdigest()
    assert (stored["state"], stored["sha256"], stored["offset"]) == ("stored", digest, len(body))
    assert (await store().head(f"packs/{draft_id}/{digest}.wav")).size_bytes == len(body)
    assert not await is_stored(arriving_key(stored["id"]))
    assert as_owner("SELECT sha256, state FROM draft_files") == [(digest, "waiting")]
    assert as_owner("SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'analyse'") == [(1,)]


async def test_completion_twice_is_one_check(remote: BlobSimulator, tmp_path: Path, as_owner):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await send(await granted(client, address), SMALL, tmp_path)
        answers = await asyncio.gather(*(client.post(f"{address}/complete") for _ in range(4)))
        assert {answer.json()["state"] for answer in answers} == {"checking"}
        assert await check_all(as_owner) == 1
        again = await client.post(f"{address}/complete")
        assert (again.status_code, again.json()["state"]) == (200, "stored")
        assert (await client.post(f"{address}/grant")).status_code == 409
        assert (await client.delete(address)).status_code == 409


async def test_completion_before_the_file_changes_nothing(remote: BlobSimulator, as_owner):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        early = await client.post(f"{address}/complete")
        assert (early.status_code, early.json()["state"]) == (200, "receiving")
    assert as_owner("SELECT count(*) FROM jobs.procrastinate_jobs") == [(0,)]


async def test_wrong_sizes_are_refused(remote: BlobSimulator, tmp_path: Path):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        grant = await granted(client, address)
        assert "length" in (await send(grant, SMALL + b"x", tmp_path))["error"]
        assert "error" not in await send(grant, SMALL[:-1], tmp_path)
        short = await client.post(f"{address}/complete")
        assert (short.status_code, "300,000 bytes" in short.json()["detail"]) == (409, True)
        assert not await is_stored(grant["pathname"])
        assert "error" not in await send(grant, SMALL, tmp_path)
        assert (await client.post(f"{address}/complete")).json()["state"] == "checking"


async def test_parts_that_add_up_to_more_than_announced(remote: BlobSimulator, tmp_path: Path):
    announced = len(LARGE) - 1
    async with api_client(await make_user()) as client:
        address = await begin(client, announced)
        grant = await granted(client, address)
        assert "error" not in await send(grant, LARGE, tmp_path)
        assert (await client.post(f"{address}/complete")).status_code == 409
        assert not await is_stored(grant["pathname"])


async def test_token_opens_one_new_object_for_minutes(remote: BlobSimulator, tmp_path: Path):
    async with api_client(await make_user()) as mine, api_client(await make_user()) as theirs:
        address, other = await begin(mine), await begin(theirs)
        grant, foreign = await granted(mine, address), await granted(theirs, other)
        assert 600 < _valid_until(grant) - time.time() < 901
        assert "pathname" in (await send({**grant, "pathname": foreign["pathname"]}, SMALL, tmp_path))["error"]
        assert "not allowed" in (await send({**grant, "content_type": "text/html"}, SMALL, tmp_path))["error"]
        forged = client_token(
            f"{PRIVATE}x", pathname=grant["pathname"], max_bytes=10**9, content_type="audio/wav",
            valid_until=storage_maintenance.utc_now(),
        )  # fmt: skip
        assert "error" in await send({**grant, "token": forged}, SMALL, tmp_path)
        expired = client_token(
            PRIVATE, pathname=grant["pathname"], max_bytes=len(SMALL), content_type="audio/wav",
            valid_until=storage_maintenance.utc_now(),
        )  # fmt: skip
        assert "error" in await send({**grant, "token": expired}, SMALL, tmp_path)
        async with httpx.AsyncClient(base_url=grant["url"], trust_env=False) as visitor:
            headers = {"Authorization": f"Bearer {grant['token']}", "x-api-version": "12"}
            assert (await visitor.get("/?prefix=&pathname=x", headers=headers)).status_code == 403
        assert "error" not in await send(grant, SMALL, tmp_path)
        assert "exists" in (await send(grant, SMALL[::-1], tmp_path))["error"]
        for method, path in (("GET", ""), ("POST", "/grant"), ("POST", "/complete"), ("DELETE", "")):
            assert (await theirs.request(method, address + path)).status_code == 404


def _valid_until(grant: dict) -> float:
    signed = base64.b64decode(grant["token"].rpartition("_")[2]).decode()
    return json.loads(base64.b64decode(signed.partition(".")[2]))["validUntil"] / 1000


async def test_file_that_is_replaced_during_the_check_is_refused(
    remote: BlobSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_owner
):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await send(await granted(client, address), SMALL, tmp_path)
        await client.post(f"{address}/complete")
        measured = direct_uploads.measure

        async def replace_after(files, key):
            result = await measured(files, key)
            await files.put(key, SMALL[::-1])
            return result

        monkeypatch.setattr(direct_uploads, "measure", replace_after)
        assert await check_all(as_owner) == 1
        refused = await state(client, address)
        assert (refused["state"], "replaced" in refused["problem"]) == ("refused", True)
        assert [stored.key async for stored in store().list_files()] == []


async def test_duplicate_is_refused_with_the_reason_and_takes_no_room(remote: BlobSimulator, tmp_path: Path, as_owner):
    async with api_client(await make_user()) as client:
        addresses = [await begin(client), await begin(client)]
        for address in addresses:
            await send(await granted(client, address), SMALL, tmp_path)
            await client.post(f"{address}/complete")
        await check_all(as_owner)
        first, second = [await state(client, address) for address in addresses]
        assert (first["state"], second["state"]) == ("stored", "refused")
        assert "uploaded this sound before" in second["problem"]
        assert await is_stored(f"uploads/{first['id']}/{first['sha256']}.wav")
        assert not await is_stored(arriving_key(second["id"]))
        assert (await client.delete(addresses[1])).status_code == 204
    assert as_owner("SELECT state FROM uploads") == [("stored",)]


async def test_document_is_ingested(remote: BlobSimulator, tmp_path: Path, as_owner):
    member = await make_user()
    text = b"Bring two cables and a torch."
    async with api_client(member) as client:
        for is_known in (False, True):
            address = await begin(client, len(text), "notes.txt", purpose="document")
            await send(await granted(client, address), text, tmp_path)
            await client.post(f"{address}/complete")
            assert await check_all(as_owner) == 1
            stored = await state(client, address)
            assert (stored["state"], stored["document_id"] != stored["id"]) == ("stored", is_known)


async def test_check_continues_after_a_crash(remote: BlobSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await send(await granted(client, address), SMALL, tmp_path)
        await client.post(f"{address}/complete")
        finish = uploads.finish

        async def die(*_: object, **__: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(uploads, "finish", die)
        with pytest.raises(RuntimeError):
            await direct_uploads.check(id_of(address))
        monkeypatch.setattr(uploads, "finish", finish)
        await direct_uploads.check(id_of(address))
        await direct_uploads.check(id_of(address))
        assert (await state(client, address))["state"] == "stored"
        assert not await is_stored(arriving_key(str(id_of(address))))


async def test_hopeless_check_ends_with_a_reason(remote: BlobSimulator, tmp_path: Path):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await send(await granted(client, address), SMALL, tmp_path)
        await client.post(f"{address}/complete")
        await direct_uploads.refuse(id_of(address))
        assert (await state(client, address))["problem"] == direct_uploads.FAILED


async def test_cancelled_and_abandoned_uploads_leave_no_object(remote: BlobSimulator, tmp_path: Path, as_owner):
    member = await make_user()
    async with api_client(member) as client:
        cancelled, abandoned = await begin(client), await begin(client)
        for address in (cancelled, abandoned):
            await send(await granted(client, address), SMALL, tmp_path)
        assert (await client.delete(cancelled)).status_code == 204
    assert [stored.key async for stored in store().list_files()] == [arriving_key(str(id_of(abandoned)))]
    as_owner("UPDATE uploads SET updated_at = now() - interval '8 days'")
    async with transaction() as session:
        gone = await uploads.expire_stale(session)
    for upload_id in gone:
        await remove_unfinished(store(), str(upload_id))
    assert [stored.key async for stored in store().list_files()] == []


async def test_garbage_collection_keeps_what_is_arriving(
    remote: BlobSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(storage_maintenance, "YOUNGEST", -storage_maintenance.YOUNGEST)
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await send(await granted(client, address), SMALL, tmp_path)
    late = arriving_key(str(uuid.uuid4()))  # sent with a token that outlived its upload
    await store().put(late, SMALL)
    removed = await storage_maintenance.collect_garbage(store(), is_dry_run=False)
    assert [file.key for file in removed if not file.is_part] == [late]  # parts belong to the folder of all tests
    assert [stored.key async for stored in store().list_files()] == [arriving_key(str(id_of(address)))]


async def test_policy_allows_the_store_only_where_it_is_used(remote: BlobSimulator):
    async with api_client() as client:
        policy = (await client.get("/health")).headers["content-security-policy"]
    assert re.search(rf"connect-src 'self' [^;]*{re.escape(remote.url)}/[ ;]", policy)


async def test_without_blob_uploads_come_to_the_server(db: None):
    member: Viewer = await make_user()
    async with api_client(member) as client:
        begun = await client.post(PATH, json={"name": "Loop.wav", "size": 10})
        assert begun.json()["direct"] is False
        address = begun.headers["location"]
        assert (await client.post(f"{address}/grant")).status_code == 409
        assert (await client.post(f"{address}/complete")).json()["state"] == "receiving"
        policy = (await client.get("/health")).headers["content-security-policy"]
    assert re.search(r"connect-src 'self' wss?://[^ ;]+;", policy)


async def test_damaged_sound_is_sent_again(remote: BlobSimulator, tmp_path: Path, as_owner):
    creator = await make_creator()
    pack = await make_pack(creator)
    digest = hashlib.sha256(SMALL).hexdigest()
    [(key,)] = as_owner(
        f"UPDATE audio_files SET sha256 = '{digest}' WHERE id = '{pack.file_ids[0]}' RETURNING master_key"
    )
    await storage_maintenance.report_damage(key)
    async with api_client(creator) as client:
        address = await begin(client)
        await send(await granted(client, address), SMALL, tmp_path)
        await client.post(f"{address}/complete")
        await check_all(as_owner)
        refused = await state(client, address)
    assert refused["state"] == "refused"
    assert "replaced it" in refused["problem"]
    assert (await store().head(key)).size_bytes == len(SMALL)
    assert not await is_stored(arriving_key(refused["id"]))
    assert as_owner("SELECT count(*) FROM audio_files WHERE damaged_at IS NOT NULL") == [(0,)]
