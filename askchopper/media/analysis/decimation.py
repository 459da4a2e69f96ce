"""Decimation of a signal, for analyses that need low frequencies only."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

_BLOCKS = 16  # taps of the low-pass for each step of the factor
_CHUNK = 4_096

Floats = NDArray[np.float32]


def decimate(mono: Floats, by: int) -> Floats:
    """Downsample by an integer factor, after a low-pass that is flat up to 0.39 of the new rate.

    Args:
        mono: float32, shape (n,).
        by: the factor, at least 1.

    Returns:
        float32, shape (ceil(n / by),), sample k aligned with input sample k * by. One matrix product computes all filter phases.
    """
    if by == 1:
        return mono
    taps, count = _low_pass(by), -(-mono.size // by)
    half = _BLOCKS * by // 2
    rows = np.pad(mono, (half, half + count * by - mono.size)).reshape(-1, by)
    low = np.empty(count, dtype=np.float32)
    for start in range(0, count, _CHUNK):
        part = low[start : start + _CHUNK]
        phases = taps @ rows[start : start + part.size + _BLOCKS - 1].T
        part[:] = phases[0, : part.size]
        for number in range(1, _BLOCKS):
            part += phases[number, number : number + part.size]
    return low


@lru_cache(maxsize=8)
def _low_pass(by: int) -> Floats:
    """Return the low-pass impulse response, shape (_BLOCKS, by), centred on the first tap of the middle block."""
    response = signal.firwin(_BLOCKS * by - 1, 1.0 / by)  # Hamming: 53 dB down
    return np.concatenate([[0.0], response]).astype(np.float32).reshape(_BLOCKS, by)
