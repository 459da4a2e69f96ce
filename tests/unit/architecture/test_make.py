"""Commands of the Makefile work in a new clone."""

import re
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[3] / "Makefile"


@pytest.mark.parametrize("command", ["test", "soak", "coverage"])
def test_commands_that_run_tests_install_what_tests_need(command: str):
    [needed] = re.findall(rf"^{command}:([^#\n]*)", MAKEFILE.read_text(), re.MULTILINE)
    assert needed.split() == [".venv/.dev-ready", "node_modules/.ready"]
