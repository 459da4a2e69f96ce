"""Free space on the disk of the data folder, and the reserve that is kept for the database."""

import shutil

from askchopper import settings
from askchopper.errors import StorageFullError

_MOST_RESERVED = 1 << 30
_RESERVED_PART = 20
FULL = "There is no storage left for this file right now. Nothing is lost; try again later."


def free_bytes() -> int:
    """Return the free space on the disk of the data folder."""
    return shutil.disk_usage(settings.get().data_dir).free


def reserve_bytes() -> int:
    """Return the space to keep free: ``DISK_RESERVE_MB``, or by default a share of the disk."""
    stated = settings.get().disk_reserve_mb
    if stated >= 0:
        return stated << 20
    total = shutil.disk_usage(settings.get().data_dir).total
    return min(_MOST_RESERVED, total // _RESERVED_PART)


def usable_bytes() -> int:
    """Return the free space beyond the reserve, at least 0."""
    return max(0, free_bytes() - reserve_bytes())


def check(size_bytes: int = 0) -> None:
    """Check that storing a file leaves the reserve free. Uploads fail first, because a full disk would stop Postgres.

    Raises:
        StorageFullError: the reserve would be used.
    """
    if free_bytes() - size_bytes < reserve_bytes():
        raise StorageFullError(FULL)
