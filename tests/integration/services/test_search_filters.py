"""Filters of the search: each one, all pairs, hostile values, and paging."""

import itertools
import uuid

import pytest
from sqlalchemy import text

from askchopper.database import search_session, transaction
from askchopper.errors import InvalidInputError, SearchTooWideError
from askchopper.schemas.search import Results
from askchopper.schemas.search_filters import Filters
from askchopper.services import activity
from askchopper.services.purchases import checkout
from askchopper.services.search import engine
from askchopper.vocabulary import Certainty, FileKind, TempoMatch
from tests.support.embeddings import placed_pack
from tests.support.factories import make_pack, make_user
from tests.support.searching import ask, loop, titles

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("search_uncached")]


async def test_half_and_double_tempo_are_matched_and_marked(db):
    await make_pack(
        files=(
            loop(1, "Full", 140, None),
            loop(2, "Half", 70, None),
            loop(3, "Double", 280, None),
            loop(4, "Not", 105, None),
        )
    )
    results = await ask(bpm_min="138", bpm_max="142", sort="bpm")
    assert [(hit.row.title, hit.tempo_match) for hit in results.items] == [
        ("Half", TempoMatch.HALF), ("Full", TempoMatch.EXACT), ("Double", TempoMatch.DOUBLE),
    ]  # fmt: skip
    assert results.items[0].why == ("half tempo",)
    assert await titles(bpm_min="138", bpm_max="142", half_double="off") == ["Full"]
    assert await titles(bpm_min="139.6", sort="bpm") == ["Full", "Double"]


async def test_unknown_tempo_and_key_match_only_on_request(db):
    await make_pack(files=(loop(1, "Known", 120, "A minor"), loop(2, "Drums", 120, None), loop(3, "Hit", None, None)))
    assert await titles(bpm_min="118", bpm_max="122", key="Am") == ["Known"]
    assert set(await titles(bpm_min="118", bpm_max="122", key="Am", unknown="on")) == {"Known", "Drums", "Hit"}


async def test_compatible_keys_strict_and_wide_in_any_spelling(db):
    keys = ("A minor", "C major", "E minor", "D minor", "G major", "Eb minor")
    await make_pack(files=tuple(loop(n, key, 120, key) for n, key in enumerate(keys, 1)))
    assert await titles(key="8A") == ["A minor"]
    assert set(await titles(key="am", compatible="strict")) == {"A minor", "C major", "E minor", "D minor"}
    assert set(await titles(key="A-", compatible="wide")) == {"A minor", "C major", "E minor", "D minor", "G major"}
    assert await titles(key="D# minor") == ["Eb minor"]


async def test_each_filter_selects(db):
    broadcast = await make_pack(
        title="Tv", broadcast=90, price=40,
        files=(loop(1, "Sure", 120, "A minor", certainty=Certainty.CONFIRMED, quality=95, duration_seconds=3, price_tokens=2),
               loop(2, "Unsure", 120, "A minor", certainty=Certainty.LOW, quality=50, duration_seconds=30, format="mp3"),
               loop(3, "Hit", None, None, kind=FileKind.ONE_SHOT, duration_seconds=1, price_tokens=0)),
    )  # fmt: skip
    await make_pack(
        title="Plain", tags=("dusty",), genre_slug="jazz", files=(loop(1, "Brush", 90, None, duration_seconds=9),)
    )
    assert set(await titles(licence="broadcast")) == {"Sure", "Unsure", "Hit"}
    assert set(await titles(licence="standard")) == {"Sure", "Unsure", "Hit", "Brush"}
    assert await titles(certainty="confirmed") == ["Sure"]
    assert await titles(certainty="low") == ["Unsure"]
    assert "Unsure" not in await titles(certainty="measured")
    assert "Unsure" not in await titles(quality_min="60")
    assert await titles(format="mp3") == ["Unsure"]
    assert await titles(duration_min="2", duration_max="5") == ["Sure"]
    assert await titles(price_max="0") == ["Hit"]
    assert await titles(tags="dusty") == ["Brush"]
    assert await titles(kind="one-shot") == ["Hit"]
    assert set(await titles(creator=broadcast.creator.creator_slug or "")) == {"Sure", "Unsure", "Hit"}
    assert await titles(owned="only") == []


async def test_owned_and_played_sounds_can_be_hidden(db):
    pack = await make_pack(price=5, files=(loop(1, "Bought", 120, None),))
    other = await make_pack(files=(loop(1, "Heard", 120, None, duration_seconds=20),))
    await make_pack(files=(loop(1, "New", 120, None),))
    member = await make_user(tokens=50)
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=5, key=str(uuid.uuid4()))
        await activity.record_play(session, member, file_id=other.file_ids[0], seconds=10)
    assert await titles(member, owned="only") == ["Bought"]
    assert set(await titles(member, owned="hide")) == {"Heard", "New"}
    assert set(await titles(member, heard="hide")) == {"Bought", "New"}
    assert await titles(member, owned="hide", heard="hide") == ["New"]
    assert len(await titles(owned="hide")) == 3


async def test_all_pairs_of_filters_are_valid(db):
    await make_pack(tags=("dark",))
    options = {
        "q": "sound", "genre": "house", "tags": "dark", "kind": "loop", "bpm_min": "100", "bpm_max": "140", "key": "Am",
        "compatible": "wide", "unknown": "on", "certainty": "measured", "duration_min": "1", "duration_max": "60",
        "price_max": "9", "licence": "broadcast", "quality_min": "10", "format": "wav", "creator": "x", "owned": "hide",
        "heard": "hide", "half_double": "off", "sort": "popular",
    }  # fmt: skip
    member = await make_user()
    async with search_session() as session:
        for names in itertools.combinations(options, 2):
            understood = await engine.understand(session, member, {name: options[name] for name in names})
            await engine.find_files(session, member, filters=understood.filters)


@pytest.mark.parametrize(
    "hostile",
    [
        "'; DROP TABLE packs; --",
        "%_\\",
        "a" * 10_000,
        "😀" * 300,
        "\u202eabc",
        "\x00",
        '"""',
        "((((",
        "1e308",
        "!!:*&|<->",
        "' OR 1=1",
    ],
)
async def test_hostile_queries_match_nothing(db, hostile: str):
    await make_pack()
    assert isinstance(await ask(q=hostile), Results)


async def test_slow_search_times_out_with_message(db):
    with pytest.raises(SearchTooWideError):
        async with search_session() as session:
            await session.execute(text("SELECT pg_sleep(5)"))


@pytest.mark.parametrize("query", [{"q": "sound"}, {"sort": "newest"}, {"sort": "bpm"}, {"sort": "duration"}])
async def test_paging_is_stable_while_sounds_are_added(db, query: dict[str, str]):
    await make_pack(files=tuple(loop(n, f"Sound {n}", 90 + n, None) for n in range(1, 31)))
    async with search_session() as session:
        filters = (await engine.understand(session, None, query)).filters
        first = await engine.find_files(session, None, filters=filters, limit=12)
    await make_pack(files=tuple(loop(n, f"Late sound {n}", 300, None, duration_seconds=99) for n in range(1, 5)))
    seen, cursor = [hit.row.title for hit in first.items], first.next_cursor
    while cursor:
        async with search_session() as session:
            page = await engine.find_files(session, None, filters=filters, limit=12, cursor=cursor)
        seen += [hit.row.title for hit in page.items]
        cursor = page.next_cursor
    old = [title for title in seen if not title.startswith("Late")]
    assert sorted(old) == sorted(f"Sound {n}" for n in range(1, 31))
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJzaW1pbGFyIiw5OTk5OTldCg", "WyJyZWxldmFuY2UiLCJ4IiwieSJd", "WzEsMl0", "=" * 300]
)
async def test_stale_or_forged_cursor_is_rejected(db, cursor: str):
    pack = await placed_pack(0, 1)
    for filters in (Filters(text="sound"), Filters(), Filters(like=pack.file_ids[0])):
        with pytest.raises(InvalidInputError):
            async with search_session() as session:
                await engine.find_files(session, None, filters=filters, cursor=cursor)
