"""Sounds of a single note get the note, and no mode; chords get none."""

from pathlib import Path

import numpy as np
import pytest

from askchopper import policy
from askchopper.media import pipeline
from askchopper.media.analysis import features, model_weights, note
from askchopper.media.analysis.note import Note
from tests.unit.media import sounds


def tone(pitches: tuple[float, ...], *, seconds: float = 0.9, harmonics: int = 6, glide: float = 0.0) -> sounds.Samples:
    axis = np.arange(int(seconds * sounds.RATE_HZ)) / sounds.RATE_HZ
    wave = np.zeros(axis.size)
    for pitch in pitches:
        hertz = 440 * 2 ** ((pitch - 69 + glide * np.exp(-axis * 30)) / 12)
        phase = 2 * np.pi * np.cumsum(hertz) / sounds.RATE_HZ
        wave += sum(np.sin(n * phase) / n**1.5 for n in range(1, harmonics + 1))
    wave *= np.exp(-axis * 3)
    return (0.6 * wave / np.abs(wave).max())[:, None].astype(np.float32)


def found(samples: sounds.Samples) -> Note | None:
    """Return the note that the analysis would report."""
    single = note.estimate(samples.mean(axis=1), sounds.RATE_HZ, model_weights.load().note)
    return single if single is not None and single.confidence >= policy.SURE_CONFIDENCE else None


@pytest.mark.parametrize("pitch", range(28, 72, 3))
def test_single_notes(pitch: int):
    single = found(tone((pitch + 0.2,)))
    assert single is not None
    assert single.midi == pitch
    assert single.cents == pytest.approx(20, abs=3)


@pytest.mark.parametrize("pitch", range(24, 36, 2))
def test_808s_with_their_glide(pitch: int):
    single = found(tone((pitch,), harmonics=2, glide=12))
    assert single is not None
    assert single.midi == pitch


@pytest.mark.parametrize(
    "chord", [(0, 4, 7), (0, 3, 7), (0, 7, 12, 16), (0, 7, 12, 15), (0, 5), (0, 2, 7), (0, 19, 24, 28)]
)
@pytest.mark.parametrize("root", [40, 45, 52, 57])
def test_chords_are_no_note(root: int, chord: tuple[int, ...]):
    assert found(tone(tuple(root + step for step in chord))) is None


def test_drums_and_noise_are_no_note():
    assert found(sounds.hit(0.5, low=False)[:, None]) is None


def test_note_replaces_the_key_of_a_one_shot(tmp_path: Path):
    reading = pipeline.analyse(sounds.write(tmp_path / "Bass.wav", tone((36,)))).reading
    assert reading is not None
    assert reading.note is not None
    assert (reading.note.midi, reading.key) == (36, None)


def test_note_of_a_sound_in_one_channel_or_with_opposite_phases():
    mono = tone((40,))
    for samples in (np.hstack([mono, 0 * mono]), np.hstack([mono, -mono])):
        assert found(features.loudest(samples)[:, None]) == found(mono)


def test_silence_and_tiny_sounds_have_no_note():
    weights = model_weights.load().note
    assert note.estimate(np.zeros(8_000, dtype=np.float32), sounds.RATE_HZ, weights) is None
    assert note.estimate(np.ones(200, dtype=np.float32), sounds.RATE_HZ, weights) is None


def hummed(hertz: float, level: float, *, seconds: float = 1.0, is_bright: bool = False) -> sounds.Samples:
    """Return a snare or a hat over mains hum with its second harmonic."""
    axis, chance = np.arange(int(seconds * sounds.RATE_HZ)) / sounds.RATE_HZ, np.random.default_rng(1)
    noise = np.diff(chance.normal(size=axis.size + 1)) if is_bright else chance.normal(size=axis.size)
    body = 0 if is_bright else 0.6 * np.sin(2 * np.pi * 185 * axis) * np.exp(-axis / 0.05)
    steady = np.sin(2 * np.pi * hertz * axis) + 0.3 * np.sin(4 * np.pi * hertz * axis)
    wave = noise * np.exp(-axis / 0.06) + body + level * steady
    return (0.8 * wave / np.abs(wave).max())[:, None].astype(np.float32)


@pytest.mark.parametrize("hertz", [50.0, 60.0, 49.9, 60.1, 100.0])
@pytest.mark.parametrize("level", [0.05, 0.02, 0.01])
@pytest.mark.parametrize(("seconds", "is_bright"), [(0.5, False), (1.0, False), (2.0, False), (1.0, True)])
def test_mains_hum_under_a_drum_is_no_note(hertz: float, level: float, seconds: float, is_bright: bool):
    assert found(hummed(hertz, level, seconds=seconds, is_bright=is_bright)) is None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("hertz", [50.0, 60.0])
def test_hum_without_harmonics_is_no_note_in_any_octave(hertz: float, seed: int):
    axis = np.arange(sounds.RATE_HZ) / sounds.RATE_HZ
    noise = np.random.default_rng(seed).normal(size=axis.size) * np.exp(-axis / 0.05)
    assert found((0.2 * (noise + 0.01 * np.sin(2 * np.pi * hertz * axis)))[:, None].astype(np.float32)) is None


def test_a_sustained_bass_with_a_weak_fundamental_is_not_hum():
    axis = np.arange(sounds.RATE_HZ) / sounds.RATE_HZ
    bass = sum((0.15 if n == 1 else 1 / n) * np.sin(2 * np.pi * 100 * n * axis) for n in range(1, 9))
    single = found((0.3 * np.minimum(1, axis / 0.005) * bass)[:, None].astype(np.float32))
    assert single is not None
    assert single.midi % 12 == 7


def test_a_tom_over_hum_has_its_note():
    axis = np.arange(sounds.RATE_HZ) / sounds.RATE_HZ
    tom = np.sin(2 * np.pi * 122 * axis) * np.exp(-axis / 0.2) + 0.01 * np.sin(2 * np.pi * 60 * axis)
    single = found((0.6 * tom)[:, None].astype(np.float32))
    assert single is not None
    assert single.midi == 47


@pytest.mark.parametrize("hertz", [49.0, 50.0, 60.0, 61.7])
@pytest.mark.parametrize("decay", [0.15, 0.6, 2.5, 100.0])
@pytest.mark.parametrize("hum", [0.0, 0.005])
def test_808s_at_the_mains_frequency_have_a_note(hertz: float, decay: float, hum: float):
    axis = np.arange(int(1.2 * sounds.RATE_HZ)) / sounds.RATE_HZ
    wave = 0.6 * np.sin(2 * np.pi * hertz * axis) * np.exp(-axis / decay) + hum * np.sin(2 * np.pi * 50 * axis)
    click = 0.2 * np.random.default_rng(2).normal(size=axis.size) * np.exp(-axis / 0.01)
    single = found((wave + click)[:, None].astype(np.float32))
    assert single is not None
    assert single.midi + single.cents / 100 == pytest.approx(69 + 12 * np.log2(hertz / 440), abs=0.1)
