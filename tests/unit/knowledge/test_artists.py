"""The table of artists, and the rule for naming packs and artists together."""

import pytest

from askchopper.genres import GENRES
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import table, wording


def test_table_covers_the_genres_with_sources():
    artists = table.every()
    assert len(artists) >= 60
    assert {genre for artist in artists for genre in artist.genres} == set(GENRES)
    for artist in artists:
        assert artist.sources[0].url.startswith("https://en.wikipedia.org/wiki/")
        assert 1 <= len(artist.biography) <= 3
        assert all(sentence.text.endswith((".", '"')) and len(sentence.text) < 240 for sentence in artist.biography)
        assert all(glossary.get(term) for term in artist.style)
        assert 3 <= len(artist.style) <= 6
        assert all(1950 < work.year <= 2026 for work in artist.works)
        assert artist.slug == table.slug_of(artist.name)
        assert not wording.claims_connection(artist.summary, "this marketplace")


def test_every_artist_has_similar_ones_with_a_reason():
    for artist in table.every():
        found = table.similar(artist)
        assert found, artist.name
        assert all(one.slug != artist.slug and one.why.startswith("Also ") for one in found)


@pytest.mark.parametrize(("asked", "name"), [
    ("burial", "Burial"), ("The Burial", "Burial"), ("Hildur Gudnadottir", "Hildur Guðnadóttir"), ("hildur guðnadóttir", "Hildur Guðnadóttir"),
    ("boards of canda", "Boards of Canada"), ("J-Dilla", "J Dilla"), ("mr fingers", "Larry Heard"), ("dr dre", "Dr. Dre"), ("D'ANGELO", "D'Angelo"),
    ("prodigy", "The Prodigy"), ("Thomas Bangalter", "Daft Punk"), ("AFX", "Aphex Twin"),
])  # fmt: skip
def test_artists_are_found_by_name(asked: str, name: str):
    found = table.find(asked)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "asked", ["", "   ", "a", "burying", "techno", "x" * 5_000, "シンセ", "<script>", "goldy", "nobody at all"]
)
def test_others_are_not(asked: str):
    assert table.find(asked) is None


@pytest.mark.parametrize("text", [
    "Drums in the style of Burial.", "Burial-style pads", "Burial type beat", "inspired by Burial", "For fans of Burial", "Sounds like Burial at night",
    "Not made by Burial", "Burial has nothing to do with these packs.", "Burial is not affiliated with these packs.", "Similar to Burial", "A tribute to Burial", "Influenced by Burial and Four Tet",
    "These packs are not approved by Burial.", "Two-step drums", "Burial released Untrue in 2007.", "He is called Burial",
])  # fmt: skip
def test_likeness_may_be_said(text: str):
    assert not wording.claims_connection(text, "Burial")


@pytest.mark.parametrize("text", [
    "Drums by Burial", "Official Burial drum kit", "The Burial sample pack", "Burial's drum kit", "Made for Burial", "Loops from Burial",
    "A pack featuring Burial", "Burial approved these sounds", "Burial uses this pack", "with Burial", "Produced with approval of Burial",
    "Burial presets", "Burial: the official pack", "BURIAL LOOPS", "By the Burial", "In the style of Burial, made by Burial", "Burial endorsed",
])  # fmt: skip
def test_connections_may_not_be_claimed(text: str):
    assert wording.claims_connection(text, "Burial")


@pytest.mark.parametrize("artist", table.every(), ids=lambda artist: artist.slug)
def test_own_phrases_keep_the_rule(artist):
    said = f"Packs {wording.in_style(artist.name)}: Night Ferry. {wording.disclaimer(artist.name)}"
    assert not wording.claims_connection(said, artist.name)


def test_names_with_marks_are_no_patterns():
    assert not wording.claims_connection("Loops in A minor", "A.*")
    assert wording.claims_connection("Loops by C++ (live)", "C++")
