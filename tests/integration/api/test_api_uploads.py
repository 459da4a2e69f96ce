"""Resumable uploads: lost connections, false announcements, replays, concurrent senders, quotas, duplicates."""

import asyncio
import errno
import hashlib
import os

import httpx
import pytest
from starlette.requests import ClientDisconnect

from askchopper import policy
from askchopper.database import transaction
from askchopper.integrations.blob_store import PartFile, store
from askchopper.services import uploads
from askchopper.services.studio import drafts
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration
SOUND = os.urandom(3_000_001)
PATH = "/api/v1/uploads"


async def begin(
    client: httpx.AsyncClient, *, size: int = len(SOUND), name: str = "Loop 1.wav", pack: str | None = None
) -> str:
    answer = await client.post(PATH, json={"name": name, "size": size, "pack": pack})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def put(client: httpx.AsyncClient, address: str, body: object, offset: int = 0) -> httpx.Response:
    return await client.put(address, content=body, headers={"Upload-Offset": str(offset)})  # type: ignore[arg-type]


async def offset_of(client: httpx.AsyncClient, address: str) -> int:
    return int((await client.head(address)).headers["upload-offset"])


async def _until_something_arrived(client: httpx.AsyncClient, address: str) -> None:
    for _ in range(500):
        if await offset_of(client, address):
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing arrived")


def stored_bytes(answer: httpx.Response) -> bytes:
    line = answer.json()
    path = store().local_path(f"uploads/{line['id']}/{line['sha256']}.wav")
    assert path is not None
    return path.read_bytes()


async def test_upload_in_one_request(db):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        answer = await put(client, address, SOUND)
        assert answer.status_code == 200
        assert answer.json()["state"] == "stored"
        assert answer.json()["sha256"] == hashlib.sha256(SOUND).hexdigest()
        assert stored_bytes(answer) == SOUND
        assert await offset_of(client, address) == len(SOUND)
        assert (await client.get(PATH)).json() == []


async def test_upload_in_parts_days_apart(db):
    member = await make_user()
    async with api_client(member) as client:
        address = await begin(client)
        assert (await put(client, address, SOUND[:1_000_000])).json()["offset"] == 1_000_000
    async with api_client(member) as client:
        (waiting,) = (await client.get(PATH)).json()
        assert (waiting["offset"], waiting["name"]) == (1_000_000, "Loop 1.wav")
        answer = await put(client, address, SOUND[1_000_000:], 1_000_000)
        assert stored_bytes(answer) == SOUND


async def test_received_bytes_survive_a_lost_connection(db):
    async def cut():
        yield SOUND[:2_500_000]
        raise ClientDisconnect  # raised on the server when the browser disconnects

    async with api_client(await make_user()) as client:
        address = await begin(client)
        await put(client, address, cut())
        arrived = await offset_of(client, address)
        assert arrived == 2_500_000
        assert stored_bytes(await put(client, address, SOUND[arrived:], arrived)) == SOUND


@pytest.mark.parametrize("offset", [1, 999_999, 1_000_001])
async def test_gaps_and_overlaps_are_rejected_with_offset(db, offset: int):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await put(client, address, SOUND[:1_000_000])
        answer = await put(client, address, b"xyz", offset)
        assert (answer.status_code, answer.json()["offset"]) == (409, 1_000_000)
        assert await offset_of(client, address) == 1_000_000


async def test_replay_of_completed_upload_changes_nothing(db):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        first = await put(client, address, SOUND)
        assert (await put(client, address, b"something else")).json() == first.json()
        assert stored_bytes(first) == SOUND


async def test_more_bytes_than_announced_are_rejected(db):
    async def endless():
        while True:
            yield bytes(500_000)

    async with api_client(await make_user()) as client:
        address = await begin(client, size=1_000_000)
        announced = await put(client, address, bytes(1_000_001))
        unannounced = await put(client, address, endless())
        assert (announced.status_code, unannounced.status_code) == (413, 413)
        assert await offset_of(client, address) <= 1_000_000


async def test_concurrent_senders_do_not_mix(db):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        gate = asyncio.Event()

        async def slow():
            yield SOUND[:1_500_000]
            await gate.wait()
            yield SOUND[1_500_000:]

        first = asyncio.create_task(put(client, address, slow()))
        await _until_something_arrived(client, address)
        second = await put(client, address, SOUND[1_500_000:], 1_500_000)
        gate.set()
        assert second.status_code == 409
        assert stored_bytes(await first) == SOUND


async def test_same_sound_is_stored_once(db):
    async with api_client(await make_user()) as client:
        await put(client, await begin(client), SOUND)
        again = await put(client, await begin(client, name="Copy.wav"), SOUND)
        assert again.status_code == 409
        assert "Loop 1.wav" in again.json()["detail"]
        assert (await client.get(PATH)).json() == []


async def test_duplicate_is_named_to_its_owner_only(db):
    content = b"a sound on sale " * 300
    creator = await make_creator()
    pack = await make_pack(creator, files=(new_file(sha256=hashlib.sha256(content).hexdigest()),))
    async with api_client(creator) as client:
        own = await put(client, await begin(client, size=len(content)), content)
    async with api_client(await make_user()) as client:
        foreign = await put(client, await begin(client, size=len(content)), content)
    assert (own.status_code, own.json()["link"]) == (409, f"/pack/{pack.slug}")
    assert foreign.status_code == 409
    assert pack.slug not in foreign.text
    assert "link" not in foreign.json()


@pytest.mark.parametrize(
    ("name", "size", "status"),
    [("a.exe", 10, 422), ("wav", 10, 422), ("a.wav", 0, 422), ("a.wav", -1, 422), ("a.wav", 201 * 2**20, 413),
     ("\x00.wav", 10, 422), ("x" * 300 + ".wav", 10, 422), ("a.wav", "10", 422)],
)  # fmt: skip
async def test_invalid_announcements_are_rejected_with_message(db, name: str, size: object, status: int):
    async with api_client(await make_user()) as client:
        answer = await client.post(PATH, json={"name": name, "size": size})
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


async def test_invisible_marks_leave_the_name(db):
    async with api_client(await make_user()) as client:
        answer = await client.post(PATH, json={"name": "\ufeffK\u200bick\u202e 1.wav", "size": 10})
    assert (answer.status_code, answer.json()["name"]) == (201, "Kick 1.wav")


async def test_path_in_file_name_is_removed(db):
    async with api_client(await make_user()) as client:
        answer = await client.post(PATH, json={"name": "..\\..\\etc/Kick.wav", "size": 5})
    assert answer.json()["name"] == "Kick.wav"


async def test_upload_of_other_user_is_not_found(db):
    async with api_client(await make_user()) as client:
        address = await begin(client)
    async with api_client(await make_user()) as client:
        answers = [await client.head(address), await put(client, address, b"x"), await client.delete(address)]
    assert [answer.status_code for answer in answers] == [404] * 3


async def test_upload_quota(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "UPLOAD_QUOTA_BYTES", 1_000)
    async with api_client(await make_user()) as client:
        answers = await asyncio.gather(*(client.post(PATH, json={"name": "a.wav", "size": 400}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 413, 413, 413, 413]


async def test_cancel_deletes_bytes(db):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await put(client, address, SOUND[:10])
        assert (await client.delete(address)).status_code == 204
        assert (await client.head(address)).status_code == 404
    assert store().part(address.rpartition("/")[2]).size_bytes() == 0


async def test_full_disk_is_reported_and_upload_resumes(db, monkeypatch: pytest.MonkeyPatch):
    def no_room(self: PartFile, piece: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with api_client(await make_user()) as client:
        address = await begin(client)
        with monkeypatch.context() as patch:
            patch.setattr(PartFile, "_write", no_room)
            assert (await put(client, address, SOUND)).status_code == 507
        arrived = await offset_of(client, address)
        assert stored_bytes(await put(client, address, SOUND[arrived:], arrived)) == SOUND


async def test_concurrent_duplicate_uploads_store_one(db, monkeypatch: pytest.MonkeyPatch):
    async def seen_too_early(*_args: object, **_names: object) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(uploads, "check_new", seen_too_early)  # both checked for duplicates before either was completed
    async with api_client(await make_user()) as client:
        addresses = [await begin(client), await begin(client, name="Copy.wav")]
        answers = [await put(client, address, SOUND) for address in addresses]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert (await client.head(addresses[1])).status_code == 404
    assert stored_bytes(answers[0]) == SOUND
    assert [found async for found in store().list_files(f"uploads/{addresses[1].rpartition('/')[2]}/")] == []


async def test_duplicate_in_same_draft_keeps_the_first_file(db):
    member = await make_user()
    async with transaction() as session:
        pack = str(await drafts.create(session, member))
    async with api_client(member) as client:
        first, second = [await begin(client, name=name, pack=pack) for name in ("Loop 1.wav", "Copy.wav")]
        stored = await put(client, first, SOUND)
        assert (stored.status_code, (await put(client, second, SOUND)).status_code) == (200, 409)
    keys = [found.key async for found in store().list_files(f"packs/{pack}/")]
    assert keys == [f"packs/{pack}/{hashlib.sha256(SOUND).hexdigest()}.wav"]


async def test_cancel_with_other_spelling_of_id_deletes_bytes(db):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        await put(client, address, SOUND[:10])
        folder, _, upload_id = address.rpartition("/")
        assert (await client.delete(f"{folder}/{upload_id.replace('-', '').upper()}")).status_code == 204
    assert store().part(upload_id).size_bytes() == 0


@pytest.mark.parametrize(("minutes", "is_noted"), [(5, False), (61, True)])
async def test_resume_is_logged_once_an_hour(db, as_owner, minutes: int, is_noted: bool):
    async with api_client(await make_user()) as client:
        address = await begin(client)
        as_owner(f"UPDATE uploads SET updated_at = now() - interval '{minutes} minutes'")
        await put(client, address, SOUND[:10])
    assert as_owner("SELECT updated_at > now() - interval '1 minute' FROM uploads") == [(is_noted,)]


async def test_excess_bytes_keep_what_fits(db):
    async with api_client(await make_user()) as client:
        address = await begin(client, size=10)
        answer = await client.put(address, content=_pieces(b"12345", b"67890", b"!"), headers={"Upload-Offset": "0"})
        assert answer.status_code == 413
        assert await offset_of(client, address) == 10


async def _pieces(*pieces: bytes):
    for piece in pieces:
        yield piece
