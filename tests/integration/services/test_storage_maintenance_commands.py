"""The commands ``sweep`` and ``scrub``: output and exit status."""

import json
import os
import time

import pytest

from askchopper import settings
from tests.support import command_line
from tests.support.factories import make_pack

pytestmark = pytest.mark.integration


def run(*words: str) -> tuple[int, str]:
    done = command_line.run(*words)
    return done.returncode, done.stdout


async def test_sweep_lists_unless_delete_is_given(db: None):
    await make_pack()
    orphan = settings.get().data_dir / "files" / "packs" / "orphan.wav"
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (time.time() - 90_000,) * 2)
    status, out = run("sweep")
    assert (status, "packs/orphan.wav" in out, orphan.exists()) == (0, True, True)
    status, out = run("sweep", "--delete")
    assert (status, "packs/orphan.wav" in out, orphan.exists()) == (0, True, False)


async def test_scrub_exits_1_on_damage(db: None, as_owner):
    await make_pack()
    status, out = run("scrub", "--json")
    assert (status, json.loads(out)) == (0, {"checked": 2, "damages": [], "clean": True})
    [(key,)] = as_owner("SELECT master_key FROM audio_files ORDER BY position LIMIT 1")
    (settings.get().data_dir / "files" / key).write_bytes(b"other")
    status, out = run("scrub", "--json")
    assert (status, [damage["fault"] for damage in json.loads(out)["damages"]]) == (1, ["wrong"])
    status, out = run("scrub")
    assert (status, out.splitlines()[-1]) == (1, "2 sounds read; 1 missing or wrong.")
