"""Auditions: clicks and chords to check measured tempo and key."""

from pathlib import Path

import numpy as np
import pytest

from askchopper.media.decode import decoder
from askchopper.media.previews import audition
from askchopper.media.sandbox import child_process
from askchopper.musical_key import Mode, MusicalKey
from tests.unit.media import sounds

RATE_HZ = sounds.RATE_HZ


def quiet(seconds: float, channels: int = 1) -> sounds.Samples:
    return np.full((round(seconds * RATE_HZ), channels), 1e-9, dtype=np.float32)


def test_clicks_are_on_beats_and_the_first_is_higher():
    mixed = audition.metronome(quiet(4.0), RATE_HZ, 120.0, 0.25)[:, 0]
    loud = np.flatnonzero(np.abs(mixed) > 0.05) / RATE_HZ
    starts = loud[np.concatenate(([True], np.diff(loud) > 0.1))]
    assert starts == pytest.approx(np.arange(0.25, 4.0, 0.5), abs=0.002)
    pitches = [np.argmax(np.abs(np.fft.rfft(mixed[round(s * RATE_HZ) :][:1_024]))) for s in starts[:5]]
    assert pitches[0] == pitches[4] > max(pitches[1:4])


def test_beats_before_the_first_bar_are_clicked():
    mixed = audition.metronome(quiet(2.0), RATE_HZ, 120.0, 1.0)
    assert np.abs(mixed[: RATE_HZ // 10]).max() > 0.1


@pytest.mark.parametrize("bpm", [0.0, -1.0, 1e9, float("nan")])
def test_implausible_tempos_are_rejected(bpm: float):
    with pytest.raises(ValueError, match="tempo"):
        audition.metronome(quiet(1.0), RATE_HZ, bpm)


@pytest.mark.parametrize(("mode", "third"), [(Mode.MINOR, 0), (Mode.MAJOR, 1)])
def test_chord_matches_the_key(mode: Mode, third: int):
    mixed = audition.drone(quiet(2.0, 2), RATE_HZ, MusicalKey(9, mode))
    assert mixed.shape == (2 * RATE_HZ, 2)
    spectrum_ = np.abs(np.fft.rfft(mixed[:, 0]))
    level = {hz: spectrum_[round(hz * 2) - 2 : round(hz * 2) + 3].max() for hz in (220.0, 659.3, 523.3, 554.4)}
    assert level[220.0] > level[659.3] > 100
    assert level[(523.3, 554.4)[third]] > 10 * level[(554.4, 523.3)[third]]


def test_mix_does_not_clip_or_change_the_sound():
    samples = sounds.drum_loop(120, beats=8)
    before = samples.copy()
    for mixed in (
        audition.metronome(samples, RATE_HZ, 120),
        audition.drone(samples, RATE_HZ, MusicalKey(0, Mode.MAJOR)),
    ):
        assert np.abs(mixed).max() <= 1.0
    assert np.array_equal(samples, before)


def test_auditions_are_short_mp3s_made_in_the_sandbox(tmp_path: Path):
    path = sounds.write(tmp_path / "a.wav", np.tile(sounds.drum_loop(120), (4, 1)))
    for content in (
        child_process.run(audition.tempo, path, 120.0, first_beat_seconds=0.1),
        child_process.run(audition.key, path, MusicalKey(4, Mode.MINOR)),
    ):
        heard = tmp_path / "a.mp3"
        heard.write_bytes(content)
        samples, rate_hz = decoder.decode(heard)
        assert samples.shape[0] / rate_hz == pytest.approx(15.0, abs=0.1)
