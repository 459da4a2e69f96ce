"""Filters of the demonstrations."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

Sections = NDArray[np.float64]


def filtered(sections: Sections, sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a filter of second-order sections to a signal."""
    return np.asarray(sosfilt(sections, sound))


def band(low_hz: float | None, high_hz: float | None, rate_hz: int, *, order: int = 2) -> Sections:
    """Return a Butterworth band-pass filter between ``low_hz`` and ``high_hz``; without one of them, a low-pass or high-pass filter."""
    if low_hz and high_hz:
        return np.asarray(butter(order, (low_hz, high_hz), "bandpass", fs=rate_hz, output="sos"))
    if low_hz:
        return np.asarray(butter(order, low_hz, "highpass", fs=rate_hz, output="sos"))
    assert high_hz is not None  # noqa: S101 - a filter without limits is a mistake of the caller
    return np.asarray(butter(order, high_hz, "lowpass", fs=rate_hz, output="sos"))


def peak(hertz: float, gain_db: float, quality: float, rate_hz: int) -> Sections:
    """Return a bell filter. Source: R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients"."""
    amplitude = 10 ** (gain_db / 40)
    omega = 2 * np.pi * hertz / rate_hz
    alpha = np.sin(omega) / (2 * quality)
    return _section(
        (1 + alpha * amplitude, -2 * np.cos(omega), 1 - alpha * amplitude),
        (1 + alpha / amplitude, -2 * np.cos(omega), 1 - alpha / amplitude),
    )


def _section(above: tuple[float, float, float], below: tuple[float, float, float]) -> Sections:
    return np.array([[*above, *below]]) / below[0]
