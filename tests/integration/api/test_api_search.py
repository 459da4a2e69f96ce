"""Search over HTTP: responses and rejected parameters."""

import uuid

import pytest

from askchopper.services.search import facets
from askchopper.vocabulary import FileKind
from tests.support.clients import api_client
from tests.support.embeddings import placed_pack
from tests.support.factories import make_pack, make_user, new_file
from tests.support.studio_sounds import beat

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def forget_counts(monkeypatch):
    monkeypatch.setattr(facets, "_kept", {})


async def test_phrase_returns_parsed_filters(db):
    await make_pack(title="Velvet", genre_slug="trap", files=(new_file(1, title="Bells", bpm=70, key="C minor"),))
    async with api_client() as client:
        found = (await client.get("/api/v1/search", params={"q": "trap 140 bpm c minor bells"})).json()
    assert {name: value for name, value in found["filters"].items() if value not in (None, [], False, "off")} == {
        "text": "bells", "genre": "trap", "bpm_min": 140.0, "bpm_max": 140.0, "half_double": True, "key": "C minor",
    }  # fmt: skip
    (item,) = found["items"]
    assert (item["title"], item["tempo_match"], item["why"], item["score"]) == ("Bells", "half", ["half tempo"], None)
    assert (item["camelot"], item["pack"]["title"]) == ("5A", "Velvet")
    assert (found["next_cursor"], found["correction"], found["notes"]) == (None, None, [])


async def test_root_notes_are_a_filter(db):
    one_shots = {"Kick low": 29, "Kick other": 30, "Clap": None}
    kind = FileKind.ONE_SHOT
    files = [
        new_file(n, title=title, kind=kind, bpm=None, key=None, note=note)
        for n, (title, note) in enumerate(one_shots.items())
    ]
    await make_pack(files=files)
    async with api_client() as client:
        for params, titles in (
            ({"note": "F1"}, ["Kick low"]),
            ({"note": "F1", "or_note": "F#1"}, ["Kick low", "Kick other"]),
        ):
            found = (await client.get("/api/v1/search", params=params)).json()["items"]
            assert sorted(item["title"] for item in found) == titles
        refused = await client.get("/api/v1/search?note=H9")
        assert (refused.status_code, "note" in refused.text) == (422, True)


async def test_correction_facets_and_completions(db):
    await make_pack(title="Velvet", files=(new_file(1, title="Bells"),))
    async with api_client() as client:
        found = (await client.get("/api/v1/search?q=velevt")).json()
        assert found["correction"] == {"typed": "velevt", "searched": "velvet"}
        counted = (await client.get("/api/v1/search/facets?q=velvet")).json()
        assert counted["total"] == {"value": "all", "count": 1, "is_capped": False}
        assert counted["genres"] == [{"value": "house", "count": 1, "is_capped": False}]
        assert len(counted["tempi"]) == 28
        lines = (await client.get("/api/v1/search/suggest?q=vel")).json()
        assert {"kind": "word", "label": "velvet"} in lines
        assert (await client.get("/api/v1/search/suggest?q=%00")).json() == []


async def test_similar_items_have_scores_and_keep_filters(db):
    pack = await placed_pack(0)
    near = await placed_pack(10, 80, files=(new_file(1, title="Near"), new_file(2, title="Far", key=None)))
    draft = await make_pack(is_published=False)
    async with api_client() as client:
        path = f"/api/v1/files/{pack.file_ids[0]}/similar"
        found = (await client.get(path)).json()["items"]
        assert [(item["title"], item["why"]) for item in found] == [("Near", ["same key", "same tempo"])]
        assert found[0]["score"] == pytest.approx(0.985, abs=2e-3)
        assert [item["title"] for item in (await client.get(f"{path}?key=Am")).json()["items"]] == ["Near"]
        assert (await client.get(f"{path}?kind=track")).json()["items"] == []
        alike = (await client.get(f"/api/v1/packs/{pack.slug}/similar")).json()["items"]
        assert [item["slug"] for item in alike] == [near.slug]
        for unknown in (draft.file_ids[0], str(uuid.uuid4()), "x"):
            assert (await client.get(f"/api/v1/files/{unknown}/similar")).status_code == 404
        assert (await client.get(f"/api/v1/packs/{draft.slug}/similar")).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bpm_min=fast", "bpm_min"), ("bpm_min=1e308", "bpm_min"), ("bpm_max=nan", "bpm_max"), ("bpm_min=-5", "bpm_min"),
        ("bpm_min=140&bpm_max=120", "bpm_min"), ("genre=polka", "genre"), ("kind=stem", "kind"), ("key=H", "key"),
        ("compatible=very", "compatible"), ("sort=random()", "sort"), ("cursor=x", "cursor"), ("limit=101", "limit"),
        ("like=x", "like"), ("q=" + "x" * 10_000, "q"),
    ],
)  # fmt: skip
async def test_invalid_value_is_rejected_by_name(db, query: str, field: str):
    async with api_client() as client:
        answer = await client.get(f"/api/v1/search?{query}")
    assert answer.status_code == 422
    assert field in answer.json()["field"]
    assert len(answer.json()["detail"].split()) > 3


async def test_query_by_audio_is_not_stored(db):
    await placed_pack(0, 30)
    async with api_client() as client:
        made = await client.post("/api/v1/search/sounds?name=mine.wav", content=beat(bpm=120))
        assert made.status_code == 201
        facts = made.json()
        assert (facts["name"], facts["kind"]) == ("mine", "loop")
        found = await client.get(f"/api/v1/search?like={facts['id']}")
        assert found.status_code == 200
        for broken in (b"RIFF\x00\x00\x00\x00WAVEjunk", b"\x00" * 5000, b"not a sound"):
            refused = await client.post("/api/v1/search/sounds?name=x.wav", content=broken)
            assert (refused.status_code, refused.json()["field"]) == (422, "sound")


async def test_saved_searches_are_stored_listed_and_deleted(db):
    member, other = await make_user(), await make_user()
    async with api_client(member) as client, api_client(other) as other_client:
        made = await client.post("/api/v1/me/searches", json={"name": "Trap", "query": {"genre": "trap", "key": "8A"}})
        assert made.status_code == 201
        assert made.json()["query"] == {"genre": "trap", "key": "A minor"}
        assert [one["name"] for one in (await client.get("/api/v1/me/searches")).json()] == ["Trap"]
        assert (await other_client.get("/api/v1/me/searches")).json() == []
        path = f"/api/v1/me/searches/{made.json()['id']}"
        assert (await other_client.delete(path)).status_code == 404
        assert (await client.delete(path)).status_code == 204
        assert (await client.delete(path)).status_code == 404
        wrong = await client.post("/api/v1/me/searches", json={"name": "x", "query": {"genre": "polka"}})
        assert wrong.status_code == 422
