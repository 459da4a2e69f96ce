"""Files whose headers count wrong are decoded to the end, and are not called truncated if nothing is missing."""

import struct
from pathlib import Path

import pytest

from askchopper.media import pipeline
from askchopper.media.pipeline import Analysis
from askchopper.media.previews import encoding
from tests.unit.media import sounds

FIELD = Path(__file__).parents[2] / "field"
LOOP_SECONDS = 16 * 60 / 124


def analysed(path: Path, content: bytes) -> Analysis:
    path.write_bytes(content)
    return pipeline.analyse(path)


def seconds(found: Analysis) -> float:
    assert found.facts is not None
    return found.facts.duration_seconds


def bpm(found: Analysis) -> float:
    assert found.reading is not None
    assert found.reading.tempo is not None
    return found.reading.tempo.bpm


def codes(found: Analysis) -> set[str]:
    return {finding.code for finding in found.findings}


@pytest.fixture(scope="module")
def mp3() -> bytes:
    return encoding.encode_preview(sounds.drum_loop(124), sounds.RATE_HZ)


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sounds.write(tmp_path_factory.mktemp("wav") / "a.wav", sounds.drum_loop(128, beats=4)).read_bytes()


def count_of(content: bytes) -> tuple[int, int]:
    """Offset and value of the frame count in the Xing header."""
    at = max(content.find(b"Xing"), content.find(b"Info")) + 8
    return at, int.from_bytes(content[at : at + 4], "big")


def with_count(content: bytes, count: int) -> bytes:
    at, _ = count_of(content)
    return content[:at] + count.to_bytes(4, "big") + content[at + 4 :]


def test_variable_bit_rate_without_a_frame_count_is_decoded_to_the_end():
    found = pipeline.analyse(FIELD / "mp3_vbr_without_xing.mp3")
    assert seconds(found) == pytest.approx(8.05, abs=0.06)
    assert bpm(found) == 120
    assert found.reading is not None
    assert found.reading.kind.value == "loop"
    assert codes(found) == {"lossy_format"}


@pytest.mark.parametrize("change", [lambda count: 0, lambda count: count // 3, lambda count: count + 1])
def test_wrong_frame_count_is_replaced(tmp_path: Path, mp3: bytes, change):
    found = analysed(tmp_path / "a.mp3", with_count(mp3, change(count_of(mp3)[1])))
    assert seconds(found) == pytest.approx(LOOP_SECONDS, abs=0.001)
    assert bpm(found) == 124
    assert codes(found) <= {"lossy_format", "loop_length"}


def test_one_missing_frame_is_still_truncated(tmp_path: Path, mp3: bytes):
    frame_bytes = 417
    assert "truncated" in codes(analysed(tmp_path / "a.mp3", mp3[:-frame_bytes]))


@pytest.mark.parametrize(
    "between",
    [
        b"",
        b"TAG" + bytes(125),
        b"ID3\x03\x00\x00\x00\x00\x01\x00" + bytes(128),
        b"TAG" + bytes(125) + b"ID3\x04" + bytes(6),
    ],
)
def test_joined_files_are_decoded_to_the_end(tmp_path: Path, mp3: bytes, between: bytes):
    found = analysed(tmp_path / "a.mp3", mp3 + between + mp3)
    assert 2 * LOOP_SECONDS < seconds(found) < 2 * LOOP_SECONDS + 0.12
    assert bpm(found) == 124
    assert codes(found) == {"lossy_format"}


def test_joined_files_of_different_rates_are_whole_or_said_to_be_partly_used(tmp_path: Path, mp3: bytes):
    other = encoding.encode_preview(sounds.drum_loop(124), 48_000)
    found = analysed(tmp_path / "a.mp3", mp3 + other)
    assert seconds(found) > 15 or "partly_used" in codes(found)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (0x7FFF_F024, 0x7FFF_F000, {"sizes_lie"}),  # SoX to a pipe
        (0x7FFF_FFFF, 0x7FFF_FFDB, {"sizes_lie"}),
        (0x8000_0024, 0x8000_0000, {"sizes_lie"}),  # arecord without a duration
        (0xFFFF_FFFF, 0xFFFF_FFFF, set[str]()),  # FFmpeg to a pipe
    ],
)
def test_sizes_of_a_pipe_are_no_truncation(tmp_path: Path, wav: bytes, outer: int, inner: int, expected: set[str]):
    content = wav[:4] + struct.pack("<I", outer) + wav[8:40] + struct.pack("<I", inner) + wav[44:]
    found = analysed(tmp_path / "a.wav", content)
    assert codes(found) & {"truncated", "sizes_lie"} == expected
    assert (seconds(found), bpm(found)) == (pytest.approx(1.875, abs=0.001), 128)


@pytest.mark.parametrize(("excess", "expected"), [(16, "sizes_lie"), (100_000, "truncated")])
def test_data_size_that_is_too_large(tmp_path: Path, wav: bytes, excess: int, expected: str):
    content = wav[:40] + struct.pack("<I", len(wav) - 44 + excess) + wav[44:]
    assert codes(analysed(tmp_path / "a.wav", content)) & {"truncated", "sizes_lie"} == {expected}


def test_odd_chunk_without_its_pad_byte(tmp_path: Path, wav: bytes):
    info = b"LIST" + struct.pack("<I", 25) + b"INFOISFT" + struct.pack("<I", 13) + b"Some program\0"
    content = b"RIFF" + struct.pack("<I", len(wav) - 8 + len(info)) + wav[8:36] + info + wav[36:]
    found = analysed(tmp_path / "a.wav", content)
    assert (seconds(found), bpm(found)) == (pytest.approx(1.875, abs=0.001), 128)
    assert codes(found) == {"bad_header"}
