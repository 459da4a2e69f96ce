"""Short-time spectra shared by tempo, kind and embedding, computed once per file.

One pass: power spectra every 10 ms, summed into mel bands. Full spectra are not kept.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from askchopper.media.downmix import mix
from askchopper.media.sliced_samples import Signal

FRAMES_PER_SECOND = 100
BANDS = 40
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 16_000.0
_CHUNK_FRAMES = 128  # so that a chunk stays in the cache: three times the speed of large ones

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Bands:
    """Mel band powers over time.

    Args:
        powers: float32, shape (frames, BANDS), never negative.
        rate_hz: frames a second, near ``FRAMES_PER_SECOND``.
        centres_hz: float32, shape (BANDS,), middle of each band.
        seconds: length of the signal.
    """

    powers: Floats
    rate_hz: float
    centres_hz: Floats
    seconds: float


def middle(samples: Signal, rate_hz: float, seconds: float) -> Floats:
    """Mix the middle of a signal to mono.

    Args:
        samples: float32, shape (n, channels).
        rate_hz: sampling rate.
        seconds: maximum length.

    Returns:
        float32, shape (m,).
    """
    wanted = int(seconds * rate_hz)
    start = max(0, (samples.shape[0] - wanted) // 2)
    part = samples[start : start + wanted]
    return mix(part)


def bands(mono: Floats, rate_hz: float) -> Bands:
    """Measure the power in mel bands every 10 ms.

    The signal is padded with silence, so that a sound at the very start has an attack.

    Args:
        mono: float32, shape (n,).
        rate_hz: sampling rate, at least 4_000.

    Returns:
        The bands.

    Source: M. Slaney, "Auditory Toolbox", 1998 (the mel scale in its O'Shaughnessy form, triangular filters).
    """
    size = frame_size(rate_hz)
    hop = max(1, round(rate_hz / FRAMES_PER_SECOND))
    filters, centres = _filters(size, rate_hz)
    window = np.asarray(signal.get_window("hann", size), dtype=np.float32)
    padded = np.pad(mono, (size // 2, size // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    powers = np.empty((frames.shape[0], BANDS), dtype=np.float32)
    for start in range(0, frames.shape[0], _CHUNK_FRAMES):
        spectrum = np.asarray(fft.rfft(frames[start : start + _CHUNK_FRAMES] * window, axis=1), dtype=np.complex64)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        powers[start : start + _CHUNK_FRAMES] = power[:, : filters.shape[0]] @ filters
    return Bands(powers=powers, rate_hz=rate_hz / hop, centres_hz=centres, seconds=mono.size / rate_hz)


def frame_size(rate_hz: float) -> int:
    """Return the frame size in samples: the power of two nearest to 46 ms, at least 256."""
    return 1 << max(8, round(np.log2(rate_hz * 0.0464)))


@lru_cache(maxsize=16)
def _filters(size: int, rate_hz: float) -> tuple[Floats, Floats]:
    """Return triangular filters, shape (bins, BANDS), each of unit sum, and their centres."""
    # The bands are the same at every rate; those above half the rate stay empty.
    mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), BANDS + 2)
    edges = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    bins = np.arange(int(min(_HIGHEST_HZ / rate_hz, 0.5) * size) + 1) * rate_hz / size
    # Low bands are narrower than a bin; none may be left without one.
    width = np.maximum(edges[2:] - edges[:-2], 2.2 * rate_hz / size) / 2
    filters = np.maximum(0.0, 1.0 - np.abs(bins[:, None] - edges[None, 1:-1]) / width)
    filters /= np.maximum(filters.sum(axis=0), 1e-9)
    return filters.astype(np.float32), edges[1:-1].astype(np.float32)


def _mel(frequency_hz: float) -> float:
    return 2595.0 * float(np.log10(1.0 + frequency_hz / 700.0))
