"""How tables, indexes and queries grow: a catalogue of 1 million sounds, the same ten times over, and the line through both.

``python -m bench.scaling [FOLDER]`` prints the tables of ``docs/scaling.md``. The folder, a new one below /tmp by default, takes about 15 GB and
is removed. Ends after 15 minutes whatever is done. Without vectors, see ``bench.search_million``, and with waveforms of 8 bytes instead of
800, for the sake of the disk: 0.8 GB more for a million sounds.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import psycopg2

from askchopper import local_postgres, observability
from askchopper.database import read_only, search_session
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search_filters import Filters
from askchopper.services.catalogue import detail
from askchopper.services.search import engine, facets
from askchopper.vocabulary import Compatible, PackSort
from bench import search_data
from bench.scratch import database_of

MILLION, TIMES, FILES_A_PACK = 1_000_000, 10, search_data.FILES_A_PACK
EXTRAPOLATED, VECTORS = 100, 100_000
BOUND_SECONDS = 900.0
MEASURED_SECONDS = 5.0
PAGE = 24
_TABLES = ("audio_files", "packs")
# Ids and places in time follow each other, as those of uuid7 do. Words are drawn from a Zipf distribution.
_PACKS = """
    INSERT INTO packs (id, slug, creator_id, title, summary, description, genre_slug, status, price_tokens, cover_key, cover_hue, preview_key,
        preview_peaks, preview_seconds, file_count, duration_seconds, bpm_min, bpm_max, keys, kinds, popularity, published_at, search)
    SELECT pg_temp.id('1', n), 'pack-' || n, pg_temp.id('3', n % {sellers}), initcap(a.word || ' ' || b.word), 'Made in bulk', '',
        genre, 'published', 30, 'cover', 0, '', decode(repeat('7f20', 4), 'hex'), 30, {files_a_pack}, 60, tempo, tempo + 4, ARRAY['A minor'],
        ARRAY['loop'], (20 * power(random(), -0.8))::int, now() - n * interval '3 minutes',
        setweight(to_tsvector('simple', a.word || ' ' || b.word), 'A') || setweight(to_tsvector('simple', genre), 'B')
    FROM (
        SELECT n, 1 + floor(exp(random() * ln({words})))::int AS one, 1 + floor(exp(random() * ln({words})))::int AS two,
            80 + n % 95 AS tempo, ({genres})[1 + floor({genre_count} * power(random(), 2))::int] AS genre
        FROM generate_series(0, {packs} - 1) n OFFSET 0
    ) drawn JOIN vocabulary a ON a.rank = one JOIN vocabulary b ON b.rank = two
"""
_FILES = """
    INSERT INTO audio_files (id, pack_id, position, title, kind, bpm, key, note, price_tokens, duration_seconds, format, sample_rate_hz,
        channels, size_bytes, sha256, crc32, master_key, preview_key, peaks, download_name, genre_slug, published_at, popularity, search)
    SELECT pg_temp.id('4', n), p.id, 1 + n % {files_a_pack}, initcap(a.word || ' ' || common), CASE WHEN n % 10 < 7 THEN 'loop' ELSE 'one-shot' END,
        CASE WHEN n % 10 < 7 THEN p.bpm_min + n % 5 END, CASE WHEN n % 4 > 0 THEN key END, n % 12, n % 12, exp(random() * 4), 'wav', 44100, 2,
        700000, md5(n::text) || md5('b' || n), 1, 'packs/x/' || md5(n::text) || '.wav', 'previews/x/' || md5(n::text) || '.mp3',
        decode(repeat('7f20', 4), 'hex'), 'sound.wav', p.genre_slug, p.published_at, p.popularity,
        setweight(to_tsvector('simple', a.word || ' ' || common || ' loop'), 'A') || p.search
    FROM (
        SELECT n, 1 + floor(exp(random() * ln({words})))::int AS one, ({keys})[1 + floor(24 * random())::int] AS key,
            ({common})[1 + floor(30 * random())::int] || ' ' || ({common})[1 + floor(30 * random())::int] AS common
        FROM generate_series(0, {files} - 1) n OFFSET 0
    ) drawn JOIN vocabulary a ON a.rank = one JOIN packs p ON p.id = pg_temp.id('1', n / {files_a_pack})
"""
_VECTORS = """
    INSERT INTO file_vectors (file_id, slot, vector)
    SELECT f.id, 0, (SELECT array_agg((random() - 0.5)::real) FROM generate_series(1, 64) WHERE f.id IS NOT NULL)
    FROM (SELECT id FROM audio_files LIMIT {vectors}) f
"""
_SIZES = """
    SELECT c.relname, a.amname, pg_relation_size(c.oid) FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam
    WHERE c.oid = %(table)s::regclass OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %(table)s::regclass)
"""


@dataclass
class _Figures:
    """At one size: bytes of tables and of indexes by method, and of each query its p50 and how many a core answers in a second."""

    sounds: int
    sizes: dict[str, int]
    p50_ms: dict[str, float]
    per_core: dict[str, float]


def main(folder: Path) -> None:
    """Measure, and print two tables in Markdown."""
    observability.configure(level="ERROR")
    try:
        asyncio.run(_measure(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(folder: Path) -> None:
    until = time.monotonic() + BOUND_SECONDS
    async with database_of(folder) as socket_dir:
        with closing(_connect(socket_dir)) as connection:
            cursor = connection.cursor()
            indexes = _prepare(cursor)
            _fill(cursor)
            vectors = _vectors(cursor)
            found = [await _at(cursor, indexes, MILLION, folder, until)]
            _multiply(cursor)
            found.append(await _at(cursor, indexes, MILLION * TIMES, folder, until))
    _print(found)
    print(f"\nVectors: {_gb(vectors[0])} of rows and {_gb(vectors[1])} of index for a million, from {VECTORS:,}.")


def _connect(socket_dir: str) -> "psycopg2.extensions.connection":
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    connection.autocommit = True
    return connection


def _run(cursor, what: str, statement: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {what}", file=sys.stderr, flush=True)
    cursor.execute(statement)


def _prepare(cursor) -> list[str]:
    """Drop all indexes and keys, to make them when the rows are there; returns the statements that make them."""
    _run(cursor, "settings", f"SET statement_timeout = {int(BOUND_SECONDS * 1000)}; SET synchronous_commit = off")
    cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '2GB'; SET work_mem = '256MB'")
    cursor.execute("SET max_parallel_maintenance_workers = 2; SELECT setseed(0.5)")
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)", (list(_TABLES),))
    indexes = [definition for _, definition in cursor.fetchall()]
    for table in _TABLES:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')", (table,)
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
        cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    cursor.execute("ALTER TABLE audio_files DROP CONSTRAINT ck_audio_files_peaks_length")
    _drop(cursor)
    return indexes


def _drop(cursor) -> None:
    cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = ANY(%s)", (list(_TABLES),))
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")


def _fill(cursor) -> None:
    words = search_data.words()
    genres = sorted(search_data.GENRES)
    sellers = MILLION // 500
    values = {
        "sellers": sellers, "files_a_pack": FILES_A_PACK, "packs": MILLION // FILES_A_PACK, "files": MILLION, "words": len(words),
        "genres": _array(genres), "genre_count": len(genres), "keys": _array(search_data.KEY_NAMES), "common": _array(search_data.COMMON),
    }  # fmt: skip
    cursor.execute(
        "CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS"
        " $$ SELECT (kind || '0000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid $$"
    )
    cursor.execute("CREATE TEMP TABLE vocabulary (rank int PRIMARY KEY, word text)")
    cursor.execute("INSERT INTO vocabulary SELECT n, w FROM unnest(%s) WITH ORDINALITY AS one(w, n)", (words,))
    cursor.execute("ANALYZE vocabulary")
    cursor.execute(
        "INSERT INTO licence_texts (sha256, kind, version, body) VALUES (repeat('a', 64), 'standard', 1, 'Standard')"
    )
    for slug, name in search_data.GENRES.items():
        cursor.execute("INSERT INTO genres (slug, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", (slug, name))
    cursor.execute(search_data.SELLERS, {"count": sellers})
    _run(cursor, "packs", _PACKS.format(**values))
    cursor.execute("CREATE UNIQUE INDEX pk_packs ON packs (id); ANALYZE packs")
    _run(cursor, "sounds", _FILES.format(**values))


def _vectors(cursor) -> tuple[float, float]:
    """Return the bytes of rows and of the index for a million vectors, from fewer."""
    cursor.execute(
        "INSERT INTO similarity_spaces (slot, base_version, matrix, state) VALUES (0, 1, '', 'serving') ON CONFLICT DO NOTHING"
    )
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'file_vectors' AND indexdef LIKE '%USING hnsw%'"
    )
    indexes = cursor.fetchall()  # one for each slot of a space; only the first has rows
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    _run(cursor, "vectors", _VECTORS.format(vectors=VECTORS))
    for name, definition in indexes:
        _run(cursor, f"CREATE INDEX {name}", definition)
    cursor.execute(_SIZES, {"table": "file_vectors"})
    sizes: dict[str, int] = {}
    for _, method, size in cursor.fetchall():
        sizes[method] = sizes.get(method, 0) + size
    cursor.execute("TRUNCATE file_vectors")
    return sizes["heap"] * MILLION / VECTORS, sizes["hnsw"] * MILLION / VECTORS


def _array(texts) -> str:
    return f"ARRAY[{', '.join(repr(text) for text in texts)}]"


def _multiply(cursor) -> None:
    """Add nine copies, with ids, slugs, digests and times of their own."""
    _drop(cursor)
    for table, changed in (
        ("packs", {"id": "pg_temp.copy(t.id, k)", "slug": "t.slug || '-' || k"}),
        ("audio_files", {"id": "pg_temp.copy(t.id, k)", "pack_id": "pg_temp.copy(t.pack_id, k)", "sha256": "left(t.sha256, 32) || md5(t.sha256 || k)"}),
    ):  # fmt: skip
        changed["published_at"] = "t.published_at - k * interval '200 days'"
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' ORDER BY attnum",
            (table,),
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "CREATE OR REPLACE FUNCTION pg_temp.copy(id uuid, k int) RETURNS uuid LANGUAGE sql IMMUTABLE AS"
            " $$ SELECT (left(id::text, 9) || lpad(to_hex(k), 4, '0') || right(id::text, 23))::uuid $$"
        )
        taken = ", ".join(changed.get(name, f"t.{name}") for name in names)
        copies = (
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {taken} FROM generate_series(1, {TIMES - 1}) k, {table} t"
        )
        _run(cursor, f"nine copies of {table}", copies)


async def _at(cursor, indexes: list[str], sounds: int, folder: Path, until: float) -> _Figures:
    _drop(cursor)
    for definition in indexes:
        if time.monotonic() > until:
            raise SystemExit(f"Not done in {BOUND_SECONDS:.0f} seconds: stopped at the indexes of {sounds:,} sounds.")
        _run(cursor, definition.split(" ON ")[0], definition)
    _run(cursor, "vacuum", f"VACUUM (ANALYZE, PARALLEL 2) {', '.join(_TABLES)}")
    _run(cursor, "vocabulary", "SELECT search_recount()")
    sizes: dict[str, int] = {}
    for table in _TABLES:
        cursor.execute(_SIZES, {"table": table})
        for name, method, size in cursor.fetchall():
            key = f"{table}, rows" if name == table else f"{table}, {method} indexes"
            sizes[key] = sizes.get(key, 0) + size
    facets.KEPT_SECONDS = 0.0
    postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    p50, per_core = {}, {}
    for name, calls in _queries(sounds).items():
        p50[name], per_core[name] = await _rate(calls, postmaster)
    return _Figures(sounds, sizes, p50, per_core)


def _queries(sounds: int) -> dict[str, list[Callable[[], Awaitable[object]]]]:
    draw = np.random.default_rng(3)
    words = search_data.words()
    key = MusicalKey.parse("A minor")
    club = Filters(
        genre="house", bpm_min=120, bpm_max=128, key=key, compatible=Compatible.STRICT, sort=PackSort.POPULAR
    )
    slow = Filters(genre="ambient", bpm_min=80, bpm_max=90, sort=PackSort.NEWEST)
    pairs = zip(draw.choice(words[20:600], size=20), draw.choice(search_data.COMMON, size=20), strict=True)
    slugs = [f"pack-{number}" for number in draw.integers(0, MILLION // FILES_A_PACK, 40)]
    return {
        "browse": [_list(Filters()), _list(Filters(sort=PackSort.POPULAR))],
        "browse by filter": [_list(club), _list(slow)],
        "search for two words": [_list(Filters(text=f"{a} {b}")) for a, b in pairs],
        "page of a pack": [_pack(slug) for slug in slugs],
    }


def _list(filters: Filters) -> Callable[[], Awaitable[object]]:
    async def call() -> object:
        async with search_session() as session:
            return await engine.find_files(session, None, filters=filters, limit=PAGE)

    return call


def _pack(slug: str) -> Callable[[], Awaitable[object]]:
    async def call() -> object:
        async with read_only() as session:
            return await detail.get_pack(session, None, slug=slug)

    return call


async def _rate(calls: list[Callable[[], Awaitable[object]]], postmaster: int) -> tuple[float, float]:
    """Return the p50 in milliseconds, and queries per second of processor time, of ours and of Postgres together."""
    for call in calls * 2:
        await call()
    spent: list[float] = []
    before, until = _cpu_seconds(postmaster), time.monotonic() + MEASURED_SECONDS

    while time.monotonic() < until:
        started = time.perf_counter()
        await calls[len(spent) % len(calls)]()
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent), len(spent) / (_cpu_seconds(postmaster) - before)


def _cpu_seconds(postmaster: int) -> float:
    family = [psutil.Process(), *psutil.Process(postmaster).children()]
    return sum(sum(one.cpu_times()[:2]) for one in family)


def _print(found: list[_Figures]) -> None:
    small, large = found
    span = large.sounds - small.sounds
    print(
        f"| | {small.sounds:,} | {large.sounds:,} | for each further million | {EXTRAPOLATED} million, extrapolated |"
    )
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in small.sizes:
        low, high = small.sizes[name], large.sizes[name]
        slope = (high - low) / span
        far = low + slope * (EXTRAPOLATED * MILLION - small.sounds)
        print(f"| {name} | {_gb(low)} | {_gb(high)} | {_gb(slope * MILLION)} | {_gb(far)} |")
    print(
        "\n| query | p50 at 1 million | at 10 million | a core and second, 1 million | 10 million | 100 million, extrapolated |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in small.p50_ms:
        low, high = 1 / small.per_core[name], 1 / large.per_core[name]
        far = low + max(0.0, high - low) / span * (EXTRAPOLATED * MILLION - small.sounds)
        cells = [f"{figures.p50_ms[name]:.1f} ms" for figures in found] + [
            f"{1 / cost:,.0f}" for cost in (low, high, far)
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def _gb(size: float) -> str:
    return f"{size / 1e9:,.2f} GB"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="acs-", dir="/tmp")))
