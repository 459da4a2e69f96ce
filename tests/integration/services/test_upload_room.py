"""Room: zips count before they are written, discarded sounds count until they are deleted, and the disk keeps a reserve."""

import io
import uuid
import zipfile
from pathlib import Path

import pytest

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, NotFoundError
from askchopper.integrations.blob_store import free_space, store
from askchopper.schemas.accounts import Viewer
from askchopper.services import storage_maintenance, zip_uploads
from askchopper.services.studio import draft_sounds, drafts
from askchopper.settings import environment
from tests.support.clients import api_client
from tests.support.factories import make_creator
from tests.support.studio import draft_of, new_draft, send, work
from tests.support.studio_sounds import hit

pytestmark = pytest.mark.integration
KILO = 1_000


def zip_of(*sizes: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for number, size in enumerate(sizes):
            made.writestr(f"sound {number}.wav", uuid.uuid4().bytes + bytes(size - 16))
    return out.getvalue()


async def draft() -> tuple[Viewer, str]:
    viewer = await make_creator()
    return viewer, await new_draft(viewer)


async def begin(viewer: Viewer, draft_id: str, size: int) -> int:
    async with api_client(viewer) as client:
        body = {"name": "a.wav", "size": size, "pack": draft_id}
        return (await client.post("/api/v1/uploads", json=body)).status_code


def stored_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.wav"))


@pytest.mark.parametrize("limit", ["MAX_PACK_BYTES", "UPLOAD_QUOTA_BYTES"])
async def test_zip_larger_than_its_room_is_refused_unwritten(db, monkeypatch, data_dir, zip_folders, limit: str):
    viewer, draft_id = await draft()
    await send(viewer, draft_id, "first.zip", zip_of(30 * KILO, 30 * KILO))
    await work()
    before = stored_bytes(data_dir)
    monkeypatch.setattr(policy, limit, 100 * KILO)
    await send(viewer, draft_id, "second.zip", zip_of(30 * KILO, 30 * KILO))
    [(_, job), *_] = await work()
    found = await draft_of(viewer, draft_id)
    assert len(found.files) == 2
    assert "do not fit in the remaining storage" in found.note
    assert (stored_bytes(data_dir), zip_folders()) == (before, [])
    assert job["upload_id"]
    await send(viewer, draft_id, "third.zip", zip_of(30 * KILO))
    await work()
    assert len((await draft_of(viewer, draft_id)).files) == 3


async def test_uploads_that_began_meanwhile_stop_a_zip(db, monkeypatch, as_owner):
    viewer, draft_id = await draft()
    await send(viewer, draft_id, "a.zip", zip_of(30 * KILO, 31 * KILO))
    unpack = zip_uploads._unpack

    async def unpack_slowly(*words):
        found = await unpack(*words)
        assert await begin(viewer, draft_id, 50 * KILO) == 201
        monkeypatch.setattr(policy, "MAX_PACK_BYTES", 100 * KILO)
        return found

    monkeypatch.setattr(zip_uploads, "_unpack", unpack_slowly)
    await work()
    assert "A pack can be up to" in (await draft_of(viewer, draft_id)).note
    assert as_owner("SELECT sum(size_bytes) <= 100000 FROM uploads") == [(True,)]


async def test_interrupted_zip_does_not_count_twice(db, monkeypatch, as_owner):
    viewer, draft_id = await draft()
    await send(viewer, draft_id, "a.zip", zip_of(30 * KILO, 31 * KILO, 32 * KILO))
    add, added = zip_uploads._add_sound, []

    async def die_at_the_third(*words, **named):
        added.append(words)
        if len(added) == 3:
            raise RuntimeError("the worker died")
        await add(*words, **named)

    monkeypatch.setattr(zip_uploads, "_add_sound", die_at_the_third)
    [(upload_id,)] = as_owner("SELECT id::text FROM uploads")
    with pytest.raises(RuntimeError):
        await zip_uploads.unpack(uuid.UUID(upload_id))
    monkeypatch.setattr(policy, "MAX_PACK_BYTES", 100 * KILO)
    await zip_uploads.unpack(uuid.UUID(upload_id))
    found = await draft_of(viewer, draft_id)
    assert (len(found.files), found.note) == (3, "")


async def test_discarded_sounds_count_until_their_files_are_deleted(db, monkeypatch, data_dir, as_owner):
    monkeypatch.setattr(policy, "UPLOAD_QUOTA_BYTES", 100 * KILO)
    viewer, draft_id = await draft()
    await send(viewer, draft_id, "a.wav", hit(seed=1))
    async with api_client(viewer) as client:  # a part of another one has arrived
        begun = await client.post("/api/v1/uploads", json={"name": "b.wav", "size": 20 * KILO, "pack": draft_id})
        await client.put(begun.headers["location"], content=b"x" * KILO, headers={"Upload-Offset": "0"})
    [path] = (data_dir / "files" / "packs" / draft_id).iterdir()
    async with transaction() as session:
        await drafts.discard(session, viewer, draft_id=draft_id)
    other = await new_draft(viewer)
    assert await begin(viewer, other, 50 * KILO) == 503  # the draft is deleted now, and its files in a moment
    assert as_owner("SELECT count(*) FROM drafts WHERE discarded_at IS NOT NULL") == [(0,)]
    assert await begin(viewer, other, 50 * KILO) == 503
    assert await begin(viewer, other, 101 * KILO) == 413
    assert path.exists()
    assert "delete_released" in {name for name, _ in await work()}
    assert await storage_maintenance.delete_released(store()) == len(hit(seed=1)) + 20 * KILO
    assert not path.exists()
    assert not store().part(begun.headers["location"].rpartition("/")[2]).path.exists()
    assert await begin(viewer, other, 50 * KILO) == 201


async def test_removed_sound_is_restored_until_its_file_is_deleted(db, as_owner):
    viewer, draft_id = await draft()
    await send(viewer, draft_id, "a.wav", hit(seed=1))
    [file] = (await draft_of(viewer, draft_id)).files
    async with transaction() as session:
        removed = await draft_sounds.remove_files(session, viewer, file_ids=[str(file.id)])
    assert await storage_maintenance.delete_released(store()) == 0  # it can be undone for an hour
    async with transaction() as session:
        await draft_sounds.restore_files(session, viewer, removed)
    as_owner("UPDATE released_files SET delete_after = now()")
    assert await storage_maintenance.delete_released(store()) == 0
    assert (await store().head(removed.uploads[0]["store_key"])).size_bytes
    async with transaction() as session:
        removed = await draft_sounds.remove_files(session, viewer, file_ids=[str(file.id)])
    as_owner("UPDATE released_files SET delete_after = now()")
    assert await storage_maintenance.delete_released(store()) == len(hit(seed=1))
    with pytest.raises(ConflictError, match="no longer be restored"):
        async with transaction() as session:
            await draft_sounds.restore_files(session, viewer, removed)


async def test_content_sent_again_is_not_deleted(db, as_owner):
    viewer, draft_id = await draft()
    await send(viewer, draft_id, "a.wav", hit(seed=1))
    [file] = (await draft_of(viewer, draft_id)).files
    async with transaction() as session:
        removed = await draft_sounds.remove_files(session, viewer, file_ids=[str(file.id)])
    await send(viewer, draft_id, "a.wav", hit(seed=1))
    assert as_owner("SELECT count(*) FROM released_files") == [(0,)]
    async with transaction() as session:  # a release that was written by another path, of a file that is referenced
        await session.execute(_release(viewer, removed.uploads[0]["store_key"]))
    assert await storage_maintenance.delete_released(store()) == 0
    assert as_owner("SELECT count(*) FROM released_files") == [(0,)]
    assert await store().head(removed.uploads[0]["store_key"])


def _release(viewer: Viewer, key: str):
    from sqlalchemy import insert

    from askchopper.models.released_files import released_file_rows

    return insert(released_file_rows).values(key=key, user_id=viewer.user_id, size_bytes=1)


async def test_disk_keeps_its_reserve(db, data_dir):
    viewer, draft_id = await draft()
    async with api_client(viewer) as client:
        begun = await client.post("/api/v1/uploads", json={"name": "a.wav", "size": 10, "pack": draft_id})
        too_much = str((free_space.free_bytes() >> 20) + 1_000)
        with environment(DISK_RESERVE_MB=too_much):
            assert await begin(viewer, draft_id, 10) == 507
            sent = await client.put(begun.headers["location"], content=b"0123456789", headers={"Upload-Offset": "0"})
            assert sent.status_code == 507
            assert "There is no storage left" in sent.json()["detail"]
            health = await client.get("/health")
            assert (health.status_code, health.json()["status"]) == (200, "degraded")
            assert health.json()["checks"]["storage"] == {"ok": False, "problem": "StorageFullError"}
            async with read_only() as session:  # everything else works
                assert await drafts.get(session, viewer, draft_id=draft_id)
        sent = await client.put(begun.headers["location"], content=b"0123456789", headers={"Upload-Offset": "0"})
        assert sent.status_code == 200
    with pytest.raises(NotFoundError):
        await store().head("packs/none/none.wav")
