"""Partial files of resumable uploads. They are on the local disk, whichever store the finished file goes to."""

import errno
import fcntl
import hashlib
import os
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from askchopper.errors import ConflictError, NotFoundError, StorageFullError
from askchopper.integrations.blob_store import free_space

_CHUNK_BYTES = 1_048_576
_BUSY = "This file is already being uploaded, perhaps from another tab."
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SUFFIX = ".part"


class PartFile:
    """A partial upload: a single appending writer with an incremental SHA-256.

    Its size is the authoritative offset; it survives a crash at any point. ``sha256`` is known after ``seal``.
    """

    def __init__(self, path: Path) -> None:
        """Refer to the file at ``path`` without opening it."""
        self.path = path
        self.sha256: str | None = None
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._on_its_way = 0

    def size_bytes(self) -> int:
        """Return the number of bytes received; 0 if there is no file yet."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def name(self) -> str:
        """The name by which ``PartFolder.part`` finds this file."""
        return self.path.name.removesuffix(_SUFFIX)

    def touched_at(self) -> datetime:
        """Return when the last piece was written.

        Raises:
            FileNotFoundError: nothing was written yet.
        """
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def open(self) -> None:
        """Open for appending with an exclusive lock; existing content is hashed first.

        Raises:
            ConflictError: another request is writing.
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
        self._file, self._on_its_way = file, file.tell()

    def close(self) -> None:
        """Release the lock."""
        if self._file:
            self._file.close()
            self._file = None

    def append(self, piece: bytes) -> None:
        """Append a piece.

        Raises:
            StorageFullError: the disk is full up to its reserve; earlier pieces stay.
        """
        assert self._file  # noqa: S101 - only while it is open
        free_space.check(len(piece))
        before = self._file.tell()
        try:
            self._write(piece)
        except OSError as error:
            os.ftruncate(self._file.fileno(), before)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StorageFullError(free_space.FULL) from error
            raise
        self._hash.update(piece)
        self._start_to_disk()

    def _write(self, piece: bytes) -> None:
        assert self._file  # noqa: S101 - only while it is open
        self._file.write(piece)
        self._file.flush()

    def _start_to_disk(self) -> None:
        """Start writing dirty pages to disk without waiting, so that ``seal`` has less to flush."""
        assert self._file  # noqa: S101 - only while it is open
        arrived = self._file.tell()
        if arrived - self._on_its_way >= _CHUNK_BYTES and hasattr(os, "posix_fadvise"):
            # Drop clean pages from the page cache; dirty ones stay for the analysis.
            os.posix_fadvise(self._file.fileno(), self._on_its_way, arrived - self._on_its_way, os.POSIX_FADV_DONTNEED)
            self._on_its_way = arrived

    def digest(self) -> str:
        """Return the SHA-256 in hex of everything received, flushed or not."""
        return self._hash.hexdigest()

    def seal(self) -> str:
        """Flush to disk and return the SHA-256 in hex."""
        assert self._file  # noqa: S101 - only while it is open
        os.fsync(self._file.fileno())
        self.sha256 = self.digest()
        return self.sha256

    def remove(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


class PartFolder:
    """The folder of partial uploads."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder/incoming``, which is created if missing."""
        self.folder = folder / "incoming"
        self.folder.mkdir(parents=True, exist_ok=True)

    def part(self, name: str) -> PartFile:
        """Return the partial file of a name.

        Raises:
            NotFoundError: the name is invalid.
        """
        if not _NAME.fullmatch(name):
            raise NotFoundError("There is no such file.")
        return PartFile(self.folder / f"{name}{_SUFFIX}")

    def draft(self) -> PartFile:
        """Return a new partial file with a unique name."""
        return self.part(f"draft-{uuid.uuid4().hex}")

    def all(self) -> tuple[PartFile, ...]:
        """Return all partial files, including those of earlier processes."""
        return tuple(PartFile(path) for path in self.folder.glob(f"*{_SUFFIX}"))
