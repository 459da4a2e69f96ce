"""Tempo, key and beats that tags and chunks state, in the spellings and places that programs use."""

import io
import struct
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TBPM, TIT2, TKEY, TXXX
from mutagen.mp4 import MP4, MP4FreeForm
from mutagen.wave import WAVE

from askchopper.media import pipeline
from askchopper.media.decode import tags
from askchopper.media.metre import COMMON
from askchopper.media.previews import encoding
from askchopper.musical_key import MusicalKey
from tests.unit.media import sounds

LONG_BYTES = tags.MAX_TAG_BYTES + 100_000


def acid(*, flags: int = 6, root: int = 53, beats: int = 4, bpm: float = 87.5) -> bytes:
    return b"acid" + struct.pack("<IIHHfIHHf", 24, flags, root, 0x8000, 0.0, beats, 4, 4, bpm)


def smpl(note: int) -> bytes:
    return b"smpl" + struct.pack("<I9I", 36, 0, 0, 22_676, note, 0, 0, 0, 0, 0)


def wav_with(tmp_path: Path, chunks: bytes, *, seconds: float = 240 / 87.5) -> Path:
    """A decaying tone: one attack, so that it sounds like a one-shot."""
    axis = np.arange(round(seconds * 16_000)) / 16_000
    tone = (np.sin(2 * np.pi * 174.6 * axis) * np.exp(-axis * 2)).astype(np.float32)
    path = sounds.write(tmp_path / "a.wav", tone[:, None], rate_hz=16_000)
    content = bytearray(path.read_bytes() + chunks)
    content[4:8] = struct.pack("<I", len(content) - 8)
    path.write_bytes(bytes(content))
    return path


def long_wav(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes(bytes(LONG_BYTES // 4 * 4))
    return path


def mp3(path: Path) -> Path:
    path.write_bytes(encoding.encode_preview(sounds.drum_loop(124, beats=2), sounds.RATE_HZ))
    return path


def m4a(path: Path) -> Path:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), dtype=np.float32), format="fltp", layout="mono")
        frame.rate, frame.pts, frame.time_base = 44_100, 0, Fraction(1, 44_100)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    path.write_bytes(buffer.getvalue())
    return path


def key(text: str) -> MusicalKey | None:
    return MusicalKey.parse(text)


def test_acid_chunk_states_tempo_beats_and_root(tmp_path: Path):
    path = wav_with(tmp_path, acid())
    found = tags.read(path)
    assert (found.bpm, found.beats, found.metre, found.tonic) == (87.5, 4, COMMON, 5)
    reading = pipeline.analyse(path).reading
    assert reading is not None
    assert reading.tempo is not None
    assert (reading.kind.value, reading.tempo.bpm, reading.beats, reading.bars) == ("loop", 87.5, 4, 1)


def test_stated_loop_that_does_not_fit_the_length_stays_a_one_shot(tmp_path: Path):
    reading = pipeline.analyse(wav_with(tmp_path, acid(bpm=100))).reading
    assert reading is not None
    assert (reading.kind.value, reading.tempo) == ("one-shot", None)


@pytest.mark.parametrize(
    ("chunk", "bpm", "tonic"),
    [
        (acid(flags=1 | 2), None, 5),
        (acid(flags=4), 87.5, None),
        (acid(bpm=float("nan")), None, 5),
        (acid()[:20], None, None),
        (smpl(45), None, 9),
        (smpl(60), None, None),  # the default that programs write
        (b"inst" + struct.pack("<I8B", 7, 50, 0, 0, 0, 127, 0, 127, 0), None, 2),
        (b"LIST" + struct.pack("<I", 7) + b"INFOabc" + acid(), 87.5, 5),  # odd, without its pad byte
    ],
)
def test_chunks_of_samplers(tmp_path: Path, chunk: bytes, bpm: float | None, tonic: int | None):
    found = tags.read(wav_with(tmp_path, chunk))
    assert (found.bpm, found.tonic) == (bpm, tonic)


def test_info_texts_are_read(tmp_path: Path):
    info = b"INFOINAM" + struct.pack("<I", 6) + "Größe".encode("cp1252") + b"\0"
    assert tags.read(wav_with(tmp_path, b"LIST" + struct.pack("<I", len(info)) + info)).title == "Größe"


@pytest.mark.parametrize("suffix", ["wav", "aiff"])
def test_id3_behind_a_long_sound_is_read(tmp_path: Path, suffix: str):
    path = tmp_path / f"a.{suffix}"
    if suffix == "wav":
        tagged = WAVE(long_wav(path))
    else:
        sf.write(path, np.zeros((LONG_BYTES // 4, 2), dtype=np.int16), 44_100)
        tagged = AIFF(path)
    tagged.add_tags()
    assert tagged.tags is not None
    for frame in (TBPM(text="124"), TKEY(text="Am"), TIT2(text="Tag at the end")):
        tagged.tags.add(frame)
    tagged.save()
    found = tags.read(path)
    assert (found.bpm, found.key, found.title) == (124, key("Am"), "Tag at the end")


def test_mp4_index_behind_a_long_sound_is_read(tmp_path: Path):
    path = m4a(tmp_path / "a.m4a")
    tagged = MP4(path)
    tagged["----:com.apple.iTunes:initialkey"] = MP4FreeForm(b"Am")
    tagged["tmpo"] = [124]
    tagged.save()
    content = path.read_bytes()
    at = content.index(b"moov") - 4
    filler = struct.pack(">I4s", LONG_BYTES, b"free") + bytes(LONG_BYTES - 8)
    path.write_bytes(content[:at] + filler + content[at:])
    found = tags.read(path)
    assert (found.bpm, found.key) == (124, key("Am"))


def test_oversized_tags_are_not_read(tmp_path: Path):
    path = mp3(tmp_path / "a.mp3")
    tagged = ID3()
    tagged.add(TXXX(desc="comment", text="x" * (9 << 20)))
    tagged.add(TBPM(text="124"))
    tagged.save(path)
    assert tags.read(path) == tags.Hints()


@pytest.mark.parametrize(
    ("frame", "bpm", "stated"),
    [
        (TKEY(text="6m"), None, "G#m"),
        (TKEY(text="Ebm/D#m"), None, "Ebm"),
        (TKEY(text="8A - Am"), None, "Am"),
        (TKEY(text="Am (8A)"), None, "Am"),
        (TKEY(text="o"), None, None),
        (TBPM(text="124 BPM"), 124, None),
        (TBPM(text="124,5"), 124.5, None),
        (TBPM(text="0"), None, None),
        (TXXX(desc="INITIALKEY", text="F#m"), None, "F#m"),
        (TXXX(desc="Initial key", text="4A"), None, "Fm"),
        (TXXX(desc="BPM", text="98"), 98, None),
    ],
)
def test_spellings_of_id3(tmp_path: Path, frame: object, bpm: float | None, stated: str | None):
    path = mp3(tmp_path / "a.mp3")
    tagged = ID3()
    tagged.add(frame)
    tagged.save(path)
    found = tags.read(path)
    assert (found.bpm, found.key) == (bpm, key(stated) if stated else None)


def test_apev2_beside_id3_is_read(tmp_path: Path):
    path = mp3(tmp_path / "a.mp3")
    tagged = ID3()
    tagged.add(TIT2(text="Name"))
    tagged.save(path)
    ape = APEv2()
    ape["BPM"], ape["InitialKey"] = "128", "Cm"
    ape.save(path)
    found = tags.read(path)
    assert (found.title, found.bpm, found.key) == ("Name", 128, key("Cm"))


def test_empty_tempo_of_mp4_does_not_hide_the_free_field(tmp_path: Path):
    path = m4a(tmp_path / "a.m4a")
    tagged = MP4(path)
    tagged["tmpo"] = [0]
    tagged["----:com.apple.iTunes:BPM"] = MP4FreeForm(b"97.5")
    tagged.save()
    assert tags.read(path).bpm == 97.5
