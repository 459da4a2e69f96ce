"""Write-behind buffer: order, a full disk, and no further errors."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from askchopper.errors import StorageFullError
from askchopper.integrations.blob_store import PartFile, WriteBehind
from askchopper.integrations.blob_store.part_file import PartFolder

pytestmark = pytest.mark.integration
BODY = os.urandom(5_000_003)


@pytest.fixture
def part(tmp_path: Path):
    part = PartFolder(tmp_path).part("a-loop")
    part.open()
    yield part
    part.close()


@pytest.mark.parametrize("step", [417_792, 1_048_576, 5_000_003, 4_001])
async def test_bytes_are_written_in_order(part: PartFile, step: int):
    behind = WriteBehind(part)
    for start in range(0, len(BODY), step):
        await behind.add(BODY[start : start + step])
    await behind.settle()
    assert part.path.read_bytes() == BODY
    assert part.digest() == part.seal() == hashlib.sha256(BODY).hexdigest()


async def test_small_chunks_are_batched(part: PartFile):
    behind = WriteBehind(part)
    for _ in range(1_000):
        await behind.add(b"x")
    assert len(behind._batch) < 300
    await behind.settle()
    assert part.size_bytes() == 1_000


async def test_full_disk_is_reported_and_written_bytes_stay(part: PartFile, monkeypatch: pytest.MonkeyPatch):
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    behind = WriteBehind(part)
    await behind.add(BODY[:2_000_000])
    await behind.settle()
    monkeypatch.setattr(PartFile, "_write", no_room)
    await behind.add(BODY[2_000_000:])
    with pytest.raises(StorageFullError):
        await behind.settle()
    assert part.path.read_bytes() == BODY[:2_000_000]
    await behind.settle()  # nothing left to write


async def test_next_part_continues_the_hash(tmp_path: Path):
    folder = PartFolder(tmp_path)
    for start, end in ((0, 2_000_000), (2_000_000, len(BODY))):
        part = folder.part("a-loop")
        part.open()
        behind = WriteBehind(part)
        await behind.add(BODY[start:end])
        await behind.settle()
        part.close()
    assert part.digest() == hashlib.sha256(BODY).hexdigest()
