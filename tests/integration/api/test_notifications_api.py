"""Notifications, their switches and the profile as JSON."""

import httpx
import pytest

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import activity, limits
from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
PATH = "/api/v1/me/notifications"


async def notify(member: Viewer, *sentences: str, kind: str = "like") -> None:
    for sentence in sentences:
        async with transaction() as session:
            await activity.notify(session, user_id=member.user_id, kind=kind, sentence=sentence, link="/feed")


async def patch_profile(client: httpx.AsyncClient, **values: object) -> httpx.Response:
    return await client.patch("/api/v1/me/profile", json=values)


async def test_pages_of_notifications_and_reading_them(db: None):
    member = await make_user()
    await notify(member, "One", "Two", "Three")
    await notify(await make_user(), "Of another member")
    async with api_client(member) as client:
        first = (await client.get(PATH, params={"limit": 2})).json()
        second = (await client.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
        assert [one["sentence"] for one in first["items"] + second["items"]] == ["Three", "Two", "One"]
        assert second["next_cursor"] is None
        assert first["items"][0] | {"id": "", "created_at": ""} == {
            "id": "", "kind": "like", "sentence": "Three", "link": "/feed", "created_at": "", "read": False,
        }  # fmt: skip
        assert (await client.post(f"{PATH}/read")).status_code == 204
        assert {one["read"] for one in (await client.get(PATH)).json()["items"]} == {True}
        assert (await client.get(PATH, params={"cursor": "x"})).status_code == 422
        assert (await client.get(PATH, params={"limit": 0})).status_code == 422


async def test_switches_turn_kinds_off(db: None):
    member = await make_user()
    async with api_client(member) as client:
        before = (await client.get(f"{PATH}/switches")).json()
        assert set(before.values()) == {True}
        after = await client.put(f"{PATH}/switches", json={"like": False})
        assert (after.status_code, after.json()) == (200, before | {"like": False})
        assert (await client.get(f"{PATH}/switches")).json() == before | {"like": False}
        for wrong in ({"payment": False}, {"like": "no"}, {"\0": True}, {"like": True, "x": True}, []):
            assert (await client.put(f"{PATH}/switches", json=wrong)).status_code == 422, wrong
        assert (await client.get(f"{PATH}/switches")).json()["like"] is False, "all of them or none"
        await notify(member, "Off")
        assert (await client.get(PATH)).json()["items"] == []


async def test_profile_is_changed_in_part(db: None):
    creator = await make_creator()
    packs = [await make_pack(creator) for _ in range(2)]
    slugs = [pack.slug for pack in packs]
    async with api_client(creator) as client:
        before = (await client.get("/api/v1/me/profile")).json()
        assert before["featured"] == []
        text = await patch_profile(client, text="Drums from Leeds", links=["https://example.com/me"])
        assert text.json() == before | {"text": "Drums from Leeds", "links": ["https://example.com/me"]}
        chosen = await patch_profile(client, featured=slugs)
        assert chosen.json() == text.json() | {"featured": slugs}
        page = (await client.get(f"/api/v1/creators/{creator.creator_slug}")).json()
        assert page["bio"] == "Drums from Leeds"
        for wrong, status in (
            ({"links": ["http://example.com"]}, 422), ({"links": ["https://a.com"] * 200}, 422), ({"text": "x" * 5_000}, 422),
            ({"featured": ["of-nobody"], "text": "Not saved"}, 404), ({"name": ""}, 422), ({"featured": [str(number) for number in range(7)]}, 422),
        ):  # fmt: skip
            assert (await patch_profile(client, **wrong)).status_code == status, wrong
        assert (await client.get("/api/v1/me/profile")).json() == chosen.json()


async def test_featured_packs_are_for_creators(db: None):
    async with api_client(await make_user()) as client:
        assert (await client.get("/api/v1/me/profile")).json()["featured"] is None
        assert (await patch_profile(client, featured=["a"])).status_code == 404
        assert (await patch_profile(client, name="New name")).json()["name"] == "New name"


async def test_changes_are_limited(db: None, limits_on: None):
    member = await make_user()
    async with api_client(member) as client:
        statuses = [
            (await client.put(f"{PATH}/switches", json={"like": False})).status_code
            for _ in range(limits.SETTINGS.quota)
        ]
        assert set(statuses) == {200}
        assert (await patch_profile(client, text="Late")).status_code == 429
