"""Tempo: scores candidates with fitted trees, then refines the best one to a hundredth of a BPM.

Periodicity is easy to find; the difficulty is choosing between half, normal and double time, and precision: a loop that is
1 % off drifts. The trees are fitted by ``tools.train``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis import tempo_candidates
from askchopper.media.analysis.gradient_boosting import Model
from askchopper.media.analysis.tempo_candidates import TempoCandidates

_REFINE_BEATS = (4, 8, 16)
_SEARCH = 0.02  # share of a beat-4 lag; halved with every doubling of the lag
_INSIDE = 0.8
_SNAP_SHARE, _SNAP_SECONDS = 0.003, 0.022
_BARS_ABOVE_SECONDS = 9.0
_SNAP_BELOW_SECONDS = 60.0
_WHOLE_BPM_SHARE = 0.0012
_OCTAVES = (2.0, 0.5, 3.0, 1 / 3, 1.5, 2 / 3, 4 / 3, 3 / 4)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tempo:
    """An estimated tempo.

    Args:
        bpm: 48 to 215, not rounded to a whole number.
        confidence: probability that it is right (or its half or double where musicians use both), 0 to 1.
        alternative_bpm: its half, its double or the next best candidate.
    """

    bpm: float
    confidence: float
    alternative_bpm: float


def estimate(found: TempoCandidates, models: Sequence[Model], *, is_length_exact: bool = True) -> Tempo:
    """Estimate the tempo of a rhythmic sound.

    Args:
        found: candidates and evidence.
        models: fitted trees; their probabilities are averaged.
        is_length_exact: False if the length may include encoder padding or is that of an excerpt.

    Returns:
        The tempo.
    """
    chances = np.mean([model.probabilities(found.features) for model in models], axis=0)
    best = int(chances.argmax())
    bpm = refine(found, float(found.bpm[best]), is_length_exact=is_length_exact)
    return Tempo(bpm=bpm, confidence=float(chances[best]), alternative_bpm=_alternative(found.bpm, chances, best, bpm))


def refine(found: TempoCandidates, bpm: float, *, is_length_exact: bool = True) -> float:
    """Refine a tempo with successively longer autocorrelation lags, then the loop's length, then nearby whole numbers.

    Any tempo fits a long file with some whole number of beats, so its length gets little weight.

    Args:
        found: the candidates.
        bpm: tempo of the chosen candidate.
        is_length_exact: False to use neither the length nor the seam.

    Returns:
        The tempo, rounded to a hundredth.
    """
    plain, looped = (curves[0] + curves[1] for curves in (found.correlation, found.looped))
    for beats in _REFINE_BEATS:
        # The end of an excerpt does not lead to its start, so the repeated signal is used only for lags that are too long without it.
        is_inside = beats * 60.0 / bpm < _INSIDE * found.seconds
        if is_inside or is_length_exact:
            bpm = _at_peak(plain if is_inside else looped, bpm, beats, found.rate_hz)
    snapped = _snapped(bpm, found.seconds) if is_length_exact else _whole(bpm, _WHOLE_BPM_SHARE)
    return round(snapped, 2)


def _at_peak(strength: Floats, bpm: float, beats: int, rate_hz: float) -> float:
    lag = beats * 60.0 / bpm * rate_hz
    reach = max(2.0, lag * _SEARCH * _REFINE_BEATS[0] / beats)
    low, high = int(lag - reach), int(np.ceil(lag + reach))
    if low < 1 or high + 1 >= strength.size:
        return bpm
    top = low + int(strength[low : high + 1].argmax())
    before, at, after = strength[top - 1 : top + 2]
    bend = before - 2 * at + after
    if top in (low, high) or bend >= 0 or at <= 0:
        return bpm
    return beats * 60.0 * rate_hz / (top + 0.5 * (before - after) / bend)


def _snapped(bpm: float, seconds: float) -> float:
    if seconds < _SNAP_BELOW_SECONDS:
        unit = 4 if seconds > _BARS_ABOVE_SECONDS else 1
        beats = max(1, round(seconds * bpm / 60.0 / unit)) * unit
        fitting = 60.0 * beats / seconds
        if abs(fitting / bpm - 1) < max(_SNAP_SHARE, _SNAP_SECONDS / seconds):
            return _whole(fitting, _WHOLE_BPM_SHARE / 3)
    return _whole(bpm, _WHOLE_BPM_SHARE)


def _whole(bpm: float, share: float) -> float:
    return float(round(bpm)) if abs(round(bpm) / bpm - 1) < share else bpm


def _alternative(bpm: Floats, chances: Floats, best: int, chosen: float) -> float:
    """Return the most likely related tempo, as an exact multiple of the chosen one."""
    options = [
        (float(chances[np.abs(bpm / (bpm[best] * by) - 1) < 0.02].max(initial=0.0)), by)
        for by in _OCTAVES
        if tempo_candidates.LOWEST_BPM <= chosen * by <= tempo_candidates.HIGHEST_BPM
    ]
    chance, by = max(options)
    if chance < 0.02:  # no evidence for any: the octave people would try
        by = 0.5 if chosen >= 120 else 2.0
    return round(chosen * by, 2)
