"""Filters for the demo instruments, along the first axis of mono or stereo signals.

Circular forms treat the signal as one turn of an endless loop, so that nothing happens at its
seam; padding with silence makes them ordinary.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from tools.demo.synth import RATE_HZ, Signal, frames

_LEAD_SECONDS = 0.4
_SWEEP_STAGES = 5


def low_pass(samples: Signal, hz: float, *, order: int = 2) -> Signal:
    """Attenuate above ``hz`` with a Butterworth filter."""
    return _run(_butter("lowpass", _safe(hz), 0.0, order), samples)


def high_pass(samples: Signal, hz: float, *, order: int = 2) -> Signal:
    """Attenuate below ``hz`` with a Butterworth filter."""
    return _run(_butter("highpass", _safe(hz), 0.0, order), samples)


def band_pass(samples: Signal, low_hz: float, high_hz: float, *, order: int = 1) -> Signal:
    """Keep what lies between two frequencies."""
    return _run(_butter("bandpass", low_hz, _safe(high_hz), order), samples)


def resonant(samples: Signal, hz: float, quality: float) -> Signal:
    """Low-pass at 24 dB an octave with a resonance at the corner.

    Args:
        samples: mono or stereo.
        hz: corner frequency.
        quality: 0.7 is flat, 8 whistles.

    Returns:
        Filtered signal of the same shape.

    Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
    """
    return _run(_resonant_sections(round(_safe(hz), 1), round(quality, 2)), samples)


def swept(samples: Signal, cutoff_hz: Signal, quality: float) -> Signal:
    """Low-pass with a moving corner, by fading between fixed filters.

    Args:
        samples: mono, shape (n,).
        cutoff_hz: corner for each sample, shape (n,).
        quality: resonance as for ``resonant``.

    Returns:
        Filtered signal, shape (n,).
    """
    height = np.log2(np.maximum(cutoff_hz, 20.0))
    lowest, highest = float(height.min()), float(height.max())
    if highest - lowest < 0.1:
        return resonant(samples, 2.0**highest, quality)
    place = (height - lowest) * np.float32((_SWEEP_STAGES - 1) / (highest - lowest))
    mixed = np.zeros_like(samples)
    for stage in range(_SWEEP_STAGES):
        share = np.clip(1.0 - np.abs(place - stage), 0.0, 1.0)
        corner = 2.0 ** (lowest + (highest - lowest) * stage / (_SWEEP_STAGES - 1))
        mixed += share * resonant(samples, corner, quality)
    return mixed


def circular(process: Callable[[Signal], Signal], samples: Signal, *, lead: float = _LEAD_SECONDS) -> Signal:
    """Apply a causal process as if the signal had been looping before.

    Args:
        process: keeps the length of its input.
        samples: one turn of the loop.
        lead: how much of the loop's end runs in front, in seconds.

    Returns:
        Processed turn, same shape.
    """
    length = samples.shape[0]
    run_in = frames(lead)
    turns = -(-run_in // length)
    before = np.concatenate([samples] * turns)[-run_in:]
    return process(np.concatenate([before, samples]))[run_in:]


def _run(sections: NDArray[np.float64], samples: Signal) -> Signal:
    filtered: Signal = np.asarray(signal.sosfilt(sections.astype(samples.dtype), samples, axis=0))
    return filtered


def _safe(hz: float) -> float:
    return min(max(hz, 16.0), RATE_HZ * 0.46)


@lru_cache(maxsize=512)
def _butter(kind: str, first_hz: float, second_hz: float, order: int) -> NDArray[np.float64]:
    corners = (first_hz, second_hz) if second_hz else first_hz
    return np.asarray(signal.butter(order, corners, kind, fs=RATE_HZ, output="sos"))


@lru_cache(maxsize=2048)
def _resonant_sections(hz: float, quality: float) -> NDArray[np.float64]:
    return np.vstack([_low_pass_section(hz, quality), _low_pass_section(hz, 0.6)])


def _low_pass_section(hz: float, quality: float) -> NDArray[np.float64]:
    angle = 2.0 * math.pi * hz / RATE_HZ
    alpha, cosine = math.sin(angle) / (2.0 * quality), math.cos(angle)
    ends = (1.0 - cosine) / 2.0
    section = np.array([ends, 1.0 - cosine, ends, 1.0 + alpha, -2.0 * cosine, 1.0 - alpha])
    return section / section[3]
