"""Long sounds: little memory, the same results, and no copy of the whole."""

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from askchopper.media import pipeline
from askchopper.media.analysis import inverse_decoder
from askchopper.media.decode import decoder
from askchopper.media.previews import encoding
from askchopper.media.sliced_samples import FileSamples, PackedSamples
from tests.support.soak import scaled

RATE = 8_000


def write(folder: Path, name: str = "wav PCM_16", seconds: float = 301.0, channels: int = 2) -> Path:
    ending, subtype = name.split()
    t = np.arange(int(seconds * RATE)) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 220 * t) * np.exp(-8 * (t % 0.5))
    path = folder / f"long-{subtype}.{ending}"
    soundfile.write(path, tone[:, None] * np.linspace(1.0, 0.8, channels), RATE, subtype=subtype)
    return path


@pytest.mark.parametrize(("name", "seconds", "kind"), [
    ("wav PCM_16", 301.0, PackedSamples), ("wav PCM_U8", 301.0, PackedSamples), ("wav PCM_24", 301.0, FileSamples),
    ("aiff PCM_24", 301.0, FileSamples), ("wav PCM_32", 301.0, FileSamples), ("flac PCM_16", 301.0, PackedSamples),
    ("flac PCM_24", 301.0, np.ndarray), ("wav FLOAT", 301.0, np.ndarray), ("wav PCM_16", 5.0, np.ndarray),
])  # fmt: skip
def test_long_sounds_are_read_by_slices_without_loss(tmp_path: Path, name: str, seconds: float, kind: type):
    path = write(tmp_path, name, seconds)
    whole, rate_hz = decoder.decode(path)
    recording = decoder.read(path, is_sliced=True)
    assert isinstance(recording.samples, kind)
    assert (recording.samples.shape, recording.samples.size, recording.rate_hz) == (whole.shape, whole.size, rate_hz)
    assert recording.samples[:].dtype == np.float32
    assert np.array_equal(recording.samples[:], whole)


@pytest.mark.parametrize(
    "part", [0, -1, slice(-3, None), slice(5, 5), slice(10, 400, 7), (slice(3, 9), 1), (slice(None, 100), slice(0, 1))]
)
def test_slices_of_a_file_are_those_of_an_array(tmp_path: Path, part: Any):
    path = write(tmp_path, "wav PCM_24", 301.0)
    whole, _ = decoder.decode(path)
    assert np.array_equal(decoder.read(path, is_sliced=True).samples[part], whole[part])


def test_file_that_ends_before_its_header_says(tmp_path: Path):
    path = write(tmp_path, "wav PCM_24", 400.0)
    with path.open("r+b") as file:
        file.truncate(350 * RATE * 2 * 3)
    samples = decoder.read(path, is_sliced=True).samples
    assert isinstance(samples, FileSamples)
    assert 349 < samples.shape[0] / RATE < 350
    assert samples[-1].shape == (2,)


def test_sliced_up_to_the_limit(tmp_path: Path):
    path = write(tmp_path)
    recording = decoder.read(path, max_seconds=2.0, is_sliced=True)
    assert (recording.samples.shape, recording.is_cut, round(recording.seconds)) == ((2 * RATE, 2), True, 301)


@pytest.mark.parametrize(("name", "kind"), [("wav PCM_24", FileSamples), ("flac PCM_16", PackedSamples)])
def test_same_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: type):
    seconds = scaled(301, 31)
    monkeypatch.setattr(decoder, "_SLICED_SECONDS", seconds - 1.0)
    path = write(tmp_path, name, seconds)
    assert isinstance(decoder.read(path, is_sliced=True).samples, kind)
    sliced = pipeline.analyse(path, with_previews=True)
    monkeypatch.setattr(decoder, "_SLICED_SECONDS", np.inf)
    floats = pipeline.analyse(path, with_previews=True)
    assert sliced.reading is not None
    assert floats.reading is not None
    assert np.array_equal(sliced.reading.embedding, floats.reading.embedding)
    readings = [replace(one.reading, embedding=None) for one in (sliced, floats)]
    assert readings[0] == readings[1]
    rest = [replace(one, reading=None, cpu_seconds=0.0, preview_opus=b"") for one in (sliced, floats)]
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
