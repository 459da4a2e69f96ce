"""The ClamAV client against a simulator in its own process, and what follows from a hit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from askchopper.errors import UnavailableError
from askchopper.integrations import virus_scanner
from askchopper.services import analysis
from askchopper.settings import environment
from tests.simulators.clamd import client as clamd
from tests.simulators.clamd.server import EICAR

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with clamd.running() as running:
        yield running


async def test_nothing_is_scanned_without_scanner(configured, tmp_path: Path):
    (tmp_path / "a.wav").write_bytes(EICAR)
    assert await virus_scanner.scan(tmp_path / "a.wav") is None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", None),
        (b"RIFF" + bytes(300_000), None),
        (EICAR, "Eicar-Signature"),
        (bytes(200_000) + EICAR, "Eicar-Signature"),
    ],
)
async def test_verdict_of_scanner(configured, tmp_path: Path, address: str, content: bytes, found: str | None):
    (tmp_path / "a.wav").write_bytes(content)
    with environment(CLAMD_ADDRESS=address):
        assert await virus_scanner.scan(tmp_path / "a.wav") == found


async def test_infected_sound_is_refused_with_reason(configured, tmp_path: Path, address: str):
    (tmp_path / "a.wav").write_bytes(EICAR)
    with environment(CLAMD_ADDRESS=address):
        found = await analysis._measure(tmp_path / "a.wav", "a.wav")
    assert [(finding.code, finding.severity.value) for finding in found.findings] == [("virus", "fatal")]
    assert "virus" in found.findings[0].message


async def test_silent_scanner_is_no_clean_verdict(configured, tmp_path: Path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with environment(CLAMD_ADDRESS="127.0.0.1:9"), pytest.raises(UnavailableError):
        await virus_scanner.scan(tmp_path / "a.wav")
