"""Chroma: the strength of the twelve pitch classes, in the middle range and in the bass, and the chords that they form.

Only tonal peaks count: noise and drums are removed first, and the tuning of the sound is estimated and compensated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage, signal

from askchopper.media.analysis import chords
from askchopper.media.analysis.chords import Chords
from askchopper.media.analysis.decimation import decimate

WIDTH = 60
_WINDOW_SECONDS = 0.37
_LOWEST_HZ, _HIGHEST_HZ = 50.0, 2_200.0
_RATE_TO_HIGHEST = 2.5
_BASS_HZ, _MIDDLE_HZ = 220.0, 180.0
_NOISE_BINS = 51
_NOISE_SHARE = 1.5
_GATE = 0.02
_CONTRAST = 30.0
_CHUNK_FRAMES = 16
_PITCHES, _HIGHEST_BASS = 132, 57  # MIDI notes; A3 has _BASS_HZ
_HARMONIC_STEPS, _HARMONIC_SHARES = (12, 19, 24, 28, 31), (0.5, 0.4, 0.3, 0.25, 0.2)
_A4_HZ = 440.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chroma:
    """Pitch classes of a sound.

    Args:
        vector: shape (60,): middle range, bass, bass of the first sixth, bass of the last sixth, and the middle range
            without what may be harmonics of lower notes, twelve each from C; each twelve standardised.
        tonal_share: share of the energy up to 2.2 kHz in tonal peaks, 0 to 1.
        tuning_semitones: -0.5 to 0.5, deviation of the tuning from A = 440 Hz.
        clarity: difference between the strongest class of the middle range and the median; 0 for silence.
        chords: triads over time.
    """

    vector: Floats
    tonal_share: float
    tuning_semitones: float
    clarity: float
    chords: Chords


def measure(mono: NDArray[np.float32], rate_hz: float) -> Chroma:
    """Measure pitch classes.

    Args:
        mono: float32, shape (n,).
        rate_hz: sampling rate, at least 5_000.

    Returns:
        The chroma.

    Source: E. Gomez, "Tonal description of polyphonic audio for music content processing", 2006 (peak weighting and
    tuning); M. Mueller and S. Ewert, "Chroma toolbox", ISMIR 2011 (log compression).
    """
    spectra, bin_hz = _spectra(mono, rate_hz)
    noise = _NOISE_SHARE * ndimage.uniform_filter1d(spectra, _NOISE_BINS, axis=1)
    lifted = np.maximum(spectra - noise, 0.0)
    frame, hertz, strength = _peaks(spectra, lifted, bin_hz)
    pitch = 12.0 * np.log2(np.maximum(hertz, 1.0) / _A4_HZ) + 69.0
    tuning = _tuning(pitch, strength)
    frames = spectra.shape[0]
    middle = _classes(frame, pitch - tuning, strength * (hertz >= _MIDDLE_HZ), frames)
    bass = _classes(frame, pitch - tuning, strength * (hertz <= _BASS_HZ), frames)
    sixth = max(1, frames // 6)
    heard = _without_harmonics(frame, pitch - tuning, strength, frames)
    notes = heard.reshape(frames, _PITCHES // 12, 12).sum(axis=1)
    low = np.where(np.arange(_PITCHES) <= _HIGHEST_BASS, heard, 0.0).reshape(frames, _PITCHES // 12, 12).sum(axis=1)
    parts = [_mean(middle), _mean(bass), _mean(bass[:sixth]), _mean(bass[-sixth:]), _mean(notes)]
    total = float(np.square(spectra).sum())
    return Chroma(
        vector=np.concatenate([_standard(part) for part in parts]),
        tonal_share=float(np.square(lifted).sum()) / total if total > 0 else 0.0,
        tuning_semitones=tuning,
        clarity=float(parts[0].max() - np.median(parts[0])) if parts[0].max() > 0 else 0.0,
        chords=chords.measure(middle, notes, low),
    )


def _spectra(mono: NDArray[np.float32], rate_hz: float) -> tuple[NDArray[np.float32], float]:
    """Return magnitude spectra up to the highest analysed pitch, shape (frames, bins), and the bin spacing in Hz."""
    by = 1 << max(0, int(np.log2(rate_hz / (_HIGHEST_HZ * _RATE_TO_HIGHEST))))
    low, rate_hz = decimate(mono, by), rate_hz / by
    size = 1 << round(np.log2(rate_hz * _WINDOW_SECONDS))
    padded = np.pad(low, (size // 4, max(size // 4, size - low.size)))
    window = np.asarray(signal.get_window("hann", size), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 2]
    bin_hz = rate_hz / size
    bins = min(int(_HIGHEST_HZ / bin_hz) + 2, size // 2)
    spectra = np.empty((frames.shape[0], bins), dtype=np.float32)
    for start in range(0, frames.shape[0], _CHUNK_FRAMES):
        part = np.asarray(fft.rfft(frames[start : start + _CHUNK_FRAMES] * window, axis=1))[:, :bins]
        np.abs(part, out=spectra[start : start + _CHUNK_FRAMES])
    return spectra, bin_hz


def _peaks(
    spectra: NDArray[np.float32], lifted: NDArray[np.float32], bin_hz: float
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return local maxima above the noise floor: frames, interpolated frequencies and heights."""
    middle = spectra[:, 1:-1]
    is_peak = (lifted[:, 1:-1] > 0) & (middle > spectra[:, :-2]) & (middle >= spectra[:, 2:])
    is_peak[:, : int(_LOWEST_HZ / bin_hz) - 1] = False
    frame, column = np.nonzero(is_peak)
    column += 1
    low, at, high = (np.log(spectra[frame, column + by].astype(np.float64) + 1e-12) for by in (-1, 0, 1))
    bend = low - 2 * at + high
    shift = np.where(bend < 0, 0.5 * (low - high) / np.minimum(bend, -1e-9), 0.0)
    hertz = np.asarray((column + np.clip(shift, -0.5, 0.5)) * bin_hz, dtype=np.float64)
    return frame.astype(np.int64), hertz, lifted[frame, column].astype(np.float64)


def _tuning(pitch: Floats, strength: Floats) -> float:
    """Estimate the tuning: the circular mean of the deviation from whole semitones."""
    turns = np.exp(2j * np.pi * pitch) @ strength
    return float(np.angle(turns) / (2 * np.pi)) if np.abs(turns) > 0 else 0.0


def _classes(frame: NDArray[np.int64], pitch: Floats, strength: Floats, frames: int) -> Floats:
    """Sum peaks into pitch classes, shape (frames, 12); peaks between two semitones get low weight."""
    nearest = np.round(pitch)
    weight = strength * np.cos(np.pi * (pitch - nearest)) ** 2
    cells = frame * 12 + nearest.astype(np.int64) % 12
    return np.bincount(cells, weight, frames * 12).reshape(frames, 12).astype(np.float64)


def _without_harmonics(frame: NDArray[np.int64], pitch: Floats, strength: Floats, frames: int) -> Floats:
    """Sum peaks into notes, shape (frames, 132), and subtract the expected harmonics of lower notes from each.

    The fifth harmonic of a root is its major third, so only the remainder shows whether that third is played.
    """
    nearest = np.round(pitch)
    weight = strength * np.cos(np.pi * (pitch - nearest)) ** 2
    cells = frame * _PITCHES + np.clip(nearest.astype(np.int64), 0, _PITCHES - 1)
    notes = np.bincount(cells, weight, frames * _PITCHES).reshape(frames, _PITCHES).astype(np.float64)
    for low in range(_PITCHES - _HARMONIC_STEPS[-1]):
        for step, share in zip(_HARMONIC_STEPS, _HARMONIC_SHARES, strict=True):
            notes[:, low + step] = np.maximum(notes[:, low + step] - share * notes[:, low], 0.0)
    return notes


def _mean(classes: Floats) -> Floats:
    energy = classes.sum(axis=1)
    loudest = float(energy.max(initial=0.0))
    if loudest <= 0:
        return np.zeros(12)
    kept = classes[energy > _GATE * loudest]
    compressed = np.log1p(_CONTRAST * kept / kept.max(axis=1, keepdims=True))
    return (compressed / compressed.sum(axis=1, keepdims=True)).mean(axis=0)


def _standard(part: Floats) -> Floats:
    root = np.sqrt(part)
    deviation = float(root.std())
    return (root - root.mean()) / deviation if deviation > 0 else np.zeros(12)
