"""Files of samplers, trackers and recorders, from public reports of other players."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from askchopper.media import archive, pipeline
from askchopper.media.decode import decoder, tags
from askchopper.media.pipeline import Analysis
from tests.unit.media import sounds

FRAMES = 44_100
LEVELS = np.round(0.5 * 32_767 * np.sin(np.arange(FRAMES) * 2 * np.pi * 220 / sounds.RATE_HZ)).astype(np.int32)
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def wav(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def form(code: int, *, bits: int = 16, align: int = 2, more: bytes = b"") -> bytes:
    return chunk(b"fmt ", struct.pack("<HHIIHH", code, 1, sounds.RATE_HZ, sounds.RATE_HZ * align, align, bits) + more)


def extensible(kind: int, valid_bits: int) -> bytes:
    return struct.pack("<HHIH", 22, valid_bits, 4, kind) + GUID_TAIL


PCM = LEVELS.astype("<i2").tobytes()
DATA = chunk(b"data", PCM)


def smpl(end: int, note: int = 45) -> bytes:
    return chunk(
        b"smpl", struct.pack("<9I", 0, 0, 22_675, note, 0, 0, 0, 1, 0) + struct.pack("<6I", 0, 0, 0, end, 0, 0)
    )


def analysed(path: Path, content: bytes) -> Analysis:
    path.write_bytes(content)
    return pipeline.analyse(path)


@pytest.mark.parametrize("end", [FRAMES - 1, FRAMES, FRAMES + 1, 2**32 - 1])
@pytest.mark.parametrize("is_first", [False, True])
def test_sampler_chunk_with_any_loop_end_and_place(tmp_path: Path, end: int, is_first: bool):
    parts = (form(1), smpl(end), DATA) if is_first else (form(1), DATA, smpl(end))
    path = tmp_path / "a.wav"
    found = analysed(path, wav(*parts))
    assert found.facts is not None
    assert round(found.facts.duration_seconds * sounds.RATE_HZ) == FRAMES
    assert not {"sizes_lie", "truncated", "bad_header"} & {one.code for one in found.findings}
    assert tags.read(path).tonic == 9


@pytest.mark.parametrize(
    ("layout", "data"),
    [
        (form(1, more=struct.pack("<H", 0)), PCM),
        (form(0xFFFE, more=extensible(1, 16)), PCM),
        (form(0xFFFE, bits=32, align=4, more=extensible(1, 24)), (LEVELS << 16).astype("<i4").tobytes()),
        (form(0xFFFE, bits=32, align=4, more=extensible(3, 32)), (LEVELS / 32_768).astype("<f4").tobytes()),
        (form(3, bits=32, align=4, more=struct.pack("<H", 0)), (LEVELS / 32_768).astype("<f4").tobytes()),
        (form(1, bits=24, align=3), (LEVELS << 8).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()),
    ],
    ids=["18 bytes", "extensible", "24 in 32", "extensible float", "float", "24 without extension"],
)
def test_format_chunks_of_recorders(tmp_path: Path, layout: bytes, data: bytes):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(layout, chunk(b"data", data)))
    samples, rate_hz = decoder.decode(path)
    assert (samples.shape, rate_hz) == ((FRAMES, 1), sounds.RATE_HZ)
    assert np.abs(samples[:, 0] * 32_768 - LEVELS).max() < 1


@pytest.mark.parametrize("frames", [1, 24, 31, 32])
def test_single_cycle_keeps_its_last_frame(tmp_path: Path, frames: int):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(form(1), chunk(b"data", PCM[: 2 * frames])))
    assert decoder.decode(path)[0].shape[0] == frames


def test_sidecars_of_macos_are_no_sounds(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in (
            "Kick.wav",
            "__MACOSX/._Kick.wav",
            "Pack/._Snare.wav",
            "Pack/Snare.wav",
            "Pack/.DS_Store",
            "Thumbs.db",
        ):
            made.writestr(name, wav(form(1), DATA))
    assert [sound.name for sound in archive.unpack(path, tmp_path / "out", ("wav",))] == ["Kick.wav", "Snare.wav"]
