"""Schema and code move separately: a release starts on a newer schema that lists it, and refuses others in one sentence."""

import os
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace

import psycopg2
import pytest
from alembic.script import ScriptDirectory

from alembic import command
from askchopper import local_postgres, migrations
from askchopper.settings import environment
from tests.support import command_line
from tests.support.browser import free_port
from tests.support.database import TEMPLATE, alembic_config, owner_url, run_as_owner

pytestmark = pytest.mark.integration
NAME = f"askchopper_compatibility_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
NEWER = "UPDATE alembic_version SET version_num = 'fffffffff001'"


@pytest.fixture
def url(socket_dir: str) -> Iterator[str]:
    local_postgres.create_database(socket_dir, NAME, template=TEMPLATE)
    address = owner_url(socket_dir, NAME)
    with environment(DATABASE_URL=address, DATABASE_URL_DIRECT=address):
        yield address
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname="postgres")
    connection.autocommit = True
    connection.cursor().execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    connection.close()


def listed(socket_dir: str) -> set[str]:
    return {revision for (revision,) in run_as_owner(socket_dir, NAME, "SELECT revision FROM schema_compatibility")}


def cli(*words: str) -> subprocess.CompletedProcess[str]:
    return command_line.run(*words)


def test_schema_lists_its_own_and_the_previous_release(url: str, socket_dir: str):
    [head] = migrations.head_revisions()
    assert listed(socket_dir) >= {head, migrations.OLDEST_COMPATIBLE}
    assert migrations.upgrade()


def test_newer_compatible_schema_is_accepted(url: str, socket_dir: str):
    run_as_owner(socket_dir, NAME, NEWER)
    assert not migrations.upgrade()
    done = cli("migrate")
    assert (done.returncode, done.stdout) == (0, "")
    assert " ".join(done.stderr.split()) == "The database is newer than this release, which may run on it."


def test_newer_incompatible_schema_is_refused_in_one_sentence(url: str, socket_dir: str):
    [head] = migrations.head_revisions()
    run_as_owner(socket_dir, NAME, NEWER, f"DELETE FROM schema_compatibility WHERE revision = '{head}'")
    done = cli("serve", "--port", str(free_port()))
    text = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert "fffffffff001, which this release does not know and may not run on" in text
    assert f"python -m askchopper migrate {head}" in text
    assert "Traceback" not in text


def test_downgrade_asks_before_data_goes(url: str, socket_dir: str):
    scripts = ScriptDirectory.from_config(alembic_config(url))
    [head] = migrations.head_revisions()
    before = scripts.get_revision(head).down_revision
    refused = cli("migrate", str(before))
    assert refused.returncode == 1
    assert head in refused.stderr
    assert "add --yes to downgrade" in " ".join(refused.stderr.split())
    assert migrations.current_revisions() == {head}
    assert cli("migrate", str(before), "--yes").returncode == 0
    assert migrations.current_revisions() == {before}
    migrations.migrate(head)
    assert migrations.current_revisions() == {head}
    assert head in listed(socket_dir)


def test_unknown_revision_and_failed_migration_are_one_sentence(url: str, socket_dir: str):
    with pytest.raises(migrations.SchemaError, match="There is no revision nonsense"):
        migrations.undone_by("nonsense")
    command.downgrade(alembic_config(url), migrations.OLDEST_COMPATIBLE)
    run_as_owner(socket_dir, NAME, "CREATE TABLE schema_compatibility ()")
    done = cli("migrate")
    assert done.returncode == 1
    assert len(" ".join(done.stderr.split())) < 250
    assert "The migration failed, nothing was changed" in " ".join(done.stderr.split())


def test_contract_migration_ends_the_list():
    steps = [SimpleNamespace(revision=name, module=SimpleNamespace(IS_CONTRACT=name == "b")) for name in "dcba"]
    scripts = SimpleNamespace(iterate_revisions=lambda _heads, _base: steps)
    assert migrations.compatible_revisions(scripts, ("d",)) == ["d", "c", "b"]
    steps[2].module.IS_CONTRACT = False
    assert migrations.compatible_revisions(scripts, ("d",)) == ["d"]
