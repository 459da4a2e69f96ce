"""Estimates the metre of a loop from its length in beats and its accents."""

import numpy as np

from askchopper.media.analysis.onsets import Onsets
from askchopper.media.metre import COMMON, WALTZ, Metre

# By how much the pulse of the beat must exceed that of the alternatives; ``python -m bench metre`` measures the errors.
_CLEAR_TRIPLE, _CLEAR_TRIPLETS = 0.15, 0.3
# Above this, three beats are as likely half a bar of 6/8.
_FASTEST_TRIPLE_BPM = 140.0
_LEAST_TRIPLE_BEATS = 6


def metre(onsets: Onsets, beats: int, bpm: float) -> Metre | None:
    """Return 4/4 or 3/4; None if neither is clear.

    Six eighths and four beats in triplets are not distinguished: half of either sounds the same, and both notations are in use.

    Args:
        onsets: onset strength of a loop.
        beats: number of beats of the loop.
        bpm: tempo of the loop.
    """
    if COMMON.bars(beats):
        triplets = max(_pulse(onsets, beats * 1.5), _pulse(onsets, beats * 3))
        halves = max(_pulse(onsets, beats * 2), _pulse(onsets, beats * 4))
        return None if triplets > halves + _CLEAR_TRIPLETS else COMMON
    threes, rest = divmod(beats, 3)
    if rest or beats < _LEAST_TRIPLE_BEATS or threes.bit_count() != 1 or bpm > _FASTEST_TRIPLE_BPM:
        return None
    # A 4/4 loop counted as 3/4, and one counted in dotted beats, has its pulse at these divisions instead of at the beat.
    others = max(_pulse(onsets, beats * 2 / 3), _pulse(onsets, beats * 4 / 3))
    return WALTZ if _pulse(onsets, beats) > others + _CLEAR_TRIPLE else None


def _pulse(onsets: Onsets, cycles: float) -> float:
    """Return the pulse clarity at a number of equal divisions of the loop, from 0 (even) to 1 (every onset on a division)."""
    curve = onsets.curves[0][: max(1, round(onsets.seconds * onsets.rate_hz))]
    turns = np.exp(-2j * np.pi * round(cycles) / max(onsets.seconds * onsets.rate_hz, 1.0) * np.arange(curve.size))
    return float(abs(curve @ turns) / max(float(curve.sum()), 1e-9))
