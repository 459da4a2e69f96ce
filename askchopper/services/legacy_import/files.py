"""Files of the old upload folder: located, verified, and copied to the store."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from askchopper.integrations.blob_store import free_space, store

_PIECE = 2**20


@dataclass(frozen=True)
class FoundFile:
    """A file of the upload folder."""

    path: Path
    size_bytes: int
    sha256: str


class UploadFolder:
    """The old upload folder. Paths in the old database may be absolute, or relative to the application or to the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._by_name: dict[str, list[Path]] = {}
        for path in sorted(self._folder.rglob("*")) if self._folder.is_dir() else []:
            self._by_name.setdefault(path.name, []).append(path)

    def find(self, listed: str) -> Path | None:
        """Return the file for a path from the old database; None if it is missing or outside the folder."""
        if not listed or "\x00" in listed:
            return None
        parts = PurePosixPath(listed.replace("\\", "/")).parts
        relative = [parts[start:] for start in range(len(parts)) if parts[start] != "/"]
        candidates = [self._folder.joinpath(*tail) for tail in relative]
        same_name = self._by_name.get(parts[-1], []) if parts else []
        candidates += same_name if len(same_name) == 1 else []
        return next((path for path in candidates if self._is_inside(path)), None)

    def _is_inside(self, path: Path) -> bool:
        return path.is_file() and path.resolve().is_relative_to(self._folder)


async def measure(path: Path) -> FoundFile:
    """Return the size in bytes and the SHA-256 digest of a file."""

    def read() -> FoundFile:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        return FoundFile(path, path.stat().st_size, digest.hexdigest())

    return await asyncio.to_thread(read)


async def keep(found: FoundFile, key: str) -> None:
    """Copy a file to the store.

    Raises:
        StorageFullError: the disk would be full up to its reserve.
    """
    free_space.check(found.size_bytes)
    part = store().part(f"legacy-{found.sha256}")

    def copy() -> None:
        part.remove()
        part.open()
        with found.path.open("rb") as file:
            while piece := file.read(_PIECE):
                part.append(piece)
        part.seal()
        part.close()

    await asyncio.to_thread(copy)
    await store().adopt(part, key)
