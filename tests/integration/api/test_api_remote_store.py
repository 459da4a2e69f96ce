"""HTTP routes with files in Vercel Blob: the same responses as with the local folder, byte for byte."""

import hashlib
import io
import os
import re
import resource
import zipfile
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from askchopper import settings
from askchopper.database import transaction
from askchopper.integrations.blob_store import store
from askchopper.schemas.accounts import Viewer
from askchopper.services.purchases import checkout
from askchopper.settings import environment
from tests.simulators.vercel_blob.client import PRIVATE, PUBLIC, BlobSimulator, in_use
from tests.support.clients import api_client, cookie_of, stream_app
from tests.support.factories import MadePack, make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration
SOUND = os.urandom(9_000_001)  # more than one part


@pytest.fixture
async def remote(db: None, blob_simulator: BlobSimulator) -> AsyncIterator[BlobSimulator]:
    async with in_use(blob_simulator):
        yield blob_simulator


async def sold(content: bytes = SOUND, **changes: object) -> tuple[Viewer, MadePack]:
    """Publish a pack with one sound in the remote store, and sell it."""
    digest = hashlib.sha256(content).hexdigest()
    facts = {
        "sha256": digest, "size_bytes": len(content), "crc32": zlib.crc32(content), "master_key": f"packs/p/{digest}.wav",
        "preview_key": f"previews/p/{digest}.mp3", **changes,
    }  # fmt: skip
    await store().put(f"packs/p/{digest}.wav", content)
    await store().put(f"previews/p/{digest}.mp3", content[:100_000])
    buyer, pack = await make_user(tokens=50), await make_pack(price=5, files=(new_file(**facts),))
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=5, key="key")
    return buyer, pack


async def test_upload_and_download_round_trip(remote: BlobSimulator):
    seller = await make_user()
    async with api_client(seller) as client:
        begun = await client.post("/api/v1/uploads", json={"name": "Loop.wav", "size": len(SOUND)})
        address = begun.headers["location"]
        await client.put(address, content=SOUND[:5_000_000], headers={"Upload-Offset": "0"})
        assert (await client.head(address)).headers["upload-offset"] == "5000000"
        done = await client.put(address, content=SOUND[5_000_000:], headers={"Upload-Offset": "5000000"})
    line = done.json()
    assert (line["state"], line["sha256"]) == ("stored", hashlib.sha256(SOUND).hexdigest())
    key = f"uploads/{line['id']}/{line['sha256']}.wav"
    assert (await store().head(key)).size_bytes == len(SOUND)
    assert line["id"] not in {part.name for part in store().parts()}
    assert not (settings.get().data_dir / "files" / key).exists()
    buyer, pack = await sold(master_key=key)
    async with api_client(buyer) as client:
        link = (await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download")).headers["location"]
    async with api_client() as client:
        whole = await client.get(link)
        assert (whole.status_code, whole.content) == (200, SOUND)
        assert whole.headers["content-type"] == "audio/wav"
        assert whole.headers["content-disposition"].startswith("attachment")
        resumed = await client.get(link, headers={"Range": "bytes=7000000-", "If-Range": whole.headers["etag"]})
        assert (resumed.status_code, resumed.content) == (206, SOUND[7_000_000:])
        assert (await client.head(link)).headers["content-length"] == str(len(SOUND))


async def test_upload_waits_for_store_and_resumes(remote: BlobSimulator):
    async with api_client(await make_user()) as client:
        begun = await client.post("/api/v1/uploads", json={"name": "Loop.wav", "size": len(SOUND)})
        address = begun.headers["location"]
        remote.fail("mpu_create", "503", times=4)
        refused = await client.put(address, content=SOUND)
        assert (refused.status_code, "storage" in refused.json()["detail"]) == (503, True)
        assert (await client.get("/api/v1/uploads")).json()[0]["offset"] == len(SOUND)
        done = await client.put(address, headers={"Upload-Offset": str(len(SOUND))})
        assert done.json()["state"] == "stored"


async def test_preview_ranges_and_validators(remote: BlobSimulator):
    _, pack = await sold()
    path, sound = f"/api/v1/files/{pack.file_ids[0]}/preview", SOUND[:100_000]
    async with api_client() as client:
        whole = await client.get(path)
        assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, sound, "bytes")
        for wanted, part in (
            ("bytes=0-9", sound[:10]), ("bytes=100-", sound[100:]), ("bytes=-5", sound[-5:]), ("bytes=5-999999999", sound[5:]),
            ("bytes=-999999999", sound),
        ):  # fmt: skip
            answer = await client.get(path, headers={"Range": wanted})
            assert (answer.status_code, answer.content) == (206, part)
            assert re.fullmatch(r"bytes \d+-\d+/100000", answer.headers["content-range"])
            assert answer.headers["content-length"] == str(len(part))
        for nothing in ("bytes=100000-", "bytes=-0"):
            refused = await client.get(path, headers={"Range": nothing})
            assert (refused.status_code, refused.headers["content-range"]) == (416, "bytes */100000")
        for odd in ("bytes=5-2", "bytes=a-b", "bytes=-", "items=0-1", "bytes=0-1,5-6"):
            assert (await client.get(path, headers={"Range": odd})).content == sound
        same = await client.get(path, headers={"If-None-Match": whole.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        stale = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
        assert stale.status_code == 200
        head = await client.head(path)
        assert (head.content, head.headers["content-length"]) == (b"", "100000")


async def test_zip_streams_from_remote_store(remote: BlobSimulator):
    buyer, pack = await sold()
    remote.fail("read", "partial")  # no error
    async with api_client(buyer) as client:
        answer = await client.get(f"/api/v1/library/{pack.slug}/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".wav")]
        assert archive.read(name) == SOUND


async def test_missing_or_short_sound_fails_before_download_is_recorded(remote: BlobSimulator, as_owner):
    buyer, pack = await sold()
    [(key,)] = as_owner("SELECT master_key FROM audio_files")
    async with api_client(buyer) as client:
        for path in (f"/api/v1/library/{pack.slug}/zip", f"/api/v1/library/files/{pack.file_ids[0]}/download"):
            await store().put(key, b"short")
            assert (await client.get(path)).status_code == 503
            await store().delete(key)
            assert (await client.get(path)).status_code == 503
            remote.fail("head", "500", times=4)
            assert (await client.get(path)).status_code == 503
    assert as_owner("SELECT count(*) FROM downloads") == [(0,)]


async def test_unavailable_store_is_an_error(remote: BlobSimulator):
    _, pack = await sold()
    async with api_client() as client:
        remote.fail("read", "503", times=4)
        answer = await client.get(f"/api/v1/files/{pack.file_ids[0]}/preview")
    assert (answer.status_code, bool(answer.json()["detail"])) == (503, True)


async def test_health_checks_the_store(remote: BlobSimulator):
    from askchopper.api import health_checks

    health_checks.forget()
    remote.fail("head", "suspended")
    async with api_client() as client:
        assert (await client.get("/health")).json()["checks"]["storage"]["ok"] is False
        health_checks.forget()
        assert (await client.get("/health")).json()["checks"]["storage"]["ok"] is True


async def test_only_public_files_bypass_the_server(db: None):
    creator = await make_creator()
    draft = await make_pack(creator, is_published=False, files=(new_file(preview_key="previews/p/draft.mp3"),))
    pack = await make_pack(files=(new_file(preview_key="previews/p/x.mp3"), new_file(2, preview_key="packs/p/x.mp3")))
    with environment(
        BLOB_READ_WRITE_TOKEN=PRIVATE, BLOB_PUBLIC_READ_WRITE_TOKEN=PUBLIC, VERCEL_BLOB_API_URL="http://127.0.0.1:9"
    ):
        store.cache_clear()
        try:
            async with api_client(creator) as client:
                unpublished = await client.get(f"/api/v1/files/{draft.file_ids[0]}/preview")
                preview = await client.get(f"/api/v1/files/{pack.file_ids[0]}/preview")
                cover = await client.get("/media/covers/abc/320.webp")
                private = await client.get(f"/api/v1/files/{pack.file_ids[1]}/preview")
        finally:
            await store().aclose()
            store.cache_clear()
    host = "https://pub2.public.blob.vercel-storage.com"
    assert (preview.status_code, preview.headers["location"]) == (307, f"{host}/previews/p/x.mp3")
    assert cover.headers["location"] == f"{host}/covers/abc/320.webp"
    assert f"media-src 'self' blob: {host};" in cover.headers["content-security-policy"]
    assert re.search(rf"connect-src 'self' [^;]*{host};", cover.headers["content-security-policy"])
    # These would be proxied, but there is no store at that URL.
    assert (private.status_code, unpublished.status_code) == (503, 503)


async def test_memory_is_independent_of_file_size(remote: BlobSimulator):
    part = store().part("large")
    part.open()
    for _ in range(100):
        part.append(os.urandom(2**20))
    digest = part.seal()
    part.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await store().adopt(part, "packs/p/large.wav")
    sent_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    facts = {"sha256": digest, "size_bytes": 100 * 2**20, "master_key": "packs/p/large.wav"}
    buyer, pack = await sold(b"small", **facts)
    async with api_client(buyer) as client:
        link = (await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download")).headers["location"]
    received = await stream_app(link, cookie=await cookie_of(buyer))
    read_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert received == 100 * 2**20
    assert max(sent_kb, read_kb) < 32_000


async def test_responses_and_logs_contain_no_secret(remote: BlobSimulator):
    buyer, pack = await sold()
    async with api_client(buyer) as client:
        answers = [
            await client.get(f"/api/v1/files/{pack.file_ids[0]}/preview"),
            await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download"),
            await client.get("/api/v1/files/00000000-0000-0000-0000-000000000000/preview"),
        ]
    for answer in answers:
        assert "secret" not in str(httpx.Headers(answer.headers)).replace("[secure]", "")
        assert "blob.vercel-storage.com" not in str(answer.headers)
