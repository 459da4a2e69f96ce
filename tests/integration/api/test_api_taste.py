"""Taste and recommendations over HTTP."""

import pytest

from askchopper.database import transaction
from askchopper.services.taste import recommendations
from askchopper.vocabulary import Role
from tests.support.clients import api_client
from tests.support.factories import make_user
from tests.support.taste import make_sound_pack, play, update

pytestmark = pytest.mark.integration


async def listener():
    member = await make_user()
    packs = [await make_sound_pack(genre="techno", bpm=128) for _ in range(7)]
    await play(member, packs[0])
    await update(member)
    return member, packs


async def test_taste_has_reasons_and_is_not_stored_by_caches(db):
    member, _ = await listener()
    async with api_client(member) as client:
        answer = await client.get("/api/v1/me/taste")
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["genres"][0] == {
        "value": "techno",
        "label": "Techno",
        "share": 1.0,
        "liking": 1.0,
        "because": "1 play",
        "choice": None,
    }
    assert found["tempo"]["peaks"][0]["value"] == "128"
    assert max(point["density"] for point in found["tempo"]["curve"]) == 1.0
    assert found["signals"] == 1


async def test_recommendations_say_why_and_change(db):
    member, _ = await listener()
    async with api_client(member) as client:
        first = (await client.get("/api/v1/me/recommendations?limit=3")).json()
        second = (await client.get("/api/v1/me/recommendations?limit=3")).json()
        assert (await client.get("/api/v1/me/recommendations?limit=0")).status_code == 422
    assert all(item["why"] for item in first["items"])
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}


async def test_export_comes_back_as_it_was(db):
    member, _ = await listener()
    other = await make_user()
    async with api_client(member) as client:
        exported = await client.get("/api/v1/me/taste/export")
        genres = (await client.get("/api/v1/me/taste")).json()["genres"]
    assert exported.headers["content-disposition"] == 'attachment; filename="ask-chopper-taste.json"'
    async with api_client(other) as client:
        report = await client.post("/api/v1/me/taste/import?dry_run=true", content=exported.content)
        assert report.json()["values"] == len(exported.json()["values"])
        assert (await client.get("/api/v1/me/taste")).json()["genres"] == []
        assert (await client.post("/api/v1/me/taste/import", content=exported.content)).status_code == 200
        assert (await client.get("/api/v1/me/taste")).json()["genres"] == genres
        assert (await client.post("/api/v1/me/taste/undo")).status_code == 204
        assert (await client.get("/api/v1/me/taste")).json()["genres"] == []
        assert (await client.post("/api/v1/me/taste/undo")).status_code == 409


async def test_broken_import_says_what_is_wrong(db):
    member, _ = await listener()
    async with api_client(member) as client:
        answer = await client.post("/api/v1/me/taste/import", content=b'{"entities": []}')
        assert (answer.status_code, answer.json()["detail"]) == (422, "This is not a taste profile from Ask Chopper.")
        assert (await client.post("/api/v1/me/taste/import", content=b"x" * 2_000_000)).status_code == 413
        assert (await client.get("/api/v1/me/taste")).json()["signals"] == 1


async def test_corrections_and_reset(db):
    member, _ = await listener()
    async with api_client(member) as client:
        wanted = {"facet": "genre", "value": "techno", "choice": "never"}
        assert (await client.put("/api/v1/me/taste/corrections", json=wanted)).status_code == 204
        assert (await client.get("/api/v1/me/taste")).json()["genres"][0]["choice"] == "never"
        for bad in (
            {**wanted, "value": "polka"},
            {**wanted, "choice": "x"},
            {"value": "techno"},
            {**wanted, "facet": "x" * 21},
        ):
            assert (await client.put("/api/v1/me/taste/corrections", json=bad)).status_code == 422
        assert (await client.delete("/api/v1/me/taste")).status_code == 204
        assert (await client.get("/api/v1/me/taste")).json()["can_undo"]


async def test_dismissal(db):
    member, packs = await listener()
    path = f"/api/v1/me/recommendations/dismissed/{packs[1].id}"
    async with api_client(member) as client:
        assert (await client.put(path)).status_code == 204
        await update(member)
        listed = (await client.get("/api/v1/me/recommendations?limit=50")).json()["items"]
        assert str(packs[1].id) not in {item["id"] for item in listed}
        assert (await client.delete(path)).status_code == 204
        assert (await client.delete(path)).status_code == 404


async def test_inspection_is_for_administrators_and_seen_by_the_member(db):
    member, _ = await listener()
    admin = await make_user(role=Role.ADMIN)
    wanted = {"email": member.email, "reason": "Support case 12"}
    async with api_client(await make_user()) as client:
        assert (await client.post("/api/v1/admin/taste", json=wanted)).status_code == 404
    async with api_client(admin) as client:
        assert (await client.post("/api/v1/admin/taste", json=wanted)).json()["genres"][0]["value"] == "techno"
        assert (await client.post("/api/v1/admin/taste", json={**wanted, "reason": ""})).status_code == 422
    async with api_client(member) as client:
        [looked] = (await client.get("/api/v1/me/taste")).json()["inspections"]
    assert looked["reason"] == "Support case 12"


async def test_sort_for_you_over_http(db):
    member, packs = await listener()
    async with transaction() as session:
        await recommendations.dismiss(session, member, pack_id=str(packs[2].id))
    async with api_client(member) as client:
        found = await client.get("/api/v1/packs?sort=for-you&limit=5")
    assert found.status_code == 200
    assert len(found.json()["items"]) == 5
