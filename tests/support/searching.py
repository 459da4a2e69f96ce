"""Searching as the results page does."""

from dataclasses import replace
from decimal import Decimal

from askchopper.database import search_session
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import Results
from askchopper.services.search import engine
from tests.support.factories import new_file


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
