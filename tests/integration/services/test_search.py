"""Search: from phrases to filters, and text with its corrections and suggestions."""

import uuid

import pytest

from askchopper.database import read_only, search_session, transaction
from askchopper.schemas.search_filters import Filters, as_query
from askchopper.services.purchases import checkout, downloads
from askchopper.services.search import engine, queries, text_query
from askchopper.services.search import title_match as titles_of
from tests.support.embeddings import placed_pack
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.searching import ask, loop, titles

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("search_uncached")]


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
