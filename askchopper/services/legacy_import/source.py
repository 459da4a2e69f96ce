"""Reads the SQLite database of the old application, read-only.

The exact schema varies: columns are found under several names, optional ones may be missing, and unknown ones are
reported.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askchopper.errors import InvalidInputError

BATCH = 500
_HEADER = b"SQLite format 3\x00"
_WAIT_SECONDS = 2.0

# Tables in the order of their import; columns with the names under which they may be found. Those in _REQUIRED must exist.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "users": {
        "id": ("id",),
        "email": ("email",),
        "name": ("display_name", "name", "username"),
        "password": ("password_hash", "password"),
        "bio": ("bio", "about"),
        "at": ("created_at", "created", "registered_at"),
    },
    "audio_packs": {
        "id": ("id",),
        "user": ("user_id", "creator_id"),
        "title": ("title", "name"),
        "text": ("description",),
        "genre": ("genre",),
        "price": ("price_tokens", "token_price", "price"),
        "tags": ("tags",),
        "at": ("created_at", "uploaded_at"),
    },
    "audio_files": {
        "id": ("id",),
        "pack": ("pack_id", "audio_pack_id"),
        "path": ("file_path", "filepath", "path", "stored_name"),
        "name": ("original_filename", "filename", "file_name", "name", "title"),
        "at": ("created_at", "uploaded_at"),
    },
    "user_tokens": {"id": ("id",), "user": ("user_id",), "tokens": ("balance", "tokens", "token_balance", "amount")},
    "chat_messages": {
        "id": ("id",),
        "user": ("user_id",),
        "thread": ("thread_id", "session_id", "conversation_id"),
        "role": ("role", "sender"),
        "text": ("content", "message", "text"),
        "answer": ("response", "answer"),
        "at": ("created_at", "timestamp"),
    },
    "documents": {
        "id": ("id",),
        "user": ("user_id",),
        "path": ("file_path", "filepath", "path", "stored_name"),
        "name": ("original_filename", "filename", "file_name", "name", "title"),
        "at": ("created_at", "uploaded_at"),
    },
    "user_downloads": {
        "id": ("id",),
        "user": ("user_id",),
        "pack": ("pack_id", "audio_pack_id"),
        "at": ("downloaded_at", "created_at", "timestamp"),
    },
    "user_activity": {
        "id": ("id",),
        "user": ("user_id",),
        "kind": ("activity_type", "action", "type"),
        "details": ("details", "metadata", "data"),
        "at": ("created_at", "timestamp"),
    },
    "feedback": {
        "id": ("id",),
        "user": ("user_id",),
        "text": ("message", "comment", "feedback", "content", "text"),
        "rating": ("rating",),
        "at": ("created_at", "timestamp"),
    },
}  # fmt: skip
_REQUIRED = {
    "users": {"id", "email"},
    "audio_packs": {"id", "user", "title"},
    "audio_files": {"id", "pack", "path"},
    "user_tokens": {"user", "tokens"},
    "chat_messages": {"id", "user", "text"},
    "documents": {"id", "user", "path"},
    "user_downloads": {"id", "user", "pack"},
    "user_activity": {"id", "user", "kind"},
    "feedback": {"id", "text"},
}
_ORDER = {"chat_messages": ("user", "thread", "id"), "user_tokens": ("user",), "audio_files": ("pack", "id")}


@dataclass
class Source:
    """An open database of the old application."""

    connection: sqlite3.Connection
    columns: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    ignored: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    missing: dict[str, str] = field(default_factory=dict[str, str])

    def batches(self, table: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a table in batches, with the column names in ``TABLES``; none if the table is unusable.

        Raises:
            InvalidInputError: the file ends too early or is damaged.
        """
        known = self.columns.get(table)
        if known is None:
            return
        listed = ", ".join(f'"{column}"' for column in known.values())
        order = ", ".join(f'"{known[name]}"' for name in _ORDER.get(table, ("id",)) if name in known) or "1"
        try:
            cursor = self.connection.execute(f'SELECT {listed} FROM "{table}" ORDER BY {order}')  # noqa: S608 - names of TABLES and of the file
            while rows := cursor.fetchmany(BATCH):
                yield [dict(zip(known, row, strict=True)) for row in rows]
        except sqlite3.Error as error:
            raise _refusal(error) from error


@contextmanager
def opened(path: Path) -> Generator[Source]:
    """Open a database read-only, and validate all of it before reading.

    Raises:
        InvalidInputError: it is missing, not SQLite, locked, cut off or damaged, or not of the old application.
    """
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.")
    with path.open("rb") as file:
        if file.read(len(_HEADER)) != _HEADER:
            raise InvalidInputError(f"{path.name} is not a SQLite database.")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS)
    connection.text_factory = _decoded
    try:
        connection.execute("BEGIN")
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise InvalidInputError(f"{path.name} is damaged or was cut off. Nothing was changed.")
        yield _described(Source(connection))
    except sqlite3.Error as error:
        raise _refusal(error) from error
    finally:
        connection.close()


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _described(source: Source) -> Source:
    for table, wanted in TABLES.items():
        present = [str(row[1]) for row in source.connection.execute(f'PRAGMA table_info("{table}")')]
        by_name = {column.lower(): column for column in present}
        found = {
            name: by_name[first]
            for name, aliases in wanted.items()
            if (first := next((alias for alias in aliases if alias in by_name), None))
        }
        if not present:
            source.missing[table] = "not in the database"
        elif lacking := _REQUIRED[table] - set(found):
            source.missing[table] = f"has no column for {', '.join(sorted(lacking))}"
        else:
            source.columns[table] = found
            source.ignored[table] = sorted(set(present) - set(found.values()))
    if "users" not in source.columns:
        raise InvalidInputError("This is not a database of the old application: it has no usable table users.")
    return source


def _refusal(error: sqlite3.Error) -> InvalidInputError:
    if "locked" in str(error):
        return InvalidInputError("The database is in use. Stop the old application and try again. Nothing was changed.")
    return InvalidInputError("The database is damaged or was cut off. Nothing was changed.")
