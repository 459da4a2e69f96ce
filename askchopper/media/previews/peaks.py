"""Waveform peaks for rows and the player.

A waveform is ``PEAK_COUNT`` signed bytes. Sounds of a pack share one reference level, so that a quiet texture looks quiet next
to its drum loop.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from askchopper.media.downmix import mix
from askchopper.media.sliced_samples import Signal

PEAK_COUNT = 800
ROW_PEAK_COUNT = 100
_FULL_SCALE = 127
_BLOCK_FRAMES, _WINDOWS_AT_ONCE = 1 << 20, 16  # so that no copy of half an hour is made


def mixed_peak(samples: Signal) -> float:
    """Return the largest absolute sample of the mono mix.

    Args:
        samples: float32, shape (n, channels) or (n,).

    Returns:
        Peak of the channel average, 0.0 for an empty signal. The largest of a pack is the
        ``reference_peak`` of its sounds.
    """
    blocks = (samples[start : start + _BLOCK_FRAMES] for start in range(0, samples.shape[0], _BLOCK_FRAMES))
    return float(np.max([0.0, *(np.abs(_mono(block)).max() for block in blocks)]))  # NaN stays NaN


def peaks(
    samples: Signal,
    *,
    reference_peak: float | None = None,
    count: int = PEAK_COUNT,
) -> bytes:
    """Reduce a signal to the loudest point of each of ``count`` equal windows.

    Args:
        samples: float32, shape (n, channels) or (n,), n at least 1.
        reference_peak: level drawn at full height; the signal's own peak when None. Louder
            windows are clipped to full height.
        count: number of windows, at least 1. A signal shorter than that repeats samples.

    Returns:
        ``count`` signed bytes, each 0-127.

    Raises:
        ValueError: no samples.
    """
    if not samples.size:
        raise ValueError("peaks of an empty signal")
    highest = _highest(samples, np.arange(count, dtype=np.int64) * samples.shape[0] // count)
    reference = float(highest.max()) if reference_peak is None else reference_peak
    if reference <= 0.0:
        return bytes(count)
    scaled = np.rint(highest * (_FULL_SCALE / reference))
    return np.clip(scaled, 0, _FULL_SCALE).astype(np.int8).tobytes()


def reduce_peaks(outline: bytes, count: int = ROW_PEAK_COUNT) -> list[int]:
    """Max-pool stored peaks to fewer values, for table rows.

    Args:
        outline: bytes made by ``peaks``, at least one.
        count: wanted length; the outline is returned whole when it is not longer.

    Returns:
        ``min(count, len(outline))`` integers, 0-127.

    Raises:
        ValueError: empty outline or a count below 1.
    """
    if not outline or count < 1:
        raise ValueError("nothing to reduce")
    values = np.frombuffer(outline, dtype=np.int8)
    if count >= values.size:
        return values.tolist()
    return np.maximum.reduceat(values, _starts(values.size, count)).tolist()


@lru_cache(maxsize=16)
def _starts(size: int, count: int) -> NDArray[np.int64]:
    return np.arange(count, dtype=np.int64) * size // count


def _highest(samples: Signal, starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the largest absolute sample of the mono mix in each window; a window extends to the next start, and has at least one sample."""
    ends = [*starts[_WINDOWS_AT_ONCE::_WINDOWS_AT_ONCE], samples.shape[0]]
    found: list[NDArray[np.float32]] = []
    for first, end in zip(range(0, starts.size, _WINDOWS_AT_ONCE), ends, strict=True):
        some = starts[first : first + _WINDOWS_AT_ONCE]
        part = samples[some[0] : max(end, some[-1] + 1)]
        found.append(np.maximum.reduceat(np.abs(_mono(part)), some - some[0]))
    return np.concatenate(found)


def _mono(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    if samples.ndim == 1:
        return samples
    return mix(samples)
