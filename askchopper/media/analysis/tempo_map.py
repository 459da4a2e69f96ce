"""Tempo map: the sections of a long sound whose tempo changes or drifts.

The tempo is estimated in short windows over the whole length. Windows without a clear beat, such as breaks, are ignored. Half or double
the previous tempo is not a change; a short section at three halves or four thirds of it is treated as a misreading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from askchopper import policy
from askchopper.media.analysis import onsets, spectrum, tempo, tempo_candidates
from askchopper.media.analysis.gradient_boosting import Model
from askchopper.media.downmix import mix
from askchopper.media.sliced_samples import Signal

SHORTEST_SECONDS = 30.0  # for shorter sounds, one estimate of the whole is as good
MOST_SECTIONS = 24
_TOLD = 6
_WINDOW_SECONDS, _HOP_SECONDS = 12.0, 8.0
_SHORTEST_WINDOWS = 2  # of a section; a single one may be misread
_MISREAD_WINDOWS = 3  # a related time that lasts as long is a change
_OCTAVES = (0.5, 2.0)
_RELATED = (1.5, 2 / 3, 4 / 3, 3 / 4, 3.0, 1 / 3)
_NEAR = 0.03  # share by which a tempo may drift while it is misread as its half or double


@dataclass(frozen=True)
class TempoSection:
    """A part of a sound with one tempo.

    Args:
        start_seconds: start of the section, to within half a window.
        bpm: tempo of the section, rounded to a tenth.
    """

    start_seconds: float
    bpm: float


@dataclass
class _Section:
    start: float
    bpms: list[float]

    @property
    def bpm(self) -> float:
        return float(np.median(self.bpms))


def measure(samples: Signal, rate_hz: float, models: Sequence[Model]) -> tuple[TempoSection, ...]:
    """Find the sections of a sound by tempo.

    Args:
        samples: float32, shape (n, channels).
        rate_hz: sampling rate, at least 4_000.
        models: fitted trees of ``tempo``.

    Returns:
        At least two sections, in order; none where the tempo keeps within ``policy.STEADY_TEMPO_SHARE``, too few windows have a
        clear beat, or the sound is shorter than ``SHORTEST_SECONDS``.
    """
    if samples.shape[0] < SHORTEST_SECONDS * rate_hz:
        return ()
    sections = _sections(_windows(samples, rate_hz, models))
    tempos = [section.bpm for section in sections]
    if len(sections) < 2 or max(tempos) / min(tempos) - 1 <= policy.STEADY_TEMPO_SHARE:
        return ()
    found = [TempoSection(round(section.start, 1), round(section.bpm, 1)) for section in sections]
    return (replace(found[0], start_seconds=0.0), *_thinned(found[1:]))


def longest(sections: Sequence[TempoSection], seconds: float) -> TempoSection:
    """Return the longest section of a sound that lasts ``seconds``."""
    ends = [*(section.start_seconds for section in sections[1:]), seconds]
    return max(zip(sections, ends, strict=True), key=lambda pair: pair[1] - pair[0].start_seconds)[0]


def words(sections: Sequence[TempoSection]) -> str:
    """Describe sections in a sentence: ``96 BPM at 0:00, 110.4 at 0:48``; long lists end with the number of sections left out."""
    shown = [
        f"{section.bpm:g}{' BPM' if not number else ''} at {int(section.start_seconds) // 60}:{int(section.start_seconds) % 60:02}"
        for number, section in enumerate(sections[:_TOLD])
    ]
    return ", ".join(shown) + (f" and {len(sections) - _TOLD} more" if len(sections) > _TOLD else "")


def _windows(samples: Signal, rate_hz: float, models: Sequence[Model]) -> list[tuple[float, float]]:
    """Return start and tempo of the windows that have a clear beat. Memory use does not grow with the length."""
    size, hop = int(_WINDOW_SECONDS * rate_hz), int(_HOP_SECONDS * rate_hz)
    found: list[tuple[float, float]] = []
    for start in range(0, samples.shape[0] - size + 1, hop):
        bands = spectrum.bands(mix(samples[start : start + size]), rate_hz)
        heard = tempo.estimate(tempo_candidates.measure(onsets.measure(bands)), models, is_length_exact=False)
        if heard.confidence >= policy.SURE_CONFIDENCE:
            found.append((start / rate_hz, heard.bpm))
    return found


def _sections(windows: Sequence[tuple[float, float]]) -> list[_Section]:
    sections: list[_Section] = []
    for start, heard in windows:
        last = sections[-1] if sections else None
        near = heard if last is None else _folded(heard, last.bpm, _OCTAVES, policy.STEADY_TEMPO_SHARE)
        if last and _is_same(near, last.bpm):
            last.bpms.append(near)
        else:
            sections.append(_Section(start, [heard]))
    return _joined([section for section in sections if len(section.bpms) >= _SHORTEST_WINDOWS])


def _joined(sections: list[_Section]) -> list[_Section]:
    """Merge adjacent sections with the same tempo, and short sections at a related tempo, which are misreadings."""
    kept = sections[:1]
    for section in sections[1:]:
        last = kept[-1]
        is_short = min(len(section.bpms), len(last.bpms)) < _MISREAD_WINDOWS
        bpm = _folded(section.bpm, last.bpm, _OCTAVES, _NEAR)
        bpm = _folded(bpm, last.bpm, _RELATED, policy.STEADY_TEMPO_SHARE) if is_short else bpm
        if not _is_same(bpm, last.bpm):
            kept.append(_Section(section.start, [one * bpm / section.bpm for one in section.bpms]))
        elif len(section.bpms) > len(last.bpms):
            kept[-1] = _Section(last.start, section.bpms)
        else:
            last.bpms += [one * bpm / section.bpm for one in section.bpms]
    return kept


def _folded(bpm: float, near: float, factors: Sequence[float], tolerance: float) -> float:
    """Return the tempo, multiplied by one of ``factors`` if that brings it within ``tolerance`` of ``near``."""
    closest = min((bpm * by for by in factors), key=lambda candidate: abs(candidate / near - 1))
    is_closer = abs(closest / near - 1) < abs(bpm / near - 1)
    return closest if is_closer and abs(closest / near - 1) <= tolerance else bpm


def _is_same(bpm: float, other: float) -> bool:
    return abs(bpm / other - 1) <= policy.STEADY_TEMPO_SHARE


def _thinned(sections: list[TempoSection]) -> list[TempoSection]:
    """Drop the smallest tempo changes of a long drift."""
    while len(sections) >= MOST_SECTIONS:
        steps = [abs(np.log(after.bpm / before.bpm)) for before, after in pairwise(sections)]
        del sections[int(np.argmin(steps)) + 1]
    return sections
