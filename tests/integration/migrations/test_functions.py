"""The functions of the database are the ones in ``askchopper/sql``, and a change to a file comes with a migration."""

import os
import re

import psycopg2
import pytest
from alembic.script import ScriptDirectory

from alembic import command
from askchopper import local_postgres, sql
from tests.support.database import alembic_config, migrate, owner_url

pytestmark = pytest.mark.integration
NAME = f"askchopper_functions_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
REVISION, BEFORE = "5c1e8a2f7b90", "3f60c8d97ab2"
_DEFINITIONS = """
    SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '') FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


@pytest.fixture
def connection(socket_dir: str):
    local_postgres.create_database(socket_dir, NAME)
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=NAME)
    yield connection
    connection.close()
    server = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname="postgres")
    server.autocommit = True
    server.cursor().execute(f"DROP DATABASE {NAME}")
    server.close()


def definitions(connection) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_DEFINITIONS)
        return dict(cursor.fetchall())


def test_each_function_has_one_file_and_each_file_is_installed(connection, socket_dir: str):
    migrate(owner_url(socket_dir, NAME))
    installed = definitions(connection)
    with connection.cursor() as cursor:
        for signature in installed:
            cursor.execute(f"DROP FUNCTION {signature} CASCADE")
        cursor.execute("SET LOCAL check_function_bodies = off")
        for name in sql.names():
            cursor.execute(sql.read(name))
    from_files = definitions(connection)
    connection.rollback()
    assert set(from_files) == set(installed)
    for signature, text in installed.items():
        assert from_files[signature] == text, signature


@pytest.mark.parametrize("name", sql.names())
def test_each_file_defines_the_function_of_its_name(name: str):
    [found] = re.findall(r"^CREATE OR REPLACE FUNCTION (\w+)", sql.read(name), re.MULTILINE)
    assert found == name.rpartition("/")[2]


def test_latest_migration_has_the_current_checksum():
    known: dict[str, str] = {}
    scripts = ScriptDirectory.from_config(alembic_config("postgresql://"))
    for revision in reversed(list(scripts.walk_revisions())):
        known |= getattr(revision.module, "INSTALLED", {})
    assert known == {name: sql.checksum(name) for name in sql.names()}


def test_downgrade_restores_previous_functions(connection, socket_dir: str):
    url = owner_url(socket_dir, NAME)
    migrate(url, BEFORE)
    before = definitions(connection)
    connection.rollback()
    migrate(url, REVISION)
    command.downgrade(alembic_config(url), BEFORE)
    after = definitions(connection)
    assert set(after) == set(before)
    for signature, text in before.items():
        assert after[signature] == text, signature
    connection.rollback()


def test_ownership_function_is_inlined_and_uses_the_index(connection, socket_dir: str):
    migrate(owner_url(socket_dir, NAME))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT f.id, EXISTS (SELECT FROM active_purchases('00000000-0000-0000-0000-000000000001') held"
            " WHERE held.pack_id = f.pack_id AND f.id = ANY (held.file_ids)) FROM audio_files f LIMIT 1"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    connection.rollback()
    assert "Function Scan" not in plan
    assert "ix_purchases_pack_buyer" in plan


def test_only_the_owner_posts_and_definers_search_pg_temp_last(connection, socket_dir: str):
    migrate(owner_url(socket_dir, NAME))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, proconfig, has_function_privilege('askchopper_app', oid, 'EXECUTE') FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        )
        rows = cursor.fetchall()
    connection.rollback()
    assert {name for name, _, _ in rows} == {
        "ledger_open_accounts", "ledger_post", "ledger_credit", "ledger_reverse", "ledger_settle_debt", "account_pseudonymise", "pack_event_partitions",
        "purchase_buy", "purchase_refund", "download_start", "payout_request", "payout_settle", "ledger_take_bonus", "ledger_reverse_bonus",
    }  # fmt: skip
    for name, config, may_execute in rows:
        assert "search_path=public, pg_temp" in config
        assert may_execute == (name not in {"ledger_post", "ledger_settle_debt"})
