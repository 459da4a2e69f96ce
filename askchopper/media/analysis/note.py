"""Estimates the root note of a one-shot, such as an 808 or a plucked bass; one-shots have no mode, so a key would be wrong.

Candidates are scored by fitted trees, whose training data includes chords, drums and sweeps, for which no candidate is right. The trees
are fitted by ``tools.train`` on synthesised sounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis import hum, note_candidates
from askchopper.media.analysis.gradient_boosting import Model
from askchopper.media.analysis.note_candidates import NoteCandidates

_OF_HUM = 0.3
_SAME_NOTE = 0.4  # semitones between candidates of one note

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Note:
    """An estimated root note.

    Args:
        midi: the nearest MIDI note; 60 is C4, 440 Hz is 69.
        cents: deviation from it, -50 to 50.
        confidence: probability that the note is right, whatever its octave, 0 to 1.
    """

    midi: int
    cents: float
    confidence: float


def estimate(mono: NDArray[np.float32], rate_hz: float, models: Sequence[Model]) -> Note | None:
    """Estimate the root note of a one-shot; None for silence and sounds of less than 25 ms.

    Chords, drums, noise and mains hum get a note of low confidence.

    Args:
        mono: float32, shape (n,).
        rate_hz: sampling rate.
        models: fitted trees; their probabilities are averaged.
    """
    found = choose(note_candidates.measure(mono, rate_hz), models)
    if found is None or not hum.is_hum(mono, rate_hz, 440 * 2 ** ((found.midi + found.cents / 100 - 69) / 12)):
        return found
    return replace(found, confidence=min(found.confidence, _OF_HUM))


def choose(found: NoteCandidates, models: Sequence[Model]) -> Note | None:
    """Choose the most likely pitch class over all octaves, then its most likely octave; None without candidates."""
    if found.midi.size == 0:
        return None
    chances = np.mean([model.probabilities(found.features) for model in models], axis=0)
    distance = (found.midi[:, None] - found.midi[None] + 6) % 12 - 6
    by_class = np.minimum(1.0, (np.abs(distance) < _SAME_NOTE) @ chances)
    best = int(np.lexsort((chances, np.round(by_class, 6)))[-1])
    midi = round(float(found.midi[best]))
    return Note(midi, round(100 * (float(found.midi[best]) - midi), 1), float(by_class[best]))
