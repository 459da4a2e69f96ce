"""Blob store in a local folder; the default."""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from askchopper.errors import ConflictError, NotFoundError, StorageFullError
from askchopper.integrations.blob_store import free_space
from askchopper.integrations.blob_store.part_file import PartFile, PartFolder
from askchopper.integrations.blob_store.protocol import (
    NO_FILE,
    PIECE_BYTES,
    REPLACED,
    StoredFile,
    UploadGrant,
    check_key,
    check_prefix,
)


class LocalDiskStore:
    """Files in a folder; see ``BlobStore`` for the contract."""

    def __init__(self, folder: Path) -> None:
        """Store files under ``folder``, which is created if missing."""
        self.folder = folder
        self._parts = PartFolder(folder)

    @property
    def public_origin(self) -> str:
        """Return an empty string: local files have no public URL."""
        return ""

    @property
    def upload_url(self) -> str:
        """Return an empty string: browsers upload through our server."""
        return ""

    def grant_upload(self, key: str, *, size_bytes: int, content_type: str) -> UploadGrant:
        """Raise ``ConflictError``: browsers upload through our server."""
        raise ConflictError("Upload the file to this server.")

    def place_of(self, key: str) -> str:
        """Return ``local``."""
        return "local"

    def part(self, name: str) -> PartFile:
        """Return the partial file of an upload."""
        return self._parts.part(name)

    def parts(self) -> tuple[PartFile, ...]:
        """Return all partial uploads."""
        return self._parts.all()

    async def put(self, key: str, content: bytes) -> None:
        """Store bytes."""
        await asyncio.to_thread(self._put, key, content)

    async def adopt(self, part: PartFile, key: str) -> None:
        """Move an uploaded file to its key, atomically."""
        await asyncio.to_thread(self._adopt, part, key)

    async def copy(self, source: str, key: str, *, etag: str) -> None:
        """Copy a file."""
        await asyncio.to_thread(self._copy, source, key, etag)

    async def head(self, key: str) -> StoredFile:
        """Describe a stored file."""
        return await asyncio.to_thread(self._describe, self._place(key))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Read a file or a range of it, off the event loop."""
        with await asyncio.to_thread(self.local_path(key).open, "rb") as source:
            size_bytes = os.fstat(source.fileno()).st_size
            await asyncio.to_thread(source.seek, min(start, size_bytes))  # far beyond the end the kernel refuses
            left = end - start if end is not None else None
            while left is None or left > 0:
                piece = await asyncio.to_thread(source.read, PIECE_BYTES if left is None else min(left, PIECE_BYTES))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                yield piece

    @asynccontextmanager
    async def local(self, key: str) -> AsyncGenerator[Path]:
        """Yield the path of a file."""
        yield await asyncio.to_thread(self.local_path, key)

    def local_path(self, key: str) -> Path:
        """Return the path of a file."""
        path = self._place(key)
        if not path.is_file():
            raise NotFoundError(NO_FILE)
        return path

    def public_url(self, key: str) -> None:
        """Return None: local files have no public URL."""

    async def delete(self, key: str) -> None:
        """Delete a file."""
        await asyncio.to_thread(self._place(key).unlink, missing_ok=True)

    async def list_files(self, prefix: str = "") -> AsyncIterator[StoredFile]:
        """List stored files."""
        for stored in await asyncio.to_thread(self._list, prefix):
            yield stored

    async def ping(self) -> None:
        """Check that the folder is readable and writable, and that the disk has more than its reserve.

        Raises:
            PermissionError: the folder is not.
            StorageFullError: the disk has not.
        """
        free_space.check()
        if not await asyncio.to_thread(os.access, self.folder, os.R_OK | os.W_OK):
            raise PermissionError(self.folder)

    async def aclose(self) -> None:
        """Do nothing; there are no connections."""

    def _put(self, key: str, content: bytes) -> None:
        free_space.check(len(content))
        draft = self._parts.draft()
        try:
            with draft.path.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            self._adopt(draft, key)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StorageFullError(free_space.FULL) from error
            raise
        finally:
            draft.remove()

    def _adopt(self, part: PartFile, key: str) -> None:
        target = self._place(key)
        if not part.path.exists():
            self.local_path(key)
            return
        changed = [target.parent, *(folder.parent for folder in _make_folders(target.parent))]
        os.utime(part.path)  # stored now, however long ago its last piece came
        part.path.replace(target)
        # The source entry need not be durable: what a power failure restores there is garbage-collected.
        for folder in changed:
            _sync_folder(folder)

    def _copy(self, source: str, key: str, etag: str) -> None:
        path = self.local_path(source)
        if self._describe(path).etag != etag:
            raise ConflictError(REPLACED)
        draft = self._parts.draft()
        try:
            shutil.copyfile(path, draft.path)
            self._adopt(draft, key)
        finally:
            draft.remove()

    def _list(self, prefix: str) -> list[StoredFile]:
        folder = check_prefix(prefix).rpartition("/")[0]
        found: list[StoredFile] = []
        for path in (self.folder / folder).rglob("*"):
            if path.is_relative_to(self._parts.folder) or not path.relative_to(self.folder).as_posix().startswith(
                prefix
            ):
                continue
            try:
                found.append(self._describe(path))
            except NotFoundError:
                continue  # a folder, or removed meanwhile
        return found

    def _describe(self, path: Path) -> StoredFile:
        try:
            facts = path.stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError(NO_FILE) from error
        if not path.is_file():
            raise NotFoundError(NO_FILE)
        return StoredFile(
            key=path.relative_to(self.folder).as_posix(),
            size_bytes=facts.st_size,
            stored_at=datetime.fromtimestamp(facts.st_mtime, UTC),
            etag=f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"',
        )

    def _place(self, key: str) -> Path:
        return self.folder / check_key(key)


def _make_folders(folder: Path) -> list[Path]:
    """Create a folder and its parents; returns the created ones."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return new


def _sync_folder(folder: Path) -> None:
    """Fsync a folder, so that a rename in it survives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
