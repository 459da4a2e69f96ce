"""The command that runs the field cases: its table and its exit status."""

import json
from pathlib import Path

import pytest

from tools import field_cases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cases = [
        {"name": "spotify_queue_of_one_track.json", "expected": "one row"},
        {"name": "unheard_of.wav", "expected": "anything"},
        {"name": "names.tsv", "expected": "column"},
    ]
    (tmp_path / "manifest.json").write_text(json.dumps({"cases": cases}))
    rows = [{"name": "A", "uri": "spotify:track:1", "artists": []}] * 20
    (tmp_path / "spotify_queue_of_one_track.json").write_text(json.dumps({"queue": rows}))
    (tmp_path / "names.tsv").write_text("name\tbpm\tkey\ttitle\nloop@140.wav\t140\tnone\tLoop\n")
    (tmp_path / "queries.tsv").write_text("query\texpected\nFM bass\twords\nA min\tA major\n")
    return tmp_path


def test_table_and_exit_status(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert field_cases.main([str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[1:6]] == ["yes", "?", "yes", "yes", "yes"]
    assert lines[-1] == "4 of 5 right, 1 not checked"


def test_usage(capsys: pytest.CaptureFixture[str]):
    assert field_cases.main(["/nowhere"]) == 2
    assert "Usage" in capsys.readouterr().err
