"""Levels, silence, clipping and channel faults, in one pass over blocks.

Blocks bound the extra memory for signals of any length. ``quality`` judges the results.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askchopper.media.sliced_samples import Signal

_BLOCK_FRAMES = 1 << 16
_SILENCE = 10 ** (-60 / 20)
_NEAR_PEAK = 0.999
_FULL_SCALE = 10 ** (-0.1 / 20)
_FLAT_RUN = 3
_TINY = 1e-20


@dataclass(frozen=True)
class Levels:
    """Results of one pass over the samples.

    Args:
        peak: largest absolute sample, full scale at 1.0.
        channel_peaks: largest absolute sample of each channel.
        dc: mean of the channel that is furthest off centre, as a share of full scale.
        clipped: share of samples that stay, three or more in a row, at the signal's own peak near full scale.
        leading_seconds: silence (below -60 dBFS) before the sound; the whole length for a silent file.
        trailing_seconds: silence after the sound.
        mono_to_side_db: energy of the sum of the first two channels against their difference; None unless stereo.
        is_dual_mono: whether the two channels are equal and not silent.
        seam: jump from the last to the first frame as a share of the peak.
    """

    peak: float
    channel_peaks: tuple[float, ...]
    dc: float
    clipped: float
    leading_seconds: float
    trailing_seconds: float
    mono_to_side_db: float | None
    is_dual_mono: bool
    seam: float

    @property
    def peak_dbfs(self) -> float | None:
        """The peak in dBFS; None for digital silence."""
        return 20.0 * math.log10(self.peak) if self.peak > 0 else None


def measure(samples: Signal, rate_hz: int) -> Levels:
    """Measure a signal.

    Args:
        samples: float32, shape (n, channels), n at least 1, all finite.
        rate_hz: sampling rate.

    Returns:
        The levels.
    """
    count, channels = samples.shape
    peaks, sums = np.zeros(channels), np.zeros(channels)
    first, last = count, -1
    mid = side = 0.0
    for start in range(0, count, _BLOCK_FRAMES):
        block = np.ascontiguousarray(samples[start : start + _BLOCK_FRAMES].T)  # rows are summed many times faster
        magnitude = np.abs(block)
        peaks = np.maximum(peaks, magnitude.max(axis=1))
        sums += block.sum(axis=1, dtype=np.float64)
        heard = np.flatnonzero(magnitude.max(axis=0) > _SILENCE)
        if heard.size:
            first, last = min(first, start + int(heard[0])), start + int(heard[-1])
        if channels == 2:
            mid += float(np.square(block[0] + block[1]).sum())
            side += float(np.square(block[0] - block[1]).sum())
    peak = float(peaks.max())
    return Levels(
        peak=peak,
        channel_peaks=tuple(peaks.tolist()),
        dc=float(np.abs(sums / count).max()),
        clipped=_clipped(samples, peak) if peak >= _FULL_SCALE else 0.0,
        leading_seconds=first / rate_hz,
        trailing_seconds=(count - 1 - last) / rate_hz,
        mono_to_side_db=10.0 * math.log10((mid + _TINY) / (side + _TINY)) if channels == 2 else None,
        is_dual_mono=channels == 2 and side == 0.0 and mid > 0.0,
        seam=float(np.abs(samples[0] - samples[-1]).max()) / peak if peak > 0 else 0.0,
    )


def _clipped(samples: Signal, peak: float) -> float:
    """Return the share of samples in clipped runs at the peak, for the channel with the largest share.

    Float files may exceed full scale without clipping, so runs are sought at the file's own peak.
    """
    stuck = np.zeros(samples.shape[1])
    top = _NEAR_PEAK * peak
    for start in range(0, samples.shape[0], _BLOCK_FRAMES):
        for number, channel in enumerate(samples[start : start + _BLOCK_FRAMES].T):
            if np.abs(channel).max() >= top:
                stuck[number] += _samples_in_runs(channel >= top) + _samples_in_runs(channel <= -top)
    return float(stuck.max()) / samples.shape[0]


def _samples_in_runs(is_top: NDArray[np.bool_]) -> int:
    edges = np.diff(np.concatenate(([0], is_top.view(np.int8), [0])))
    lengths = np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)
    return int(lengths[lengths >= _FLAT_RUN].sum())
