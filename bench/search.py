"""Search over 100,000 sounds, each query compared with a primary-key fetch through the same sessions; and two other engines.

``BENCH_PEERS_PYTHON`` names an interpreter with tantivy; SQLite comes with Python. Query plans are kept in ``bench/plans``.
"""

import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import event, select, text
from sqlalchemy.engine import Engine

from askchopper import database, observability
from askchopper.database import search_session
from askchopper.models.catalogue import audio_files
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search_filters import Filters
from askchopper.services.search import engine, facets, similar, text_query, vector_index
from askchopper.vocabulary import Compatible, PackSort
from bench import search_data
from bench.protocol import HERE, OUT, ROUNDS, Samples
from bench.scratch import as_owner, database_of

FILES = 100_000
PAGE = 24
_CALLS = 40
_TARGETS = 40
_MILLISECONDS = 1000
_PEER = """
import json, sqlite3, statistics, sys, tempfile, time
import tantivy
titles, queries = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
def p50(run):
    for q in queries: run(q)
    spent = []
    for _ in range(3):
        for q in queries:
            started = time.perf_counter(); run(q); spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent)
db = sqlite3.connect(":memory:")
db.execute("CREATE VIRTUAL TABLE t USING fts5(title)")
db.executemany("INSERT INTO t VALUES (?)", ((title,) for title in titles))
fts = p50(lambda q: db.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 24", (q,)).fetchall())
builder = tantivy.SchemaBuilder(); builder.add_text_field("title", stored=True); schema = builder.build()
index = tantivy.Index(schema, path=tempfile.mkdtemp())
writer = index.writer(300_000_000)
for title in titles: writer.add_document(tantivy.Document(title=title))
writer.commit(); writer.wait_merging_threads(); index.reload()
searcher = index.searcher()
def ask(q):
    parsed = index.parse_query(" AND ".join(q.split()), ["title"])
    return [searcher.doc(address) for _, address in searcher.search(parsed, 24).hits]
print(json.dumps({"fts5": fts, "tantivy": p50(ask)}))
"""


@dataclass
class _Case:
    """A query in several variants, used in rotation."""

    calls: list[Callable[[], Awaitable[int]]]
    found: int = 0


async def measure() -> dict[str, Samples]:
    """Measure at 100,000 sounds, with the other engines."""
    return await measure_at(FILES, with_peers=True)


async def measure_at(files: int, *, with_peers: bool = False) -> dict[str, Samples]:
    """Fill a scratch cluster of this size once, then time every query, alternating with the fetch."""
    observability.configure(level="ERROR")
    folder = OUT / f"search-{files}"
    is_new = not (folder / "ready").exists()
    folder.mkdir(parents=True, exist_ok=True)
    async with database_of(folder) as socket_dir:
        if is_new:
            search_data.load(socket_dir, files=files)
            (folder / "ready").touch()
        facets.KEPT_SECONDS = 0.0
        fetch = _fetcher(files)
        cases = await _cases(files)
        found: dict[str, Samples] = {}
        await _p50([fetch], 200)
        all_times: dict[str, list[float]] = {}
        await _warm(cases)
        for name, case in cases.items():
            samples, times = Samples(), all_times.setdefault(name, [])
            for call in case.calls:
                case.found += await call()
            for _ in range(ROUNDS):
                samples.ours.append(await _p50(case.calls, _CALLS, times))
                samples.peer.append(await _p50([fetch], _CALLS))
            samples.note = (
                f"{case.found / len(case.calls):.0f} results on average, p95 {np.percentile(times, 95):.1f} ms"
            )
            found[name] = samples
        slow = {name: float(np.percentile(times, 95)) for name, times in all_times.items()}
        found["p95"] = Samples(ours=[max(value for name, value in slow.items() if name != "typo")])
        found["p95"].note = f"slowest: {max((v, n) for n, v in slow.items() if n != 'typo')[1]}"
        found["p95_typo"] = Samples(ours=[slow["typo"]])
        found["recall"] = Samples(ours=[await _recall(files)])
        await _keep_plans(files, cases)
        if with_peers:
            found |= await _others(socket_dir, cases["words"])
        return found


async def _cases(files: int) -> dict[str, _Case]:
    vocabulary = search_data.words()
    draw = np.random.default_rng(3)
    middling = [str(word) for word in draw.choice(vocabulary[20:600], size=40)]
    pairs = [f"{a} {b}" for a, b in zip(middling[::2], draw.choice(search_data.COMMON, size=20), strict=True)]
    naive = [" ".join(draw.choice(search_data.COMMON, size=count, replace=False)) for count in (2, 3) * 10]
    typos = [_slip(word) for word in draw.choice([word for word in vocabulary[50:3000] if len(word) > 5], size=20)]
    key = MusicalKey.parse("A minor")
    club = Filters(
        genre="house", bpm_min=120, bpm_max=128, key=key, compatible=Compatible.STRICT, sort=PackSort.POPULAR
    )
    targets = [search_data.file_id(int(number)) for number in draw.integers(0, files, 20)]
    async with search_session() as session:
        page = await engine.find_files(session, None, filters=Filters(sort=PackSort.POPULAR), limit=PAGE)
    return {
        "browse": _Case([_files(Filters()), _files(Filters(sort=PackSort.POPULAR))]),
        "next": _Case([_files(Filters(sort=PackSort.POPULAR), page.next_cursor)]),
        "filtered": _Case([_files(club), _files(Filters(genre="trap", bpm_min=138, bpm_max=142, key=key, sort=PackSort.POPULAR))]),
        "words": _Case([_files(Filters(text=phrase)) for phrase in pairs]),
        "common": _Case([_files(Filters(text=phrase)) for phrase in naive]),
        "typo": _Case([_files(Filters(text=word)) for word in typos]),
        "facets": _Case([_facets(Filters(genre="house")), _facets(Filters(text=pairs[0]))]),
        "facets_all": _Case([_facets(Filters())]),
        "similar": _Case([_files(Filters(like=target)) for target in targets]),
        "similar_filtered": _Case([_files(Filters(like=target, genre="techno", bpm_min=126, bpm_max=134)) for target in targets]),
        "complete": _Case([_complete(word[:3]) for word in middling[:20]]),
    }  # fmt: skip


async def _warm(cases: dict[str, _Case]) -> None:
    """Run everything twice without a time limit, so that caches are warm, as in production."""
    limit, database.SEARCH_MILLISECONDS = database.SEARCH_MILLISECONDS, 60_000
    try:
        for case in cases.values():
            for call in case.calls * 2:
                await call()
    finally:
        database.SEARCH_MILLISECONDS = limit


def _slip(word: str) -> str:
    """Swap two letters in the middle."""
    middle = len(word) // 2
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


def _files(filters: Filters, cursor: str | None = None) -> Callable[[], Awaitable[int]]:
    async def call() -> int:
        async with search_session() as session:
            return len((await engine.find_files(session, None, filters=filters, cursor=cursor, limit=PAGE)).items)

    return call


def _facets(filters: Filters) -> Callable[[], Awaitable[int]]:
    async def call() -> int:
        async with search_session() as session:
            return (await facets.count(session, None, filters)).total.count

    return call


def _complete(prefix: str) -> Callable[[], Awaitable[int]]:
    async def call() -> int:
        async with search_session() as session:
            return len(await text_query.suggest(session, prefix))

    return call


def _fetcher(files: int) -> Callable[[], Awaitable[int]]:
    draw = np.random.default_rng(5)

    async def call() -> int:
        one = uuid.UUID(search_data.file_id(int(draw.integers(0, files))))
        async with search_session() as session:
            row = (await session.execute(select(audio_files).where(audio_files.c.id == one))).one_or_none()
        assert row
        return 1

    return call


async def _p50(calls: list[Callable[[], Awaitable[int]]], count: int, times: list[float] | None = None) -> float:
    spent = []
    for turn in range(count):
        started = time.perf_counter()
        await calls[turn % len(calls)]()
        spent.append((time.perf_counter() - started) * _MILLISECONDS)
    if times is not None:
        times += spent
    return statistics.median(spent)


async def _recall(files: int) -> float:
    """Recall of the ten nearest by the index."""
    draw, shares = np.random.default_rng(9), []
    for number in draw.integers(0, files, _TARGETS):
        async with search_session() as session:
            like = await similar.target(session, None, search_data.file_id(int(number)))
            near = await similar.similar_files(session, None, like, filters=Filters(), limit=10)
        async with search_session() as session:
            space = await vector_index.serving(session)
            assert space
            await session.execute(
                text("SET LOCAL statement_timeout = 0; SET LOCAL enable_indexscan = off; SET LOCAL hnsw.ef_search = 10")
            )
            rows = await session.execute(
                text(
                    "SELECT file_id FROM file_vectors WHERE slot = 0 AND file_id <> CAST(:own AS uuid)"
                    " ORDER BY vector::halfvec(64) <=> CAST(:vector AS real[])::halfvec(64) LIMIT 10"
                ),
                {"own": str(like.id), "vector": list(like.vector or ())},
            )
            exact = {str(row.file_id) for row in rows}
        shares.append(len(exact & {row.id for row, _ in near}) / len(exact))
    return statistics.mean(shares)


async def _keep_plans(files: int, cases: dict[str, _Case]) -> None:
    """Write the query plan of the main statement of each query."""
    folder = HERE / "plans"
    folder.mkdir(exist_ok=True)
    parts = []
    for name, case in cases.items():
        statements: list[tuple[str, object]] = []

        def note(_connection, _cursor, statement, parameters, _context, _many, kept=statements) -> None:
            if (
                statement.lstrip().startswith(("SELECT", "WITH", "(SELECT")) and "audio_files" in statement
            ) or "search_vocabulary" in statement:
                kept.append((statement, parameters))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            await case.calls[0]()
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        for statement, parameters in statements[:2]:
            async with search_session() as session:
                connection = await session.connection()
                raw = await connection.get_raw_connection()
                driver = raw.driver_connection
                assert driver
                await session.execute(
                    text(
                        "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', '120', true)"
                    )
                )
                cursor = await driver.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {statement}", parameters)
                lines = [row[0] for row in await cursor.fetchall()]
            parts.append(f"## {name}\n\n" + "\n".join(line[:220] for line in lines) + "\n")
    (folder / f"search-{files}.txt").write_text("\n".join(parts))


async def _others(socket_dir: str, ours: _Case) -> dict[str, Samples]:
    """The same ranked text queries in SQLite FTS5 and tantivy, without filters and permissions."""
    python = os.environ.get("BENCH_PEERS_PYTHON")
    if not python:
        return {}
    titles = [
        f"{row[0]} {row[1]}"
        for row in as_owner(socket_dir, "SELECT f.title, p.title FROM audio_files f JOIN packs p ON p.id = f.pack_id")
    ]
    vocabulary = search_data.words()
    draw = np.random.default_rng(3)
    middling = [str(word) for word in draw.choice(vocabulary[20:600], size=40)]
    pairs = [f"{a} {b}" for a, b in zip(middling[::2], draw.choice(search_data.COMMON, size=20), strict=True)]
    found = {"fts5": Samples(), "tantivy": Samples()}
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place) / "titles.json", Path(place) / "queries.json"]
        files[0].write_text(json.dumps(titles))
        files[1].write_text(json.dumps(pairs))
        for _ in range(3):
            own = await _p50(ours.calls, _CALLS)
            done = await asyncio.to_thread(
                subprocess.run, [python, "-c", _PEER, *map(str, files)], capture_output=True, check=True
            )
            for name, value in json.loads(done.stdout).items():
                found[name].ours.append(own)
                found[name].peer.append(value)
    return found
