"""Each pinned package has the hashes of its files, so that an index cannot give another one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-sbom.txt", "requirements-uv.txt"]
)
def test_each_package_has_hashes(name: str):
    text = re.sub(r"^ *#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    packages = re.split(r"\n(?=\S)", text.strip())
    assert packages
    assert [one.split()[0] for one in packages if not re.search(r"==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", one)] == []
