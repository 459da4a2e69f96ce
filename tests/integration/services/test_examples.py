"""Example searches: each finds something, whatever the catalogue has; an empty catalogue has none."""

from decimal import Decimal

import pytest

from askchopper.database import read_only, search_session
from askchopper.services.assistant import suggested_prompts
from askchopper.services.search import engine, examples
from tests.support.factories import make_pack, make_user, new_file

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def forget_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "_kept", {})


async def shown() -> tuple[str, ...]:
    async with read_only() as session:
        return await examples.current(session)


async def found(phrase: str) -> int:
    async with search_session() as session:
        understood = await engine.understand(session, None, {"q": phrase})
        return len((await engine.find_files(session, None, filters=understood.filters)).items)


async def test_each_example_finds_at_least_five_sounds(db: None):
    drums = tuple(new_file(n, title=f"Kick {n}", bpm=Decimal(130), key=None) for n in range(6))
    chords = tuple(new_file(n, title=f"Chord {n}", bpm=Decimal(130), key="A minor") for n in range(6))
    await make_pack(title="Cellar", genre_slug="techno", tags=("dusty",), files=(*drums, *chords))
    phrases = await shown()
    assert phrases == ("Dusty drums", "Techno loops around 130", "Loops in A minor")
    for phrase in phrases:
        assert await found(phrase) >= examples.MIN_RESULTS


async def test_an_instrument_is_no_mood(db: None):
    files = tuple(new_file(n, title=f"Kick {n}", bpm=None, key=None) for n in range(8))
    await make_pack(title="Cellar", tags=("drums", "bells", "dusty"), files=files)
    await make_pack(
        title="Attic", tags=("drums",), files=tuple(new_file(n, title=f"Tom {n}", bpm=None, key=None) for n in range(8))
    )
    assert await shown() == ("Dusty drums",)


async def test_example_that_finds_too_little_is_left_out(db: None):
    await make_pack(title="Cellar", genre_slug="techno", tags=("dusty",), files=3)
    assert await shown() == ()
    async with read_only() as session:
        assert await suggested_prompts.suggest(session, await make_user())


async def test_drums_are_found_by_their_names_and_no_kick_is_no_kick(db: None):
    titles = ("Kick one", "Tops, no kick", "Deep bass")
    files = tuple(new_file(n, title=title) for n, title in enumerate(titles))
    await make_pack(title="Ridge", genre_slug="drum-and-bass", tags=("dusty",), files=files)
    assert await found("dusty drums") == 2
    assert await found("kick") == 1
    assert await found("bass") == 1, "the genre's name is no word of its sounds"
