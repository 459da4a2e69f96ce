"""Creates a backup while the site is in use: a snapshot of the database, then the files that the snapshot references."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import sqlalchemy as sa
from pydantic import SecretStr

from askchopper import settings
from askchopper.backup import manifest, postgres_client
from askchopper.backup.errors import BackupError
from askchopper.backup.manifest import FileEntry, Summary
from askchopper.backup.parallel import for_each
from askchopper.database import transaction
from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store import BlobStore, StoredFile
from askchopper.services import backups
from askchopper.services.storage_maintenance import BACKUP_LOCK, REFERENCED_COVERS, REFERENCED_KEYS, is_referenced

LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A consistent snapshot of the database: what the dump contains, and the storage keys that it references."""

    keys: frozenset[str]
    cover_folders: frozenset[str]
    revision: str
    extensions: tuple[str, ...]
    ledger_entries: int
    ledger_transactions: int


async def create(root: Path, files: BlobStore) -> tuple[str, Summary]:
    """Make a backup in ``root``, which may hold earlier ones; returns its name and summary.

    Files that an earlier backup has copied are not copied again.

    Raises:
        BackupError: the folder is not writable, the database cannot be dumped, or another backup runs.
        UnavailableError: the store is unavailable.
    """
    name, started_at = manifest.name_now(), datetime.now(UTC)
    folder = _make_folder(root, name)
    url = settings.get().owner_database_url
    with _lock_files(url):
        snapshot = await asyncio.to_thread(_dump, url, folder / manifest.DUMP)
        entries, missing = await _copy_files(files, root, snapshot)
    manifest.write_files(folder, entries)
    _copy_site_texts(root)
    summary = Summary(
        started_at=started_at.isoformat(),
        finished_at=datetime.now(UTC).isoformat(),
        revision=snapshot.revision,
        postgres=postgres_client.major_version(url),
        extensions=snapshot.extensions,
        file_count=len(entries),
        file_bytes=sum(entry.size_bytes for entry in entries),
        ledger_entries=snapshot.ledger_entries,
        ledger_transactions=snapshot.ledger_transactions,
        missing=missing,
        settings=_settings_without_secrets(),
    )
    manifest.write_summary(folder, summary)
    size_bytes = summary.file_bytes + (folder / manifest.DUMP).stat().st_size
    async with transaction() as session:
        await backups.record(session, name=name, file_count=summary.file_count, size_bytes=size_bytes)
    return name, summary


def prune(root: Path, *, keep: int) -> int:
    """Delete all but the newest complete backups, and files that no remaining backup lists; returns the number of deleted backups.

    Incomplete backups that are older than the oldest one kept are deleted, too.
    """
    kept = manifest.complete(root)[-keep:]
    if not kept:
        return 0
    old = [path for path in root.iterdir() if path.is_dir() and path.name[:1].isdigit() and path.name < kept[0].name]
    for path in old:
        shutil.rmtree(path)
    listed = {entry.key for path in kept for entry in manifest.read_files(path)}
    pool = root / manifest.FILE_POOL
    for path in pool.rglob("*"):
        if path.is_file() and str(path.relative_to(pool)) not in listed:
            path.unlink()
    return len(old)


def _make_folder(root: Path, name: str) -> Path:
    try:
        (root / name).mkdir(parents=True)
        root.chmod(0o700)  # the dump holds addresses and password hashes
    except FileExistsError as error:
        raise BackupError(f"A backup {name} exists already. Another one runs at the same time.") from error
    except OSError as error:
        raise BackupError(f"The folder {root} cannot be written: {error.strerror}.") from error
    return root / name


@contextmanager
def _lock_files(url: str) -> Generator[None]:
    """Block jobs from deleting files that the backup has yet to copy.

    Raises:
        BackupError: the database is unreachable, or another backup or a deletion holds the lock.
    """
    connection = postgres_client.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{LOCK_SECONDS}s",))
            try:
                cursor.execute("SELECT pg_advisory_lock(%s)", (BACKUP_LOCK,))
            except psycopg2.Error as error:
                raise BackupError(
                    "Another backup runs on this database, or files are being deleted. Try again."
                ) from error
        yield
    finally:
        connection.close()


def _dump(url: str, target: Path) -> Snapshot:
    engine = sa.create_engine(settings.get().sync_database_url, poolclass=sa.pool.NullPool)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        exported = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        snapshot = _read(connection)
        postgres_client.dump(url, target, snapshot=exported)
    return snapshot


def _read(connection: sa.Connection) -> Snapshot:
    def column(query: str) -> list[str]:
        return list(connection.execute(sa.text(query)).scalars())

    revisions = column("SELECT version_num FROM alembic_version")
    if not revisions:
        raise BackupError("The database has no schema; there is nothing to back up.")
    entries, transactions = connection.execute(
        sa.text("SELECT (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM ledger_transactions)")
    ).one()
    return Snapshot(
        keys=frozenset(connection.execute(REFERENCED_KEYS).scalars()) - {""},
        cover_folders=frozenset(f"covers/{key}" for key in connection.execute(REFERENCED_COVERS).scalars() if key),
        revision=",".join(sorted(revisions)),
        extensions=tuple(column("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")),
        ledger_entries=entries,
        ledger_transactions=transactions,
    )


async def _copy_files(
    files: BlobStore, root: Path, snapshot: Snapshot
) -> tuple[tuple[FileEntry, ...], tuple[str, ...]]:
    """Copy files that earlier backups do not have; returns all files of the backup, and the keys of files that the store lacks."""
    known = {entry.key: entry for path in manifest.complete(root)[-1:] for entry in manifest.read_files(path)}
    entries: list[FileEntry] = []

    async def copy(stored: StoredFile) -> None:
        entries.append(await _copied(files, root / manifest.FILE_POOL, stored, known.get(stored.key)))

    await for_each(_stored(files, snapshot), copy)
    found = {entry.key for entry in entries}
    return tuple(sorted(entries, key=lambda entry: entry.key)), tuple(sorted(snapshot.keys - found))


async def _stored(files: BlobStore, snapshot: Snapshot) -> AsyncIterator[StoredFile]:
    async for stored in files.list_files():
        if is_referenced(stored.key, snapshot.keys, snapshot.cover_folders):
            yield stored


async def _copied(files: BlobStore, pool: Path, stored: StoredFile, known: FileEntry | None) -> FileEntry:
    target = pool / stored.key
    if known and known.size_bytes == stored.size_bytes and _size(target) == stored.size_bytes:
        return known
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.tmp")
    digest, size_bytes = hashlib.sha256(), 0
    try:
        with draft.open("wb") as out:
            async with aclosing(files.read(stored.key)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(out.write, piece)
                    digest.update(piece)
                    size_bytes += len(piece)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    except NotFoundError as error:  # jobs delete no files during a backup, so it was deleted by hand
        raise BackupError(f"The file {stored.key} vanished during the backup.") from error
    except OSError as error:
        raise BackupError(f"The backup cannot be written: {error.strerror}.") from error
    return FileEntry(key=stored.key, size_bytes=size_bytes, sha256=digest.hexdigest())


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _settings_without_secrets() -> dict[str, str]:
    known = settings.get()
    return {
        name: str(value)
        for name, field in type(known).model_fields.items()
        if (value := getattr(known, name)) != field.default and not isinstance(value, SecretStr)
    }


def _copy_site_texts(root: Path) -> None:
    texts = settings.get().data_dir / manifest.SITE_TEXTS
    if texts.is_dir():
        shutil.copytree(texts, root / manifest.SITE_TEXTS, dirs_exist_ok=True)
