"""What a store of files can do, whichever it is, and which keys it takes."""

import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store.part_file import PartFile

PIECE_BYTES = 1_048_576
MAX_KEY_CHARACTERS = 300
NO_FILE = "This file does not exist."
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_RESERVED = "incoming/"
_PUBLIC = ("covers/", "previews/")
_TYPES = {
    ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".m4a": "audio/mp4",
    ".wav": "audio/wav", ".wave": "audio/wav", ".flac": "audio/flac", ".aiff": "audio/aiff", ".aif": "audio/aiff",
    ".webp": "image/webp", ".jpg": "image/jpeg",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a stored file without reading it; ``etag`` is ready for a header, with its quotes."""

    key: str
    size_bytes: int
    stored_at: datetime
    etag: str


class BlobStore(Protocol):
    """Files under keys of ours. Content appears under its key whole or not at all.

    Everything that meets the store may raise ``UnavailableError``, everything that writes ``StorageFullError``.
    Keys that are not of our form are not there: ``NotFoundError``.
    """

    @property
    def public_origin(self) -> str:
        """Origin of the addresses that ``public_url`` gives; empty if it gives none."""
        ...

    def part(self, name: str) -> PartFile:
        """Return the place of a file that is still arriving; always on this machine."""
        ...

    def parts(self) -> tuple[PartFile, ...]:
        """Return the files that are still arriving."""
        ...

    async def put(self, key: str, content: bytes) -> None:
        """Store bytes made by us; under a key that is there already they replace what was."""
        ...

    async def adopt(self, part: PartFile, key: str) -> None:
        """Move a file that has arrived to its key; doing it again, also after a crash, changes nothing.

        Raises:
            NotFoundError: nothing has arrived, and nothing is stored under the key.
        """
        ...

    async def head(self, key: str) -> StoredFile:
        """Describe a stored file.

        Raises:
            NotFoundError: nothing is stored under the key.
        """
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Read a stored file, or its bytes from ``start`` up to but not including ``end``, in pieces of a megabyte at most.

        Beyond the end there is nothing to read, which is no error.

        Raises:
            NotFoundError: nothing is stored under the key.
        """
        ...

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Lend a stored file as a path on this machine, for programs that cannot read a stream. Not for writing.

        Raises:
            NotFoundError: nothing is stored under the key.
        """
        ...

    def local_path(self, key: str) -> Path | None:
        """Return where a stored file lies on this machine, for the kernel to send; None if the store is elsewhere.

        Raises:
            NotFoundError: the store is here, and nothing is stored under the key.
        """
        ...

    def public_url(self, key: str) -> str | None:
        """Return where everybody can fetch a file past us; None for all that is private, and where only we can serve."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a stored file; it is no error if there is none."""
        ...

    def list_files(self, prefix: str = "") -> AsyncIterator[StoredFile]:
        """List the stored files whose keys begin with a prefix, in no particular order."""
        ...

    async def ping(self) -> None:
        """Check that the store answers."""
        ...

    async def aclose(self) -> None:
        """Let go of connections; the next use makes new ones."""
        ...


async def measure(files: BlobStore, key: str) -> tuple[int, str]:
    """Read a stored file and return its size in bytes and its SHA-256 in hex.

    Raises:
        NotFoundError: nothing is stored under the key.
        UnavailableError: the store does not answer.
    """
    digest, size_bytes = hashlib.sha256(), 0
    async with aclosing(files.read(key)) as pieces:
        async for piece in pieces:
            digest.update(piece)
            size_bytes += len(piece)
    return size_bytes, digest.hexdigest()


def check_key(key: str) -> str:
    """Return a key that is of our form: plain ASCII segments, none of them hidden or a step upwards.

    Raises:
        NotFoundError: it is not, so nothing can be stored under it.
    """
    if len(key) > MAX_KEY_CHARACTERS or not _KEY.fullmatch(key) or key.startswith(_RESERVED):
        raise NotFoundError(NO_FILE)
    return key


def check_prefix(prefix: str) -> str:
    """Return the beginning of a key: nothing, a folder with its slash, or more.

    Raises:
        NotFoundError: no key begins like this.
    """
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


def is_public(key: str) -> bool:
    """Tell whether everybody may have a file: covers and previews. All else is private, whatever it is."""
    return key.startswith(_PUBLIC)


def content_type(key: str) -> str:
    """Return the media type that the end of a key tells."""
    return _TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")
