"""The launcher restores reordered lock files and finds the latest migration without importing Alembic."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from askchopper import launcher, migrations, settings


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "PROJECT_DIR", tmp_path)
    path = tmp_path / "reflex.lock" / "package.json"
    path.parent.mkdir()
    path.write_text('{"a": 1, "b": 2}')
    return path


def test_reordered_lock_file_is_restored(lock: Path):
    with launcher._preserve_lock_files():
        lock.write_text('{"b": 2, "a": 1}')
    assert lock.read_text() == '{"a": 1, "b": 2}'


def test_changed_version_is_kept(lock: Path):
    with launcher._preserve_lock_files():
        lock.write_text('{"b": 2, "a": 3}')
    assert lock.read_text() == '{"b": 2, "a": 3}'


def test_head_revisions_equal_those_of_alembic():
    scripts = ScriptDirectory.from_config(Config(settings.PROJECT_DIR / "alembic.ini"))
    assert migrations.head_revisions() == set(scripts.get_heads())
