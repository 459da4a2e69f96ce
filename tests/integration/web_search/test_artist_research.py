"""Artists that our table does not know: written from cited pages, and nothing that no page states."""

import json
from datetime import date
from typing import Any

import pytest

from askchopper.database import read_only, transaction
from askchopper.schemas.artists import Artist
from askchopper.schemas.web_search import WebResult
from askchopper.services.assistant import artist_research
from askchopper.services.knowledge.artists import pages, stored
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.simulators.brave.client import BraveSimulator, row
from tests.support.answers import answer, assistant
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
PAGES = (
    WebResult("https://a.example/voss", "Mara Voss, producer", "Mara Voss is a techno producer from Leipzig. Her album Cold Rooms came out in 2019.", "a.example", date(2024, 5, 1)),
    WebResult("https://b.example/voss", "Interview", "Mara Voss builds her tracks on a drum machine and plate reverb.", "b.example"),
)  # fmt: skip
GOOD: dict[str, Any] = {
    "is_musician": True,
    "biography": [
        {"text": "Mara Voss is a techno producer from Leipzig.", "source": 1},
        {"text": "Mara Voss builds her tracks on a drum machine.", "source": 2},
    ],
    "works": [{"title": "Cold Rooms", "year": 2019, "source": 1}],
    "genres": ["techno"],
    "style": ["drum machine", "plate reverb"],
}


def read(**changes: Any) -> Artist | None:
    return artist_research.read("Mara Voss", json.dumps(GOOD | changes), PAGES)


def test_statements_keep_their_sources():
    found = read()
    assert found is not None
    assert [(one.text, one.source) for one in found.biography] == [
        (one["text"], one["source"]) for one in GOOD["biography"]
    ]
    assert [(one.title, one.year, one.source) for one in found.works] == [("Cold Rooms", 2019, 1)]
    assert (found.slug, found.genres, found.style) == ("mara-voss", ("techno",), ("drum machine", "plate reverb"))
    assert found.sources[0].published_on == "2024-05-01"


@pytest.mark.parametrize("sentence", [
    {"text": "Mara Voss was born in Tokyo and won three Grammy Awards.", "source": 1}, {"text": "Mara Voss is a techno producer from Leipzig since 1985.", "source": 1},
    {"text": "Mara Voss is a techno producer from Leipzig.", "source": 9}, {"text": "Mara Voss is a techno producer from Leipzig.", "source": "1"},
    {"text": "Mara Voss is a techno producer from Leipzig. " * 9, "source": 1}, {"text": "", "source": 1}, {"source": 1}, "text", None,
    {"text": "Mara Voss is a techno\u202e producer from Leipzig.", "source": 1},
])  # fmt: skip
def test_what_no_page_states_is_left_out(sentence: Any):
    assert read(biography=[sentence]) is None


@pytest.mark.parametrize("work", [
    {"title": "Warm Rooms", "year": 2019, "source": 1}, {"title": "Cold Rooms", "year": 2020, "source": 1}, {"title": "Cold Rooms", "year": 2019, "source": 2},
    {"title": "Cold Rooms", "year": "2019", "source": 1}, {"title": "", "year": 2019, "source": 1},
])  # fmt: skip
def test_works_need_a_page_that_states_title_and_year(work: dict[str, Any]):
    found = read(works=[work])
    assert found is not None
    assert found.works == ()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no",
        "[]",
        "{}",
        '{"is_musician": false}',
        json.dumps(GOOD | {"genres": ["polka"]}),
        json.dumps(GOOD | {"biography": {}}),
    ],
)
def test_other_answers_give_no_page(said: str):
    assert artist_research.read("Mara Voss", said, PAGES) is None


async def researched(claude: AnthropicSimulator, brave: BraveSimulator) -> None:
    brave.answer("mara voss", *(row(one.title, one.url, one.text) for one in PAGES))
    claude.script(
        {"tools": [{"name": "artist_info", "input": {"name": "Mara Voss"}}]}, {"text": json.dumps(GOOD), "model": "haiku"},
        {"text": "Mara Voss is a producer from Leipzig."},
    )  # fmt: skip
    async with assistant(claude):
        await answer(await make_user(), "Who is Mara Voss?")


async def test_artist_is_written_stored_and_shown_with_citations(
    db: None, claude: AnthropicSimulator, brave: BraveSimulator
):
    pack = await make_pack(await make_creator(), genre_slug="techno")
    await researched(claude, brave)
    async with api_client() as client:
        found = (await client.get("/api/v1/artists/mara-voss")).json()
    assert found["biography"].startswith("Mara Voss is a techno producer from Leipzig.")
    assert [one["source"] for one in found["statements"]] == [1, 2]
    assert found["sources"][0]["seen_on"] is not None
    assert [one["slug"] for one in found["packs"]] == [pack.slug]
    async with tab(await make_user()) as member:
        seen = await member.send("ArtistState.load", "/artist/mara-voss")
        assert [one["source"] for one in seen["sentences"]] == ["1", "2"]
        assert "a.example, of 20 November 2026, read on" in seen["sources"][0]["facts"]
        await member.send("ArtistState.report", "/artist/mara-voss", form={"reason": "Not me"})
    async with api_client() as client:
        assert (await client.get("/api/v1/artists/mara-voss")).status_code == 404


async def test_reported_artist_is_not_written_again(db: None, claude: AnthropicSimulator, brave: BraveSimulator):
    await researched(claude, brave)
    async with transaction() as session:
        await pages.report(session, await make_user(), slug="mara-voss", reason="Not me")
    brave.reset()
    async with assistant(claude):
        assert await artist_research.research(await make_user(), "Mara Voss") is None
    assert brave.seen == []


async def test_nothing_is_written_without_model_or_web(db: None, brave: BraveSimulator, claude: AnthropicSimulator):
    assert await artist_research.research(await make_user(), "Mara Voss") is None
    async with assistant(claude, WEB_SEARCH_BACKEND="off"):
        assert await artist_research.research(await make_user(), "Mara Voss") is None
    assert brave.seen == []


async def test_old_pages_are_deleted(db: None, as_owner, claude: AnthropicSimulator, brave: BraveSimulator):
    await researched(claude, brave)
    as_owner("UPDATE artist_pages SET made_at = now() - interval '31 days'")
    async with read_only() as session:
        assert await stored.get(session, "mara-voss") is None
    async with transaction() as session:
        await stored.purge(session)
    assert as_owner("SELECT count(*) FROM artist_pages") == [(0,)]
