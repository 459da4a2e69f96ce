"""Search service: phrases to filters, similarity, compatibility, facets, corrections, saved searches."""

import itertools
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from askchopper.database import read_only, search_session, transaction
from askchopper.errors import InvalidInputError, NotFoundError, SearchTooWideError
from askchopper.musical_key import MusicalKey
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import Results
from askchopper.schemas.search_filters import Filters, as_query
from askchopper.services import activity
from askchopper.services.catalogue import pack_store
from askchopper.services.purchases import checkout, downloads
from askchopper.services.search import (
    engine,
    facets,
    queries,
    recommendations,
    saved_searches,
    similar,
    text_query,
    vector_index,
)
from askchopper.services.search import title_match as titles_of
from askchopper.vocabulary import Certainty, FileKind, TempoMatch
from tests.support.embeddings import place, placed_pack, towards
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def forget_caches(monkeypatch):
    monkeypatch.setattr(facets, "_kept", {})
    monkeypatch.setattr(vector_index, "_kept", (-vector_index.KEPT_SECONDS, None))
    monkeypatch.setattr(vector_index, "KEPT_SECONDS", 0.0)


async def ask(viewer: Viewer | None = None, **query: str) -> Results:
    async with search_session() as session:
        understood = await engine.understand(session, viewer, query)
        results = await engine.find_files(session, viewer, filters=understood.filters, limit=100)
    return replace(results, notes=(*understood.notes, *results.notes))


async def titles(viewer: Viewer | None = None, **query: str) -> list[str]:
    return [hit.row.title for hit in (await ask(viewer, **query)).items]


def loop(number: int, title: str, bpm: float | None, key: str | None, **changes: object):
    tempo = None if bpm is None else Decimal(str(bpm))
    return new_file(number, title=title, bpm=tempo, key=key, **changes)


# --- Phrases to filters ------------------------------------------------------------------------------------------


async def test_phrase_is_parsed_into_filters(db):
    await make_pack(
        title="Night Court", genre_slug="trap", tags=("dark",),
        files=(loop(1, "Bells", 140, "C minor", duration_seconds=7), loop(2, "Long bells", 140, "C minor", duration_seconds=70),
               loop(3, "Choir", 128, "C minor"), loop(4, "Flute", 140, "A minor")),
    )  # fmt: skip
    await make_pack(title="Sunny", genre_slug="trap", tags=("warm",), files=(loop(1, "Keys", 140, "C minor"),))
    assert await titles(q="dark trap 140 bpm c minor under 30 s") == ["Bells"]


async def test_explicit_filter_overrides_phrase(db):
    results = await ask(q="trap 140 bpm", genre="house", bpm_min="90", bpm_max="95")
    assert as_query(results.filters) == {"genre": "house", "bpm_min": "90", "bpm_max": "95"}


async def test_creator_after_by_is_matched_and_rest_is_text(db):
    creator = await make_creator(name="Night Moth", slug="night-moth")
    await make_pack(creator, title="Wings", files=(loop(1, "Rhodes", 90, None), loop(2, "Kick", 90, None)))
    await make_pack(title="Others", files=(loop(1, "Rhodes two", 90, None),))
    assert await titles(q="rhodes by night moth") == ["Rhodes"]
    results = await ask(q="drums by nobody known")
    assert (results.filters.creator, results.filters.text) == (None, "drums nobody known")


async def test_words_after_creator_name_are_parsed_as_filters(db):
    creator = await make_creator(name="Dee Okonjo", slug="dee-okonjo")
    await make_pack(creator, genre_slug="techno", files=(loop(1, "Rhodes", 90, None), loop(2, "Kick", 130, None)))
    results = await ask(q="sounds by dee okonjo techno over 120 bpm")
    assert [hit.row.title for hit in results.items] == ["Kick"]
    assert (results.filters.creator, results.filters.genre, results.filters.text) == ("dee-okonjo", "techno", "")


async def test_misspelt_creator_name_is_matched(db):
    await make_pack(await make_creator(name="Juno Hale", slug="juno-hale"))
    async with search_session() as session:
        for said, slug in (("by juno hail techno", "juno-hale"), ("by june hall", None), ("by juno", None)):
            assert (await engine.understand(session, None, {"q": said})).filters.creator == slug


async def test_missing_terms_are_reported(db):
    await make_pack(title="Wings", files=(loop(1, "Rhodes chord", 90, None), loop(2, "Kick", 90, None)))
    async with search_session() as session:
        found = await engine.missing_terms(session, None, "rhodes night kick club chord")
    assert found == ("night", "kick", "club")  # no sound is also a kick


async def test_misspelt_pack_title_is_matched(db):
    pack = await make_pack(title="Wet Tarmac")
    await make_pack(title="Midnight Oil")
    await make_pack(title="Wet Tarmac Draft", is_published=False)
    async with read_only() as session:
        close = await titles_of.closest(session, "wet tarmak")
        inside = await titles_of.mentioned(session, "how many tokens does WET TARMAC cost?")
        assert [title.slug for title in close] == [pack.slug]
        assert close[0].is_meant
        assert [title.is_meant for title in await titles_of.closest(session, "Midnight")] == [False]
        assert inside is not None
        assert inside.slug == pack.slug
        assert await titles_of.mentioned(session, "how much is a wetter tarmac") is None


async def test_like_my_last_download_but_slower(db):
    pack = await placed_pack(
        0, 10, 20, files=(loop(1, "Mine", 120, "A minor"), loop(2, "B", 120, None), loop(3, "C", 120, None))
    )
    near = await placed_pack(5, 6, files=(loop(1, "Slower", 100, "C minor"), loop(2, "Same tempo", 120, "C minor")))
    member = await make_user(tokens=100)
    assert "Sign in" in (await ask(q="like my last download")).notes[0]
    assert (await ask(member, q="like my last download")).notes == ("You have not downloaded anything yet.",)
    async with transaction() as session:
        await checkout.buy(session, member, file_id=pack.file_ids[0], price_tokens=5, key=str(uuid.uuid4()))
    async with transaction() as session:
        await downloads.start_file_download(session, member, file_id=pack.file_ids[0])
    results = await ask(member, q="like my last download but slower")
    assert [hit.row.title for hit in results.items] == ["Slower"]
    assert (results.filters.bpm_max, results.filters.like) == (114.0, pack.file_ids[0])
    assert near


# --- Text search -----------------------------------------------------------------------------------------------------------


async def test_text_matches_all_fields_ranked_by_weight(db):
    creator = await make_creator(name="Juno Hale")
    await make_pack(creator, title="Velvet Room", files=(loop(1, "Organ stab", 120, None),))
    await make_pack(title="Plain", tags=("velvet",), files=(loop(1, "Organ drone", 120, None),))
    await make_pack(title="Other", description="Velvet curtains and an organ.", files=(loop(1, "Kick", 120, None),))
    await make_pack(title="None", files=(loop(1, "Velvet organ", 120, None),))
    assert (await titles(q="velvet organ"))[0] == "Velvet organ"
    assert set(await titles(q="velvet organ")) == {"Velvet organ", "Organ stab", "Organ drone"}
    assert await titles(q="juno organ") == ["Organ stab"]


async def test_description_finds_the_pack_and_none_of_its_sounds(db):
    files = (loop(1, "Sub bass", 120, None), loop(2, "Closed hat", 120, None))
    pack = await make_pack(title="Night bus", description="Drums, bass and velvet chords.", files=files)
    other = await make_pack(title="Bass only", files=(loop(1, "Low", 120, None),))
    assert set(await titles(q="bass")) == {"Sub bass", "Low"}
    assert await titles(q="chords") == []
    async with search_session() as session:
        by_title = await queries.list_packs(session, None, filters=Filters(text="bass"))
        by_description = await queries.list_packs(session, None, filters=Filters(text="velvet chords"))
        counts = [await queries.count_packs(session, None, Filters(text=words)) for words in ("bass", "velvet chords")]
    assert [card.slug for card in by_title.items] == [other.slug, pack.slug]
    assert [card.slug for card in by_description.items] == [pack.slug]
    assert counts == [2, 1]


async def test_explanation_names_match_in_hidden_field(db):
    await make_pack(title="Plain", tags=("velvet",), files=(loop(1, "Organ", 120, None),))
    assert (await ask(q="velvet organ")).items[0].why == ("tagged velvet",)


async def test_compounds_plurals_and_exclusions(db):
    named = ("Dusty hi-hat", "Closed hihat", "Open hi hat", "Log drum low", "Logdrum high", "808 boom", "Big 808s")
    await make_pack(title="Plain", files=tuple(loop(n, title, 120, None) for n, title in enumerate(named, 1)))
    hats = {"Dusty hi-hat", "Closed hihat", "Open hi hat"}
    for words in ("hi hat", "hi-hat", "hihat", "hi hats", "hihats"):
        assert set(await titles(q=words)) == hats, words
    for words in ("log drum", "logdrum", "log-drum"):
        assert set(await titles(q=words)) == {"Log drum low", "Logdrum high"}, words
    assert set(await titles(q="808s")) == {"808 boom", "Big 808s"}
    assert set(await titles(q="hi hat not dusty")) == {"Closed hihat", "Open hi hat"}
    assert await titles(q="log drum without low") == ["Logdrum high"]


async def test_either_of_several_keys(db):
    keys = ("A minor", "E minor", "C major")
    await make_pack(files=tuple(loop(n, key, 120, key) for n, key in enumerate(keys, 1)))
    assert set(await titles(q="Am or Em")) == {"A minor", "E minor"}
    assert await titles(q="8b") == ["C major"]


async def test_synonyms_match_each_other(db):
    await make_pack(
        files=(loop(1, "Deep sub", None, None), loop(2, "Vox chop", 120, None), loop(3, "Piano", 120, None))
    )
    assert await titles(q="808") == ["Deep sub"]
    assert await titles(q="vocal") == ["Vox chop"]


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("velevt", "velvet"),
        ("tehcno", "techno"),
        ("hypnotc organ", "hypnotic organ"),
        ("vlevet orgn", "velvet organ"),
        ("velevt -drums", "velvet -drums"),
    ],
)
async def test_typos_are_corrected_and_reported(db, typed: str, searched: str):
    await make_pack(title="Techno Velvet", tags=("hypnotic",), files=(loop(1, "Organ", 120, None),))
    results = await ask(q=typed)
    assert [hit.row.title for hit in results.items] == ["Organ"]
    assert results.correction
    assert (results.correction.typed, results.correction.corrected) == (typed, searched)


async def test_known_words_are_not_corrected(db):
    await make_pack(title="Velvet", files=(loop(1, "Velvey", 120, None),))
    assert (await ask(q="velvey")).correction is None
    assert (await ask(q='"velevt"')).items == ()
    assert (await ask(q="xylophonic")).correction is None


async def test_suggestions_complete_last_word_and_list_names(db):
    creator = await make_creator(name="Debra Stone")
    await make_pack(creator, title="Deep Water", files=(loop(1, "Demolition", 120, None),))
    async with read_only() as session:
        found = await text_query.suggest(session, "de")
        assert {
            ("genre", "Deep house"),
            ("word", "demolition"),
            ("pack", "Deep Water"),
            ("creator", "Debra Stone"),
        } <= {(one.kind, one.label) for one in found}
        assert [one.label for one in await text_query.suggest(session, "warm demo")] == ["warm demolition"]
        for nothing in ("", "d", "%", "_", "\\", "\x00", "%%"):
            assert await text_query.suggest(session, nothing) == ()


# --- Tempo and key ---------------------------------------------------------------------------------------------------


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


# --- Paging ----------------------------------------------------------------------------------------------------------


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


# --- Similarity -------------------------------------------------------------------------------------------------


@pytest.fixture(params=["pgvector", "numpy"])
def backend(request, monkeypatch):
    if request.param == "numpy":

        async def none(_session) -> bool:
            return False

        monkeypatch.setattr(similar, "has_pgvector", none)


async def like(file_id: str, viewer: Viewer | None = None, **query: str) -> Results:
    return await ask(viewer, like=file_id, **query)


async def test_similar_sounds_are_sorted_by_score(db, backend):
    pack = await placed_pack(0)
    await placed_pack(40, 10, 90)
    results = await like(pack.file_ids[0])
    assert [(hit.row.title, hit.score) for hit in results.items] == [
        ("At 10", pytest.approx(0.985, abs=2e-3)),
        ("At 40", pytest.approx(0.766, abs=2e-3)),
    ]


async def test_similar_sounds_respect_filters_and_visibility(db, backend):
    pack = await placed_pack(0)
    await placed_pack(5, 8, files=(loop(1, "House", 120, "C minor"), loop(2, "Slow", 80, "C minor")))
    hidden = await placed_pack(1)
    await placed_pack(2, genre_slug="jazz")
    async with transaction() as session:
        await pack_store.mark_unpublished(session, hidden.id)
    assert await titles(like=pack.file_ids[0], genre="house") == ["House", "Slow"]
    assert await titles(like=pack.file_ids[0], bpm_min="118", bpm_max="122", key="Cm") == ["House"]
    with pytest.raises(NotFoundError):
        await like(hidden.file_ids[0])


async def test_similar_sounds_exclude_self_duplicates_and_optionally_pack(db, backend):
    same = new_file(1, title="Copy")
    first = await placed_pack(0, 3, files=(replace(same, title="Mine"), loop(2, "Sister", 120, None)))
    await placed_pack(0, files=(replace(same, title="Copy elsewhere"),))
    await placed_pack(7)
    assert await titles(like=first.file_ids[0]) == ["Sister", "At 7"]
    assert await titles(like=first.file_ids[0], same_pack="hide") == ["At 7"]


async def test_similarity_rejects_drafts_and_foreign_query_sounds(db):
    draft = await make_pack(is_published=False)
    member, other = await make_user(), await make_user()
    query_id = uuid.uuid4()
    async with transaction() as session:
        await session.execute(
            text(
                "INSERT INTO query_sounds (id, user_id, name, embedding, embedding_version, facts) VALUES (:id, :u, 'x', :v, 1, '{}')"
            ),
            {"id": query_id, "u": member.user_id, "v": towards(0)},
        )
    await placed_pack(1)
    assert await titles(member, like=str(query_id)) == ["At 1"]
    for viewer, target in (
        (other, str(query_id)),
        (None, str(query_id)),
        (draft.creator, draft.file_ids[0]),
        (None, str(uuid.uuid4())),
    ):
        with pytest.raises(NotFoundError):
            await like(target, viewer)


async def test_similar_packs_use_mean_of_sounds(db, backend):
    pack = await placed_pack(0, 20)
    near = await placed_pack(5, 15)
    await placed_pack(80, 90)
    far = await placed_pack(40, 60)
    async with read_only() as session:
        hits = await similar.similar_packs(session, None, await similar.pack_target(session, slug=pack.slug))
    assert [hit.card.slug for hit in hits[:2]] == [near.slug, far.slug]
    assert hits[0].score == pytest.approx(1.0, abs=1e-3)


async def test_similar_sounds_paging(db, backend):
    pack = await placed_pack(0)
    await placed_pack(*range(1, 31))
    seen, cursor = [], None
    async with search_session() as session:
        for _ in range(5):
            page = await engine.find_files(
                session, None, filters=Filters(like=pack.file_ids[0]), limit=8, cursor=cursor
            )
            seen += [hit.row.title for hit in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == [f"At {n}" for n in range(1, 31)]


# --- Similarity spaces ----------------------------------------------------------------------------------------------------------


async def test_new_similarity_space_fills_then_serves(db):
    pack, other = await placed_pack(0), await placed_pack(10)
    async with transaction() as session:
        old = await vector_index.serving(session)
        swapped = await vector_index.create(session, base_version=1, matrix=_swap_first_axes())
    assert old
    assert swapped.slot == 1 - old.slot
    assert await titles(like=pack.file_ids[0]) == ["At 10"]  # the old one still serves
    assert await vector_index.fill() == 2
    async with read_only() as session:
        now = await vector_index.serving(session)
        assert now
        assert now.slot == swapped.slot
        target = await similar.target(session, None, pack.file_ids[0])
    assert target.vector
    assert target.vector[1] == pytest.approx(1.0)
    assert await titles(like=pack.file_ids[0]) == ["At 10"]
    assert other


async def test_new_analyser_version_gets_new_space_when_most_sounds_are_analysed(db):
    packs = [await placed_pack(angle) for angle in (0, 10, 20)]
    for pack in packs[:2]:
        await place(pack, [towards(5)], version=2)
    await vector_index.fill()
    async with read_only() as session:
        space = await vector_index.serving(session)
    assert space
    assert space.base_version == 2


async def test_refill_is_idempotent(db):
    await placed_pack(0, 10)
    await vector_index.fill()
    assert await vector_index.fill() == 0


def _swap_first_axes() -> bytes:
    import numpy as np

    matrix = np.eye(vector_index.SIZE, dtype="<f4")
    matrix[[0, 1]] = matrix[[1, 0]]
    return matrix.tobytes()


# --- Facets, recommendations, saved searches -----------------------------------------------------------------


async def test_facet_counts_ignore_their_own_filter(db):
    await make_pack(genre_slug="house", files=(loop(1, "A", 122, "A minor"), loop(2, "B", 128, "C major")))
    await make_pack(
        genre_slug="trap", files=(loop(1, "C", 140, "A minor"), loop(2, "D", None, None, kind=FileKind.ONE_SHOT))
    )
    async with read_only() as session:
        found = await facets.count(session, None, Filters(genre="house", kind=FileKind.LOOP))
    assert found.total.count == 2
    assert {one.value: one.count for one in found.genres} == {"house": 2, "trap": 1}
    assert {one.value: one.count for one in found.kinds} == {"loop": 2}
    assert {one.value: one.count for one in found.keys} == {"A minor": 1, "C major": 1}
    assert [one.count for one in found.tempi][12:15] == [1, 1, 0]


async def test_best_relaxation_finds_most(db):
    await make_pack(genre_slug="house", files=tuple(loop(n, f"S{n}", 120, "A minor") for n in range(1, 4)))
    await make_pack(genre_slug="trap", files=(loop(1, "T", 120, "C minor"),))
    async with read_only() as session:
        wanted = Filters(genre="trap", key=MusicalKey.parse("Am"), bpm_min=119, bpm_max=121)
        assert await engine.best_relaxation(session, None, wanted, of_files=True) == ("genre", 3)
        assert await engine.best_relaxation(session, None, Filters(genre="jazz", text="xyz"), of_files=True) == ("", 0)


async def test_recommendations_state_reason(db):
    heard, near, _ = await placed_pack(0), await placed_pack(10), await placed_pack(85)
    member = await make_user()
    async with transaction() as session:
        assert await recommendations.because_you_played(session, member) is None
        await activity.record_play(session, member, file_id=heard.file_ids[0], seconds=7)
        found = await recommendations.because_you_played(session, member)
    assert found
    assert found.reason.startswith("Because you played Pack")
    assert [card.slug for card in found.packs] == [near.slug]


async def test_sound_of_the_day_is_stable(db):
    async with read_only() as session:
        assert await recommendations.sound_of_the_day(session, None) is None
    await make_pack(files=9)
    async with read_only() as session:
        first = await recommendations.sound_of_the_day(session, None)
        assert first
        assert first == await recommendations.sound_of_the_day(session, None)


async def test_saved_search_notifies_once(db):
    member = await make_user()
    async with transaction() as session:
        kept = await saved_searches.save(
            session, member, name="Dark trap", query={"q": "", "genre": "trap", "tags": "dark"}
        )
        again = await saved_searches.save(session, member, name="Dark", query={"tags": "dark", "genre": "trap"})
        assert kept.id == again.id
        await session.execute(text("UPDATE saved_searches SET checked_at = now() - interval '1 hour'"))
    await make_pack(genre_slug="trap", tags=("dark",), files=3)
    async with transaction() as session:
        assert await saved_searches.notify_new_matches(session) == 1
        assert await saved_searches.notify_new_matches(session) == 0
    async with transaction() as session:
        assert [one.new_count for one in await saved_searches.list_saved(session, member)] == [3]
        assert [line.sentence for line in await activity.notifications(session, member)] == [
            "3 new sounds match “Dark”."
        ]
        viewed = as_query(Filters(genre="trap", tags=("dark",)))
        assert [one.new_count for one in await saved_searches.list_viewing(session, member, {})] == [3]
        assert [one.new_count for one in await saved_searches.list_viewing(session, member, viewed)] == [0]
        assert [one.new_count for one in await saved_searches.list_saved(session, member)] == [0]
        await saved_searches.remove(session, member, search_id=str(kept.id))
        with pytest.raises(NotFoundError):
            await saved_searches.remove(session, member, search_id=str(kept.id))


async def test_saved_search_is_renamed_and_restored_with_its_count(db):
    member, other = await make_user(), await make_user()
    async with transaction() as session:
        kept = await saved_searches.save(session, member, name="Trap", query={"genre": "trap", "bpm_min": "140"})
        await session.execute(text("UPDATE saved_searches SET new_count = 4"))
        await saved_searches.rename(session, member, search_id=str(kept.id), name="For the film")
        with pytest.raises(NotFoundError):
            await saved_searches.rename(session, other, search_id=str(kept.id), name="Mine now")
        with pytest.raises(InvalidInputError):
            await saved_searches.rename(session, member, search_id=str(kept.id), name=" ")
    async with transaction() as session:
        removed = await saved_searches.remove(session, member, search_id=str(kept.id))
        assert await saved_searches.list_saved(session, member) == ()
        await saved_searches.restore(session, member, removed)
        [back] = await saved_searches.list_saved(session, member)
    assert (back.name, back.query, back.new_count) == ("For the film", kept.query, 4)


async def test_saved_search_counts_as_viewed_in_any_order(db):
    member = await make_user()
    async with transaction() as session:
        kept = await saved_searches.save(session, member, name="Trap", query={"genre": "trap"})
        await session.execute(text("UPDATE saved_searches SET new_count = 2"))
        # The link of the notification shows the newest first.
        [seen] = await saved_searches.list_viewing(session, member, {"genre": "trap", "sort": "newest"})
    assert saved_searches.is_same(kept, {"genre": "trap", "sort": "newest"})
    assert seen.new_count == 0


async def test_saved_search_needs_filters_and_is_limited_to_thirty(db):
    member, other = await make_user(), await make_user()
    async with transaction() as session:
        with pytest.raises(InvalidInputError):
            await saved_searches.save(session, member, name="All", query={})
        for bpm in range(100, 100 + saved_searches.MAX_SAVED):
            kept = await saved_searches.save(session, member, name="x", query={"bpm_min": str(bpm)})
        with pytest.raises(InvalidInputError):
            await saved_searches.save(session, member, name="x", query={"bpm_min": "99"})
        with pytest.raises(NotFoundError):
            await saved_searches.remove(session, other, search_id=str(kept.id))
