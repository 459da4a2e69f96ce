"""Keys: the same in every transposition, told from their relative by what leads where, none without a third."""

from dataclasses import replace

import numpy as np
import pytest

from askchopper.media.analysis import chords, chroma, key, model_weights
from askchopper.media.analysis.chroma import Chroma
from askchopper.media.analysis.key import KeyGuess
from askchopper.musical_key import Mode, MusicalKey

RATE = 22_050
MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
CADENCE_MAJOR = ((0, MAJOR), (5, MAJOR), (7, MAJOR), (0, MAJOR))
CADENCE_MINOR = ((0, MINOR), (5, MINOR), (7, MAJOR), (0, MINOR))


def saw(midi: float, seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((midi - 69) / 12)
    return sum(np.sin(2 * np.pi * n * hertz * t) / n for n in range(1, 9)) * np.exp(-2 * t)


def played(progression: tuple[tuple[int, tuple[int, ...]], ...], tonic: int, repeats: int = 2) -> Chroma:
    bars = [
        saw(36 + tonic + root, 1.5) + sum(saw(48 + tonic + root + step, 1.5) for step in steps)
        for root, steps in progression * repeats
    ]
    return chroma.measure(np.concatenate(bars).astype(np.float32) / 10, RATE)


def estimated(heard: Chroma) -> KeyGuess:
    found = key.estimate(heard, model_weights.load().key)
    assert found is not None
    return found


@pytest.mark.parametrize("tonic", [0, 3, 7, 10])
@pytest.mark.parametrize(("progression", "mode"), [(CADENCE_MAJOR, Mode.MAJOR), (CADENCE_MINOR, Mode.MINOR)])
def test_cadence(tonic: int, progression: tuple[tuple[int, tuple[int, ...]], ...], mode: Mode):
    assert estimated(played(progression, tonic)).key == MusicalKey(tonic, mode)


def test_relative_keys_are_told_apart_by_where_they_begin_and_end():
    # The same four chords: I vi IV V, and i VI VII III of the relative minor in another order.
    assert estimated(played(((0, MAJOR), (9, MINOR), (5, MAJOR), (7, MAJOR)), 0)).key == MusicalKey(0, Mode.MAJOR)
    assert estimated(played(((9, MINOR), (5, MAJOR), (7, MAJOR), (9, MINOR)), 0)).key == MusicalKey(9, Mode.MINOR)


def test_no_key_is_preferred_to_another():
    heard = played(CADENCE_MINOR, 2)
    first = estimated(heard)
    for steps in range(1, 12):
        guess = estimated(transposed(heard, steps))
        assert guess.key == MusicalKey((first.key.tonic + steps) % 12, first.key.mode)
        assert guess.confidence == pytest.approx(first.confidence)


def transposed(heard: Chroma, steps: int) -> Chroma:
    turned = np.roll(heard.chords.changes.reshape(2, 12, 2, 12), (steps, steps), axis=(1, 3)).reshape(24, 24)
    shares = np.roll(heard.chords.shares.reshape(3, 2, 12), steps, axis=2).reshape(3, 24)
    vector = np.roll(heard.vector.reshape(-1, 12), steps, axis=1).ravel()
    return replace(heard, vector=vector, chords=chords.Chords(shares, turned))


def test_chords_over_time():
    frames = np.zeros((32, 12))
    for start, root in ((0, 0), (8, 5), (16, 7), (24, 0)):
        frames[start : start + 8, [(root + step) % 12 for step in MAJOR]] = 1.0
    found = chords.measure(frames, frames, np.zeros_like(frames))
    assert found.shares.sum(axis=1) == pytest.approx(1.0)
    assert [int(row.argmax()) for row in found.shares] == [0, 0, 0]
    assert np.argsort(found.shares[0])[::-1][1:3].tolist() in ([5, 7], [7, 5])
    assert found.changes.sum() == pytest.approx(1.0)
    assert found.changes[7, 0] > found.changes[0, 7]


@pytest.mark.parametrize("count", [1, 3, 5])
def test_silence_and_short_sounds_have_no_changes(count: int):
    silent = chords.measure(*[np.zeros((count, 12))] * 3)
    assert np.allclose(silent.shares, 1 / 24)
    assert not silent.changes.any()
    assert np.isfinite(key.rows(chroma.measure(np.zeros(RATE, dtype=np.float32), RATE))).all()
