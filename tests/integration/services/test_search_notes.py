"""One-shots are found by their root note, and go with what is in a key of which it is a chord tone."""

import pytest

from askchopper.database import search_session
from askchopper.root_note import RootNote
from askchopper.schemas import search_filters, search_labels
from askchopper.schemas.search import Results
from askchopper.services.search import compatible, engine, facets, similar, vector_index
from askchopper.vocabulary import FileKind
from tests.support.embeddings import placed_pack
from tests.support.factories import make_pack, new_file

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def forget_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "_kept", (-vector_index.KEPT_SECONDS, None))
    monkeypatch.setattr(vector_index, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(facets, "_kept", {})


def hit(number: int, title: str, note: int | None):
    return new_file(number, title=title, kind=FileKind.ONE_SHOT, bpm=None, key=None, note=note)


async def ask(**query: str) -> Results:
    async with search_session() as session:
        understood = await engine.understand(session, None, query)
        return await engine.find_files(session, None, filters=understood.filters, limit=50)


async def titles(**query: str) -> set[str]:
    return {hit.row.title for hit in (await ask(**query)).items}


async def test_notes_are_searched_in_words_and_as_a_filter(db):
    await make_pack(
        files=(hit(1, "Kick low", 29), hit(2, "Kick high", 41), hit(3, "Kick other", 30), hit(4, "Kick click", None),
               new_file(5, title="Kick loop", key="F major"), new_file(6, title="Kick minor", key="F minor")),
    )  # fmt: skip
    assert await titles(q="kick in F") == {"Kick low", "Kick high", "Kick loop"}
    assert await titles(q="kick in F#") == {"Kick other"}
    assert await titles(q="kick tuned to Gb") == {"Kick other"}
    assert await titles(q="kick in F1") == {"Kick low"}
    assert await titles(note="F") == {"Kick low", "Kick high"}
    assert await titles(note="F1", or_note="F2,F#1") == {"Kick low", "Kick high", "Kick other"}
    assert await titles(q="kick f#1 or f1") == {"Kick low", "Kick other"}
    assert await titles(q="kick in F# or G") == {"Kick other"}
    assert await titles(note="F2", kind="one-shot") == {"Kick high"}
    assert await titles(q="kick in F minor") == {"Kick minor", "Kick low", "Kick high"}


async def test_one_shots_are_found_by_a_key_whose_tonic_is_their_root(db):
    pack = await make_pack(
        files=(hit(1, "808 low", 29), hit(2, "808 other", 31), hit(3, "808 click", None),
               new_file(4, title="808 keyed", kind=FileKind.ONE_SHOT, bpm=None, key="D minor", note=29),
               new_file(5, title="808 loop", key="F minor"), new_file(6, title="808 major", key="F major")),
    )  # fmt: skip
    for words in ("808 in F minor", "808 in Fm", "808 in the key of F minor"):
        assert await titles(q=words) == {"808 low", "808 loop"}
    assert await titles(key="F minor") == {"808 low", "808 loop"}
    assert await titles(key="F minor", kind="one-shot") == {"808 low"}
    assert await titles(key="F minor", kind="loop") == {"808 loop"}
    assert await titles(key="C minor", compatible="strict") == {"808 low", "808 other", "808 loop"}
    assert [one.row.note for one in (await ask(q="808 in Fm", kind="one-shot")).items] == [29]
    async with search_session() as session:
        for query in ({"q": "808 in F minor"}, {"key": "F minor", "kind": "one-shot"}, {"key": "G major"}):
            understood = await engine.understand(session, None, query)
            page = await engine.queries.list_packs(session, None, filters=understood.filters, limit=5)
            assert [one.slug for one in page.items] == [pack.slug]
        loops = await engine.understand(session, None, {"key": "G major", "kind": "loop"})
        assert not (await engine.queries.list_packs(session, None, filters=loops.filters, limit=5)).items


async def test_counts_of_keys_agree_with_results(db):
    await make_pack(
        files=(hit(1, "Low", 29), hit(2, "High", 41), hit(3, "Other", 34), hit(4, "Click", None),
               new_file(5, title="Loop", key="F minor")),
    )  # fmt: skip
    async with search_session() as session:
        counted = await facets.count(session, None, search_filters.parse({}))
        chosen = await facets.count(session, None, search_filters.parse({"key": "F minor"}))
    assert chosen.total.count == 3
    for found in (counted, chosen):
        counts = {one.value: one.count for one in found.keys}
        assert counts == {"F minor": 3, "F major": 2, "Bb minor": 1, "Bb major": 1}
        for name, number in counts.items():
            assert len(await titles(key=name)) == number


async def test_packs_are_found_by_the_note_of_a_sound(db):
    pack = await make_pack(files=(hit(1, "Sub", 32),))
    async with search_session() as session:
        understood = await engine.understand(session, None, {"q": "sub in G#"})
        page = await engine.queries.list_packs(session, None, filters=understood.filters, limit=5)
    assert [one.slug for one in page.items] == [pack.slug]
    [_, chip] = search_labels.chips(understood.filters)
    assert (chip.label, chip.params) == (
        "Ab maj or G# min or root G#",
        ("key", "or_key", "note", "or_note", "compatible"),
    )
    assert search_labels.heading(understood.filters).endswith("in Ab major or G# minor or root G#")


@pytest.mark.parametrize("note", ["H", "F9", "F minor", "<b>"])
async def test_unknown_notes_are_refused(db, note: str):
    with pytest.raises(Exception, match="note we know"):
        await ask(note=note)


async def test_one_shots_are_tuned_into_the_chord_of_the_key(db):
    pack = await placed_pack(0, files=(new_file(1, title="Playing", key="A minor"),))
    await placed_pack(10, 20, 30, files=(hit(1, "Root", 33), hit(2, "Off by one", 46), hit(3, "Click", None)))
    results = await ask(fits=pack.file_ids[0])
    assert {hit.row.title: hit.semitones for hit in results.items} == {"Root": 0, "Off by one": -1, "Click": None}


async def test_a_one_shot_as_the_reference(db):
    pack = await placed_pack(0, files=(hit(1, "Sub", 33),))
    await placed_pack(
        10, 20, files=(new_file(1, title="Fits", key="A minor"), new_file(2, title="Next", key="Bb major"))
    )
    async with search_session() as session:
        reference = await similar.target(session, None, pack.file_ids[0])
        rows = {hit.row.title: hit.row for hit in (await ask(kind="loop")).items}
    assert reference.note == 33
    assert compatible.adjust(reference, rows["Fits"]).semitones == 0
    assert compatible.adjust(reference, rows["Next"]).semitones == -1


def test_every_note_has_its_octaves():
    assert RootNote(9).midi[0] == 21
