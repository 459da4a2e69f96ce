"""Hostile and damaged files get the right finding, also on the command line."""

import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askchopper.media import pipeline
from askchopper.media.decode.containers import detection
from askchopper.media.previews import encoding
from tests.support import command_line
from tests.unit.media import sounds


def loop() -> sounds.Samples:
    return sounds.drum_loop(120, beats=2)


def wav(tmp_path: Path, name: str = "a.wav") -> Path:
    return sounds.write(tmp_path / name, loop())


def patched(path: Path, offset: int, value: bytes) -> Path:
    content = bytearray(path.read_bytes())
    content[offset : offset + len(value)] = value
    path.write_bytes(bytes(content))
    return path


def verdict(path: Path) -> tuple[str, set[str]]:
    found = pipeline.analyse(path)
    return found.status.value, {finding.code for finding in found.findings}


def test_cut_wav_is_truncated(tmp_path: Path):
    path = wav(tmp_path)
    path.write_bytes(path.read_bytes()[:20_000])
    status, codes = verdict(path)
    assert status == "flag"
    assert "truncated" in codes


@pytest.mark.parametrize(
    ("offset", "value", "expected", "code"),
    [
        (40, struct.pack("<I", 0), "flag", "sizes_lie"),
        (40, struct.pack("<I", 2**31), "flag", "truncated"),
        (40, struct.pack("<I", 2**32 - 1), "accept", None),
        (32, struct.pack("<H", 3), "flag", "bad_header"),
        (22, struct.pack("<H", 0), "reject", "not_audio"),
        (22, struct.pack("<H", 65_535), "reject", "not_audio"),
        (34, struct.pack("<H", 0), "reject", "not_audio"),
        (24, struct.pack("<I", 1), "reject", "not_audio"),
    ],
)
def test_wrong_headers(tmp_path: Path, offset: int, value: bytes, expected: str, code: str | None):
    status, codes = verdict(patched(wav(tmp_path), offset, value))
    assert status == expected
    assert code is None or code in codes


def test_damaged_ogg_and_flac_are_detected(tmp_path: Path):
    ogg = tmp_path / "a.opus"
    ogg.write_bytes(encoding.encode_opus(loop(), sounds.RATE_HZ))
    assert verdict(ogg)[0] == "accept"
    assert verdict(patched(ogg, ogg.stat().st_size // 2, bytes(40)))[0] == "flag"
    flac = sounds.write(tmp_path / "a.flac", loop())
    assert verdict(flac)[0] == "accept"
    flac.write_bytes(flac.read_bytes()[: flac.stat().st_size // 2])
    assert verdict(flac)[0] == "flag"


def test_junk_in_mp3_is_detected(tmp_path: Path):
    content = encoding.encode_preview(np.tile(loop(), (3, 1)), sounds.RATE_HZ)
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    assert verdict(path)[0] == "accept"
    path.write_bytes(content[:20_000] + b"\x00junk" * 500 + content[20_000:])
    assert "damaged" in verdict(path)[1]
    path.write_bytes(content[: len(content) // 2])
    assert "truncated" in verdict(path)[1]
    path.write_bytes(b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f" + content)
    assert verdict(path) == ("flag", verdict(path)[1] | {"bad_tag"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda x: x * 0, "silent"),
        (lambda x: x * 1e-5, "nearly_silent"),
        (lambda x: x * 0.5 + 0.4, "dc_offset"),
        (lambda x: np.clip(x * 30, -1, 1), "clipped"),
        (lambda x: x * 40, "over_full_scale"),
        (lambda x: np.where(np.arange(x.size)[:, None] % 97 == 0, np.nan, x), "bad_samples"),
        (lambda x: np.concatenate([np.zeros((60_000, 1)), x]), "leading_silence"),
        (lambda x: x[:300], "too_short"),
        (lambda x: np.hstack([x, x * 0]), "dead_channel"),
        (lambda x: np.hstack([x, -x]), "anti_phase"),
    ],
)
def test_signal_faults_are_detected(tmp_path: Path, change, code: str):
    samples = change(loop()).astype(np.float32)
    status, codes = verdict(sounds.write(tmp_path / "a.wav", samples, subtype="FLOAT"))
    assert status == "flag"
    assert code in codes


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("a.wav", b"x")], "accept"),
        ([("../a.wav", b"x")], "reject"),
        ([("C:\\a.wav", b"x")], "reject"),
        ([("inner.zip", b"x")], "reject"),
        ([("zeros.wav", bytes(20_000_000))], "reject"),
        ([(f"{number}.wav", b"x") for number in range(2_100)], "flag"),
    ],
)
def test_zips_are_inspected_without_unpacking(tmp_path: Path, entries: list[tuple[str, bytes]], expected: str):
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    assert verdict(path)[0] == expected


@given(
    st.binary(min_size=1, max_size=400),
    st.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"ID3\x03", b"\xff\xfb", b"PK\x03\x04", b".snd"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parsers_accept_any_bytes(content: bytes, magic: bytes):
    found = detection.detect(magic + content)
    assert found.family


def test_command_line_accepts_damaged_files(tmp_path: Path):
    good = wav(tmp_path, "good.wav")
    names = {"empty.wav": b"", "text.mp3": b"hello " * 50, "noise.ogg": b"OggS" + bytes(range(256)) * 9}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    files = [str(good), *(str(tmp_path / name) for name in names)]
    done = command_line.run("analyse", *files, "--json")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["accept", "reject", "reject", "reject"]
    assert [line["file"] for line in lines] == files
    assert list(lines[0]) == [
        "file", "bpm", "bpm_confidence", "bpm_alternative", "tempo_map", "key", "key_confidence", "camelot", "note", "note_cents", "note_confidence", "duration", "kind", "codec",
        "sample_rate", "channels", "bit_depth", "loudness_lufs", "peak_dbfs", "quality", "issues", "status", "seconds",
    ]  # fmt: skip
    assert all(line["issues"][0]["message"].endswith(".") for line in lines[1:])
