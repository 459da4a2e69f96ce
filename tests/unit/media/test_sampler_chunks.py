"""Chunks for samplers are added to WAV files while they are sent; other readers find the right values in them."""

import io
import random
import struct
import zlib
from pathlib import Path

import mutagen.wave
import numpy as np
import pytest
import soundfile

from askchopper.media import sampler_chunks
from askchopper.media.decode import loop_chunks
from askchopper.media.sampler_chunks import HEAD_BYTES, Patch
from askchopper.schemas.sampler_tags import SamplerTags


def wav(
    frames: int = 4_410, *, subtype: str = "PCM_16", channels: int = 1, extra: bytes = b"", before: bytes = b""
) -> bytes:
    out = io.BytesIO()
    soundfile.write(
        out, np.sin(np.arange(frames * channels) / 9).reshape(frames, channels), 44_100, format="WAV", subtype=subtype
    )
    plain = out.getvalue()
    at = plain.index(b"data")
    whole = plain[:at] + before + plain[at:] + b"\0" * (len(plain) & 1) + extra
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def planned(content: bytes, tags: SamplerTags) -> Patch | None:
    end = sampler_chunks.data_end(content[:HEAD_BYTES], len(content))
    tail = b"" if end is None else content[end:]
    return sampler_chunks.plan(content[:HEAD_BYTES], tail, len(content), tags)


def patched(content: bytes, tags: SamplerTags) -> bytes:
    patch = planned(content, tags)
    assert patch is not None
    result = patch.apply(0, content) + patch.appended
    assert len(result) == patch.size_bytes
    assert zlib.crc32(result) == patch.crc32(zlib.crc32(content))
    return result


def chunks(content: bytes) -> dict[bytes, bytes]:
    """Read chunks as the RIFF specification says, strictly."""
    assert content[:4] == b"RIFF"
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    found, place = {}, 12
    while place < len(content):
        name, length = struct.unpack("<4sI", content[place : place + 8])
        assert name not in found
        found[name] = content[place + 8 : place + 8 + length]
        assert len(found[name]) == length
        place += 8 + length + (length & 1)
    return found


@pytest.mark.parametrize(
    ("subtype", "channels", "frames"),
    [("PCM_16", 1, 4_410), ("PCM_24", 1, 4_411), ("PCM_U8", 1, 4_411), ("FLOAT", 2, 9_000)],
)
def test_one_shot_states_its_root(subtype: str, channels: int, frames: int, tmp_path: Path):
    content = wav(frames, subtype=subtype, channels=channels)
    result = patched(content, SamplerTags(note=29, cents=12.0))
    found = chunks(result)
    smpl = struct.unpack("<9I", found[b"smpl"])
    assert smpl[2:4] == (22_676, 29)
    assert smpl[4] / 2**32 == pytest.approx(0.12, abs=1e-3)
    assert struct.unpack("<Bb5B", found[b"inst"]) == (29, -12, 0, 0, 127, 1, 127)
    path = tmp_path / "kick.wav"
    path.write_bytes(result)
    before, after = soundfile.read(io.BytesIO(content))[0], soundfile.read(path)[0]
    assert np.array_equal(before, after)
    assert mutagen.wave.WAVE(path).info.length == pytest.approx(frames / 44_100)
    assert loop_chunks.read(result).tonic == 5


def test_loop_states_tempo_beats_and_key():
    acid = struct.unpack("<IHHfIHHf", chunks(patched(wav(), SamplerTags(bpm=87.5, beats=16, tonic=5)))[b"acid"])
    assert (acid[0], acid[1], acid[4:]) == (6, 53, (16, 4, 4, 87.5))
    stated = loop_chunks.read(patched(wav(), SamplerTags(bpm=128.0, beats=8)))
    assert (stated.bpm, stated.beats, stated.tonic) == (128.0, 8, None)


def test_own_loop_points_stay_and_the_note_is_corrected():
    loop = struct.pack("<9I", 1, 2, 22_676, 60, 0, 0, 0, 1, 0) + struct.pack("<6I", 0, 0, 100, 200, 0, 0)
    for place in ("extra", "before"):
        content = wav(**{place: b"smpl" + struct.pack("<I", len(loop)) + loop})
        found = chunks(patched(content, SamplerTags(note=36, cents=-20.0)))
        assert struct.unpack("<9I", found[b"smpl"][:36]) == (1, 2, 22_676, 36, 0, 0, 0, 1, 0)
        assert found[b"smpl"][36:] == loop[36:]
        assert struct.unpack("<Bb", found[b"inst"][:2]) == (36, 20)


def test_own_acid_chunk_stays():
    own = struct.pack("<IHHfIHHf", 6, 50, 0x8000, 0.0, 4, 4, 4, 90.0)
    assert planned(wav(extra=b"acid" + struct.pack("<I", 24) + own), SamplerTags(bpm=120.0, beats=4)) is None


@pytest.mark.parametrize("content", [
    b"", b"RIFF", b"OggS" + bytes(100), wav()[:-100], wav() + b"ID3 outside" * 4, b"RF64" + wav()[4:], b"FORM" + wav()[4:],
    wav() + b"\0", wav(extra=b"LIST" + struct.pack("<I", 5_000) + b"INFO"), wav(extra=b"junk"), wav(frames=0),
    wav().replace(b"data" + struct.pack("<I", 8_820), b"data" + bytes(4)),
])  # fmt: skip
def test_other_files_are_sent_as_they_are(content: bytes):
    assert planned(content, SamplerTags(note=40)) is None


def test_chunks_follow_a_last_chunk_without_its_padding():
    list_chunk = b"LIST" + struct.pack("<I", 7) + b"INFOabc"
    assert set(chunks(patched(wav(extra=list_chunk), SamplerTags(note=40)))) == {
        b"fmt ",
        b"data",
        b"LIST",
        b"smpl",
        b"inst",
    }


def test_any_range_is_that_of_the_whole():
    content = wav(extra=b"LIST" + struct.pack("<I", 4) + b"INFO")
    patch = planned(content, SamplerTags(note=40, cents=3))
    assert patch is not None
    whole, chance = patch.apply(0, content) + patch.appended, random.Random(1)
    for _ in range(300):
        start = chance.randrange(len(content)) if chance.random() < 0.5 else chance.randrange(12)
        end = chance.randrange(start, len(content)) + 1
        assert patch.apply(start, content[start:end]) == whole[start:end]
