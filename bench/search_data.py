"""Synthetic catalogue for the search benchmark: realistic word frequencies, tempos and keys by genre, clustered sounds.

Written by COPY, then indexed, with progress on standard error. Titles hold words of a Zipf vocabulary and, as a hard case,
words of a list of thirty, each of which occurs in a tenth of all titles.
"""

import io
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import psycopg2

from askchopper import local_postgres
from askchopper.genres import GENRES
from askchopper.musical_key import KEY_NAMES

FILES_A_PACK = 10
COMMON = (
    "kick",
    "snare",
    "hat",
    "clap",
    "bass",
    "pad",
    "lead",
    "pluck",
    "chord",
    "arp",
    "vocal",
    "choir",
    "bell",
    "piano",
    "guitar",
    "strings",
    "brass",
    "flute",
    "organ",
    "drone",
    "riser",
    "impact",
    "texture",
    "noise",
    "break",
    "fill",
    "groove",
    "stab",
    "rim",
    "shaker",
)
VOCABULARY = 30_000
_BATCH = 20_000
_CLUSTERS = 300
_SYLLABLES = (
    "ba",
    "ve",
    "lu",
    "tor",
    "mi",
    "ka",
    "ren",
    "dus",
    "so",
    "fli",
    "gra",
    "pel",
    "nox",
    "ha",
    "zi",
    "qua",
    "bru",
    "sel",
    "yo",
    "tan",
)
_TEMPO = {
    "house": 124,
    "techno": 130,
    "trap": 140,
    "drum-and-bass": 174,
    "hip-hop": 90,
    "lo-fi": 82,
    "ambient": 70,
    "garage": 132,
}


def words() -> list[str]:
    """Generate a vocabulary of pronounceable words."""
    made: dict[str, None] = {}
    draw = np.random.default_rng(7)
    while len(made) < VOCABULARY:
        made["".join(draw.choice(_SYLLABLES, size=int(draw.integers(2, 5))))] = None
    return list(made)


def load(socket_dir: str, *, files: int) -> None:
    """Fill an empty, migrated database."""
    with closing(
        psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    ) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '2GB'; SET work_mem = '256MB'")
        cursor.execute("SET session_replication_role = replica")
        dropped = _drop_indexes(cursor)
        _say(f"writing {files:,} sounds")
        made = _Made(files)
        made.write(cursor)
        _say("joining words")
        cursor.execute(_WORDS)
        for table in ("audio_files", "packs"):  # the rows as they were before must not lie between those that are
            cursor.execute(f"VACUUM FULL {table}")
        for name, statement in dropped:
            _say(f"index {name}")
            cursor.execute(statement)
        _say("vocabulary")
        cursor.execute("SELECT search_recount()")
        cursor.execute("VACUUM ANALYZE")
        _say("ready")


def _drop_indexes(cursor) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i"
        " WHERE i.tablename IN ('audio_files', 'packs', 'file_vectors', 'pack_vectors') AND i.indexdef NOT LIKE '%UNIQUE%'"
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    return found


class _Made:
    """Yield rows of packs and sounds in batches, from one seed."""

    def __init__(self, files: int) -> None:
        self.draw = np.random.default_rng(11)
        self.files, self.packs, self.sellers = files, files // FILES_A_PACK, max(20, files // 500)
        self.words = np.array(words())
        ranks = np.arange(1, VOCABULARY + 1) ** -1.0
        self.shares = ranks / ranks.sum()
        self.centres = self.draw.normal(size=(_CLUSTERS, 64))
        self.genres = sorted(GENRES)
        weights = np.arange(1, len(self.genres) + 1) ** -0.7
        self.genre_shares = weights / weights.sum()

    def write(self, cursor) -> None:
        cursor.execute(
            "INSERT INTO licence_texts (sha256, kind, version, body) VALUES (repeat('a', 64), 'standard', 1, 'Standard')"
        )
        for slug, name in GENRES.items():
            cursor.execute("INSERT INTO genres (slug, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", (slug, name))
        cursor.execute(SELLERS, {"count": self.sellers})
        _copy(cursor, "packs", _PACK_COLUMNS, self._pack_rows())
        cursor.execute("INSERT INTO licence_offers SELECT id, 'standard', price_tokens, repeat('a', 64) FROM packs")
        cursor.execute(
            "INSERT INTO similarity_spaces (slot, base_version, matrix, state) VALUES (0, 1, '', 'serving') ON CONFLICT DO NOTHING"
        )
        done = 0
        for files, vectors in self._file_rows():
            _copy(cursor, "audio_files", _FILE_COLUMNS, files)
            _copy(cursor, "file_vectors", "file_id, slot, vector", vectors)
            done += len(files)
            _say(f"  {done:,} of {self.files:,}", end="\r")
        _say("")

    def _titles(self, count: int, *, common: int) -> list[str]:
        rare = self.draw.choice(self.words, size=(count, 2), p=self.shares)
        usual = self.draw.choice(COMMON, size=(count, common)) if common else np.empty((count, 0), dtype=str)
        return [" ".join((*row, *names)).capitalize() for row, names in zip(rare, usual, strict=True)]

    def _pack_rows(self) -> Iterator[str]:
        self.pack_genres = self.draw.choice(len(self.genres), size=self.packs, p=self.genre_shares)
        self.popularity = (self.draw.pareto(1.2, size=self.packs) * 20).astype(int).clip(0, 2_000_000)
        for number, title in enumerate(self._titles(self.packs, common=0)):
            genre, price = self.genres[self.pack_genres[number]], int(self.draw.choice((0, 5, 15, 30, 45, 60)))
            yield _line(
                pack_id(number), f"pack-{number}", seller_id("creator", number % self.sellers), title, "Made in bulk", "", genre, "published",
                price, "cover", 0, "", "\\\\x" + "7f20" * 400, 30, FILES_A_PACK, 60, "{}", "{loop}", int(self.popularity[number]), moment(number),
            )  # fmt: skip

    def _file_rows(self) -> Iterator[tuple[list[str], list[str]]]:
        for start in range(0, self.files, _BATCH):
            numbers = np.arange(start, min(start + _BATCH, self.files))
            packs = numbers // FILES_A_PACK
            titles = self._titles(numbers.size, common=3)
            genres = [self.genres[index] for index in self.pack_genres[packs]]
            tempi = np.array([_TEMPO.get(genre, 110) for genre in genres]) + np.round(
                self.draw.normal(0, 4, numbers.size), 1
            )
            has_tempo, has_key = self.draw.random(numbers.size) < 0.7, self.draw.random(numbers.size) < 0.75
            keys = self.draw.integers(0, 24, numbers.size)
            lengths = self.draw.lognormal(1.5, 1.0, numbers.size).clip(0.05, 600).round(3)
            places = self.centres[packs % _CLUSTERS] + self.draw.normal(0, 1.0, (numbers.size, 64))
            places /= np.linalg.norm(places, axis=1, keepdims=True)
            files, vectors = [], []
            for row, (number, pack) in enumerate(zip(numbers.tolist(), packs.tolist(), strict=True)):
                one = file_id(number)
                files.append(_line(
                    one, pack_id(pack), number % FILES_A_PACK + 1, titles[row], "loop" if has_tempo[row] else "one-shot",
                    f"{tempi[row]:.2f}" if has_tempo[row] else "\\N", KEY_NAMES[keys[row]] if has_key[row] else "\\N", number % 12,
                    lengths[row], "wav", 44100, 2, 700000, f"{number:064x}", 1, "m", "p", "\\\\x" + "7f20" * 400, "sound.wav",
                    genres[row], moment(pack), int(self.popularity[pack]),
                ))  # fmt: skip
                vectors.append(_line(one, 0, "{" + ",".join(f"{value:.4f}" for value in places[row]) + "}"))
            yield files, vectors


def pack_id(number: int) -> str:
    """Id of the n-th pack."""
    return str(uuid.UUID(int=0x1000 << 112 | number))


def file_id(number: int) -> str:
    """Id of the n-th sound; scattered, as real ones are over their tables."""
    return str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15 & (1 << 64) - 1) << 64 | number))


def seller_id(kind: str, number: int) -> str:
    """Id of the n-th user or creator."""
    return str(uuid.UUID(int=(0x2000 if kind == "user" else 0x3000) << 112 | number))


def moment(number: int) -> str:
    """When a pack was published: one every three minutes, backwards from a fixed day."""
    return time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(1_790_000_000 - number * 180))


def _line(*values: object) -> str:
    return "\t".join(str(value) for value in values) + "\n"


def _copy(cursor, table: str, columns: str, rows) -> None:
    batch: list[str] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _BATCH:
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("".join(batch)))
            batch.clear()
    if batch:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("".join(batch)))


def _say(what: str, end: str = "\n") -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {what}", file=sys.stderr, end=end, flush=True)


_PACK_COLUMNS = (
    "id, slug, creator_id, title, summary, description, genre_slug, status, price_tokens, cover_key, cover_hue, preview_key,"
    " preview_peaks, preview_seconds, file_count, duration_seconds, keys, kinds, popularity, published_at"
)
_FILE_COLUMNS = (
    "id, pack_id, position, title, kind, bpm, key, price_tokens, duration_seconds, format, sample_rate_hz, channels, size_bytes,"
    " sha256, crc32, master_key, preview_key, peaks, download_name, genre_slug, published_at, popularity"
)
SELLERS = """
    INSERT INTO users (id, email, display_name, role)
        SELECT ('20000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'seller' || n || '@example.test', 'Seller ' || n, 'member'
        FROM generate_series(0, %(count)s - 1) n;
    INSERT INTO creators (id, user_id, slug, display_name, place, bio)
        SELECT ('30000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, ('20000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid,
            'seller-' || n, 'Seller ' || n, 'Leipzig', ''
        FROM generate_series(0, %(count)s - 1) n;
"""
_WORDS = """
    UPDATE packs SET search = setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', genre_slug), 'B');
    UPDATE audio_files f SET search = setweight(to_tsvector('simple', f.title || ' ' || f.kind), 'A')
        || setweight(to_tsvector('simple', p.title || ' ' || p.genre_slug), 'B')
        FROM packs p WHERE p.id = f.pack_id;
    UPDATE packs p SET bpm_min = s.low, bpm_max = s.high, keys = s.keys
        FROM (SELECT pack_id, min(bpm) AS low, max(bpm) AS high, coalesce(array_agg(DISTINCT key) FILTER (WHERE key IS NOT NULL), '{}') AS keys
              FROM audio_files GROUP BY pack_id) s WHERE s.pack_id = p.id;
    INSERT INTO pack_vectors (pack_id, slot, vector)
        SELECT DISTINCT ON (f.pack_id) f.pack_id, 0, v.vector FROM audio_files f JOIN file_vectors v ON v.file_id = f.id;
"""
