"""What a backup contains: a summary and the list of its files, as JSON in its folder."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from askchopper.backup.errors import BackupError

FORMAT = 1
SUMMARY = "backup.json"
FILES = "files.jsonl"
DUMP = "database.dump"
FILE_POOL = "files"
SITE_TEXTS = "site"
_NAME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A stored file of a backup; ``sha256`` in hex."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What was backed up and when. ``settings`` are the explicitly set ones, without secrets."""

    started_at: str
    finished_at: str
    revision: str
    postgres: int
    extensions: tuple[str, ...]
    file_count: int
    file_bytes: int
    ledger_entries: int
    ledger_transactions: int
    missing: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict[str, str])
    format: int = FORMAT


def name_now() -> str:
    """Return the folder name for a backup that starts now."""
    return datetime.now(UTC).strftime(_NAME)


def write_summary(folder: Path, summary: Summary) -> None:
    """Write the summary atomically, which marks the backup as complete."""
    draft = folder / f"{SUMMARY}.tmp"
    draft.write_text(json.dumps(asdict(summary), indent=1))
    draft.replace(folder / SUMMARY)


def read_summary(folder: Path) -> Summary:
    """Read the summary of a backup.

    Raises:
        BackupError: the backup is incomplete, damaged or of a newer release.
    """
    try:
        stored = json.loads((folder / SUMMARY).read_text())
        if stored["format"] > FORMAT:
            raise BackupError(f"The backup {folder} was made by a newer release. Restore it with that one.")
        return Summary(**{**stored, "extensions": tuple(stored["extensions"]), "missing": tuple(stored["missing"])})
    except FileNotFoundError as error:
        raise BackupError(f"The folder {folder} holds no complete backup: it has no {SUMMARY}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise BackupError(f"The backup {folder} is damaged: {SUMMARY} cannot be read.") from error


def write_files(folder: Path, entries: Iterable[FileEntry]) -> None:
    """Write the list of files."""
    with (folder / FILES).open("w") as out:
        out.writelines(f"{json.dumps(asdict(entry))}\n" for entry in entries)


def read_files(folder: Path) -> Iterator[FileEntry]:
    """Read the list of files.

    Raises:
        BackupError: the list is missing or damaged.
    """
    try:
        with (folder / FILES).open() as lines:
            for line in lines:
                yield FileEntry(**json.loads(line))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"The backup {folder} is damaged: {FILES} cannot be read.") from error


def complete(root: Path) -> list[Path]:
    """Return the complete backups of a backup folder, oldest first."""
    return sorted(path.parent for path in root.glob(f"*/{SUMMARY}"))
