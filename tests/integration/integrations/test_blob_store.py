"""Contract of blob stores: the same tests for the local folder and for Vercel Blob."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from askchopper.errors import ConflictError, NotFoundError, UnavailableError
from askchopper.integrations.blob_store import BlobStore, PartFile
from askchopper.integrations.blob_store.local_disk import LocalDiskStore
from tests.simulators.vercel_blob.client import BlobSimulator

CONTENT = os.urandom(2_500_000)
LARGE = os.urandom(20 * 2**20 + 7)
KEY = "packs/0190a7c2/sound.wav"
HOSTILE = (
    "", "/", ".", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/./b", "a/.hidden", ".x", "a b", "a\x00b", "a\\b", "ä.wav",
    "a/", "-x/..", "incoming/x.part", "a%2fb", "a?b", "x" * 400, "https://priv1.private.blob.vercel-storage.com/x",
)  # fmt: skip


@pytest.fixture(params=["local disk", "vercel"])
async def files(
    request: pytest.FixtureRequest, tmp_path: Path, blob_simulator: BlobSimulator
) -> AsyncIterator[BlobStore]:
    made: BlobStore = LocalDiskStore(tmp_path) if request.param == "local disk" else blob_simulator.open(tmp_path)
    yield made
    await made.aclose()


async def content(files: BlobStore, key: str, *span: int) -> bytes:
    async with aclosing(files.read(key, *span)) as pieces:
        read = [piece async for piece in pieces]
    assert all(0 < len(piece) <= 2**20 for piece in read)
    return b"".join(read)


async def names(files: BlobStore, prefix: str = "") -> list[str]:
    return sorted([stored.key async for stored in files.list_files(prefix)])


def tree(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def arrived(files: BlobStore, name: str, body: bytes) -> PartFile:
    part = files.part(name)
    part.open()
    part.append(body)
    part.seal()
    part.close()
    return part


async def test_put_then_read_and_stat(files: BlobStore):
    await files.put(KEY, CONTENT)
    assert await content(files, KEY) == CONTENT
    stored = await files.head(KEY)
    assert (stored.key, stored.size_bytes) == (KEY, len(CONTENT))
    assert abs(datetime.now(UTC) - stored.stored_at) < timedelta(minutes=1)
    assert stored.etag.startswith('"')
    assert stored.etag.endswith('"')


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (0, None), (1, None), (100, 200), (2_499_999, None), (2_499_999, 2_500_000), (0, 2_500_000), (1_048_575, 1_048_577),
     (2_000_000, 9_000_000), (0, 10**15)],
)  # fmt: skip
async def test_ranges(files: BlobStore, start: int, end: int | None):
    await files.put(KEY, CONTENT)
    assert await content(files, KEY, start, *([end] if end is not None else [])) == CONTENT[start:end]


@pytest.mark.parametrize(
    ("start", "end"), [(2_500_000, None), (10**15, None), (10**15, 10**15 + 1), (5, 5), (7, 3), (0, 0)]
)
async def test_empty_ranges(files: BlobStore, start: int, end: int | None):
    await files.put(KEY, CONTENT)
    assert await content(files, KEY, start, *([end] if end is not None else [])) == b""


async def test_empty_file(files: BlobStore):
    await files.put(KEY, b"")
    assert await content(files, KEY) == b""
    assert (await files.head(KEY)).size_bytes == 0


async def test_put_replaces(files: BlobStore):
    await files.put(KEY, b"first, which is longer")
    before = await files.head(KEY)
    await files.put(KEY, b"second")
    assert await content(files, KEY) == b"second"
    assert (await files.head(KEY)).etag != before.etag


async def test_missing_key_is_not_found(files: BlobStore):
    with pytest.raises(NotFoundError):
        await files.head(KEY)
    with pytest.raises(NotFoundError):
        await content(files, KEY)
    with pytest.raises(NotFoundError):
        async with files.local(KEY):
            pass
    with pytest.raises(NotFoundError):
        await files.adopt(files.part("never-came"), KEY)


async def test_folder_is_not_a_file(files: BlobStore):
    await files.put(KEY, b"x")
    with pytest.raises(NotFoundError):
        await files.head("packs/0190a7c2")


async def test_delete_twice(files: BlobStore):
    await files.put(KEY, b"x")
    await files.delete(KEY)
    await files.delete(KEY)
    with pytest.raises(NotFoundError):
        await files.head(KEY)
    assert await names(files) == []


async def test_list_pages(files: BlobStore):
    keys = [f"packs/a/{number}.wav" for number in range(7)] + ["covers/k/96.webp", "previews/p/x.mp3", "packs/ab.wav"]
    for key in keys:
        await files.put(key, b"12345")
    arrived(files, "waiting", b"not listed")
    assert await names(files) == sorted(keys)
    assert await names(files, "packs/a/") == keys[:7]
    assert await names(files, "packs/a") == sorted([*keys[:7], "packs/ab.wav"])
    assert await names(files, "covers/") == ["covers/k/96.webp"]
    assert await names(files, "nothing/") == []
    assert {stored.size_bytes async for stored in files.list_files()} == {5}
    with pytest.raises(NotFoundError):
        await names(files, "../")


@pytest.mark.parametrize("body", [b"small", LARGE], ids=["small", "multipart"])
async def test_part_is_moved_in_atomically(files: BlobStore, body: bytes):
    part = arrived(files, "upload", body)
    await files.adopt(part, KEY)
    assert hashlib.sha256(await content(files, KEY)).digest() == hashlib.sha256(body).digest()
    assert not part.path.exists()
    assert files.parts() == ()


async def test_moving_in_twice_is_idempotent(files: BlobStore):
    await files.adopt(arrived(files, "upload", CONTENT), KEY)
    await files.adopt(files.part("upload"), KEY)  # as after a crash before the row was inserted
    await files.adopt(arrived(files, "upload", CONTENT), KEY)  # as after a crash before the part was removed
    assert await content(files, KEY) == CONTENT


async def test_parts_are_listed_until_moved_in(files: BlobStore):
    part = arrived(files, "one", b"123")
    [seen] = files.parts()
    assert (seen.name, seen.size_bytes()) == ("one", 3)
    assert datetime.now(UTC) - seen.touched_at() < timedelta(minutes=1)
    part.remove()
    assert files.parts() == ()


@pytest.mark.parametrize("key", HOSTILE)
async def test_hostile_keys_are_rejected(files: BlobStore, key: str, tmp_path: Path):
    before = tree(tmp_path)
    for work in (
        files.put(key, b"x"),
        files.head(key),
        files.delete(key),
        content(files, key),
        files.adopt(files.part("p"), key),
    ):
        with pytest.raises(NotFoundError):
            await work
    with pytest.raises(NotFoundError):
        async with files.local(key):
            pass
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".x", "x.part", "ü"])
async def test_hostile_part_names_are_rejected(files: BlobStore, name: str):
    with pytest.raises(NotFoundError):
        files.part(name)


async def test_file_as_local_path(files: BlobStore):
    await files.put(KEY, CONTENT)
    async with files.local(KEY) as path:
        assert path.read_bytes() == CONTENT
        assert path.suffix == ".wav"
    assert await content(files, KEY) == CONTENT


async def test_concurrent_operations(files: BlobStore):
    bodies = {f"packs/many/{number}.wav": os.urandom(200_000 + number) for number in range(24)}
    await asyncio.gather(*(files.put(key, body) for key, body in bodies.items()))
    read = await asyncio.gather(*(content(files, key) for key in bodies))
    assert dict(zip(bodies, read, strict=True)) == bodies


async def test_concurrent_puts_leave_one_complete_file(files: BlobStore):
    bodies = [bytes([number]) * 300_000 for number in range(10)]
    await asyncio.gather(*(files.put(KEY, body) for body in bodies))
    assert await content(files, KEY) in bodies
    assert await names(files) == [KEY]


async def test_aborted_read_releases_connection(files: BlobStore):
    await files.put(KEY, CONTENT)
    for _ in range(60):  # more than the connection pool
        async with aclosing(files.read(KEY)) as pieces:
            await anext(pieces)
    assert await content(files, KEY) == CONTENT


async def test_masters_are_private(files: BlobStore):
    await files.put(KEY, b"x")
    assert files.public_url(KEY) is None


async def test_health_check(files: BlobStore):
    await files.ping()


async def test_damage_during_move_is_detected(blob_simulator: BlobSimulator, tmp_path: Path):
    files = blob_simulator.open(tmp_path)
    for body in (CONTENT, LARGE):
        part = arrived(files, f"upload{len(body)}", body)
        with part.path.open("r+b") as out:
            out.write(b"????")
        with pytest.raises(UnavailableError):
            await files.adopt(part, KEY)
        assert part.path.exists()
    assert await names(files) == []
    await files.aclose()


async def test_copy_is_of_one_version(files: BlobStore):
    await files.put(KEY, CONTENT)
    version = await files.head(KEY)
    await files.copy(KEY, "packs/0190a7c2/copy.wav", etag=version.etag)
    assert await content(files, "packs/0190a7c2/copy.wav") == CONTENT
    await files.put(KEY, CONTENT[1:])
    with pytest.raises(ConflictError):
        await files.copy(KEY, "packs/0190a7c2/copy.wav", etag=version.etag)
    with pytest.raises(NotFoundError):
        await files.copy("packs/0190a7c2/none.wav", "packs/0190a7c2/copy.wav", etag=version.etag)
    assert await content(files, "packs/0190a7c2/copy.wav") == CONTENT
