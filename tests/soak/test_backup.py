"""A backup made while members buy is restored on an empty database of another owner, with all files, and the ledger is clean (F18).

Everything through the command line, as an operator does it. In the gate with few rows, with ``make soak`` with 100,000 plays.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from askchopper import local_postgres
from askchopper.backup import manifest
from askchopper.database import transaction
from askchopper.database_urls import with_driver
from askchopper.integrations.blob_store.local_disk import LocalDiskStore
from askchopper.services.purchases import checkout
from tests.support import command_line
from tests.support.database import run_as_owner
from tests.support.factories import make_pack, make_user, new_file
from tests.support.soak import scaled

pytestmark = pytest.mark.integration
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")  # the workers share one cluster
NEW_OWNER, NEW_DATABASE = f"new_operator_{_WORKER}", f"askchopper_restored_{_WORKER}"
PLAYS = scaled(100_000, 500)
LONGEST_SECONDS = 120
_COMPARED = {
    "rights": """
        SELECT table_schema, table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'askchopper_app'
        UNION ALL SELECT routine_schema, routine_name, privilege_type FROM information_schema.role_routine_grants
        WHERE grantee = 'askchopper_app' ORDER BY 1, 2, 3""",
    "functions": """
        SELECT n.nspname, p.proname, md5(p.prosrc), p.prosecdef, p.proconfig::text FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('public', 'jobs') ORDER BY 1, 2, 3""",
    "indexes": "SELECT schemaname, indexname FROM pg_indexes WHERE schemaname IN ('public', 'jobs') ORDER BY 1, 2",
    "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "plays": "SELECT count(*), sum(seconds_heard) FROM plays",
}


@pytest.fixture
def new_database(socket_dir: str) -> Iterator[str]:
    """An empty database whose owner is no superuser and has another name than the first one."""
    drop = (f"DROP DATABASE IF EXISTS {NEW_DATABASE}", f"DROP ROLE IF EXISTS {NEW_OWNER}")
    for statement in drop:
        run_as_owner(socket_dir, "postgres", statement)
    run_as_owner(socket_dir, "postgres", f"CREATE ROLE {NEW_OWNER} LOGIN")
    run_as_owner(socket_dir, "postgres", f"CREATE DATABASE {NEW_DATABASE} OWNER {NEW_OWNER}")
    run_as_owner(socket_dir, NEW_DATABASE, "CREATE EXTENSION vector")  # only a superuser may
    yield NEW_DATABASE
    for statement in drop:
        run_as_owner(socket_dir, "postgres", statement)


async def run(*words: str, data_dir: Path, **variables: str) -> tuple[int, str]:
    """Run a command; returns its exit status and everything that it printed."""
    return await command_line.run_beside(*words, DATA_DIR=str(data_dir), **variables)


async def _installation(folder: Path) -> tuple[LocalDiskStore, str]:
    """Create packs with files, plays, and a page of the operator's own; returns the store and a pack's slug."""
    files = LocalDiskStore(folder / "files")
    for number in range(3):
        sound = new_file(master_key=f"packs/p{number}/m.wav", preview_key=f"previews/p{number}/f.mp3")
        made = await make_pack(files=(sound,), cover_key=f"cover{number}", price=1)
        for key in (f"packs/p{number}/m.wav", f"previews/p{number}/f.mp3", f"covers/cover{number}/320.webp"):
            await files.put(key, os.urandom(200_000))
    (folder / "site").mkdir(parents=True, exist_ok=True)
    (folder / "site" / "terms.md").write_text("Our terms\n")
    return files, made.slug


async def _buy_until(done: asyncio.Event, slug: str) -> int:
    bought = 0
    while not done.is_set():
        buyer = await make_user(tokens=5)
        async with transaction() as session:
            await checkout.buy(session, buyer, price_tokens=1, key="one", pack_slug=slug)
        bought += 1
        await asyncio.sleep(0.01)
    return bought


async def _under_purchases(slug: str, work: Callable[[], Awaitable[tuple[int, str]]]) -> tuple[int, str]:
    done = asyncio.Event()
    buying = asyncio.create_task(_buy_until(done, slug))
    await asyncio.sleep(0.1)
    result = await work()
    done.set()
    assert await buying > 1
    return result


async def test_drill(db: None, as_owner, new_database: str, socket_dir: str, database_name: str, tmp_path: Path):
    source, target, backups = tmp_path / "source", tmp_path / "target", tmp_path / "backups"
    _, slug = await _installation(source)
    as_owner(
        "INSERT INTO plays (id, pack_id, seconds_heard, created_at)"
        f" SELECT gen_random_uuid(), (SELECT id FROM packs LIMIT 1), 5, now() FROM generate_series(1, {PLAYS})"
    )
    status, printed = await _under_purchases(slug, lambda: run("backup", str(backups), data_dir=source))
    assert status == 0, printed
    assert "9 files with 1,800,000 bytes" in printed
    [folder] = manifest.complete(backups)

    new_url = with_driver(local_postgres.url(socket_dir, database=new_database, role=NEW_OWNER), "postgresql")
    started = time.monotonic()
    status, printed = await run(
        "restore", str(backups), data_dir=target, DATABASE_URL=new_url, DATABASE_URL_DIRECT=new_url
    )
    seconds = time.monotonic() - started
    print(f"\nrestored {PLAYS:,} plays and 9 files in {seconds:.1f} s: {printed}")  # noqa: T201 - for docs/faults.md
    assert status == 0, printed
    assert "The ledger is clean, and every file is as it was." in printed
    assert seconds < LONGEST_SECONDS

    for name, query in _COMPARED.items():
        assert run_as_owner(socket_dir, new_database, query) == run_as_owner(socket_dir, database_name, query), name
    for entry in manifest.read_files(folder):
        assert (target / "files" / entry.key).read_bytes() == (source / "files" / entry.key).read_bytes()
    assert (target / "site" / "terms.md").read_text() == "Our terms\n"
    _app_may_not_write_ledger(socket_dir, new_database)

    status, printed = await run(
        "restore", str(backups), data_dir=target, DATABASE_URL=new_url, DATABASE_URL_DIRECT=new_url
    )
    assert status == 1
    assert "Restore into a new, empty one" in printed


def _app_may_not_write_ledger(socket_dir: str, name: str) -> None:
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.APP_ROLE, dbname=name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entries")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(sql.SQL("DELETE FROM ledger_entries"))
    connection.close()


async def test_second_backup_copies_only_new_files_and_old_ones_are_pruned(db: None, tmp_path: Path):
    files, _ = await _installation(tmp_path / "source")
    backups = tmp_path / "backups"
    assert (await run("backup", str(backups), data_dir=tmp_path / "source"))[0] == 0
    [first] = manifest.complete(backups)
    copied = {path: path.stat().st_ino for path in (backups / "files").rglob("*") if path.is_file()}
    await files.delete("packs/p0/m.wav")
    await asyncio.sleep(1 - time.time() % 1)  # a backup is named by its second
    status, printed = await run("backup", str(backups), "--keep", "1", data_dir=tmp_path / "source")
    assert (status, "Missing in the store: packs/p0/m.wav" in printed) == (1, True)
    [second] = manifest.complete(backups)
    assert second != first
    kept = {path: path.stat().st_ino for path in (backups / "files").rglob("*") if path.is_file()}
    assert kept == {path: inode for path, inode in copied.items() if "p0/m.wav" not in str(path)}


async def test_damaged_backup_changes_nothing(db: None, new_database: str, socket_dir: str, tmp_path: Path):
    await _installation(tmp_path / "source")
    backups = tmp_path / "backups"
    await run("backup", str(backups), data_dir=tmp_path / "source")
    [folder] = manifest.complete(backups)
    url = with_driver(local_postgres.url(socket_dir, database=new_database, role=NEW_OWNER), "postgresql")

    async def refused(sentence: str, *words: str) -> None:
        status, printed = await run(
            "restore", str(backups), *words, data_dir=tmp_path / "new", DATABASE_URL=url, DATABASE_URL_DIRECT=url
        )
        assert status == 1
        assert sentence in printed
        assert "Traceback" not in printed
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'jobs')"
        assert run_as_owner(socket_dir, new_database, tables) == [(0,)]

    await refused("has no backup.json", "--name", "20010101T000000Z")
    dump = folder / manifest.DUMP
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])
    await refused("could not read from input file: end of file")
    dump.write_bytes(b"not a dump")
    await refused("The dump cannot be read")
    dump.write_bytes(whole)
    run_as_owner(socket_dir, new_database, "DROP EXTENSION vector")
    await refused("As a superuser, create the role askchopper_app and the extensions pg_trgm, unaccent, vector first.")
    run_as_owner(socket_dir, new_database, "CREATE EXTENSION vector")
    summary = folder / manifest.SUMMARY
    stated = json.loads(summary.read_text())
    summary.write_text(json.dumps({**stated, "postgres": 99}))
    await refused("The backup is of Postgres 99")
    summary.write_text(json.dumps({**stated, "format": 99}))
    await refused("made by a newer release")
    summary.write_text(json.dumps({**stated, "revision": "ffffffffffff"}))
    await refused("revision ffffffffffff, which this release does not know")
    summary.write_text("{")
    await refused("backup.json cannot be read")
    summary.write_text(json.dumps(stated))
    (backups / "files" / "packs" / "p1" / "m.wav").write_bytes(b"short")
    await refused("packs/p1/m.wav is missing or has a wrong size")
