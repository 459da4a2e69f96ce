"""Searches that other libraries failed, from public reports: accents, words of several fields, wildcards."""

import pytest

from askchopper.database import search_session
from askchopper.services.search import engine, facets, vector_index
from tests.support.factories import make_creator, make_pack, new_file

pytestmark = pytest.mark.integration
TITLES = ("Tiësto Pluck", "Chérie Vocal", "Røyksopp Bass", "Łódź Night", "Größe Pad", "Solo Piano", "Plain Kick")


@pytest.fixture(autouse=True)
def forget_caches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(facets, "_kept", {})
    monkeypatch.setattr(vector_index, "_kept", (-vector_index.KEPT_SECONDS, None))


async def found(query: str) -> list[str]:
    async with search_session() as session:
        understood = await engine.understand(session, None, {"q": query})
        results = await engine.find_files(session, None, filters=understood.filters, limit=100)
    return [hit.row.title for hit in results.items]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("tiesto", "Tiësto Pluck"), ("Tiësto", "Tiësto Pluck"), ("tie\u0308sto", "Tiësto Pluck"),
        ("cherie", "Chérie Vocal"), ("CHÉRIE vocal", "Chérie Vocal"),
        ("royksopp", "Røyksopp Bass"), ("røyksopp", "Røyksopp Bass"),
        ("lodz", "Łódź Night"), ("größe", "Größe Pad"), ("grosse pad", "Größe Pad"),
        ("tiës*", "Tiësto Pluck"), ("cher*", "Chérie Vocal"),
        ("nordlicht piano", "Solo Piano"), ("piano nordlicht", "Solo Piano"), ("nordlicht solo", "Solo Piano"),
    ],
)  # fmt: skip
async def test_accents_and_words_of_several_fields(db: None, query: str, title: str):
    files = tuple(new_file(number, title=name) for number, name in enumerate(TITLES, 1))
    await make_pack(await make_creator(), title="Nordlicht", files=files)
    assert title in await found(query)
    assert "Plain Kick" not in await found(query)
