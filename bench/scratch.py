"""A temporary Postgres with our tables and bulk data, with the durability settings of the product."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from askchopper import database, launcher, local_postgres, settings
from tests.support.database import run_as_owner


@asynccontextmanager
async def database_of(folder: Path | None = None) -> AsyncIterator[str]:
    """Run a migrated cluster within the block and point the settings of this process to it.

    Yields:
        The folder of its socket.
    """
    # A short path: unix sockets allow about a hundred characters.
    place = folder or Path(tempfile.mkdtemp(prefix="acb-", dir="/tmp"))
    place.chmod(0o755)
    before = dict(os.environ)
    try:
        with local_postgres.running(place, discard=folder is None) as socket_dir:
            local_postgres.create_database(socket_dir)
            os.environ.update(
                DATABASE_URL=local_postgres.url(socket_dir),
                DATABASE_URL_DIRECT=local_postgres.url(socket_dir, role=local_postgres.OWNER),
                DATA_DIR=str(place),
                RATE_LIMITS="off",
                LOG_LEVEL="ERROR",
            )
            settings.get.cache_clear()
            launcher.migrate()
            yield socket_dir
            await database.dispose()
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.get.cache_clear()
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def as_owner(socket_dir: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements as the owner of the tables; returns the rows of the last one."""
    return run_as_owner(socket_dir, local_postgres.DATABASE, *statements)


# Tempo, key, genre and popularity come from digests, so that they are independent.
CATALOGUE = """
CREATE FUNCTION pg_temp.draw(n integer, what text, below integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
    $$ SELECT ('x' || left(md5(n || what), 7))::bit(28)::integer % below $$;
SET session_replication_role = replica;
INSERT INTO genres (slug, name) SELECT 'genre-' || n, 'Genre ' || n FROM generate_series(0, {genres} - 1) n;
INSERT INTO licence_texts (sha256, kind, version, body) VALUES (repeat('a', 64), 'standard', 1, 'Standard');
SET session_replication_role = origin;
INSERT INTO users (id, email, display_name, role)
    SELECT md5('seller' || n)::uuid, 'seller' || n || '@example.test', 'Seller ' || n, 'member'
    FROM generate_series(0, {sellers} - 1) n;
INSERT INTO creators (id, user_id, slug, display_name, place, bio)
    SELECT md5('creator' || n)::uuid, md5('seller' || n)::uuid, 'seller-' || n, 'Seller ' || n, 'Leipzig', ''
    FROM generate_series(0, {sellers} - 1) n;
INSERT INTO packs (id, slug, creator_id, title, summary, description, genre_slug, status, price_tokens,
        cover_key, cover_hue, preview_key, preview_peaks, preview_seconds, file_count, duration_seconds, bpm_min, bpm_max, keys, kinds, popularity, published_at)
    SELECT md5('pack' || n)::uuid, 'pack-' || n, md5('creator' || n % {sellers})::uuid, 'Pack number ' || n, 'Made in bulk', '',
        'genre-' || pg_temp.draw(n, 'genre', {genres}), 'published', 30, 'cover', 0, '', decode(repeat('7f20', 400), 'hex'), 30, {files}, 60,
        bpm, bpm, ARRAY[({keys})[1 + pg_temp.draw(n, 'key', 24)]], ARRAY['loop'], pg_temp.draw(n, 'sales', 9973),
        now() - n * interval '7 minutes'
    FROM generate_series(1, {packs}) n, LATERAL (SELECT 60 + pg_temp.draw(n, 'tempo', 120) AS bpm) AS tempo;
INSERT INTO licence_offers (pack_id, kind, price_tokens, text_sha256)
    SELECT id, 'standard', price_tokens, repeat('a', 64) FROM packs;
INSERT INTO audio_files (id, pack_id, position, title, kind, bpm, key, price_tokens, duration_seconds, format,
        sample_rate_hz, channels, size_bytes, sha256, crc32, master_key, preview_key, peaks, download_name, genre_slug,
        published_at, popularity)
    SELECT md5(p.id::text || f)::uuid, p.id, f, 'Sound ' || f, 'loop', p.bpm_min, p.keys[1], 5, 4, 'wav', 44100, 2, 700000,
        md5(p.id::text || f), 1, 'm', 'p', decode(repeat('7f20', 400), 'hex'), 'sound.wav', p.genre_slug, p.published_at,
        p.popularity
    FROM packs p, generate_series(1, {files}) f;
"""


def fill(socket_dir: str, *, packs: int, files: int, sellers: int, genres: int = 20) -> None:
    """Insert a catalogue in bulk: packs of one key and tempo each, evenly distributed."""
    from askchopper.musical_key import KEY_NAMES

    keys = f"ARRAY[{', '.join(repr(name) for name in KEY_NAMES)}]"
    script = CATALOGUE.format(packs=packs, files=files, sellers=sellers, genres=genres, keys=keys)
    as_owner(socket_dir, f"SET synchronous_commit = off; {script}", "VACUUM ANALYZE")
