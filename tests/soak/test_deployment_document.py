"""DEPLOYMENT.md is followed from nothing: its checked blocks run on a copy of the checkout, with a database and a store of their own.

In full with ``make soak``: setting up and building takes minutes and loads packages. In the gate, its blocks are only read.
"""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from tests.support.database import ROOT

DOCUMENT = (ROOT / "DEPLOYMENT.md").read_text()
CHECKED = re.compile(r"^<!-- checked(?:: ([a-z-]+))? -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# These need a container engine, and a member with an authentication app.
UNCHECKED = ("docker compose", "reset-two-factor")
LONGEST_SECONDS = 900


def test_every_block_is_checked_or_named():
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    checked = [lines for _, lines in CHECKED.findall(DOCUMENT)]
    assert [block for block in blocks if block not in checked and not any(word in block for word in UNCHECKED)] == []
    assert len(checked) >= 9


def test_every_preparation_is_known():
    program = (ROOT / "scripts" / "follow_deployment.py").read_text()
    for preparation in {name for name, _ in CHECKED.findall(DOCUMENT) if name}:
        assert f'"{preparation}"' in program, preparation


@pytest.mark.soak  # sets up and builds a whole checkout
async def test_document_is_followed(tmp_path: Path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "scripts/follow_deployment.py", str(tmp_path / "machine"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(process.communicate(), LONGEST_SECONDS)
    assert process.returncode == 0, printed.decode()[-4000:]
