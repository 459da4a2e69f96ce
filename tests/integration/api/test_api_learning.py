"""Learning over HTTP: terms, theory, trends, demonstrations; and what odd input gets."""

import pytest

from askchopper.services.knowledge import examples, trends
from askchopper.vocabulary import FileKind
from tests.support.clients import api_client
from tests.support.factories import make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def test_term_has_text_related_terms_and_examples(db: None):
    await make_pack(
        files=tuple(new_file(n, title=f"Kick {n}", kind=FileKind.ONE_SHOT, bpm=None, key=None) for n in (1, 2))
    )
    await examples.refresh()
    async with api_client(None) as client:
        found = (await client.get("/api/v1/glossary", params={"q": "sidechian"})).json()["items"]
        assert found[0]["slug"] == "sidechain-compression"
        term = (await client.get("/api/v1/glossary/kick-drum")).json()
        missing = await client.get("/api/v1/glossary/nothing")
    assert (term["term"], term["topic"], term["url"]) == ("kick drum", "production", "/learn/kick-drum")
    assert {one["title"] for one in term["examples"]} == {"Kick 1", "Kick 2"}
    assert term["related"]
    assert missing.status_code == 404
    assert "glossary" in missing.json()["detail"]


async def test_all_terms_are_listed(db: None):
    async with api_client(None) as client:
        items = (await client.get("/api/v1/glossary")).json()["items"]
    assert len(items) >= 200
    assert [one["term"].casefold() for one in items] == sorted(one["term"].casefold() for one in items)


async def test_theory_answers_with_fields(db: None):
    async with api_client(None) as client:
        chords = (await client.get("/api/v1/theory", params={"q": "which chords are in F minor?"})).json()
        delay = (await client.get("/api/v1/theory", params={"q": "dotted eighth at 128 BPM"})).json()
    assert chords["chords"] == ["Fm", "Gdim", "Ab", "Bbm", "Cm", "Db", "Eb"]
    assert (delay["value"], delay["unit"]) == (351.56, "ms")


@pytest.mark.parametrize(
    "text", ["what is " + "x" * 5_000, "サイドチェインとは", "H# minor", "tempo 0", "", "jungle", "a" * 20_000]
)
async def test_odd_input_gets_a_sentence(db: None, text: str):
    async with api_client(None) as client:
        theory = await client.get("/api/v1/theory", params={"q": text})
        glossary = await client.get("/api/v1/glossary", params={"q": text})
    assert theory.status_code == glossary.status_code == 200
    assert 20 < len(theory.json()["answer"]) < 300


async def test_trends_say_what_they_are_based_on(db: None):
    async with api_client(None) as client:
        empty = (await client.get("/api/v1/trends")).json()
        await make_pack()
        await trends.refresh()
        techno = (await client.get("/api/v1/trends", params={"genre": "Techno"})).json()
        wrong = await client.get("/api/v1/trends", params={"genre": "polka"})
    assert empty["enough_activity"] is techno["enough_activity"] is False
    assert "marketplace only" in techno["source"]
    assert techno["trends"]["genre"] == "techno"
    assert wrong.status_code == 422
    assert "no genre called polka" in wrong.text


async def test_demonstrations_are_sent_whole_and_in_part(db: None):
    async with api_client(None) as client:
        whole = await client.get("/media/demos/swing-after.mp3")
        part = await client.get("/media/demos/swing-after.mp3", headers={"Range": "bytes=0-99"})
        known = await client.get("/media/demos/swing-after.mp3", headers={"If-None-Match": whole.headers["etag"]})
        beyond = await client.get("/media/demos/swing-after.mp3", headers={"Range": "bytes=99999999-"})
        missing = await client.get("/media/demos/swing-sideways.mp3")
    assert whole.headers["content-type"] == "audio/mpeg"
    assert (part.status_code, part.content) == (206, whole.content[:100])
    assert (known.status_code, beyond.status_code, missing.status_code) == (304, 416, 404)


async def test_pages_are_marked_as_helpful(db: None):
    async with api_client(await make_user()) as client:
        assert (await client.put("/api/v1/resources/loopop/helpful")).status_code == 204
        items = (await client.get("/api/v1/resources", params={"topic": "sound design"})).json()["items"]
        assert (items[0]["slug"], items[0]["is_helpful"]) == ("loopop", True)
        assert (await client.delete("/api/v1/resources/loopop/helpful")).status_code == 204
