"""Copies all files of one blob store to another, verified by their SHA-256, and deletes them at the source in a separate step.

A journal in ``DATA_DIR`` lists verified files with the ETags of both sides, so that an interrupted run continues without reading them
again. A file replaced at the source since then is copied again; one replaced or deleted at the target is not.
"""

import asyncio
import fcntl
import hashlib
import json
from collections.abc import Callable, Generator, Iterable
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from askchopper.backup.errors import BackupError
from askchopper.backup.parallel import as_async, for_each
from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store import BlobStore, PartFile, StoredFile, check_key, measure

JOURNAL = "migrate-files.jsonl"
_PART = "migrate-"
_Etags = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """The source files to copy, those verified by an earlier run, those changed at the target since then, and names that are not valid keys."""

    to_copy: tuple[StoredFile, ...]
    done: tuple[StoredFile, ...] = ()
    outdated: tuple[StoredFile, ...] = ()
    unusable: tuple[str, ...] = ()


class Journal:
    """A log of verified files by store and key: the ETags at source and target. Append-only; a truncated last line is ignored."""

    def __init__(self, file: TextIO) -> None:
        """Read the journal file."""
        self._file = file
        self._known: dict[tuple[str, str], _Etags | None] = {}
        for line in file:
            try:
                entry = json.loads(line)
                self._known[entry["to"], entry["key"]] = (
                    (entry["source"], entry["target"]) if "source" in entry else None
                )
            except (ValueError, KeyError, TypeError):
                continue

    def etags(self, files: BlobStore, key: str) -> _Etags | None:
        """Return the source and target ETags that a file had when it was verified in a store; None if it was not."""
        return self._known.get((files.place_of(key), key))

    def add(self, files: BlobStore, key: str, etags: _Etags) -> None:
        """Record a file that was verified in a store."""
        self._append(files, key, {"source": etags[0], "target": etags[1]})

    def forget(self, files: BlobStore, key: str) -> None:
        """Record that a file was deleted from a store, so that it can be copied back."""
        self._append(files, key, {})

    def _append(self, files: BlobStore, key: str, etags: dict[str, str]) -> None:
        entry = {"to": files.place_of(key), "key": key, **etags}
        self._file.write(f"\n{json.dumps(entry)}")  # the line before may be torn
        self._file.flush()


@contextmanager
def journal(data_dir: Path) -> Generator[Journal]:
    """Open the journal within the block.

    Raises:
        BackupError: another run has it open, or the folder cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / JOURNAL).open("a+")
    except OSError as error:
        raise BackupError(f"The folder {data_dir} cannot be written: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("Another migrate-files runs on this data folder.") from error
        file.seek(0)
        yield Journal(file)


async def plan(source: BlobStore, target: BlobStore, known: Journal) -> Plan:
    """List both stores and decide what is to be copied. Changes nothing.

    Raises:
        UnavailableError: a store is unavailable.
    """
    there = {stored.key: stored.etag async for stored in target.list_files()}
    to_copy: list[StoredFile] = []
    done: list[StoredFile] = []
    outdated: list[StoredFile] = []
    unusable: list[str] = []
    for stored in {stored.key: stored async for stored in source.list_files()}.values():
        if not _is_key(stored.key):
            unusable.append(stored.key)
            continue
        etags = known.etags(target, stored.key)
        if etags is None or etags[0] != stored.etag:
            to_copy.append(stored)
        elif there.get(stored.key) == etags[1]:
            done.append(stored)
        else:  # the site works with the target already, which has the newer state
            outdated.append(stored)
    return Plan(tuple(to_copy), tuple(done), tuple(outdated), tuple(unusable))


async def plan_one(source: BlobStore, key: str) -> Plan:
    """Plan to copy one file, even if it was verified before.

    Raises:
        NotFoundError: the source has no such file.
        UnavailableError: the store is unavailable.
    """
    return Plan((await source.head(key),))


async def copy(
    source: BlobStore,
    target: BlobStore,
    files: Iterable[StoredFile],
    known: Journal,
    on_verified: Callable[[StoredFile], None],
) -> None:
    """Copy files and verify each by reading it back. Files that the target already has in the same size are only verified.

    Files that are deleted at the source meanwhile are left out.

    Raises:
        BackupError: a file at the target has another content than was sent.
        StorageFullError: the target is full. What was verified stays, and the next run continues.
        UnavailableError: a store is unavailable; the same applies.
    """
    for part in target.parts():  # of a run that was killed
        if part.name.startswith(_PART):
            await asyncio.to_thread(part.remove)

    async def transfer(stored: StoredFile) -> None:
        try:
            etag = await _transfer(source, target, stored)
        except NotFoundError as error:
            if await _size(source, stored.key) is None:
                return
            raise _differs(stored.key) from error
        known.add(target, stored.key, (stored.etag, etag))
        on_verified(stored)

    await for_each(as_async(files), transfer)


async def delete(
    source: BlobStore, target: BlobStore, files: Iterable[StoredFile], known: Journal
) -> tuple[StoredFile, ...]:
    """Delete source files that are unchanged in both stores since verification; returns them.

    Raises:
        UnavailableError: a store is unavailable; the next run continues.
    """
    deleted: list[StoredFile] = []

    async def remove(stored: StoredFile) -> None:
        if (await _etag(source, stored.key), await _etag(target, stored.key)) == known.etags(target, stored.key):
            known.forget(source, stored.key)
            await source.delete(stored.key)
            deleted.append(stored)

    await for_each(as_async(files), remove)
    return tuple(deleted)


async def _transfer(source: BlobStore, target: BlobStore, stored: StoredFile) -> str:
    """Copy one file unless the target has it; returns its ETag at the target."""
    if await _size(target, stored.key) == stored.size_bytes:
        _, expected = await measure(source, stored.key)
        if (await measure(target, stored.key))[1] == expected:
            return (await target.head(stored.key)).etag
    part = target.part(f"{_PART}{hashlib.sha256(stored.key.encode()).hexdigest()}")
    try:
        expected = await _receive(source, stored.key, part)
        await target.adopt(part, stored.key)
    finally:
        await asyncio.to_thread(part.remove)
    if (await measure(target, stored.key))[1] != expected:
        raise _differs(stored.key)
    return (await target.head(stored.key)).etag


async def _size(files: BlobStore, key: str) -> int | None:
    try:
        return (await files.head(key)).size_bytes
    except NotFoundError:
        return None


async def _etag(files: BlobStore, key: str) -> str | None:
    try:
        return (await files.head(key)).etag
    except NotFoundError:
        return None


def _differs(key: str) -> BackupError:
    return BackupError(f"The file {key} differs from what was sent. Run the command again.")


async def _receive(source: BlobStore, key: str, part: PartFile) -> str:
    await asyncio.to_thread(part.open)
    try:
        async with aclosing(source.read(key)) as pieces:
            async for piece in pieces:
                await asyncio.to_thread(part.append, piece)
        return await asyncio.to_thread(part.seal)
    finally:
        part.close()


def _is_key(key: str) -> bool:
    try:
        return bool(check_key(key))
    except NotFoundError:
        return False
