"""Files that arrive in pieces, on the disk of this machine, whichever store they go to in the end."""

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

FULL = "There is no room for this file right now. Nothing is lost; try again later."
_CHUNK_BYTES = 1_048_576
_BUSY = "This file is being sent already, perhaps from another tab."
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SUFFIX = ".part"


class PartFile:
    """A file that arrives in pieces: one writer at a time, appending; the SHA-256 grows along.

    Its size is the truth about how much has arrived: it survives the end of the process at any instant.
    ``sha256`` is known from ``seal`` on.
    """

    def __init__(self, path: Path) -> None:
        """Stand for the file at ``path``; nothing is opened yet."""
        self.path = path
        self.sha256: str | None = None
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._on_its_way = 0

    def size_bytes(self) -> int:
        """Return how much has arrived."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def name(self) -> str:
        """The name that ``PartFolder.part`` knows it by."""
        return self.path.name.removesuffix(_SUFFIX)

    def touched_at(self) -> datetime:
        """Return when the last piece arrived.

        Raises:
            FileNotFoundError: nothing has.
        """
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

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
        self._file, self._on_its_way = file, file.tell()

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
                raise StorageFullError(FULL) from error
            raise
        self._hash.update(piece)
        self._start_to_disk()

    def _write(self, piece: bytes) -> None:
        assert self._file  # noqa: S101 - only while it is open
        self._file.write(piece)
        self._file.flush()

    def _start_to_disk(self) -> None:
        """Have the system write out what has come, without waiting for it: less is left when the file is sealed."""
        assert self._file  # noqa: S101 - only while it is open
        arrived = self._file.tell()
        if arrived - self._on_its_way >= _CHUNK_BYTES and hasattr(os, "posix_fadvise"):
            # Pages that are not needed are written out; those that are not written yet stay in memory for the analysis.
            os.posix_fadvise(self._file.fileno(), self._on_its_way, arrived - self._on_its_way, os.POSIX_FADV_DONTNEED)
            self._on_its_way = arrived

    def digest(self) -> str:
        """Return the SHA-256 in hex of what has arrived so far, whether it is on the disk or not."""
        return self._hash.hexdigest()

    def seal(self) -> str:
        """Force everything to the disk and return the SHA-256 in hex."""
        assert self._file  # noqa: S101 - only while it is open
        os.fsync(self._file.fileno())
        self.sha256 = self.digest()
        return self.sha256

    def remove(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)


class PartFolder:
    """The folder where files arrive."""

    def __init__(self, folder: Path) -> None:
        """Keep arriving files in ``folder/incoming``, which is made if it is missing."""
        self.folder = folder / "incoming"
        self.folder.mkdir(parents=True, exist_ok=True)

    def part(self, name: str) -> PartFile:
        """Return the place of a file that is still arriving.

        Raises:
            NotFoundError: the name is not one of ours.
        """
        if not _NAME.fullmatch(name):
            raise NotFoundError("There is no such file.")
        return PartFile(self.folder / f"{name}{_SUFFIX}")

    def draft(self) -> PartFile:
        """Return a place that nobody else writes to."""
        return self.part(f"draft-{uuid.uuid4().hex}")

    def all(self) -> tuple[PartFile, ...]:
        """Return what is arriving, or was when a process ended."""
        return tuple(PartFile(path) for path in self.folder.glob(f"*{_SUFFIX}"))
