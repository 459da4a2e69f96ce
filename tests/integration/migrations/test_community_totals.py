"""What the migration of community totals derives from rows of the release before it."""

import os

import pytest

from askchopper import local_postgres
from tests.support.database import migrate, owner_url, run_as_owner

pytestmark = pytest.mark.integration
NAME = f"askchopper_totals_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
BEFORE, REVISION = "d2f71c08ab64", "d41f7c2ae963"
ONE, TWO, PACK = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(3))


@pytest.fixture
def run(socket_dir: str):
    local_postgres.create_database(socket_dir, NAME)
    migrate(owner_url(socket_dir, NAME), BEFORE)
    yield lambda *statements: run_as_owner(socket_dir, NAME, *statements)
    run_as_owner(socket_dir, "postgres", f"DROP DATABASE {NAME} WITH (FORCE)")


def test_authors_of_notifications_are_derived_and_every_member_gets_a_profile(run, socket_dir: str):
    run(
        "SET session_replication_role = replica",
        f"INSERT INTO users (id, email, display_name, role) VALUES ('{ONE}', 'a@b.c', 'Ann', 'member'), ('{TWO}', 'b@b.c', 'Bob', 'member')",
        "DELETE FROM reward_profiles",
        "INSERT INTO comments (id, pack_id, user_id, text, created_at) VALUES"
        f" (gen_random_uuid(), '{PACK}', '{ONE}', 'Hi', '2026-01-01 10:00:00.123456+00')",
        "INSERT INTO notifications (id, user_id, kind, link, sentence, created_at) VALUES"
        f" (gen_random_uuid(), '{TWO}', 'comment', '', 'Ann commented', '2026-01-01 10:00:00.123456+00'),"
        f" (gen_random_uuid(), '{TWO}', 'reply', '', 'Gone answered', '2026-01-01 11:00:00+00'),"
        f" (gen_random_uuid(), '{TWO}', 'sale', '', 'Sold', '2026-01-01 10:00:00.123456+00')",
    )
    migrate(owner_url(socket_dir, NAME), REVISION)
    assert run("SELECT kind, actors::text FROM notifications ORDER BY kind") == [
        ("comment", f"{{{ONE}}}"), ("sale", "{}")
    ]  # fmt: skip
    assert run("SELECT count(DISTINCT code) FROM reward_profiles WHERE length(code) = 8") == [(2,)]
