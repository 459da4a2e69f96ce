"""The note of a sound of a single pitch, such as an 808 or a plucked bass: it has no mode, and a key would give it one."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

_WINDOW_SECONDS, _LONGEST_SECONDS = 0.37, 2.5
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 1_000.0
_TOP_HZ = 4_000.0
_HARMONICS = 8
# A major third in equal temperament is 14 cents above the fifth harmonic: a chord over its root is no single note.
_TOLERANCE_CENTS = 9.0
_EXPLAINED, _STEADY = 0.93, 0.75
_OWN_SHARE = 0.1
_FLOOR = 1e-3
_A4_HZ, _A4 = 440.0, 69

Floats = NDArray[np.float64]


def estimate(mono: NDArray[np.float32], rate_hz: float) -> int | None:
    """Return the pitch class of a sound that has one note only, 0 = C; None for chords, drums and noise.

    Args:
        mono: float32, shape (n,).
        rate_hz: sampling rate.
    """
    size = int(_WINDOW_SECONDS * rate_hz)
    if mono.size < size // 2:
        return None
    heard = mono[: int(_LONGEST_SECONDS * rate_hz)]
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(heard, (0, size)), size)[
        : heard.size - size // 2 : size // 4
    ]
    loud = np.square(frames).sum(axis=1)
    found = [
        (pitch, float(energy))
        for frame, energy in zip(frames, loud, strict=True)
        if energy > 0.01 * loud.max() and (pitch := _pitch(frame, rate_hz)) is not None
    ]
    if not found:
        return None
    pitches, weights = np.array([one[0] for one in found]), np.array([one[1] for one in found])
    middle = _weighted_median(pitches, weights)
    steady = weights[np.abs(pitches - middle) < 0.5].sum() / loud[loud > 0.01 * loud.max()].sum()
    return round(middle) % 12 if steady >= _STEADY else None


def _pitch(frame: NDArray[np.float32], rate_hz: float) -> float | None:
    """Return the MIDI pitch of a frame whose peaks are the harmonics of one tone."""
    frequencies, strengths = _peaks(frame, rate_hz)
    if frequencies.size == 0:
        return None
    candidates = frequencies[
        (frequencies >= _LOWEST_HZ) & (frequencies <= _HIGHEST_HZ) & (strengths >= _OWN_SHARE * strengths.sum())
    ]
    for hertz in np.sort(candidates):
        number = np.maximum(np.round(frequencies / hertz), 1.0)
        cents = 1_200.0 * np.abs(np.log2(frequencies / (number * hertz)))
        is_harmonic = (cents < _TOLERANCE_CENTS) & (number <= _HARMONICS)
        if strengths[is_harmonic].sum() >= _EXPLAINED * strengths.sum():
            return float(_A4 + 12 * np.log2(hertz / _A4_HZ))
    return None


def _peaks(frame: NDArray[np.float32], rate_hz: float) -> tuple[Floats, Floats]:
    """Return frequencies, interpolated between bins, and strengths of the spectral peaks; none for noise."""
    size = 1 << (2 * frame.size - 1).bit_length()
    spectrum = np.asarray(fft.rfft(frame * np.hanning(frame.size), size), dtype=np.complex128)
    power = np.square(np.abs(spectrum))[: int(_TOP_HZ / rate_hz * size)]
    at, _ = signal.find_peaks(power, height=_FLOOR * power.max(), distance=4)
    if at.size == 0:
        return np.zeros(0), np.zeros(0)
    left, top, right = (np.log(power[at + step] + 1e-30) for step in (-1, 0, 1))
    offset = 0.5 * (left - right) / np.minimum(left - 2 * top + right, -1e-9)
    return (at + offset) * rate_hz / size, power[at].astype(np.float64)


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])
