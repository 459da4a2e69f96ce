"""Detects lossy encoding in the history of a lossless file: from encoder frames, and from a low-pass cutoff, which may have other causes.

``python -m bench lossy`` measures the former on clean sounds and on round trips.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from askchopper.media.analysis import inverse_decoder
from askchopper.media.analysis.spectrum import middle
from askchopper.media.sliced_samples import Signal

_LEAST_RATE_HZ = 32_000
_SECONDS = 20.0
_SIZE = 4_096
_LOWEST_HZ, _HIGHEST_HZ = 10_500.0, 20_200.0
_STEP_HZ = 700.0
_DROP_DB = 28.0
_ABOVE_DB = -78.0
_LOUD_SHARE = 0.25
_CHUNK_FRAMES = 16


def was_lossy(samples: Signal, rate_hz: int) -> bool:
    """Return whether samples were decoded from MP3 or AAC.

    Args:
        samples: float32, shape (n, channels).
        rate_hz: sampling rate; low ones are not judged, because resampling hides the frames.
    """
    return rate_hz >= _LEAST_RATE_HZ and inverse_decoder.evidence(samples) > inverse_decoder.DECIDED


def cutoff_hz(samples: Signal, rate_hz: int) -> float | None:
    """Detect a low-pass cutoff.

    Args:
        samples: float32, shape (n, channels).
        rate_hz: sampling rate.

    Returns:
        The cutoff in Hz; None without one, for rates under 40 kHz and for sounds shorter than a fifth of a second.
    """
    mono = middle(samples, rate_hz, _SECONDS)
    if rate_hz < 40_000 or mono.size < rate_hz // 5:
        return None
    window = np.asarray(signal.get_window("blackmanharris", _SIZE), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, (0, _SIZE)), _SIZE)[:: _SIZE // 2]
    power = _powers(frames, window)
    treble = power[:, int(5_000 / rate_hz * _SIZE) :].sum(axis=1)
    kept = power[treble >= np.quantile(treble, 1 - _LOUD_SHARE)]
    level = 10.0 * np.log10(kept.mean(axis=0) / max(float(power.mean(axis=0).max()), 1e-20) + 1e-16)
    step = int(_STEP_HZ / rate_hz * _SIZE)
    means = np.convolve(level, np.full(step, 1.0 / step), mode="valid")
    low, high = int(_LOWEST_HZ / rate_hz * _SIZE), int(_HIGHEST_HZ / rate_hz * _SIZE)
    # The gap of a quarter step leaves room for the slope of the wall itself.
    gap = step + step // 4
    drops = means[low : high - gap] - means[low + gap : high]
    at = int(drops.argmax())
    above = level[low + at + gap :].max()
    if drops[at] < _DROP_DB or above > _ABOVE_DB:
        return None
    return float((low + at + step) * rate_hz / _SIZE)


def _powers(frames: NDArray[np.float32], window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return power spectra of frames of shape (n, size), in batches that fit the CPU cache."""
    powers = np.empty((frames.shape[0], frames.shape[1] // 2 + 1), dtype=np.float32)
    for start in range(0, frames.shape[0], _CHUNK_FRAMES):
        spectrum = np.asarray(fft.rfft(frames[start : start + _CHUNK_FRAMES] * window, axis=1), dtype=np.complex64)
        powers[start : start + _CHUNK_FRAMES] = np.square(spectrum.real) + np.square(spectrum.imag)
    return powers
