"""Onset strength over time, in four frequency ranges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from askchopper.media.analysis.spectrum import Bands

RANGES_HZ = ((0.0, 20_000.0), (0.0, 180.0), (180.0, 2_000.0), (2_000.0, 20_000.0))
_FLOOR_DB = -60.0
_LOOK_BACK_FRAMES = 2
_TREND_SECONDS = 0.8
_PEAK_SHARE = 0.3

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Onsets:
    """Onset strength curves.

    Args:
        curves: float32, shape (4, frames): all bands, bass, middle, treble; detrended, standard deviation 1.
        rate_hz: frames a second.
        seconds: length of the signal.
    """

    curves: Floats
    rate_hz: float
    seconds: float

    def counts(self) -> tuple[int, ...]:
        """Return the number of clear onsets per curve."""
        return tuple(_peaks(curve) for curve in self.curves)


def measure(bands: Bands) -> Onsets:
    """Compute onset strength.

    Args:
        bands: mel band powers.

    Returns:
        The curves.

    Source: S. Boeck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013.
    """
    loudest = float(bands.powers.max())
    floor = max(loudest, 1e-12) * 10 ** (_FLOOR_DB / 10)
    levels = np.log(np.maximum(bands.powers, floor) / floor)
    before = levels.copy()
    np.maximum(before[:, 1:], levels[:, :-1], out=before[:, 1:])
    np.maximum(before[:, :-1], levels[:, 1:], out=before[:, :-1])
    rise = levels.copy()
    rise[_LOOK_BACK_FRAMES:] -= before[:-_LOOK_BACK_FRAMES]
    curves = np.maximum(rise, 0.0) @ _ranges(bands)
    return Onsets(
        curves=np.stack([_flat(curve, bands.rate_hz) for curve in curves.T]),
        rate_hz=bands.rate_hz,
        seconds=bands.seconds,
    )


def _ranges(bands: Bands) -> Floats:
    """Return the band-to-curve assignment, shape (BANDS, 4)."""
    return np.stack([(bands.centres_hz >= low) & (bands.centres_hz < high) for low, high in RANGES_HZ], axis=1).astype(
        np.float32
    )


def _flat(curve: Floats, rate_hz: float) -> Floats:
    trend = ndimage.uniform_filter1d(curve, max(3, round(_TREND_SECONDS * rate_hz)), mode="nearest")
    lifted = np.maximum(curve - trend, 0.0)
    deviation = float(lifted.std())
    return (lifted / deviation if deviation > 0 else lifted).astype(np.float32)


def _peaks(curve: Floats) -> int:
    if curve.size < 3 or curve.max() <= 0:
        return 0
    is_peak = (curve >= ndimage.maximum_filter1d(curve, 7)) & (curve > _PEAK_SHARE * curve.max())
    return int(np.count_nonzero(is_peak))
