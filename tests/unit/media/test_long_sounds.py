"""Long sounds: half the memory where the file has 16 bits, the same results, and no copy of the whole."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from askchopper.media import pipeline
from askchopper.media.analysis import inverse_decoder
from askchopper.media.decode import decoder
from askchopper.media.packed_samples import PackedSamples
from askchopper.media.previews import encoding
from tests.support.soak import scaled

RATE = 8_000


def write(folder: Path, subtype: str = "PCM_16", seconds: float = 301.0, channels: int = 2) -> Path:
    t = np.arange(int(seconds * RATE)) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 220 * t) * np.exp(-8 * (t % 0.5))
    path = folder / f"long-{subtype}.wav"
    soundfile.write(path, tone[:, None] * np.linspace(1.0, 0.8, channels), RATE, subtype=subtype)
    return path


@pytest.mark.parametrize(("subtype", "seconds", "is_packed"), [
    ("PCM_16", 301.0, True), ("PCM_U8", 301.0, True), ("PCM_24", 301.0, False), ("FLOAT", 301.0, False), ("PCM_16", 5.0, False),
])  # fmt: skip
def test_packed_where_it_loses_nothing(tmp_path: Path, subtype: str, seconds: float, is_packed: bool):
    path = write(tmp_path, subtype, seconds)
    whole, rate_hz = decoder.decode(path)
    recording = decoder.read(path, is_packed=True)
    assert isinstance(recording.samples, PackedSamples) == is_packed
    assert (recording.samples.shape, recording.samples.size, recording.rate_hz) == (whole.shape, whole.size, rate_hz)
    assert recording.samples[:].dtype == np.float32
    assert np.array_equal(recording.samples[:], whole)


def test_packed_up_to_the_limit(tmp_path: Path):
    path = write(tmp_path)
    recording = decoder.read(path, max_seconds=2.0, is_packed=True)
    assert (recording.samples.shape, recording.is_cut, round(recording.seconds)) == ((2 * RATE, 2), True, 301)


def test_same_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seconds = scaled(301, 31)
    monkeypatch.setattr(decoder, "_PACKED_SECONDS", seconds - 1.0)
    path = write(tmp_path, seconds=seconds)
    assert isinstance(decoder.read(path, is_packed=True).samples, PackedSamples)
    packed = pipeline.analyse(path, with_previews=True)
    monkeypatch.setattr(decoder, "_PACKED_SECONDS", np.inf)
    floats = pipeline.analyse(path, with_previews=True)
    assert packed.reading is not None
    assert floats.reading is not None
    assert np.array_equal(packed.reading.embedding, floats.reading.embedding)
    readings = [replace(one.reading, embedding=None) for one in (packed, floats)]
    assert readings[0] == readings[1]
    rest = [replace(one, reading=None, cpu_seconds=0.0, preview_opus=b"") for one in (packed, floats)]
    assert rest[0] == rest[1]


def test_mono_is_recognised_by_blocks():
    samples = np.zeros(((1 << 18) + 10, 2), dtype=np.float32)
    assert encoding.is_mono(samples)
    samples[-1, 1] = 0.1
    assert not encoding.is_mono(samples)


def test_search_for_encoders_makes_no_copy_of_the_sound():
    samples = np.random.default_rng(1).normal(0, 0.1, (60 * 44_100, 2)).astype(np.float32)
    tracemalloc.start()
    powers = inverse_decoder._loudness(samples)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < samples.nbytes / 4
    expected = (
        np.square(np.diff(samples, axis=0, prepend=samples[:1]))[: powers.size * 128]
        .reshape(powers.size, -1)
        .sum(axis=1)
    )
    assert np.allclose(powers, expected, rtol=1e-6)
