"""Tempo candidates of a sound and their features.

``tempo`` scores the candidates. All features are computed for all candidates at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from askchopper.media.analysis.onsets import Onsets

Floats = NDArray[np.float64]

LOWEST_BPM, HIGHEST_BPM = 48.0, 215.0
GRID_BPM: Floats = np.asarray(
    LOWEST_BPM * 1.004 ** np.arange(int(np.log(HIGHEST_BPM / LOWEST_BPM) / np.log(1.004)) + 1), dtype=np.float64
)
_MAX_LAG_SECONDS = 11.0
_TILED_BELOW_SECONDS = 16.0
_TILED_SECONDS = 24.0
_COMB_BEATS = (0.5, 1.0, 2.0, 4.0, 8.0)
_BEATS = (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0)
_BEST = 8
_RELATIVES = (2.0, 0.5, 2 / 3, 3 / 2, 3 / 4, 4 / 3)
_LOOP_BEATS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64], dtype=np.float64)
_SAME = 0.008


@dataclass(frozen=True)
class TempoCandidates:
    """Candidates and their features.

    Args:
        bpm: shape (k,), the candidates.
        features: shape (k, f), one row for each.
        correlation: shape (4, lags), autocorrelation of the onset curves, 1 at lag 0.
        looped: autocorrelation of the signal repeated end to end; equal to ``correlation`` for long files.
        rate_hz: lags per second.
        seconds: length of the signal.
    """

    bpm: Floats
    features: Floats
    correlation: Floats
    looped: Floats
    rate_hz: float
    seconds: float


def measure(onsets: Onsets) -> TempoCandidates:
    """Find tempo candidates and compute their features.

    Args:
        onsets: onset strength curves.

    Returns:
        At least one candidate.

    Source: the comb of autocorrelation lags follows F. Gouyon and P. Herrera, "A beat induction method for musical audio
    signals", WIAMIS 2003, and G. Percival and G. Tzanetakis, "Streamlined tempo estimation", 2014, sections II-C and D.
    """
    is_tiled = onsets.seconds < _TILED_BELOW_SECONDS
    plain = _autocorrelation(onsets.curves, onsets.rate_hz)
    tiled = _autocorrelation(_tiled(onsets), onsets.rate_hz) if is_tiled else plain
    smooth = ndimage.maximum_filter1d(tiled, 3, axis=1)
    comb = _comb(smooth, onsets.rate_hz, GRID_BPM)
    bpm = _candidates(comb, onsets.seconds)
    features = _features(bpm, onsets, smooth, ndimage.maximum_filter1d(plain, 3, axis=1), comb)
    return TempoCandidates(
        bpm=bpm, features=features, correlation=plain, looped=tiled, rate_hz=onsets.rate_hz, seconds=onsets.seconds
    )


def at_lags(correlation: Floats, lags: Floats) -> Floats:
    """Interpolate curves at fractional lags; 0 beyond the end.

    Args:
        correlation: shape (c, n).
        lags: lags in points of the curves, of any shape.

    Returns:
        Shape (c, *lags.shape).
    """
    below = np.clip(lags.astype(np.int64), 0, correlation.shape[1] - 2)
    share = lags - below
    values = correlation[:, below] * (1 - share) + correlation[:, below + 1] * share
    return np.where(lags <= correlation.shape[1] - 1, values, 0.0)


def _tiled(onsets: Onsets) -> NDArray[np.float32]:
    """Repeat the onset curves end to end, as a looped playback would; the loop length is exact to a fraction of a frame."""
    length = onsets.seconds * onsets.rate_hz
    repeats = max(2, int(np.ceil(_TILED_SECONDS / max(onsets.seconds, 0.05))))
    positions = np.arange(int(length * repeats)) % length
    below = np.minimum(positions.astype(np.int64), onsets.curves.shape[1] - 1)
    above = np.minimum(below + 1, onsets.curves.shape[1] - 1)
    share = (positions - below).astype(np.float32)
    tiled = onsets.curves[:, below] * (1 - share) + onsets.curves[:, above] * share
    return tiled.astype(np.float32)


def _autocorrelation(curves: NDArray[np.float32], rate_hz: float) -> Floats:
    """Return the unbiased autocorrelation, shape (4, lags), normalised to 1 at lag 0 unless the curve is constant."""
    count = curves.shape[1]
    wanted = int(_MAX_LAG_SECONDS * rate_hz)
    lags = max(2, min(wanted, int(count * 0.9)))
    centred = curves - curves.mean(axis=1, keepdims=True)
    size = fft.next_fast_len(count + lags, real=True)
    spectrum = np.asarray(fft.rfft(centred, size, axis=1), dtype=np.complex64)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    products = np.asarray(fft.irfft(power, size, axis=1))[:, :lags] / (count - np.arange(lags))
    found = np.zeros((curves.shape[0], wanted))
    found[:, :lags] = products / np.maximum(products[:, :1], 1e-9)
    return found


def _comb(correlation: Floats, rate_hz: float, bpm: Floats) -> Floats:
    lags = 60.0 * rate_hz / bpm[:, None] * np.array(_COMB_BEATS)
    values = at_lags(correlation[:2], lags)
    is_there = lags <= correlation.shape[1] - 1
    return (values.sum(axis=0) * is_there).sum(axis=1) / np.maximum(is_there.sum(axis=1), 1)


def _candidates(comb: Floats, seconds: float) -> Floats:
    is_peak = comb >= ndimage.maximum_filter1d(comb, 7)
    peaks = np.flatnonzero(is_peak)
    best = GRID_BPM[peaks[np.argsort(comb[peaks])[::-1][:_BEST]]]
    related = (best[:, None] * np.array((1.0, *_RELATIVES))).ravel()
    fitting = 60.0 * _LOOP_BEATS / seconds if seconds < _TILED_BELOW_SECONDS * 2 else np.zeros(0)
    pool = np.concatenate([fitting, related])
    pool = pool[(pool >= LOWEST_BPM) & (pool <= HIGHEST_BPM)]
    kept: list[float] = []
    for bpm in pool:
        if all(abs(bpm / other - 1) > _SAME for other in kept):
            kept.append(float(bpm))
    return np.array(kept or [120.0])


def _features(bpm: Floats, onsets: Onsets, tiled: Floats, plain: Floats, comb: Floats) -> Floats:
    octave = np.log2(bpm / 120.0)
    beat_seconds = 60.0 / bpm
    lags = beat_seconds[:, None] * onsets.rate_hz * np.array(_BEATS)
    at_beats = at_lags(tiled, lags)
    rate = onsets.rate_hz
    own = _comb(tiled, rate, bpm)
    half, double, triple = (_comb(tiled, rate, bpm * by) for by in (0.5, 2.0, 1.5))
    best = float(comb.max())
    counts = np.array(onsets.counts(), dtype=np.float64)
    per_beat = np.log2((counts[:, None] + 0.5) / onsets.seconds * beat_seconds)
    everywhere = np.ones_like(bpm)
    columns = [
        octave, octave**2, octave**3,
        *at_beats[0].T, *at_beats[1].T, *at_beats[3].T,
        *at_lags(plain[:1], lags)[0].T[5:12],
        own / max(best, 1e-6), own, own - half, own - double, own - triple, everywhere * best,
        *_fit(bpm, onsets.seconds),
        *per_beat,
        everywhere * np.log2(onsets.seconds), *(everywhere * value for value in counts / onsets.seconds),
    ]  # fmt: skip
    return np.stack(columns, axis=1)


def _fit(bpm: Floats, seconds: float) -> list[Floats]:
    """Score how well the length fits whole beats and bars, with less weight for long files, which fit any tempo."""
    beats = seconds * bpm / 60.0
    scale = np.exp2(-np.maximum(0.0, np.log2(seconds / _TILED_BELOW_SECONDS)))
    gaps = [np.abs(beats / unit - np.round(beats / unit)) * unit * scale for unit in (1, 2, 4, 8, 16)]
    power = np.log2(np.maximum(beats, 0.1))
    return [
        *gaps,
        np.abs(power - np.round(power)),
        power,
        np.log2(gaps[2] / beats + 1e-4),
        np.log2(gaps[0] / beats + 1e-4),
    ]
