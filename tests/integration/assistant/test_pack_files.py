"""The library as a folder: what a member owns, and nothing else."""

import pytest

from askchopper.database import transaction
from askchopper.errors import AskChopperError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant.tools import registry
from askchopper.services.purchases import checkout
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def text(viewer: Viewer, name: str, **arguments: str) -> str:
    tool, checked = registry.read_arguments(viewer, name, arguments)
    return (await registry.use(viewer, tool, checked, page=PageContext())).content["text"]


async def test_owned_pack_is_a_folder(db: None):
    member = await make_user(tokens=100)
    pack = await make_pack(await make_creator(), title="Night Ferry", price=10)
    other = await make_pack(await make_creator(), title="Not Mine", price=10)
    assert await text(member, "list_directory") == "(empty)"
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=10, key="k" * 10)
    assert await text(member, "list_directory", path="/") == f"[DIR] {pack.slug}"
    listed = (await text(member, "list_directory", path=f"/{pack.slug}")).splitlines()
    assert listed[-1] == "[FILE] licence.txt"
    name = listed[0].removeprefix("[FILE] ")
    assert "bytes" in await text(member, "get_file_info", path=f"/{pack.slug}/{name}")
    assert f"/{pack.slug}/{name}" in await text(member, "search_files", pattern=name[:4])
    assert await text(member, "search_files", pattern="*.nothing") == "No matches found"
    assert "licence" in (await text(member, "read_text_file", path=f"{pack.slug}/licence.txt")).lower()
    for path in (
        "/../etc/passwd",
        "/a/b/c",
        f"/{other.slug}",
        f"/{other.slug}/licence.txt",
        f"/{pack.slug}/missing.wav",
        "//",
        "/%2e%2e",
    ):
        with pytest.raises(AskChopperError):
            await text(member, "get_file_info", path=path)
    with pytest.raises(NotFoundError):
        await text(await make_user(), "list_directory", path=f"/{pack.slug}")
