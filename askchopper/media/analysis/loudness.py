"""Loudness and level of a decoded signal.

Integrated loudness and true peak follow broadcast practice (EBU R128). Long signals are measured in blocks to limit memory use. Callers
decide what is too loud or too quiet.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from askchopper.media.sliced_samples import Signal

_BLOCK_SECONDS = 0.4
_HOPS_PER_BLOCK = 4
_HOPS_AT_ONCE = 100
_OVERSAMPLING = 4
_REACH = 6  # samples on either side that an interpolated point is computed from
_PEAK_STRIDE = 1 << 16
_NEAR_PEAK = 0.5
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_LU = -0.691
# Left, right, centre, low-frequency effects, left and right surround.
_SIX_CHANNEL_WEIGHTS = (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)


def integrated_loudness_lufs(samples: Signal, rate_hz: int) -> float | None:
    """Measure the gated programme loudness of a signal.

    A signal shorter than one 400 ms block is padded with silence to a single block, so that a
    drum hit gets a comparable figure.

    Args:
        samples: float32, shape (n, channels), range about [-1, 1].
        rate_hz: sampling rate, at least 8_000.

    Returns:
        Loudness in LUFS, or None when no block passes the absolute gate of -70 LUFS (silence).

    Source: ITU-R BS.1770-4, 2015, annex 1 (K-weighting, channel weights, gating).
    """
    if samples.shape[0] == 0:
        return None
    hop = round(_BLOCK_SECONDS * rate_hz / _HOPS_PER_BLOCK)
    hops = _hop_powers(samples, rate_hz, hop)
    blocks = np.convolve(hops, np.full(_HOPS_PER_BLOCK, 1.0 / _HOPS_PER_BLOCK), mode="valid")
    return _gated_mean_lufs(blocks)


def true_peak_dbtp(samples: Signal) -> float | None:
    """Estimate the peak of the continuous signal by fourfold oversampling.

    Only the samples around local maxima within 6 dB of the sample peak are oversampled: inter-sample peaks are highest next to the highest
    samples.

    Args:
        samples: float32, shape (n, channels), full scale at 1.0.

    Returns:
        True peak in dBTP, or None for digital silence.

    Source: ITU-R BS.1770-4, 2015, annex 2.
    """
    strides = range(0, samples.shape[0], _PEAK_STRIDE)
    highest = float(np.max([0.0, *(np.abs(samples[start : start + _PEAK_STRIDE]).max() for start in strides)]))
    if highest <= 0.0:
        return None
    margin = _REACH + 1
    for start in strides:
        before, after = max(0, start - margin), start + _PEAK_STRIDE + margin
        part = samples[before:after]
        outside = (margin - (start - before), max(0, after - samples.shape[0]))
        for channel in part.T:
            highest = max(highest, _crest(np.pad(channel, outside), _NEAR_PEAK * highest))
    return 20.0 * math.log10(highest)


def _crest(channel: NDArray[np.float32], least: float) -> float:
    """Return the highest oversampled level around local maxima of at least ``least``; the margins of ``channel`` only give context."""
    margin = _REACH + 1
    size = np.abs(channel[_REACH:-_REACH])
    middle = size[1:-1]
    crests = np.flatnonzero((middle >= least) & (middle >= size[:-2]) & (middle >= size[2:])) + margin
    if not crests.size:
        return 0.0
    around = channel[crests[:, None] + np.arange(-_REACH, _REACH + 1)]
    return float(np.abs(around @ _interpolator()).max())


def _hop_powers(samples: Signal, rate_hz: int, hop: int) -> NDArray[np.float64]:
    """Return the weighted mean power of every 100 ms; an incomplete last hop is dropped."""
    count, channels = samples.shape
    weighting, weights = _k_weighting(rate_hz), _channel_weights(channels)
    state = np.zeros((weighting.shape[0], 2, channels))
    stride = hop * _HOPS_AT_ONCE
    found: list[NDArray[np.float64]] = []
    for start in range(0, max(count, hop * _HOPS_PER_BLOCK), stride):
        part = samples[start : start + stride].astype(np.float64)
        if count < hop * _HOPS_PER_BLOCK:
            part = np.pad(part, ((0, hop * _HOPS_PER_BLOCK - count), (0, 0)))
        filtered, state = signal.sosfilt(weighting, part, axis=0, zi=state)
        hops = filtered[: filtered.shape[0] // hop * hop].reshape(-1, hop, channels)
        found.append(np.einsum("hic,hic->hc", hops, hops) @ weights / hop)
    return np.concatenate(found)


@lru_cache(maxsize=1)
def _interpolator() -> NDArray[np.float32]:
    """Return interpolation weights of 13 samples for six points between the middle one and its neighbours, shape (13, 6)."""
    steps = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    distances = np.arange(-_REACH, _REACH + 1)[:, None] - np.concatenate([-steps, steps])
    window = np.i0(6.0 * np.sqrt(np.maximum(0.0, 1.0 - np.square(distances / _REACH)))) / np.i0(6.0)
    return (np.sinc(distances) * window * (np.abs(distances) < _REACH)).astype(np.float32)


def _gated_mean_lufs(blocks: NDArray[np.float64]) -> float | None:
    loud = blocks[blocks > _power_of(_ABSOLUTE_GATE_LUFS)]
    if not loud.size:
        return None
    gate = _power_of(_lufs_of(float(loud.mean())) + _RELATIVE_GATE_LU)
    return _lufs_of(float(loud[loud > gate].mean()))


def _lufs_of(power: float) -> float:
    return _OFFSET_LU + 10.0 * math.log10(power)


def _power_of(lufs: float) -> float:
    return 10.0 ** ((lufs - _OFFSET_LU) / 10.0)


def _channel_weights(channels: int) -> NDArray[np.float64]:
    weights = _SIX_CHANNEL_WEIGHTS[:channels] if channels == 6 else (1.0,) * channels
    return np.array(weights, dtype=np.float64)


@lru_cache(maxsize=16)
def _k_weighting(rate_hz: int) -> NDArray[np.float64]:
    """Return the two K-weighting stages for any rate as second-order sections.

    The recommendation lists coefficients for 48 kHz only; these are its analogue parameters.
    Source: B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES
    145, 2018, section 2.
    """
    return np.vstack([_shelf(rate_hz), _high_pass(rate_hz)])


def _shelf(rate_hz: int) -> NDArray[np.float64]:
    gain_db, quality, centre_hz = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = math.tan(math.pi * centre_hz / rate_hz)
    high = 10.0 ** (gain_db / 20.0)
    band = high**0.4996667741545416
    norm = 1.0 + k / quality + k * k
    numerator = [
        (high + band * k / quality + k * k) / norm,
        2.0 * (k * k - high) / norm,
        (high - band * k / quality + k * k) / norm,
    ]
    denominator = [1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / quality + k * k) / norm]
    return np.array(numerator + denominator, dtype=np.float64)


def _high_pass(rate_hz: int) -> NDArray[np.float64]:
    quality, centre_hz = 0.5003270373238773, 38.13547087602444
    k = math.tan(math.pi * centre_hz / rate_hz)
    norm = 1.0 + k / quality + k * k
    denominator = [1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / quality + k * k) / norm]
    return np.array([1.0, -2.0, 1.0, *denominator], dtype=np.float64)
