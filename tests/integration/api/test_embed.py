"""The embedded player, oEmbed and the QR code: small, framed by anyone, and without rights."""

import hashlib
import re
from base64 import b64encode
from xml.etree import ElementTree as ET

import pytest

from askchopper import routes, settings
from askchopper.database import transaction
from askchopper.services.catalogue import takedowns
from tests.support.clients import api_client
from tests.support.factories import make_pack, make_user, new_file

pytestmark = pytest.mark.integration
MAX_BYTES = 30_000


@pytest.mark.parametrize("size", ["small", "medium", "large"])
async def test_player_is_small_framed_and_without_cookies(db: None, size: str):
    pack = await make_pack(files=tuple(new_file(number) for number in range(1, 8)), title='Night <b>Shift</b> & "Co"')
    async with api_client(await make_user()) as client:
        answer = await client.get(f"/embed/pack/{pack.slug}?size={size}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert "x-frame-options" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert "<b>" not in answer.text
    assert "Night &lt;b&gt;Shift" in answer.text
    assert len(answer.content) < MAX_BYTES - 8_000, "a cover of 96 pixels has to fit, too"
    script = re.search(r'<script type="module">(.*?)</script>', answer.text, re.DOTALL)
    assert script is not None
    assert f"'sha256-{b64encode(hashlib.sha256(script[1].encode()).digest()).decode()}'" in policy
    assert all("noopener" in link for link in re.findall(r"<a [^>]+>", answer.text))


async def test_other_pages_are_framed_by_nobody(db: None):
    async with api_client() as client:
        answer = await client.get("/api/v1/packs")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_player_of_a_missing_pack_or_size(db: None):
    pack, draft = await make_pack(), await make_pack(is_published=False)
    async with api_client() as client:
        assert (await client.get("/embed/pack/nothing")).status_code == 404
        assert (await client.get(f"/embed/pack/{draft.slug}")).status_code == 404
        assert (await client.get(f"/embed/pack/{pack.slug}?size=huge")).status_code == 422


async def test_oembed_describes_a_pack(db: None):
    pack = await make_pack()
    base = settings.get().base_url
    async with api_client() as client:
        found = (
            await client.get("/oembed", params={"url": f"{base}/pack/{pack.slug}?utm_source=x", "maxwidth": 300})
        ).json()
        assert (found["version"], found["type"], found["width"], found["height"]) == ("1.0", "rich", 300, 120)
        source = re.search(r'src="([^"]+)"', found["html"])
        assert source is not None
        assert (await client.get(source[1].removeprefix(base))).status_code == 200
        small = (await client.get("/oembed", params={"url": f"{base}/pack/{pack.slug}", "maxheight": 100})).json()
        assert small["height"] == 80
        for url, status in (
            (f"https://elsewhere.test/pack/{pack.slug}", 404), (f"{base}/creator/x", 404), (f"{base}/pack/nothing", 404),
            ("http://[", 422), ("", 404),
        ):  # fmt: skip
            assert (await client.get("/oembed", params={"url": url})).status_code == status, url
        xml = await client.get("/oembed", params={"url": f"{base}/pack/{pack.slug}", "format": "xml"})
        assert xml.status_code == 501


async def test_qr_code_is_a_picture(db: None):
    pack = await make_pack()
    async with api_client() as client:
        answer = await client.get(f"/embed/pack/{pack.slug}/qr.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert ET.fromstring(answer.content).tag.endswith("svg")


async def test_player_is_sent_again_only_if_it_changed_and_is_gone_at_a_takedown(db: None, as_owner):
    pack = await make_pack()
    async with api_client() as client:
        first = await client.get(f"/embed/pack/{pack.slug}")
        assert first.headers["cache-control"] == "public, no-cache"
        known = {"If-None-Match": first.headers["etag"]}
        assert (await client.get(f"/embed/pack/{pack.slug}", headers=known)).status_code == 304
        as_owner(f"UPDATE packs SET title = 'Another' WHERE id = '{pack.id}'")
        assert (await client.get(f"/embed/pack/{pack.slug}", headers=known)).status_code == 200
        as_owner(f"UPDATE packs SET status = 'unpublished' WHERE id = '{pack.id}'")
        assert (await client.get(f"/embed/pack/{pack.slug}", headers=known)).status_code == 404


async def test_short_link_leads_to_the_pack(db: None, as_owner):
    pack, draft = await make_pack(), await make_pack(is_published=False)
    link = routes.short_pack(str(pack.id))
    assert len(link) == len("/s/") + 8
    async with api_client() as client:
        answer = await client.get(link)
        assert answer.status_code == 302
        assert answer.headers["location"] == routes.shared_pack(pack.slug, "link")
        for wrong in (
            routes.short_pack(str(draft.id)),
            "/s/nothing",
            "/s/%00",
            "/s/AAAAAAAA",
            "/s/" + "a" * 300,
            "/s/Ã©",
        ):
            assert (await client.get(wrong)).status_code == 404, wrong


async def test_dead_links_say_so_in_words_and_a_takedown_leads_to_its_page(db: None, as_owner):
    pack, off_sale = await make_pack(), await make_pack()
    async with transaction() as session:
        await takedowns.take_down(session, pack.id, reason="Copied.")
    as_owner(f"UPDATE packs SET status = 'unpublished' WHERE id = '{off_sale.id}'")
    async with api_client() as client:
        down = await client.get(routes.short_pack(str(pack.id)))
        assert (down.status_code, down.headers["location"]) == (302, routes.shared_pack(pack.slug, "link"))
        for dead in (
            "/s/AAAAAAAA",
            routes.short_pack(str(off_sale.id)),
            f"/embed/pack/{pack.slug}",
            "/embed/pack/nothing",
        ):
            answer = await client.get(dead)
            assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store"), dead
            assert answer.headers["content-type"].startswith("text/html"), dead
            assert "not on sale" in answer.text
            assert settings.get().base_url + routes.BROWSE in answer.text
            assert "frame-ancestors *" in answer.headers["content-security-policy"]


async def test_any_page_has_a_qr_code(db):
    async with api_client() as client:
        answer = await client.get("/embed/qr.svg", params={"path": "/artist/aphex-twin"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        assert "<svg" in answer.text
        for path in ("https://evil.example", "//evil.example", "/" + "x" * 300, ""):
            assert (await client.get("/embed/qr.svg", params={"path": path})).status_code == 422
