"""Pack lists with 100,000 packs, compared with a primary-key fetch through the same sessions; and their query count."""

import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, event, select

from askchopper import observability
from askchopper.database import read_only
from askchopper.models.catalogue import packs
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search_filters import Filters
from askchopper.services.search import queries
from askchopper.vocabulary import Compatible, PackSort
from bench.protocol import ROUNDS, Samples
from bench.scratch import as_owner, database_of, fill

PACKS = 100_000
FILES = 4
PAGE = 24
_CALLS = 30
_KEY = MusicalKey.parse("A minor")
_LISTS = {
    "newest": Filters(),
    "popular": Filters(sort=PackSort.POPULAR),
    "genre": Filters(genre="genre-3"),
    "genre_popular": Filters(genre="genre-3", sort=PackSort.POPULAR),
    "tempo_key": Filters(bpm_min=118, bpm_max=126, key=_KEY, compatible=Compatible.STRICT, half_double=False),
    "tempo_key_rare": Filters(
        genre="genre-3", bpm_min=118, bpm_max=122, half_double=False, key=_KEY, sort=PackSort.POPULAR
    ),
}
_NEXT_PAGES = ("newest", "tempo_key")


@dataclass
class _Counter:
    statements: int = 0


async def measure() -> dict[str, Samples]:
    """Fill a scratch cluster once, then time every list, alternating with the fetch."""
    observability.configure(level="ERROR")
    async with database_of() as socket_dir:
        fill(socket_dir, packs=PACKS, files=FILES, sellers=200)
        ids = [row[0] for row in as_owner(socket_dir, "SELECT id FROM packs ORDER BY md5(slug) LIMIT 500")]
        fetch = _fetcher([uuid.UUID(str(one)) for one in ids])
        work = {name: _lister(filters, None) for name, filters in _LISTS.items()}
        for name in _NEXT_PAGES:
            async with read_only() as session:
                first = await queries.list_packs(session, None, filters=_LISTS[name], limit=PAGE)
            work[f"{name}_next"] = _lister(_LISTS[name], first.next_cursor)
        figures = {name: Samples() for name in work}
        await _p50(fetch, 100)
        for name, call in work.items():
            await _p50(call, 10)  # plans and caches
            for _ in range(ROUNDS):
                figures[name].ours.append(await _p50(call))
                figures[name].peer.append(await _p50(fetch))
            figures[name].note = f"{await call()} packs"
        figures["queries"] = Samples(ours=[float(max([await _count(call) for call in work.values()]))])
        return figures


def _lister(filters: Filters, cursor: str | None) -> Callable[[], Awaitable[int]]:
    async def call() -> int:
        async with read_only() as session:
            page = await queries.list_packs(session, None, filters=filters, cursor=cursor, limit=PAGE)
        return len(page.items)

    return call


def _fetcher(ids: list[uuid.UUID]) -> Callable[[], Awaitable[int]]:
    turn = iter(range(10**9))

    async def call() -> int:
        async with read_only() as session:
            row = (await session.execute(select(packs).where(packs.c.id == ids[next(turn) % len(ids)]))).one()
        return len(row.slug)

    return call


async def _p50(call: Callable[[], Awaitable[int]], count: int = _CALLS) -> float:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        await call()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


async def _count(call: Callable[[], Awaitable[int]]) -> int:
    async with _counting() as counter:
        await call()
    return counter.statements


@asynccontextmanager
async def _counting() -> AsyncIterator[_Counter]:
    counter = _Counter()

    def count(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        counter.statements += not statement.startswith("SET TRANSACTION")

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield counter
    finally:
        event.remove(Engine, "before_cursor_execute", count)
