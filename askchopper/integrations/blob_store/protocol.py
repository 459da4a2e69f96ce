"""The blob store protocol, and the rules for keys."""

import asyncio
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
REPLACED = "The file was replaced while it was being copied. Upload it again."
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_RESERVED = "incoming/"
_PUBLIC = ("covers/", "previews/")
_TYPES = {
    ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".m4a": "audio/mp4",
    ".wav": "audio/wav", ".wave": "audio/wav", ".flac": "audio/flac", ".aiff": "audio/aiff", ".aif": "audio/aiff",
    ".zip": "application/zip", ".webp": "image/webp", ".jpg": "image/jpeg",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Metadata of a stored file; ``etag`` is ready for a header, with its quotes."""

    key: str
    size_bytes: int
    stored_at: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class UploadGrant:
    """Permission for a browser to write one new object, in parts of ``part_bytes`` if it is larger.

    ``token`` permits nothing else, and is a secret until ``valid_until``.
    """

    url: str
    token: str
    pathname: str
    access: str
    content_type: str
    part_bytes: int
    valid_until: datetime


class BlobStore(Protocol):
    """Storage of files under keys that we generate. A file appears under its key atomically.

    Any method may raise ``UnavailableError``, any write ``StorageFullError``. Malformed keys raise ``NotFoundError``.
    """

    @property
    def public_origin(self) -> str:
        """Origin of the URLs that ``public_url`` returns; empty if it returns none."""
        ...

    @property
    def upload_url(self) -> str:
        """Base URL to which browsers upload files directly; empty if they upload through our server."""
        ...

    def grant_upload(self, key: str, *, size_bytes: int, content_type: str) -> UploadGrant:
        """Permit a browser to write a new object of at most ``size_bytes`` directly to the store, for some minutes.

        Raises:
            ConflictError: files have to be sent to us; see ``upload_url``.
        """
        ...

    def place_of(self, key: str) -> str:
        """Return the name of the store that a key belongs to, such as ``local``; with two Vercel stores, the private or the public one."""
        ...

    def part(self, name: str) -> PartFile:
        """Return a partial upload, always on the local disk."""
        ...

    def parts(self) -> tuple[PartFile, ...]:
        """Return all partial uploads on the local disk, including those of earlier processes."""
        ...

    async def put(self, key: str, content: bytes) -> None:
        """Store bytes, replacing any previous content of the key."""
        ...

    async def adopt(self, part: PartFile, key: str) -> None:
        """Move a completed upload to its key. Idempotent, also after a crash.

        Raises:
            NotFoundError: neither the upload nor the key exists.
        """
        ...

    async def copy(self, source: str, key: str, *, etag: str) -> None:
        """Copy a file within the store if its version still has this ``etag``.

        Raises:
            NotFoundError: nothing is stored under the source.
            ConflictError: the source is another version.
        """
        ...

    async def head(self, key: str) -> StoredFile:
        """Return the metadata of a file.

        Raises:
            NotFoundError: nothing is stored under the key.
        """
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Read a file, or its bytes from ``start`` up to but excluding ``end``, in pieces of at most a megabyte.

        Reading past the end yields nothing and is no error.

        Raises:
            NotFoundError: nothing is stored under the key.
        """
        ...

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Yield a read-only local path of a file, for programs that cannot read a stream.

        Raises:
            NotFoundError: nothing is stored under the key.
        """
        ...

    def local_path(self, key: str) -> Path | None:
        """Return the local path of a file, for sendfile; None if the store is remote.

        Raises:
            NotFoundError: the store is local, and nothing is stored under the key.
        """
        ...

    def public_url(self, key: str) -> str | None:
        """Return the public URL of a file; None for private files and local stores."""
        ...

    async def delete(self, key: str) -> None:
        """Delete a file; a missing one is no error."""
        ...

    def list_files(self, prefix: str = "") -> AsyncIterator[StoredFile]:
        """List the files whose keys have a prefix, each once, in no particular order."""
        ...

    async def ping(self) -> None:
        """Check that the store is available."""
        ...

    async def aclose(self) -> None:
        """Close connections; the next use opens new ones."""
        ...


def arriving_key(upload_id: str) -> str:
    """Return the temporary key of a direct upload, used until the file has been checked."""
    return f"arriving/{upload_id}"


async def remove_unfinished(files: BlobStore, upload_id: str) -> None:
    """Delete the received data of an upload that was cancelled or abandoned."""
    await asyncio.to_thread(files.part(upload_id).remove)
    if files.upload_url:
        await files.delete(arriving_key(upload_id))


async def measure(files: BlobStore, key: str) -> tuple[int, str]:
    """Read a file and return its size in bytes and its SHA-256 in hex.

    Raises:
        NotFoundError: nothing is stored under the key.
        UnavailableError: the store is unavailable.
    """
    digest, size_bytes = hashlib.sha256(), 0
    async with aclosing(files.read(key)) as pieces:
        async for piece in pieces:
            digest.update(piece)
            size_bytes += len(piece)
    return size_bytes, digest.hexdigest()


def check_key(key: str) -> str:
    """Validate a key: plain ASCII segments, none hidden or a parent reference.

    Raises:
        NotFoundError: the key is invalid, so nothing can be stored under it.
    """
    if len(key) > MAX_KEY_CHARACTERS or not _KEY.fullmatch(key) or key.startswith(_RESERVED):
        raise NotFoundError(NO_FILE)
    return key


def check_prefix(prefix: str) -> str:
    """Validate a key prefix: empty, a folder with its slash, or more.

    Raises:
        NotFoundError: no key can have it.
    """
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


def is_public(key: str) -> bool:
    """Return whether a file is public: covers and previews are, everything else is private."""
    return key.startswith(_PUBLIC)


def content_type(key: str) -> str:
    """Return the media type of a key's extension; ``application/octet-stream`` for an unknown one."""
    return _TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")
