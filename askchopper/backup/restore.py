"""Restores a backup into an empty database and a store, and verifies the result."""

import asyncio
import hashlib
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from askchopper import migrations, settings
from askchopper.backup import manifest, postgres_client
from askchopper.backup.errors import BackupError
from askchopper.backup.manifest import FileEntry, Summary
from askchopper.backup.parallel import as_async, for_each
from askchopper.database import read_only
from askchopper.integrations.blob_store import BlobStore, PartFile
from askchopper.services import wallet

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore; ``problems`` are sentences, empty if the data is complete and correct."""

    summary: Summary
    problems: tuple[str, ...]


async def restore(root: Path, files: BlobStore, *, name: str | None = None) -> Restored:
    """Restore a backup: the database, then its files, then the checks.

    Args:
        root: the folder of backups.
        files: the store that receives the files.
        name: the backup; None for the newest complete one.

    Returns:
        The summary, with ``problems`` for files that were missing when the backup was made or whose content is damaged, and
        for ledger differences.

    Raises:
        BackupError: there is no such backup, it is incomplete, unreadable or of a newer release; the database is unreachable,
            not empty, too old or lacks an extension; or ``pg_restore`` is missing or failed. Nothing is restored.
        UnavailableError: the store or the database is unavailable.
    """
    folder = _chosen(root, name)
    summary = manifest.read_summary(folder)
    if not migrations.is_known(summary.revision):
        raise BackupError(
            f"The backup has revision {summary.revision}, which this release does not know. Use the newer release."
        )
    entries = tuple(manifest.read_files(folder))
    _check_files(root, entries)
    url = settings.get().owner_database_url
    await asyncio.to_thread(postgres_client.check_empty, url)
    await asyncio.to_thread(
        postgres_client.restore,
        url, folder / manifest.DUMP, extensions=summary.extensions, version=summary.postgres,
    )  # fmt: skip
    problems = [f"{key} was missing when the backup was made" for key in summary.missing]
    problems += await _put_files(root / manifest.FILE_POOL, files, entries)
    if (root / manifest.SITE_TEXTS).is_dir():
        shutil.copytree(root / manifest.SITE_TEXTS, settings.get().data_dir / manifest.SITE_TEXTS, dirs_exist_ok=True)
    await asyncio.to_thread(migrations.upgrade)
    return Restored(summary, (*problems, *await _ledger_problems(summary)))


def _chosen(root: Path, name: str | None) -> Path:
    if name:
        return root / name
    if not (known := manifest.complete(root)):
        raise BackupError(f"The folder {root} holds no complete backup.")
    return known[-1]


def _check_files(root: Path, entries: tuple[FileEntry, ...]) -> None:
    """Check, before anything is changed, that every listed file exists with its size.

    Raises:
        BackupError: one does not.
    """
    for entry in entries:
        path = root / manifest.FILE_POOL / entry.key
        if not path.is_file() or path.stat().st_size != entry.size_bytes:
            raise BackupError(f"The backup is damaged: its file {entry.key} is missing or has a wrong size.")


async def _put_files(pool: Path, files: BlobStore, entries: tuple[FileEntry, ...]) -> list[str]:
    problems: list[str] = []

    async def put(entry: FileEntry) -> None:
        part = files.part(f"restore-{uuid.uuid4().hex}")
        if await asyncio.to_thread(_read_into, pool / entry.key, part) != entry.sha256:
            problems.append(f"{entry.key} was damaged in the backup")
        await files.adopt(part, entry.key)

    await for_each(as_async(entries), put)
    return problems


def _read_into(source: Path, part: PartFile) -> str:
    digest = hashlib.sha256()
    part.open()
    try:
        with source.open("rb") as content:
            while piece := content.read(_PIECE_BYTES):
                digest.update(piece)
                part.append(piece)
        part.seal()
    finally:
        part.close()
    return digest.hexdigest()


async def _ledger_problems(summary: Summary) -> list[str]:
    async with read_only(timeout_seconds=None) as session:
        report = await wallet.verify(session)
    problems = list(report.problems)
    if (report.entries, report.transactions) != (summary.ledger_entries, summary.ledger_transactions):
        problems.append(
            f"the ledger has {report.entries} entries in {report.transactions} transactions,"
            f" not {summary.ledger_entries} in {summary.ledger_transactions}"
        )
    return problems
