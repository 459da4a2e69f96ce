"""Classifies a sound as one-shot, loop or track, and counts the beats of a loop."""

import numpy as np

from askchopper.media.analysis.onsets import Onsets
from askchopper.media.analysis.spectrum import Bands
from askchopper.vocabulary import FileKind

_HIT_SECONDS = 0.7
_LONGEST_HIT_SECONDS = 9.0
_TRACK_SECONDS = 60.0
_FEW_ONSETS = 2
_FEW_SWELLS, _ONE_SWELL = 3, 1
_SWELL_DB = 6.0
_QUIET_DB = -25.0
LOOP_TOLERANCE_BEATS = 0.05


def kind(bands: Bands, onsets: Onsets) -> FileKind:
    """Classify a sound by kind.

    A sound with few attacks and few rises in level has no pulse, regardless of its length.
    """
    if bands.seconds < _HIT_SECONDS:
        return FileKind.ONE_SHOT
    if sorted(onsets.counts())[2] <= _FEW_ONSETS:
        # A gong, a sub drop or rain may be long, but rises once at most.
        most = _FEW_SWELLS if bands.seconds < _LONGEST_HIT_SECONDS else _ONE_SWELL
        if count_rises(bands) <= most:
            return FileKind.ONE_SHOT
    return FileKind.TRACK if bands.seconds > _TRACK_SECONDS else FileKind.LOOP


def count_rises(bands: Bands) -> int:
    """Count level rises of 6 dB from a local minimum, near the loudest level."""
    power = bands.powers.sum(axis=1)
    levels = 10.0 * np.log10(np.maximum(power, max(float(power.max()), 1e-12) * 1e-5))
    loud = float(levels.max()) + _QUIET_DB
    count, turn, is_rising = 0, float(levels[0]), False
    for level in levels.tolist():
        if not is_rising:
            turn = min(turn, level)
            if level > turn + _SWELL_DB and level > loud:
                count, is_rising, turn = count + 1, True, level
        else:
            turn = max(turn, level)
            if level < turn - _SWELL_DB:
                is_rising, turn = False, level
    return count


def beats(seconds: float, bpm: float) -> float:
    """Return the length in beats."""
    return seconds * bpm / 60.0
