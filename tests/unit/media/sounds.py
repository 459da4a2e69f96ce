"""Synthetic signals with known tempo, key and faults."""

from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

RATE_HZ = 44_100

Samples = NDArray[np.float32]


def hit(seconds: float, *, low: bool, seed: int = 0) -> Samples:
    """A kick (low) or a hat."""
    axis = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    if low:
        return (np.sin(2 * np.pi * 55 * axis) * np.exp(-axis * 18)).astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, 0.3, axis.size)
    return (np.diff(noise, prepend=0.0) * np.exp(-axis * 60)).astype(np.float32)


def drum_loop(bpm: float, beats: int = 16) -> Samples:
    """Four on the floor, a snare on two and four, hats on eighths; mono, shape (n, 1)."""
    length = round(beats * 60 / bpm * RATE_HZ)
    mono = np.zeros(length + RATE_HZ, dtype=np.float32)
    for eighth in range(beats * 2):
        start = round(eighth * 30 / bpm * RATE_HZ)
        parts = [hit(0.1, low=False) * 0.5]
        if eighth % 2 == 0:
            parts.append(hit(0.25, low=True))
        if eighth % 4 == 2:
            parts.append(hit(0.2, low=False, seed=1))
        for part in parts:
            mono[start : start + part.size] += part
    mono = mono[:length]
    return (0.7 * mono / np.abs(mono).max())[:, None].astype(np.float32)


def chords(tonic: int, *, minor: bool, seconds: float = 8.0) -> Samples:
    """A cadence I IV V I (or i iv V i) of plucked chords with its bass; mono, shape (n, 1)."""
    third = 3 if minor else 4
    cadence = [(0, (0, third, 7)), (5, (5, 5 + third, 12)), (7, (7, 11, 14)), (0, (0, third, 7))]
    axis = np.arange(int(seconds / 4 * RATE_HZ)) / RATE_HZ
    parts = []
    for bass, notes in cadence:
        tones = [(48 + tonic + bass - 12, 1.0), *((60 + tonic + note, 0.5) for note in notes)]
        wave = sum(
            level / part * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * part * axis)
            for pitch, level in tones
            for part in (1, 2, 3)
        )
        parts.append(np.asarray(wave) * np.exp(-axis * 1.5))
    mono = np.concatenate(parts)
    return (0.7 * mono / np.abs(mono).max())[:, None].astype(np.float32)


def write(path: Path, samples: Samples, *, subtype: str = "PCM_16", rate_hz: int = RATE_HZ) -> Path:
    sf.write(path, samples, rate_hz, subtype=subtype)
    return path
