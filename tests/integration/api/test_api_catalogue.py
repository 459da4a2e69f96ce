from decimal import Decimal

import pytest

from tests.support.clients import api_client
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration
PACK_FIELDS = {
    "id", "slug", "title", "summary", "creator", "genre", "tags", "price_tokens", "file_count", "duration_seconds", "bpm_min",
    "bpm_max", "keys", "cover_url", "licence", "published_at", "owned",
}  # fmt: skip
FILE_FIELDS = {
    "id", "title", "pack", "kind", "bpm", "key", "camelot", "duration_seconds", "price_tokens", "preview_url", "peaks_url",
    "loudness_lufs", "owned",
}  # fmt: skip


async def test_pack_list_schema(db):
    pack = await make_pack(cover_key="abc", tags=("warm",))
    async with api_client() as client:
        body = (await client.get("/api/v1/packs")).json()
    assert set(body) == {"items", "next_cursor"}
    [item] = body["items"]
    assert set(item) >= PACK_FIELDS
    assert set(item["creator"]) == {"slug", "name"}
    assert item["published_at"].endswith("Z")
    assert (item["bpm_min"], item["tags"], item["owned"], item["slug"]) == (120.0, ["warm"], False, pack.slug)
    assert item["cover_url"] == "/media/covers/abc/640.webp"
    assert body["next_cursor"] is None


async def test_pack_and_sound_schema(db):
    pack = await make_pack(price=30, files=(new_file(1), new_file(2, bpm=None, key=None)))
    async with api_client() as client:
        body = (await client.get(f"/api/v1/packs/{pack.slug}")).json()
        sound = (await client.get(f"/api/v1/files/{pack.file_ids[0]}")).json()
        bare = (await client.get(f"/api/v1/files/{pack.file_ids[1]}")).json()
    assert set(body) >= PACK_FIELDS | {"description", "files", "missing_price_tokens"}
    assert body["missing_price_tokens"] == 30
    assert set(sound) >= FILE_FIELDS
    assert sound == body["files"][0]
    assert (sound["kind"], sound["bpm"], sound["key"], sound["camelot"]) == ("loop", 120.0, "A minor", "8A")
    assert (bare["bpm"], bare["key"], bare["camelot"]) == (None, None, None)


async def test_url_filters_select(db):
    await make_pack(slug="slow", genre_slug="drum-and-bass", files=(new_file(1, bpm=Decimal(90), key="C major"),))
    await make_pack(slug="fast", files=(new_file(1, bpm=Decimal(174), key="A minor"),))
    async with api_client() as client:
        for query, slugs in (
            ("bpm_min=80&bpm_max=100", ["slow"]), ("key=8A", ["fast"]), ("key=C", ["slow"]),
            ("key=C&compatible=strict", ["fast", "slow"]), ("genre=drum-and-bass", ["slow"]),
            ("genre=Drum%20and%20bass", ["slow"]), ("sort=bpm", ["slow", "fast"]), ("kind=track", []), ("q=pack", ["fast", "slow"]),
            ("genre=none", []), ("price_max=0", []),
        ):  # fmt: skip
            items = (await client.get(f"/api/v1/packs?{query}")).json()["items"]
            assert [item["slug"] for item in items] == slugs, query


async def test_paging_is_complete(db):
    seller = await make_creator()
    for _ in range(5):
        await make_pack(seller)
    async with api_client() as client:
        for path in ("/api/v1/packs", "/api/v1/files"):
            seen: list[str] = []
            query = "limit=2"
            while True:
                body = (await client.get(f"{path}?{query}")).json()
                seen += [item["id"] for item in body["items"]]
                if body["next_cursor"] is None:
                    break
                query = f"limit=2&cursor={body['next_cursor']}"
            assert len(seen) == len(set(seen)) == (5 if path.endswith("packs") else 10)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=1.5", "limit=1e3", "bpm_min=nan", "bpm_min=inf", "bpm_min=-1",
     "bpm_min=1e308", "bpm_max=x", "bpm_min=130&bpm_max=120", "key=H", "key=%00", "sort=random", "cursor=x",
     "cursor=%00", "q=" + "x" * 201, "price_max=-1", "price_max=99999999999", "price_max=1.5", "kind=pack", "cursor=" + "x" * 401],
)  # fmt: skip
async def test_invalid_filters_are_rejected_and_name_the_field(db, query: str):
    async with api_client() as client:
        answer = await client.get(f"/api/v1/packs?{query}")
    body = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"title", "status", "detail", "reference", "field"} <= set(body)
    assert query.partition("=")[0] in body["field"]


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1",
        "%27%3B DROP TABLE packs",
        "%00",
        "%ED%A0%80",
        "{{7*7}}",
        "<img onerror>",
        "%F0%9F%8E%A7",
        "%E2%80%AE",
    ],
)
async def test_odd_queries_match_nothing(db, text: str):
    await make_pack()
    async with api_client() as client:
        for query in (f"q={text}", f"genre={text}", f"creator={text}"):
            answer = await client.get(f"/api/v1/packs?{query}")
            assert answer.status_code == 200, query
        assert (await client.get(f"/api/v1/packs/{text}")).status_code == 404
        assert (await client.get(f"/api/v1/files/{text}")).status_code == 404
        assert (await client.get(f"/api/v1/creators/{text}")).status_code == 404


async def test_unknown_paths_and_methods_are_problem_documents(db):
    async with api_client() as client:
        missing = await client.get("/api/v1/nothing")
        wrong = await client.delete("/api/v1/packs")
        signed_out = await client.get("/auth/login")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")
    assert signed_out.status_code == 405


async def test_drafts_are_hidden_from_others(db):
    pack, other = await make_pack(is_published=False), await make_user()
    paths = [f"/api/v1/packs/{pack.slug}", f"/api/v1/files/{pack.file_ids[0]}", f"/api/v1/files/{pack.file_ids[0]}/preview",
             f"/api/v1/files/{pack.file_ids[0]}/peaks"]  # fmt: skip
    async with api_client() as anybody, api_client(other) as member, api_client(pack.creator) as creator:
        for path in paths:
            assert (await anybody.get(path)).status_code == 404
            assert (await member.get(path)).status_code == 404
            assert (await creator.get(path)).status_code == 200
        assert (await creator.get(paths[2])).headers["cache-control"] == "private, no-store"


async def test_creator_lists_packs(db):
    creator = await make_creator(slug="velvet", name="Velvet")
    await make_pack(creator)
    async with api_client() as client:
        body = (await client.get("/api/v1/creators/velvet")).json()
    assert (body["name"], body["pack_count"], len(body["packs"])) == ("Velvet", 1, 1)


async def test_openapi_schema_is_served(db):
    async with api_client() as client:
        paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
        assert (await client.get("/docs")).status_code == 404
    assert {"/api/v1/packs", "/api/v1/purchases", "/api/v1/me/library"} <= set(paths)
