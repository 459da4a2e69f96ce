"""Profiles: name, text, links and picture, shown on the creator page and beside the member's name."""

import io

import numpy as np
import pytest
from PIL import Image

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.search_filters import Filters
from askchopper.services import profiles
from askchopper.services.catalogue import detail
from askchopper.services.search import queries
from askchopper.services.storage_maintenance import COVER_COLUMNS
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


def picture() -> bytes:
    target = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((600, 400)).save(target, "PNG")
    return target.getvalue()


async def test_profile_is_shown_on_the_creator_page_and_found_by_name(db):
    creator = await make_creator(name="Old Name")
    await make_pack(creator, title="Tide")
    async with transaction() as session:
        await profiles.change(
            session,
            creator,
            name="Nia Quill",
            bio="Two lines\n\nof text.",
            links="https://nia.example/a\n\nhttps://nia.example/a\n",
        )
    async with read_only() as session:
        page = await detail.get_creator(session, None, slug=creator.creator_slug or "")
        found = await queries.list_packs(session, None, filters=Filters(text="quill"))
    assert (page.name, page.bio, page.links) == ("Nia Quill", "Two lines\n\nof text.", ("https://nia.example/a",))
    assert [pack.creator.name for pack in found.items] == ["Nia Quill"]


@pytest.mark.parametrize(
    "links",
    [
        "http://plain.example", "javascript:alert(1)", "https://", "https://localhost", "https://user@host.example", "https://a.example/<b>",
        "https://a.example:99999", "data:text/html,x", f"https://a.example/{'x' * 200}", "\n".join(f"https://{n}.example" for n in range(6)),
    ],
)  # fmt: skip
async def test_unsafe_links_are_refused(links: str):
    with pytest.raises(InvalidInputError):
        profiles.checked_links(links)


async def test_invalid_values_change_nothing(db):
    member = await make_user(name="Tess")
    for values in (
        {"name": ""},
        {"name": "x" * 61},
        {"bio": "y" * 1001},
        {"bio": "\u202edesrever"},
        {"links": "ftp://a.example"},
    ):
        with pytest.raises(InvalidInputError):
            async with transaction() as session:
                await profiles.change(session, member, **{"name": "New", "bio": "", "links": "", **values})
    async with read_only() as session:
        assert (await profiles.get(session, member)).name == "Tess"


async def test_picture_is_encoded_again_and_removed(db):
    member = await make_user()
    async with api_client(member) as client:
        refused = await client.put("/api/v1/me/picture", content=b"<svg/>")
        assert refused.status_code == 422
        stored = await client.put("/api/v1/me/picture", content=picture())
        assert stored.status_code == 200, stored.text
        sent = await client.get(stored.json()["picture_url"])
        assert Image.open(io.BytesIO(sent.content)).size == (320, 320)
        async with read_only() as session:
            assert await profiles.picture_key(session, member) in stored.json()["picture_url"]
        assert (await client.delete("/api/v1/me/picture")).status_code == 204
    async with read_only() as session:
        assert await profiles.picture_key(session, member) == ""
    assert "users.picture_key" in {str(column) for column in COVER_COLUMNS}


async def test_settings_save_a_profile(db):
    async with tab(await make_user(name="Tess Novak")) as member:
        seen = await member.send("ProfileState.load", "/settings")
        assert (seen["name"], seen["initials"]) == ("Tess Novak", "TN")
        seen = await member.send(
            "ProfileState.save", "/settings", form={"name": "Tess", "bio": "Hi", "links": "http://x.example"}
        )
        assert seen["problem"].startswith("A link starts with https://")
        seen = await member.send("ProfileState.save", "/settings", form={"name": "Tess", "bio": "Hi", "links": ""})
        assert (seen["saved"], seen["name"]) == ("Saved", "Tess")
        assert [value for key, value in member.others.items() if key.endswith("session_state.name")] == ["Tess"]
