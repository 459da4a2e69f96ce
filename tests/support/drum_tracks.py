"""Tracks of drums whose tempo moves as a test wants."""

import numpy as np
from numpy.typing import NDArray

RATE = 22_050.0


def drums(seconds: float, *tempos: float, breaks: tuple[float, float] | None = None) -> NDArray[np.float32]:
    """Play kick, snare and hi-hats; the tempo moves evenly between two, or stays at one. Nothing plays in the break."""
    low, high = tempos[0], tempos[-1]
    rng, size = np.random.default_rng(1), int(seconds * RATE)
    times = np.arange(size) / RATE
    beats = np.cumsum(low + (high - low) * times / seconds) / 60 / RATE
    sound = np.zeros(size + int(RATE), dtype=np.float32)
    decay = np.exp(-np.arange(int(0.2 * RATE)) / (0.05 * RATE))
    kick = np.sin(2 * np.pi * 60 * np.arange(decay.size) / RATE) * decay
    hiss = rng.standard_normal(decay.size) * decay
    for half in range(int(beats[-1] * 2)):
        start = int(np.searchsorted(beats, half / 2))
        if breaks and breaks[0] <= times[start] < breaks[1]:
            continue
        hit = 0.2 * hiss * np.linspace(1, 0, decay.size) ** 4
        if half % 4 == 0:
            hit = hit + 0.8 * kick
        if half % 4 == 2:
            hit = hit + 0.5 * hiss
        sound[start : start + decay.size] += hit.astype(np.float32)
    return sound[:size, None]
