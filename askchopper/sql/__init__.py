"""The SQL functions of the database, one file each: migrations install exactly this text.

A change to a file needs a migration that installs it; ``tests/integration/migrations/test_functions.py`` checks both. Grants on a function
are in its file. ``previous_release`` holds functions that only the previous release calls.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """List all functions, such as ``purchase_buy`` and ``previous_release/purchase_buy``."""
    paths = (path.relative_to(FOLDER).with_suffix("") for path in FOLDER.rglob("*.sql"))
    return tuple(sorted(path.as_posix() for path in paths))


def read(name: str) -> str:
    """Return the statements of a function's file."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def checksum(name: str) -> str:
    """Return a short digest of a function's file; migrations use it to document the version they were written for."""
    return hashlib.sha256(read(name).encode()).hexdigest()[:12]


def install(connection: Connection, functions: Mapping[str, str]) -> None:
    """Create or replace functions from their files, in a migration.

    Args:
        connection: the migration's connection, as the owner of the tables.
        functions: names and checksums. A checksum documents the text that the migration was written for; the current
            file is installed, since a later migration installs it anyway.
    """
    # Bodies may name functions and columns that come later in this migration or in a following one.
    connection.exec_driver_sql("SET LOCAL check_function_bodies = off")
    for name in functions:
        connection.exec_driver_sql(read(name).replace("%", "%%"))
    connection.exec_driver_sql("SET LOCAL check_function_bodies = on")
