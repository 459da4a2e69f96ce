"""Generated sounds for tests, good and faulty."""

import io
import wave

import numpy as np

RATE = 44_100


def wav(samples: np.ndarray) -> bytes:
    """Write mono 16-bit samples between -1 and 1."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return target.getvalue()


def beat(*, bpm: float, bars: int = 2, seed: int = 1) -> bytes:
    """Write a loop of kicks and hats."""
    dice = np.random.default_rng(seed)
    frames = round(bars * 4 * 60 / bpm * RATE)
    sound = np.zeros(frames)
    axis = np.arange(int(0.15 * RATE)) / RATE
    kick = np.sin(2 * np.pi * 55 * axis * np.exp(-axis * 6)) * np.exp(-axis * 20)
    hat = dice.normal(size=axis.size) * np.exp(-axis * 90) * 0.25
    for step in range(bars * 8):
        at = round(step * 30 / bpm * RATE)
        part = (kick if step % 2 == 0 else hat)[: frames - at]
        sound[at : at + part.size] += part
    return wav(sound / np.abs(sound).max() * 0.8)


def hit(*, seed: int) -> bytes:
    """Write a short noise that dies away."""
    axis = np.arange(int(0.4 * RATE)) / RATE
    return wav(np.random.default_rng(seed).normal(size=axis.size) * np.exp(-axis * 18) * 0.2)


def chord(*, root_hz: float, seconds: float = 4.0) -> bytes:
    """Write a minor chord that swells four times."""
    axis = np.arange(int(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * root_hz * ratio * axis) for ratio in (1, 1.1892, 1.4983, 2))
    return wav(tones * (0.3 + 0.7 * np.abs(np.sin(np.pi * axis))) * 0.18)


def silence(seconds: float = 1.0) -> bytes:
    """Write silence."""
    return wav(np.zeros(int(seconds * RATE)))
