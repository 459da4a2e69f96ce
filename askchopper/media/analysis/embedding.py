"""Audio embedding: a sound as 64 numbers whose distance follows perceived similarity.

It only describes content that survives a low-bitrate MP3: up to 9.5 kHz and down to 60 dB below the peak. The spectral envelope is
smoothed, since its fine structure is harmonics, which move with pitch; features that depend on neither pitch nor key (spread and change
over time, envelope, modulation) keep their detail. The features are standardised and whitened; the whitening is fitted by ``tools.train``,
and every vector is stored with its version.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from askchopper.media.analysis.chroma import Chroma
from askchopper.media.analysis.spectrum import Bands

VERSION = 2
SIZE = 64
FEATURES = 126
_HIGHEST_HZ = 9_500.0
_FLOOR_DB = -60.0
# How many cepstra are kept of means, of deviations and changes, and of quantiles: the higher ones follow the pitch.
_MEAN_CEPSTRA, _MOVING_CEPSTRA, _QUANTILE_CEPSTRA = 16, 24, 8
_ENVELOPE = 16
_QUANTILES = (0.1, 0.5, 0.9)
_MODULATION_HZ = ((0.5, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 16.0))
_RANGES_HZ = ((0.0, 250.0), (250.0, 2_000.0), (2_000.0, 9_500.0))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Whitening:
    """A fitted projection.

    Args:
        mean: shape (FEATURES,).
        projection: shape (FEATURES, SIZE).
    """

    mean: Floats
    projection: Floats

    def apply(self, row: Floats) -> NDArray[np.float32]:
        """Project features of shape (..., FEATURES) to unit vectors of shape (..., SIZE)."""
        projected = (row - self.mean) @ self.projection
        length = np.linalg.norm(projected, axis=-1, keepdims=True)
        return (projected / np.maximum(length, 1e-9)).astype(np.float32)


def features(bands: Bands, chroma: Chroma) -> Floats:
    """Compute the features of an embedding.

    Args:
        bands: mel bands of the sound.
        chroma: pitch classes of the sound.

    Returns:
        Shape (FEATURES,): means, deviations and changes of cepstra; cepstra of three quantiles of the spectrum; flatness,
        centroid; envelope; modulation; pitch classes without their tonic.

    Source: S. Davis and P. Mermelstein, "Comparison of parametric representations", 1980 (cepstra); G. Tzanetakis and
    P. Cook, "Musical genre classification of audio signals", 2002 (their statistics and modulation).
    """
    kept = bands.centres_hz <= _HIGHEST_HZ
    powers = bands.powers[:, kept].astype(np.float64)
    floor = max(float(powers.max()), 1e-12) * 10 ** (_FLOOR_DB / 10)
    decibels = 10.0 * np.log10(np.maximum(powers, floor) / floor)
    heard = decibels[decibels.max(axis=1) > -_FLOOR_DB * 0.25]
    heard = heard if heard.shape[0] else decibels
    cepstra = _cepstra(heard, _MOVING_CEPSTRA)
    changes = np.diff(cepstra, axis=0) if cepstra.shape[0] > 1 else np.zeros_like(cepstra)
    return np.concatenate([
        cepstra.mean(axis=0)[:_MEAN_CEPSTRA], cepstra.std(axis=0), changes.std(axis=0),
        _cepstra(np.quantile(heard, _QUANTILES, axis=0), _QUANTILE_CEPSTRA).ravel(),
        _shape(heard, bands.centres_hz[kept]), _envelope(decibels), _modulation(decibels, bands, kept),
        _intervals(chroma),
    ])  # fmt: skip


def _cepstra(decibels: Floats, count: int) -> Floats:
    return np.asarray(fft.dct(decibels, norm="ortho", axis=1))[:, :count]


def _intervals(chroma: Chroma) -> Floats:
    """Return Fourier magnitudes of the pitch-class profile, shape (6,), which do not change with transposition.

    They are scaled by the tonal share, so that they are near zero for drums.
    """
    return np.abs(np.fft.rfft(chroma.vector[:12]))[1:7] * chroma.tonal_share


def _shape(heard: Floats, centres_hz: NDArray[np.float32]) -> Floats:
    weights = heard + 1e-6
    centroid = weights @ np.log2(centres_hz.astype(np.float64)) / weights.sum(axis=1)
    flatness = heard.std(axis=1)
    return np.array([flatness.mean(), flatness.std(), centroid.mean(), centroid.std()])


def _envelope(decibels: Floats) -> Floats:
    """Return the highest mean band level in each of sixteen equal segments, in dB above the floor."""
    loudness = decibels.mean(axis=1)
    starts = np.arange(_ENVELOPE) * loudness.size // _ENVELOPE
    return np.maximum.reduceat(loudness, starts)


def _modulation(decibels: Floats, bands: Bands, kept: NDArray[np.bool_]) -> Floats:
    centres = bands.centres_hz[kept]
    found = []
    for low, high in _RANGES_HZ:
        curve = decibels[:, (centres >= low) & (centres < high)].mean(axis=1)
        power = np.abs(np.fft.rfft(curve - curve.mean(), max(256, curve.size))) ** 2 / curve.size
        rates = np.arange(power.size) * bands.rate_hz / max(256, curve.size)
        found += [np.log1p(power[(rates >= start) & (rates < end)].mean()) for start, end in _MODULATION_HZ]
    return np.array(found)
