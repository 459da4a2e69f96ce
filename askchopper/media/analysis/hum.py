"""Distinguishes mains hum under a hit from a pitched note: hum is steady and quiet, a note is loud at first or decays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis.decimation import decimate

MAINS_HZ = (50.0, 60.0, 100.0, 120.0)  # both frequencies and their second harmonics
_FRAME_SECONDS = 0.2
_NEAR_CENTS = 150.0  # noise shifts the estimate of a weak tone by up to a semitone and a half
_EXACT_CENTS = 15.0  # the mains frequency varies by 0.2 Hz
_LARGEST_DECAY, _LARGEST_SHARE = 10.0**1.2, 10.0**-1.2
_PADDED_TIMES = 8
_LONGEST_SECONDS, _RATE_HZ = 6.0, 2_000.0

Floats = NDArray[np.float64]


def is_hum(mono: NDArray[np.float32], rate_hz: float, hz: float) -> bool:
    """Return whether a pitch is that of mains hum: a steady tone, at least 12 dB below the loudest part, under a sound that decays.

    Args:
        mono: float32, shape (n,).
        rate_hz: sampling rate.
        hz: the pitch.
    """
    near = [mains for mains in MAINS_HZ if min(abs(_cents(hz * by, mains)) for by in (0.5, 1.0, 2.0)) <= _NEAR_CENTS]
    mono = mono[: int(_LONGEST_SECONDS * rate_hz)]
    if not near or mono.size < 2 * int(_FRAME_SECONDS * rate_hz):
        return False
    whole = _levels(np.square(mono, dtype=np.float64), rate_hz)
    loudest = float(whole.max())
    if _tail(whole) > _LARGEST_SHARE * loudest:  # a sustained sound, whose fundamental may be weak
        return False
    by = max(1, int(rate_hz / _RATE_HZ))
    low = decimate(mono, by).astype(np.float64)
    if _power(low, rate_hz / by, hz).max() > _LARGEST_SHARE * loudest:  # a note over hum
        return False
    return any(_is_steady(low, rate_hz / by, mains, loudest) for mains in near)


def _is_steady(low: Floats, rate_hz: float, mains: float, loudest: float) -> bool:
    tone = _power(low, rate_hz, mains)
    is_quiet = tone.max() <= _LARGEST_SHARE * loudest
    return bool(is_quiet and 0 < tone.max() <= _LARGEST_DECAY * _tail(tone) and _is_exact(low, rate_hz, mains))


def _power(low: Floats, rate_hz: float, hz: float) -> Floats:
    """Return the power of a tone in each frame."""
    wave = np.exp(-2j * np.pi * hz / rate_hz * np.arange(low.size))
    return 2 * np.square(np.abs(_levels(low * wave, rate_hz)))


def _tail(levels: Floats) -> float:
    """Return the median of the last third of the levels."""
    return float(np.median(levels[-max(1, levels.size // 3) :]))


def _levels(values: NDArray[Any], rate_hz: float) -> NDArray[Any]:
    """Return the Hann-weighted means of overlapping frames."""
    size = int(_FRAME_SECONDS * rate_hz)
    window = np.hanning(size) / np.hanning(size).sum()
    return np.array([values[at : at + size] @ window for at in range(0, values.size - size + 1, size // 4)])


def _is_exact(low: Floats, rate_hz: float, mains: float) -> bool:
    """Return whether the spectral peak near a mains frequency, in the second half of the sound, is within 15 cents of it."""
    half = low[low.size // 2 :]
    padded = _PADDED_TIMES * half.size
    bin_hz = rate_hz / padded
    first = int(mains * 2 ** (-_NEAR_CENTS / 1_200) / bin_hz)
    last = int(mains * 2 ** (_NEAR_CENTS / 1_200) / bin_hz) + 2
    at = np.arange(half.size)
    # Few bins of a long spectrum are wanted, so they are computed one by one.
    shaped = half * np.hanning(half.size)
    power = [abs(shaped @ np.exp(-2j * np.pi * number / padded * at)) for number in range(first, last)]
    return abs(_cents((first + int(np.argmax(power))) * bin_hz, mains)) <= _EXACT_CENTS


def _cents(one: float, other: float) -> float:
    return float(1_200 * np.log2(one / other))
