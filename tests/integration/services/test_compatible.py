"""Sounds that go with another: ranked by tempo, key, role and similarity, with what must be done to each."""

from decimal import Decimal

import pytest

from askchopper.database import search_session
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search import Match, Results
from askchopper.services.search import compatible, engine, vector_index
from tests.support.embeddings import placed_pack
from tests.support.factories import new_file

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def forget_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "_kept", (-vector_index.KEPT_SECONDS, None))
    monkeypatch.setattr(vector_index, "KEPT_SECONDS", 0.0)


async def ask(cursor: str | None = None, *, limit: int = 100, **query: str) -> Results:
    async with search_session() as session:
        understood = await engine.understand(session, None, query)
        return await engine.find_files(session, None, filters=understood.filters, cursor=cursor, limit=limit)


def loop(number: int, title: str, bpm: float | None, key: str | None):
    return new_file(number, title=title, bpm=None if bpm is None else Decimal(str(bpm)), key=key)


@pytest.mark.parametrize(
    ("wanted", "own", "semitones"),
    [
        ("A minor", "A minor", 0), ("A minor", "C major", 0), ("A minor", "E minor", 0), ("A minor", "D minor", 0),
        ("A minor", "Eb minor", -1), ("A minor", "G# minor", 1), ("C major", "F# major", -1), ("A minor", "B major", 1),
    ],
)  # fmt: skip
def test_transposition_is_the_smallest(wanted: str, own: str, semitones: int):
    found = compatible._transposition(MusicalKey.parse(wanted), MusicalKey.parse(own))
    assert found == semitones


async def test_compatible_sounds_are_ranked_and_say_what_to_do(db):
    pack = await placed_pack(0, files=(loop(1, "Playing", 120, "A minor"),))
    await placed_pack(
        30, 20, 10, 5, 85,
        files=(loop(1, "Same", 122, "A minor"), loop(2, "Half", 60, "C major"), loop(3, "Too fast", 150, "A minor"),
               loop(4, "Clash", 120, "Eb minor"), loop(5, "Drums", 120, None)),
    )  # fmt: skip
    results = await ask(fits=pack.file_ids[0])
    assert [(hit.row.title, hit.why) for hit in results.items] == [
        ("Same", ("key fits", "stretch -2%")),
        ("Half", ("key fits", "half tempo")),
        ("Drums", ("same tempo",)),
        ("Clash", ("-1 semitone", "same tempo")),
        ("Too fast", ("key fits", "stretch -20%")),
    ]
    assert [hit.semitones for hit in results.items] == [0, 0, None, -1, 0]
    same, half, drums, *_ = [hit.match for hit in results.items]
    assert same == Match(semitones=0, stretch=120 / 122, octave=1.0, bpm=120.0)
    assert half == Match(semitones=0, stretch=1.0, octave=2.0, bpm=120.0)
    assert drums == Match(semitones=None, stretch=1.0, octave=1.0, bpm=120.0)
    assert results.total == 5


async def test_compatible_sounds_obey_other_filters_and_pages(db):
    pack = await placed_pack(0, files=(loop(1, "Playing", 120, "A minor"),))
    await placed_pack(*range(5, 65, 2), files=tuple(loop(n, f"Loop {n}", 100 + n, "A minor") for n in range(1, 31)))
    shown: list[str] = []
    cursor = None
    while True:
        page = await ask(cursor, limit=8, fits=pack.file_ids[0], bpm_min="110")
        shown += [hit.row.title for hit in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert len(shown) == len(set(shown)) == 21
    assert shown[0] in {"Loop 19", "Loop 20", "Loop 21"}


async def test_reference_without_tempo_is_ranked_by_key_and_sound(db):
    pack = await placed_pack(0, files=(loop(1, "Playing", None, "A minor"),))
    await placed_pack(10, 20, files=(loop(1, "Clash", 120, "Eb minor"), loop(2, "Fits", 90, "E minor")))
    results = await ask(fits=pack.file_ids[0])
    assert [hit.row.title for hit in results.items] == ["Fits", "Clash"]
    assert "tempo of Playing is unknown" in results.notes[0]
