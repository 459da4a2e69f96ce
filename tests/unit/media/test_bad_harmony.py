"""Where there is no tempo, key or note, none is reported, whatever name and tags say."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from askchopper import policy
from askchopper.media import pipeline
from askchopper.media.pipeline import Analysis
from tests.unit.media import sounds

RATE = sounds.RATE_HZ
CHANCE = np.random.default_rng(5)


def saw(midi: float, seconds: float, rate: int = RATE) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    hertz = 440 * 2 ** ((midi - 69) / 12)
    return sum(np.sin(2 * np.pi * n * hertz * t) / n for n in range(1, 12)) * np.exp(-3 * t)


def chord(*midi: float, seconds: float = 1.0) -> np.ndarray:
    return np.sum([saw(one, seconds) for one in midi], axis=0)


def analysed(folder: Path, name: str, mono: np.ndarray, rate: int = RATE) -> Analysis:
    path = folder / name
    peak = float(np.nanmax(np.abs(mono[np.isfinite(mono)]))) or 1.0
    soundfile.write(path, (0.7 * mono / peak).astype(np.float32), rate, subtype="FLOAT")
    return pipeline.analyse(path)


def drum_loop() -> np.ndarray:
    beat, whole = RATE // 2, np.zeros(RATE * 4)
    for number in range(8):
        hit = sounds.hit(0.3, low=number % 2 == 0)
        whole[number * beat : number * beat + hit.size] += hit[: whole.size - number * beat]
    return whole


def test_silence_with_a_lying_name(tmp_path: Path):
    found = analysed(tmp_path, "Loop_128bpm_Am.wav", np.zeros(RATE))
    assert found.reading is None
    assert found.name_hints.key is not None


@pytest.mark.parametrize("notes", [(48, 52, 55), (48, 51, 55), (48, 55, 60, 64), (45, 52, 57, 60)])
def test_chord_has_a_key_and_no_note(tmp_path: Path, notes: tuple[int, ...]):
    reading = analysed(tmp_path, "Chord.wav", chord(*notes)).reading
    assert reading is not None
    assert reading.note is None
    assert reading.key is not None
    is_major = any((note - notes[0]) % 12 == 4 for note in notes)
    assert (reading.key.key.mode == "major") == is_major


def test_power_chord_has_no_sure_mode(tmp_path: Path):
    for root in (36, 40, 45, 50, 57):
        reading = analysed(tmp_path, "Power.wav", chord(root, root + 7, root + 12)).reading
        assert reading is not None
        assert reading.key is None or reading.key.confidence < policy.SURE_CONFIDENCE


def test_drum_loop_with_a_key_in_its_name(tmp_path: Path):
    found = analysed(tmp_path, "Drums_120bpm_Am.wav", drum_loop())
    assert found.reading is not None
    assert (found.reading.key, found.reading.is_tonal) == (None, False)
    assert "key_unheard" in {one.code for one in found.findings}


def test_samples_that_are_no_numbers(tmp_path: Path):
    mono = saw(36, 1.0)
    mono[1_000:1_100] = np.nan
    found = analysed(tmp_path, "Bass.wav", mono)
    assert found.reading is not None
    assert found.reading.note is None or found.reading.note.midi == 36


@pytest.mark.parametrize("rate", [8_000, 22_050, 96_000, 192_000])
def test_any_sampling_rate(tmp_path: Path, rate: int):
    reading = analysed(tmp_path, "Bass.wav", saw(43, 1.0, rate), rate).reading
    assert reading is not None
    assert reading.note is not None
    assert reading.note.midi == 43


def test_sound_in_one_channel_only(tmp_path: Path):
    for silent in (0, 1):
        stereo = np.stack([saw(40, 1.0)] * 2, axis=1)
        stereo[:, silent] = 0
        reading = analysed(tmp_path, "Bass.wav", stereo).reading
        assert reading is not None
        assert reading.note is not None
        assert reading.note.midi == 40


def test_long_noise_has_neither_key_nor_a_sure_tempo(tmp_path: Path):
    noise = CHANCE.standard_normal(RATE * 130) * (1 + 0.3 * np.sin(np.arange(RATE * 130) / RATE / 7))
    reading = analysed(tmp_path, "Field.wav", noise).reading
    assert reading is not None
    assert reading.key is None
    assert reading.tempo is None or reading.tempo.confidence < 0.6
