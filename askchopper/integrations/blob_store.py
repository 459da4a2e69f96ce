"""Where audio and covers are stored: one interface, a local folder behind it.

Keys are relative paths of our own making, never a user's file name.
"""

import asyncio
from functools import lru_cache
from pathlib import Path, PurePosixPath

from askchopper import settings
from askchopper.errors import NotFoundError


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
        parts = PurePosixPath(key)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise NotFoundError("This file does not exist.")
        path = self.folder / parts
        if not path.is_file():
            raise NotFoundError("This file does not exist.")
        return path

    async def size_bytes(self, key: str) -> int:
        """Return the size of a stored file, off the event loop."""
        return (await asyncio.to_thread(self.path(key).stat)).st_size


@lru_cache(maxsize=1)
def store() -> LocalDiskStore:
    """Return the store of this process."""
    return LocalDiskStore(settings.get().data_dir / "files")
