"""Vercel Blob: failures, and its specifics: two stores, multipart uploads, client tokens."""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from askchopper import observability
from askchopper.errors import NotFoundError, StorageFullError, UnavailableError
from askchopper.integrations.blob_store.client_tokens import client_token
from askchopper.integrations.blob_store.part_file import PartFile
from askchopper.integrations.blob_store.vercel import VercelBlobStore
from tests.simulators.vercel_blob.client import PRIVATE, PUBLIC, BlobSimulator

CONTENT = os.urandom(2_500_000)
LARGE = os.urandom(20 * 2**20 + 7)
KEY = "packs/0190a7c2/sound.wav"


@pytest.fixture
async def files(tmp_path: Path, blob_simulator: BlobSimulator) -> AsyncIterator[VercelBlobStore]:
    made = blob_simulator.open(tmp_path)
    yield made
    await made.aclose()


async def content(files: VercelBlobStore, key: str = KEY, *span: int) -> bytes:
    async with aclosing(files.read(key, *span)) as pieces:
        return b"".join([piece async for piece in pieces])


def arrived(files: VercelBlobStore, body: bytes) -> PartFile:
    part = files.part("upload")
    part.open()
    part.append(body)
    part.seal()
    part.close()
    return part


def ops(blob_simulator: BlobSimulator, *names: str) -> list[str]:
    return [request["op"] for request in blob_simulator.seen(*names)]


@pytest.mark.parametrize("fault", ["500", "503", "429", "cut", "garbage"])
async def test_transient_failure_is_retried(files: VercelBlobStore, blob_simulator: BlobSimulator, fault: str):
    blob_simulator.fail("put", fault, seconds=0)
    await files.put(KEY, CONTENT)
    blob_simulator.fail("head", fault, seconds=0)
    assert (await files.head(KEY)).size_bytes == len(CONTENT)
    blob_simulator.fail("list", fault, seconds=0)
    assert [stored.key async for stored in files.list_files()] == [KEY]
    blob_simulator.fail("read", fault, seconds=0)
    assert await content(files) == CONTENT
    blob_simulator.fail(
        "delete", fault if fault != "garbage" else "500", seconds=0
    )  # the body of a successful response is ignored
    await files.delete(KEY)
    for op in ("put", "head", "read", "delete"):
        assert ops(blob_simulator, op) == [op] * 2


@pytest.mark.parametrize("fault", ["500", "503", "cut"])
async def test_permanent_failure_raises_after_retries(
    files: VercelBlobStore, blob_simulator: BlobSimulator, fault: str
):
    blob_simulator.fail("*", fault, times=100)
    with pytest.raises(UnavailableError, match="does not answer right now"):
        await files.put(KEY, b"x")
    assert len(blob_simulator.seen()) == 4


async def test_retry_after_is_respected(files: VercelBlobStore, blob_simulator: BlobSimulator):
    blob_simulator.fail("put", "429", seconds=1)
    await files.put(KEY, b"x")
    first, second = blob_simulator.seen("put")
    assert second["at"] - first["at"] >= 1


async def test_long_retry_after_fails_immediately(files: VercelBlobStore, blob_simulator: BlobSimulator):
    blob_simulator.fail("put", "429", seconds=60)
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        await files.put(KEY, b"x")
    assert time.monotonic() - started < 2


async def test_invalid_token_is_not_retried(blob_simulator: BlobSimulator, tmp_path: Path):
    files = blob_simulator.open(tmp_path, token="vercel_blob_rw_priv1_guess")
    for work in (files.put(KEY, b"x"), files.head(KEY), files.delete(KEY), content(files)):
        with pytest.raises(UnavailableError):
            await work
    await files.aclose()
    assert len(blob_simulator.seen("read")) == 1  # the others are rejected before they are recorded


async def test_suspended_store_is_reported_as_full(files: VercelBlobStore, blob_simulator: BlobSimulator):
    blob_simulator.fail("put", "suspended")
    with pytest.raises(StorageFullError):
        await files.put(KEY, b"x")
    blob_simulator.fail("head", "suspended")
    with pytest.raises(UnavailableError):
        await files.head(KEY)


async def test_interrupted_read_resumes(files: VercelBlobStore, blob_simulator: BlobSimulator):
    await files.put(KEY, CONTENT)
    blob_simulator.fail("read", "partial", times=2)
    assert await content(files, KEY, 100, 2_400_000) == CONTENT[100:2_400_000]
    starts = [int(request["range"].removeprefix("bytes=").partition("-")[0]) for request in blob_simulator.seen("read")]
    assert starts[0] == 100 < starts[1] < starts[2]


@pytest.mark.parametrize("fault", ["other_etag", "ignore_range"])
async def test_parts_of_different_files_are_never_joined(
    files: VercelBlobStore, blob_simulator: BlobSimulator, fault: str
):
    await files.put(KEY, CONTENT)
    blob_simulator.fail("read", "partial")
    blob_simulator.fail("read", fault, times=10)
    with pytest.raises(UnavailableError):
        await content(files)


async def test_read_that_keeps_breaking_is_an_error(files: VercelBlobStore, blob_simulator: BlobSimulator):
    await files.put(KEY, CONTENT)
    blob_simulator.fail("read", "partial", times=10)
    with pytest.raises(UnavailableError):
        await content(files)


@pytest.mark.parametrize("op", ["mpu_create", "mpu_upload", "mpu_complete"])
async def test_failed_multipart_upload_restarts(files: VercelBlobStore, blob_simulator: BlobSimulator, op: str):
    blob_simulator.fail(op, "500", after=1 if op == "mpu_upload" else 0)
    await files.adopt(arrived(files, LARGE), KEY)
    assert hashlib.sha256(await content(files)).digest() == hashlib.sha256(LARGE).digest()
    lengths = [int(request["content-length"]) for request in blob_simulator.seen("mpu_upload")][-3:]
    assert lengths == [8 * 2**20, 8 * 2**20, len(LARGE) - 16 * 2**20]


async def test_incomplete_upload_is_not_published_and_part_stays(files: VercelBlobStore, blob_simulator: BlobSimulator):
    blob_simulator.fail("mpu_upload", "500", times=100)
    part = arrived(files, LARGE)
    with pytest.raises(UnavailableError):
        await files.adopt(part, KEY)
    assert part.size_bytes() == len(LARGE)
    with pytest.raises(NotFoundError):
        await files.head(KEY)


@pytest.mark.parametrize(("op", "body"), [("put", CONTENT), ("mpu_complete", LARGE)])
async def test_lost_byte_is_detected(files: VercelBlobStore, blob_simulator: BlobSimulator, op: str, body: bytes):
    part = arrived(files, body)
    blob_simulator.fail(op, "lossy")
    with pytest.raises(UnavailableError, match="whole"):
        await files.adopt(part, KEY)
    assert part.size_bytes() == len(body)
    await files.adopt(part, KEY)
    assert await content(files) == body


async def test_masters_go_to_the_private_store_only(files: VercelBlobStore, blob_simulator: BlobSimulator):
    await files.put(KEY, b"master")
    await files.put("previews/p/x.mp3", b"preview")
    await files.put("covers/c/96.webp", b"cover")
    access = [(request["x-vercel-blob-access"], request["x-content-type"]) for request in blob_simulator.seen("put")]
    assert access == [("private", "audio/wav"), ("public", "audio/mpeg"), ("public", "image/webp")]
    async with httpx.AsyncClient(base_url=blob_simulator.url, trust_env=False) as visitor:
        private = {"Host": "priv1.private.blob.vercel-storage.com"}
        assert (await visitor.get(f"/{KEY}", headers=private)).status_code == 403
        public = {"Host": "pub2.public.blob.vercel-storage.com"}
        assert (await visitor.get(f"/{KEY}", headers=public)).status_code == 404
        assert (await visitor.get("/previews/p/x.mp3", headers=public)).content == b"preview"


def test_only_covers_and_previews_have_public_urls(tmp_path: Path):
    from pydantic import SecretStr

    from askchopper.integrations.blob_store.part_file import PartFolder

    files = VercelBlobStore(SecretStr(PRIVATE), public_token=SecretStr(PUBLIC), parts=PartFolder(tmp_path))
    assert files.public_url("covers/c/96.webp") == "https://pub2.public.blob.vercel-storage.com/covers/c/96.webp"
    assert files.public_url(KEY) is None
    assert files.public_url("uploads/previews/x.wav") is None
    alone = VercelBlobStore(SecretStr(PRIVATE), parts=PartFolder(tmp_path))
    assert alone.public_url("covers/c/96.webp") is None


async def test_without_public_store_everything_is_private(blob_simulator: BlobSimulator, tmp_path: Path):
    files = blob_simulator.open(tmp_path, public=None)
    await files.put("covers/c/96.webp", b"cover")
    assert await content(files, "covers/c/96.webp") == b"cover"
    assert [request["x-vercel-blob-access"] for request in blob_simulator.seen("put")] == ["private"]
    await files.aclose()


async def test_each_call_logs_one_line_without_secrets(files: VercelBlobStore, blob_simulator: BlobSimulator, capfd):
    observability.configure(level="INFO")
    try:
        blob_simulator.fail("put", "500")
        await files.put(KEY, CONTENT)
        await content(files)
    finally:
        observability.configure(level="WARNING")
    written = capfd.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [(line["event"], line["op"], line["status"], line["attempt"]) for line in lines] == [
        ("vendor.failed", "put", 500, 1), ("vendor.called", "put", 200, 2), ("vendor.called", "read", 200, 1),
    ]  # fmt: skip
    assert all(line["vendor"] == "vercel_blob" and line["ms"] >= 0 for line in lines)
    assert "secret" not in written


async def test_only_the_store_of_a_key_lists_it(blob_simulator: BlobSimulator, tmp_path: Path):
    private_only = blob_simulator.open(tmp_path, public=None)
    both = blob_simulator.open(tmp_path)
    for files in (private_only, both):
        await files.put("covers/c/320.webp", b"cover")
        await files.put(KEY, b"sound")
    assert sorted([stored.key async for stored in both.list_files()]) == ["covers/c/320.webp", KEY]
    await both.delete("covers/c/320.webp")
    assert [stored.key async for stored in both.list_files()] == [KEY]  # the copy in the private store cannot be read
    places = [files.place_of("covers/c/320.webp") for files in (private_only, both)]
    assert (places, both.place_of(KEY)) == (["blob priv1", "blob pub2"], "blob priv1")
    await private_only.aclose()
    await both.aclose()


def test_client_token_equals_that_of_vercels_library():
    valid_until = datetime.now(UTC) + timedelta(minutes=15)
    token = client_token(PRIVATE, pathname="arriving/x", max_bytes=7, content_type="audio/wav", valid_until=valid_until)
    script = f"""
        import {{ generateClientTokenFromReadWriteToken }} from "@vercel/blob/client";
        console.log(await generateClientTokenFromReadWriteToken({{
            token: "{PRIVATE}", pathname: "arriving/x", maximumSizeInBytes: 7, allowedContentTypes: ["audio/wav"],
            addRandomSuffix: false, allowOverwrite: false, validUntil: {int(valid_until.timestamp() * 1000)},
        }}));
    """
    made = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == token
