"""Garbage collection of stored files, and verification of masters."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askchopper import settings
from askchopper.database import transaction
from askchopper.errors import ConflictError, UnavailableError
from askchopper.integrations.blob_store import BlobStore
from askchopper.integrations.blob_store.local_disk import LocalDiskStore
from askchopper.services import storage_maintenance, uploads
from tests.simulators.vercel_blob.client import BlobSimulator
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration
TWO_DAYS = 2 * 86_400


@pytest.fixture
async def files(db: None, tmp_path: Path) -> LocalDiskStore:
    return LocalDiskStore(tmp_path)


@pytest.fixture
async def remote(db: None, blob_simulator: BlobSimulator, tmp_path: Path) -> AsyncIterator[BlobStore]:
    made = blob_simulator.open(tmp_path)
    yield made
    await made.aclose()


def age(path: Path, seconds: float = TWO_DAYS) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


async def old(files: LocalDiskStore, *keys: str, content: bytes = b"x") -> None:
    for key in keys:
        await files.put(key, content)
        age(files.folder / key)


async def keys(files: BlobStore) -> list[str]:
    return sorted([stored.key async for stored in files.list_files()])


async def catalogue() -> list[str]:
    """Create a pack that references each kind of file; returns their keys."""
    file = new_file(master_key="packs/p/m.wav", preview_key="previews/p/f.mp3")
    await make_pack(
        files=(file,), cover_key="abc", preview_key="previews/p/mix.mp3", preview_peaks=bytes(8), preview_seconds=1.0
    )
    return ["covers/abc/320.webp", "covers/abc/social.jpg", "packs/p/m.wav", "previews/p/f.mp3", "previews/p/mix.mp3"]


async def test_only_old_unreferenced_files_are_deleted(files: LocalDiskStore):
    kept = await catalogue()
    await old(files, *kept, "packs/p/gone.wav", "covers/other/320.webp", "uploads/u/gone.wav")
    await files.put("packs/p/young.wav", b"x")
    orphans = {"packs/p/gone.wav", "covers/other/320.webp", "uploads/u/gone.wav"}
    listed = await storage_maintenance.collect_garbage(files)
    assert {leftover.key for leftover in listed} == orphans
    assert await keys(files) == sorted([*kept, *orphans, "packs/p/young.wav"])
    assert {leftover.key for leftover in await storage_maintenance.collect_garbage(files, is_dry_run=False)} == orphans
    assert await keys(files) == sorted([*kept, "packs/p/young.wav"])
    assert await storage_maintenance.collect_garbage(files, is_dry_run=False) == ()


async def test_completed_upload_is_not_deleted(files: LocalDiskStore):
    await old(files, *await catalogue())
    member = await make_user()
    async with transaction() as session:
        line = await uploads.begin(session, member, file_name="a.wav", size_bytes=1)
        await uploads.finish(session, member, upload=line, sha256="a" * 64)
    await old(files, uploads.store_key(line, sha256="a" * 64))
    assert await storage_maintenance.collect_garbage(files, is_dry_run=False) == ()


async def test_old_parts_are_deleted_unless_upload_is_open(files: LocalDiskStore):
    member = await make_user()
    async with transaction() as session:
        line = await uploads.begin(session, member, file_name="a.wav", size_bytes=10)
    for name, seconds in ((str(line.id), TWO_DAYS), ("draft-left", TWO_DAYS), ("draft-young", 60)):
        files.part(name).path.write_bytes(b"123")
        age(files.part(name).path, seconds)
    [left] = await storage_maintenance.collect_garbage(files, is_dry_run=False)
    assert (left.key, left.is_part) == ("draft-left", True)
    assert sorted(part.name for part in files.parts()) == sorted([str(line.id), "draft-young"])


async def test_file_stored_again_during_collection_is_not_deleted(
    files: LocalDiskStore, monkeypatch: pytest.MonkeyPatch
):
    await old(files, *await catalogue(), "packs/p/gone.wav")
    find = storage_maintenance.find_orphans

    async def find_and_then(store: BlobStore):
        found = await find(store)
        await files.put("packs/p/gone.wav", b"it is back")
        return found

    monkeypatch.setattr(storage_maintenance, "find_orphans", find_and_then)
    assert await storage_maintenance.collect_garbage(files, is_dry_run=False) == ()
    assert "packs/p/gone.wav" in await keys(files)


async def test_foreign_database_deletes_nothing(files: LocalDiskStore):
    await old(files, "packs/p/m.wav")
    with pytest.raises(ConflictError):
        await storage_maintenance.collect_garbage(files, is_dry_run=False)
    assert await keys(files) == ["packs/p/m.wav"]


async def test_unavailable_store_deletes_nothing(remote: BlobStore, blob_simulator: BlobSimulator):
    blob_simulator.fail("list", "500", times=100)
    with pytest.raises(UnavailableError):
        await storage_maintenance.collect_garbage(remote, is_dry_run=False)


async def test_verify_finds_missing_and_wrong_masters_and_resumes(db: None):
    files = LocalDiskStore(settings.get().data_dir / "files")
    await make_pack(await make_creator(), files=5)
    assert [report.damages async for report in storage_maintenance.verify_all(files)] == [()]
    first = await storage_maintenance.verify(files, limit=2)
    second = await storage_maintenance.verify(files, after=first.last_id, limit=2)
    last = await storage_maintenance.verify(files, after=second.last_id, limit=2)
    assert [(r.checked, r.last_id is None) for r in (first, second, last)] == [(2, False), (2, False), (1, True)]


@pytest.mark.parametrize("change", ["flipped", "short", "long"])
async def test_verify_finds_every_kind_of_damage(db: None, as_owner, change: str):
    files = LocalDiskStore(settings.get().data_dir / "files")
    await make_pack(files=3)
    rows = as_owner("SELECT id, master_key FROM audio_files ORDER BY id")
    body = (files.folder / rows[0][1]).read_bytes()
    flipped = body[:100] + bytes([body[100] ^ 1]) + body[101:]
    (files.folder / rows[0][1]).write_bytes({"flipped": flipped, "short": body[:-1], "long": body + b"x"}[change])
    await files.delete(rows[2][1])
    report = await storage_maintenance.verify(files)
    assert [(str(d.file_id), d.fault) for d in report.damages] == [
        (str(rows[0][0]), "wrong"),
        (str(rows[2][0]), "missing"),
    ]
    for _ in range(2):  # every night finds it again; its creator is notified once
        await storage_maintenance.notify_creators(report.damages)
    assert as_owner("SELECT count(*), min(kind) FROM notifications") == [(2, "damage")]


async def test_unavailable_store_is_not_damage(remote: BlobStore, blob_simulator: BlobSimulator):
    await make_pack()
    blob_simulator.fail("read", "503", times=100)
    with pytest.raises(UnavailableError):
        await storage_maintenance.verify(remote)


def test_garbage_collection_knows_every_key_column():
    from sqlmodel import SQLModel

    names = {
        "master_key",
        "preview_key",
        "opus_key",
        "store_key",
        "model_key",
        "cover_key",
        "picture_key",
        "banner_key",
    }
    columns = {column for table in SQLModel.metadata.tables.values() for column in table.c if column.name in names}
    assert columns == {*storage_maintenance.KEY_COLUMNS, *storage_maintenance.COVER_COLUMNS}
