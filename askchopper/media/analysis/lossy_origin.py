"""Detects lossy encoding in the history of a lossless file: gaps in the treble and frames of an encoder. A cutoff may have other reasons.

``python -m bench lossy`` measures them on clean sounds and on round trips.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from askchopper.media.analysis import inverse_decoder
from askchopper.media.analysis.spectrum import middle

_LEAST_RATE_HZ = 32_000
_SECONDS = 20.0
_SIZE = 4_096
_LOWEST_HZ, _HIGHEST_HZ = 10_500.0, 20_200.0
_STEP_HZ = 700.0
_DROP_DB = 28.0
_ABOVE_DB = -78.0
_LOUD_SHARE = 0.25
_CHUNK_FRAMES = 16
_GAP_SECONDS, _GAP_SIZE, _GAP_BINS, _GAP_REACH = 4.0, 512, 6, 6
_GAP_RANGE_HZ = (4_000.0, 20_500.0)
_GAP_LOUD_DB, _GAP_DROP_DB = -48.0, 14.0
_GAP_SHARE, _GAP_LEAST_CELLS = 0.0009, 400


def was_lossy(samples: NDArray[np.float32], rate_hz: int) -> bool:
    """Return whether samples were decoded from MP3 or AAC.

    Gaps are cheap to find, and frequent at low rates and in sparse sounds; the frames of the encoder are found at high rates, too.

    Args:
        samples: float32, shape (n, channels).
        rate_hz: sampling rate.
    """
    return has_gaps(samples, rate_hz) or (
        rate_hz >= _LEAST_RATE_HZ and inverse_decoder.evidence(samples) > inverse_decoder.DECIDED
    )


def cutoff_hz(samples: NDArray[np.float32], rate_hz: int) -> float | None:
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


def has_gaps(samples: NDArray[np.float32], rate_hz: int) -> bool:
    """Return whether the treble has the gaps that MP3 and AAC leave.

    Codecs drop bands for one or two blocks where louder ones hide them. Such a band is silent for some milliseconds while
    its neighbours sound on, which neither filters nor converters do; a cut-off alone may come from those. In joint stereo the
    difference of the channels has most of the gaps.

    Args:
        samples: float32, shape (n, channels).
        rate_hz: sampling rate.
    """
    if rate_hz < 40_000 or samples.shape[0] < rate_hz // 5:
        return False
    start = max(0, samples.shape[0] // 2 - int(_GAP_SECONDS * rate_hz / 2))
    heard = samples[start : start + int(_GAP_SECONDS * rate_hz)]
    channels = [heard.mean(axis=1)]
    if samples.shape[1] == 2:
        channels += [0.5 * (heard[:, 0] - heard[:, 1]), heard[:, 0], heard[:, 1]]
    return any(_gap_share(channel, rate_hz) > _GAP_SHARE for channel in channels)


def _gap_share(mono: NDArray[np.float32], rate_hz: int) -> float:
    """Return the share of loud cells of time and band that are silent between louder ones."""
    window = np.hanning(_GAP_SIZE).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, (0, _GAP_SIZE)), _GAP_SIZE)[:: _GAP_SIZE // 4]
    low, high = (int(hertz / rate_hz * _GAP_SIZE) for hertz in _GAP_RANGE_HZ)
    count = (high - low) // _GAP_BINS
    power = _powers(frames, window)[:, low : low + count * _GAP_BINS]
    level = 10.0 * np.log10(power.reshape(-1, count, _GAP_BINS).mean(axis=2) + 1e-14)
    padded = np.pad(level, ((_GAP_REACH, _GAP_REACH), (0, 0)), mode="edge")
    runs = np.lib.stride_tricks.sliding_window_view(padded, _GAP_REACH, axis=0).max(axis=2)
    around = np.minimum(runs[: level.shape[0]], runs[_GAP_REACH + 1 :])
    drop = around - level
    # In the pauses between hits, all bands drop together.
    own = drop - np.maximum(np.median(drop, axis=1, keepdims=True), 0.0)
    is_loud = around > _GAP_LOUD_DB
    return float((own[is_loud] > _GAP_DROP_DB).sum() / max(int(is_loud.sum()), _GAP_LEAST_CELLS))
