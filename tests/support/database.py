"""The Postgres cluster of the test run: started once, shared by the workers of pytest-xdist."""

import shutil
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg2
from alembic.config import Config

from alembic import command
from askchopper import local_postgres
from askchopper.database_urls import with_driver

ROOT = Path(__file__).parents[2]


TEMPLATE = "askchopper_template"


cleanup = ExitStack()


_cluster: dict[str, str] = {}


def start_cluster() -> str:
    if not _cluster:
        # A short path: unix sockets allow about a hundred characters.
        folder = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        socket_dir = cleanup.enter_context(local_postgres.running(folder, discard=True))
        run_as_owner(socket_dir, "postgres", "ALTER SYSTEM SET fsync = off")
        run_as_owner(socket_dir, "postgres", "ALTER SYSTEM SET synchronous_commit = off")
        run_as_owner(socket_dir, "postgres", "SELECT pg_reload_conf()")
        local_postgres.create_database(socket_dir, TEMPLATE)
        migrate(owner_url(socket_dir, TEMPLATE))
        _cluster["socket_dir"] = socket_dir
    return _cluster["socket_dir"]


def owner_url(socket_dir: str, name: str) -> str:
    """URL of a database for migrations, as its owner."""
    url = local_postgres.url(socket_dir, database=name, role=local_postgres.OWNER)
    return with_driver(url, "postgresql+psycopg2")


def alembic_config(url: str) -> Config:
    """Configure Alembic for one database."""
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = url
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Migrate a database to a revision."""
    command.upgrade(alembic_config(url), revision)


def run_as_owner(socket_dir: str, name: str, *statements: str) -> list[tuple]:
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=name)
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
