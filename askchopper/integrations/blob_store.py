"""Where audio and covers are stored: one interface, a local folder behind it.

Keys are relative paths of our own making, never a user's file name.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from askchopper import settings
from askchopper.errors import ConflictError, NotFoundError, StorageFullError

_CHUNK_BYTES = 1_048_576
_BUSY = "This file is being sent already, perhaps from another tab."
_FULL = "There is no room for this file right now. Nothing is lost; try again later."


class PartFile:
    """A file that arrives in pieces: one writer at a time, appending; the SHA-256 grows along.

    Its size is the truth about how much has arrived: it survives the end of the process at any instant.
    """

    def __init__(self, path: Path) -> None:
        """Stand for the file at ``path``; nothing is opened yet."""
        self.path = path
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()

    def size_bytes(self) -> int:
        """Return how much has arrived."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def open(self) -> None:
        """Open for appending, with the lock; what is there already is hashed first.

        Raises:
            ConflictError: somebody else is writing.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise ConflictError(_BUSY) from error
        file.seek(0)
        while piece := file.read(_CHUNK_BYTES):
            self._hash.update(piece)
        self._file = file

    def close(self) -> None:
        """Give the lock back."""
        if self._file:
            self._file.close()
            self._file = None

    def append(self, piece: bytes) -> None:
        """Write a piece at the end.

        Raises:
            StorageFullError: the disk is full; the pieces before stay.
        """
        assert self._file  # noqa: S101 - only while it is open
        before = self._file.tell()
        try:
            self._write(piece)
        except OSError as error:
            os.ftruncate(self._file.fileno(), before)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StorageFullError(_FULL) from error
            raise
        self._hash.update(piece)

    def _write(self, piece: bytes) -> None:
        assert self._file  # noqa: S101 - only while it is open
        self._file.write(piece)
        self._file.flush()

    def seal(self) -> str:
        """Force everything to the disk and return the SHA-256 in hex."""
        assert self._file  # noqa: S101 - only while it is open
        os.fsync(self._file.fileno())
        return self._hash.hexdigest()

    def remove(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)


class LocalDiskStore:
    """Files in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Keep files under ``folder``, which is made if it is missing."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Return the file's place on disk.

        Raises:
            NotFoundError: the key is not one of ours, or nothing is stored under it.
        """
        path = self._place(key)
        if not path.is_file():
            raise NotFoundError("This file does not exist.")
        return path

    def part(self, name: str) -> PartFile:
        """Return the place of a file that is still arriving."""
        return PartFile(self._place(f"incoming/{name}.part"))

    def adopt(self, part: PartFile, key: str) -> None:
        """Move a file that has arrived to its key, in one step that a crash cannot halve; doing it again changes nothing."""
        target = self._place(key)
        if not part.path.exists() and target.is_file():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part.path.replace(target)
        for folder in (target.parent, part.path.parent):
            _sync_folder(folder)

    async def put(self, key: str, content: bytes) -> None:
        """Store bytes made by us; under a key that is there already they replace what was."""
        await asyncio.to_thread(self._write_whole, self._place(key), content)

    @asynccontextmanager
    async def local(self, key: str) -> AsyncGenerator[Path]:
        """Lend a stored file as a path on this machine, for programs that cannot read a stream.

        Raises:
            NotFoundError: nothing is stored under the key.
        """
        yield await asyncio.to_thread(self.path, key)

    def delete(self, key: str) -> None:
        """Remove a stored file; it is no error if there is none."""
        self._place(key).unlink(missing_ok=True)

    async def size_bytes(self, key: str) -> int:
        """Return the size of a stored file, off the event loop."""
        return (await asyncio.to_thread(self.path(key).stat)).st_size

    def _write_whole(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            draft.write_bytes(content)
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StorageFullError(_FULL) from error
            raise

    def _place(self, key: str) -> Path:
        parts = PurePosixPath(key)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise NotFoundError("This file does not exist.")
        return self.folder / parts


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=1)
def store() -> LocalDiskStore:
    """Return the store of this process."""
    return LocalDiskStore(settings.get().data_dir / "files")
