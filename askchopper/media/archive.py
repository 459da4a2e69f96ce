"""Inspects and unpacks zips of sounds.

``faults`` reads only the central directory. ``unpack`` does not trust it: sizes are counted while extracting.
"""

import re
import stat
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from askchopper import policy
from askchopper.media import archive_names
from askchopper.media.quality import rules

MAX_ENTRIES = policy.MAX_ZIP_ENTRIES
MAX_BYTES = policy.MAX_PACK_BYTES
MAX_RATIO = 100
MAX_ENTRY_BYTES = policy.MAX_FILE_BYTES
_FREE_BYTES = 1 << 20  # unpacked size up to which the compression ratio is not limited, as of silence
_PIECE_BYTES = 1 << 20
_MAX_NAME = 255
# Readers of other methods have no memory limit, and no common tool writes them.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")


@dataclass(frozen=True)
class Unpacked:
    """An unpacked sound.

    Args:
        name: the creator's file name, with its folder only if another folder has the same name; for display only.
        path: the extracted file, under a generated name.
        size_bytes: size of the extracted file.
    """

    name: str
    path: Path
    size_bytes: int


class ArchiveError(Exception):
    """The zip cannot be unpacked. ``code`` is a quality rule; the message is the sentence of that rule."""

    def __init__(self, code: str) -> None:
        """Store the code, which pickling across processes needs."""
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return rules.RULES[self.code].sentence


class NoRoomError(Exception):
    """The sounds of the zip are larger than the caller allows."""


def faults(path: Path) -> tuple[str, ...]:
    """Return the faults of a zip.

    Args:
        path: file on disk.

    Returns:
        Codes of quality rules: ``archive_broken``, ``archive_unsafe_names``, ``archive_bomb``, ``archive_nested``,
        ``archive_encrypted``, ``archive_crowded``; empty for a valid archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RecursionError):
        return ("archive_broken",)
    found: list[str] = []
    names = archive_names.paths(entries)
    is_unsafe = any(_is_unsafe(entry, name) for entry, name in zip(entries, names, strict=True))
    if is_unsafe or len({entry.orig_filename for entry in entries}) < len(entries):
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


def unpack(path: Path, folder: Path, extensions: Collection[str], max_bytes: int = MAX_BYTES) -> list[Unpacked]:
    """Extract the sounds of a zip; images, texts, folders and system files are skipped.

    Run it in a child process that may write files of ``MAX_ENTRY_BYTES``. A killed child leaves partial files, so the caller
    deletes the folder.

    Args:
        path: the zip on disk.
        folder: target folder; created if missing.
        extensions: accepted extensions, lower case, without the dot.
        max_bytes: maximum total size of the sounds.

    Returns:
        The sounds in archive order, at least one.

    Raises:
        ArchiveError: a fault of ``faults``, a sound or a total that is too large, damaged data, or no sounds; the folder is empty.
        NoRoomError: the sounds are larger than ``max_bytes``; nothing is written if the zip declares it.
        OSError: the disk is full or writing is not permitted; the folder is empty.
    """
    if found := faults(path):
        raise ArchiveError(found[0])
    folder.mkdir(parents=True, exist_ok=True)
    unpacked: list[Unpacked] = []
    try:
        with zipfile.ZipFile(path) as archive:
            sounds = _sounds(archive.infolist(), extensions)
            _check_room(sounds, max_bytes)
            _extract_all(archive, folder, sounds, unpacked, min(MAX_BYTES, _most_bytes(path)), max_bytes)
    except BaseException as error:
        for sound in unpacked:
            sound.path.unlink(missing_ok=True)
        if isinstance(error, _DAMAGE):
            raise ArchiveError("archive_broken") from error
        raise
    if not unpacked:
        raise ArchiveError("archive_no_sounds")
    return unpacked


def _check_room(sounds: list[tuple[zipfile.ZipInfo, str]], max_bytes: int) -> None:
    """Raise NoRoomError if the declared sizes exceed ``max_bytes``; the actual sizes are counted while extracting."""
    if sum(entry.file_size for entry, _ in sounds) > max_bytes:
        raise NoRoomError


def _most_bytes(path: Path) -> int:
    return max(_FREE_BYTES, MAX_RATIO * path.stat().st_size)


def _extract_all(
    archive: zipfile.ZipFile,
    folder: Path,
    sounds: list[tuple[zipfile.ZipInfo, str]],
    unpacked: list[Unpacked],
    left: int,
    room: int,
) -> None:
    """Extract the sounds. Each path is recorded before its file is created, so that clean-up removes partial files too."""
    for entry, name in sounds:
        target = folder / f"{len(unpacked):04}.{_extension(name)}"
        unpacked.append(Unpacked(name, target, 0))
        size = _extract(archive, entry, target, left, room)
        unpacked[-1] = Unpacked(name, target, size)
        left -= size
        room -= size


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int, room: int) -> int:
    """Extract one entry and return its counted size.

    Raises:
        ArchiveError: unsupported compression, or more bytes than ``left`` or ``MAX_ENTRY_BYTES``.
        NoRoomError: more bytes than ``room``.
    """
    if entry.compress_type not in _METHODS:
        raise ArchiveError("archive_broken")
    size = 0
    with archive.open(entry) as source, target.open("xb") as out:
        while piece := source.read(_PIECE_BYTES):
            size += len(piece)
            if size > MAX_ENTRY_BYTES:
                raise ArchiveError("archive_large_file")
            if size > left:
                raise ArchiveError("archive_bomb")
            if size > room:
                raise NoRoomError
            out.write(piece)
    return size


def _sounds(entries: list[zipfile.ZipInfo], extensions: Collection[str]) -> list[tuple[zipfile.ZipInfo, str]]:
    """Return the entries that are sounds, with unique file names."""
    paths = archive_names.paths(entries)
    found = [(entry, path) for entry, path in zip(entries, paths, strict=True) if _is_sound(entry, path, extensions)]
    names = archive_names.file_names([path for _, path in found])
    return [(entry, name) for (entry, _), name in zip(found, names, strict=True)]


def _is_sound(entry: zipfile.ZipInfo, path: str, extensions: Collection[str]) -> bool:
    name = path.rpartition("/")[2]
    is_system = name.startswith(".") or path.startswith("__MACOSX/")
    return not entry.is_dir() and not is_system and _extension(name) in extensions


def _extension(name: str) -> str:
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem else ""


def _is_unsafe(entry: zipfile.ZipInfo, path: str) -> bool:
    return (
        "\0" in entry.orig_filename
        or len(path) > _MAX_NAME
        or ".." in path.split("/")
        or path.startswith("/")
        or re.match(r"[A-Za-z]:/", path) is not None
        or stat.S_ISLNK(entry.external_attr >> 16)
    )


def _is_bomb(entries: list[zipfile.ZipInfo]) -> bool:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    return unpacked > MAX_BYTES or (unpacked > 1 << 20 and unpacked > MAX_RATIO * max(packed, 1))
