"""Look into a zip of sounds before anything is unpacked.

Only the directory is read here; sizes are enforced again by whoever reads the entries.
"""

import stat
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

MAX_ENTRIES = 2_000
MAX_BYTES = 1 << 30
MAX_RATIO = 100
_MAX_NAME = 255
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")


def faults(path: Path) -> tuple[str, ...]:
    """List what is wrong with a zip file.

    Args:
        path: file on disk.

    Returns:
        Codes of quality rules: ``archive_broken``, ``archive_unsafe_names``, ``archive_bomb``, ``archive_nested``,
        ``archive_encrypted``, ``archive_crowded``; empty for a clean archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RecursionError):
        return ("archive_broken",)
    found: list[str] = []
    names = [entry.filename for entry in entries]
    if any(_is_unsafe(entry) for entry in entries) or len(set(names)) < len(names):
        found.append("archive_unsafe_names")
    if _is_bomb(entries):
        found.append("archive_bomb")
    if any(name.lower().endswith(_ARCHIVES) for name in names):
        found.append("archive_nested")
    if any(entry.flag_bits & 1 for entry in entries):
        found.append("archive_encrypted")
    if len(entries) > MAX_ENTRIES:
        found.append("archive_crowded")
    return tuple(found)


def _is_unsafe(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename
    parts = (*PurePosixPath(name).parts, *PureWindowsPath(name).parts)
    return (
        "\0" in name
        or len(name) > _MAX_NAME
        or ".." in parts
        or name.startswith(("/", "\\"))
        or bool(PureWindowsPath(name).drive)
        or stat.S_ISLNK(entry.external_attr >> 16)
    )


def _is_bomb(entries: list[zipfile.ZipInfo]) -> bool:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    return unpacked > MAX_BYTES or (unpacked > 1 << 20 and unpacked > MAX_RATIO * max(packed, 1))
