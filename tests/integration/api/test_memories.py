"""The memory API: add, change, delete, restore, export and import, with their refusals."""

import json

import pytest

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.services.memory import facts
from tests.support.clients import ORIGIN, api_client
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
HEADERS = {"Origin": ORIGIN}
PATH = "/api/v1/me/memories"


async def test_memories_are_kept_changed_deleted_and_restored(db: None):
    async with api_client(await make_user()) as client:
        made = (await client.post(PATH, json={"text": "I use Ableton Live"}, headers=HEADERS)).json()
        assert (made["kind"], made["source"], made["origin"]) == ("gear", None, "member")
        assert (await client.post(PATH, json={"text": "I use Ableton Live"}, headers=HEADERS)).status_code == 422
        changed = await client.patch(
            f"{PATH}/{made['id']}", json={"text": "Uses Bitwig", "version": 1}, headers=HEADERS
        )
        assert changed.json()["text"] == "Uses Bitwig"
        stale = await client.patch(f"{PATH}/{made['id']}", json={"text": "Uses Reaper", "version": 1}, headers=HEADERS)
        assert stale.status_code == 409
        assert (await client.delete(f"{PATH}/{made['id']}", headers=HEADERS)).status_code == 204
        assert (await client.get(PATH)).json()["total"] == 0
        assert (await client.delete(f"{PATH}/{made['id']}", headers=HEADERS)).status_code == 404
        assert (await client.post(f"{PATH}/restore", json={"ids": [made["id"]]}, headers=HEADERS)).json() == {
            "count": 1
        }
        found = (await client.get(PATH, params={"q": "bitwig"})).json()
        assert [one["text"] for one in found["items"]] == ["Uses Bitwig"]
        assert (await client.delete(PATH, headers=HEADERS)).json() == {"count": 1}


async def test_export_is_imported_as_object_and_as_lines(db: None):
    async with api_client(await make_user()) as client:
        for words in ("I make house", "Has two cats"):
            await client.post(PATH, json={"text": words}, headers=HEADERS)
        exported = await client.get(f"{PATH}/export")
        lines = await client.get(f"{PATH}/export", params={"format": "lines"})
    assert exported.headers["content-disposition"].endswith('"ask-chopper-memory.json"')
    for content, kind in ((exported.content, "application/json"), (lines.content, "application/x-ndjson")):
        async with api_client(await make_user()) as client:
            headers = HEADERS | {"Content-Type": kind}
            trial = (
                await client.post(f"{PATH}/import", params={"dry_run": "true"}, content=content, headers=headers)
            ).json()
            assert (trial["added"], trial["dry_run"]) == (2, True)
            assert (await client.get(PATH)).json()["total"] == 0
            assert (await client.post(f"{PATH}/import", content=content, headers=headers)).json()["added"] == trial[
                "added"
            ]
            texts = {one["text"] for one in (await client.get(PATH)).json()["items"]}
            assert texts == {"I make house", "Has two cats"}


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"{", 422), (b'{"format": "x"}', 422), (b"x" * (policy.MAX_MEMORY_IMPORT_BYTES + 1), 413)],
)
async def test_foreign_imports_are_refused_with_a_sentence(db: None, content: bytes, status: int):
    async with api_client(await make_user()) as client:
        answer = await client.post(f"{PATH}/import", content=content, headers=HEADERS)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_ten_thousand_facts_are_taken_as_far_as_they_fit(db: None):
    content = json.dumps(
        {"format": "askchopper-memory", "version": 1, "memories": [{"text": f"Fact {n}"} for n in range(10_000)]}
    )
    async with api_client(await make_user()) as client:
        report = (await client.post(f"{PATH}/import", content=content, headers=HEADERS)).json()
        more = await client.post(PATH, json={"text": "One more"}, headers=HEADERS)
    assert (report["added"], report["refused_count"]) == (policy.MAX_MEMORIES, 1)
    assert more.status_code == 422
    assert "Delete some first" in more.json()["detail"]


async def test_pause_is_kept(db: None):
    async with api_client(await make_user()) as client:
        path = "/api/v1/me/memory-settings"
        assert (await client.get(path)).json() == {"is_paused": False, "offers_open_points": True}
        await client.patch(path, json={"is_paused": True}, headers=HEADERS)
        assert (await client.get(path)).json() == {"is_paused": True, "offers_open_points": True}


async def test_twenty_tries_at_the_memory_of_another(db: None):
    """With real ids and addresses of another member's memory; nothing is told, changed or deleted."""
    owner, other = await make_user(), await make_user()
    async with transaction() as session:
        memory = await facts.add(session, owner, text_="Secret studio in Lisbon")
        gone = await facts.add(session, owner, text_="Second studio in Lisbon")
        await facts.delete(session, owner, memory_id=gone.id)
    mine, undone = f"{PATH}/{memory.id}", {"ids": [memory.id, gone.id]}
    change = {"text": "Mine now", "version": memory.version}
    tries: list[tuple[str, str, dict[str, object]]] = [
        ("GET", PATH, {}), ("GET", f"{PATH}?q=lisbon", {}), ("GET", f"{PATH}?q=%25", {}), ("GET", f"{PATH}?user_id={owner.user_id}", {}),
        ("GET", f"{PATH}?cursor={memory.id}", {}), ("GET", f"{PATH}?kind=note", {}), ("GET", mine, {}), ("PATCH", mine, {"json": change}),
        ("PATCH", f"{PATH}/{gone.id}", {"json": change}), ("PATCH", mine.upper().replace("/API/V1/ME/MEMORIES", PATH), {"json": change}),
        ("DELETE", mine, {}), ("DELETE", f"{PATH}/{gone.id}", {}), ("POST", f"{PATH}/restore", {"json": undone}),
        ("POST", f"{PATH}/restore", {"json": {"ids": [gone.id] * 3}}), ("GET", f"{PATH}/export", {}), ("GET", f"{PATH}/export?format=lines", {}),
        ("GET", f"{PATH}/export?user_id={owner.user_id}", {}), ("POST", f"{PATH}/import", {"json": {"memories": [], "user_id": str(owner.user_id)}}),
        ("GET", f"/api/v1/members/{owner.user_id}/memories", {}), ("DELETE", PATH, {}),
    ]  # fmt: skip
    assert len(tries) == 20
    async with api_client(other) as client:
        for method, path, more in tries:
            answer = await client.request(method, path, headers=HEADERS, **more)
            assert answer.status_code < 500, (method, path)
            assert "studio" not in answer.text, (method, path)
    async with read_only() as session:
        left = (await facts.list_facts(session, owner)).items
    assert [(one.id, one.text, one.version) for one in left] == [(memory.id, "Secret studio in Lisbon", memory.version)]
