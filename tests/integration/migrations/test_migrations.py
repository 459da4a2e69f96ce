import os
import subprocess
import sys

import psycopg2
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from alembic import command
from askchopper import local_postgres, models
from tests.support.database import ROOT, alembic_config, migrate, owner_url

pytestmark = pytest.mark.integration
NAME = f"askchopper_migrations_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture
def url(socket_dir: str):
    local_postgres.create_database(socket_dir, NAME)
    yield owner_url(socket_dir, NAME)
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname="postgres")
    connection.autocommit = True
    connection.cursor().execute(f"DROP DATABASE {NAME}")
    connection.close()


def objects(url: str) -> set[str]:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " UNION SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace"
                " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
            )
        )
        found = {row[0] for row in rows}
    engine.dispose()
    return found


def test_migrations_up_down_up(url: str):
    before = objects(url)
    migrate(url)
    full = objects(url)
    command.downgrade(alembic_config(url), "base")
    assert objects(url) - before <= {"alembic_version", "alembic_version_pkc"}
    migrate(url)
    assert objects(url) == full


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Exclude the indexes of pgvector, which not every server has, and partitions, which are made by month."""
    is_partition = kind == "table" and bool(name and name.startswith("pack_events_"))
    return not (is_partition or (kind == "index" and name and "_near_" in name))


def test_models_match_migrations(url: str):
    migrate(url)
    assert models.__all__
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": False, "include_name": _is_ours}
        )
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_a_new_database_has_no_history_to_count(url: str):
    migrate(url)
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        sources = connection.execute(sa.text("SELECT count(*), count(done_at) FROM pack_event_backfills")).one()
    engine.dispose()
    assert tuple(sources) == (6, 6)


def test_concurrent_starts_migrate_once(url: str):
    environment = {**os.environ, "DATABASE_URL": url, "DATABASE_URL_DIRECT": url}
    starts = [
        subprocess.Popen([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, env=environment)
        for _ in range(2)
    ]
    assert [start.wait() for start in starts] == [0, 0]
    assert "ledger_entries" in objects(url)
