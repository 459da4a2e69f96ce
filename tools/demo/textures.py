"""Textures that loop: crackle, rain, wind, tape, drones. Each fills a whole turn seamlessly."""

from collections.abc import Callable

import numpy as np

from tools.demo.filters import band_pass, circular, high_pass, low_pass
from tools.demo.synth import Signal, fall, frames, midi_hz, noise, seconds_axis, swell, tone


def vinyl(rng: np.random.Generator, length: int, pitches: list[int]) -> Signal:
    """Make the surface of an old record: hiss, crackle, now and then a pop."""
    hiss = circular(lambda part: band_pass(part, 600.0, 7_000.0), _stereo_noise(rng, length))
    out = hiss * np.float32(0.1)
    for count, level, decay in (
        (int(length / 1_300), 0.25, 0.004),
        (int(length / 30_000), 0.55, 0.012),
    ):
        for place in rng.integers(0, length, count):
            size = frames(decay * 2)
            grain = high_pass(noise(rng, size), 900.0) * fall(size, decay)
            index = np.arange(place, place + size) % length
            out[index, int(rng.integers(2))] += grain * np.float32(level * rng.uniform(0.3, 1.0))
    return out


def rain(rng: np.random.Generator, length: int, pitches: list[int]) -> Signal:
    """Scatter short tuned drops over a soft bed of noise."""
    bed = circular(lambda part: band_pass(part, 1_200.0, 9_000.0), _stereo_noise(rng, length))
    out = bed * np.float32(0.08)
    for place in rng.integers(0, length, int(length / 2_400)):
        size = frames(float(rng.uniform(0.03, 0.12)))
        pitch = int(rng.choice(pitches)) + 12 * int(rng.integers(1, 3))
        drop = tone("sine", midi_hz(pitch), size) * fall(size, size / 44_100 * 1.2)
        drop = drop * swell(size, attack=0.002, release=0.01)
        index = np.arange(place, place + size) % length
        left = rng.uniform(0.1, 0.9)
        gains = np.array([left, 1.0 - left], dtype=np.float32) * np.float32(rng.uniform(0.03, 0.2))
        out[index] += drop[:, None] * gains
    return out


def wind(rng: np.random.Generator, length: int, pitches: list[int]) -> Signal:
    """Blow filtered noise that swells once or twice a turn."""
    out = np.zeros((length, 2), dtype=np.float32)
    for turns, centre in ((1, 320.0), (2, 640.0), (3, 1_250.0)):
        gust = circular(
            lambda part, hz=centre: band_pass(part, hz * 0.7, hz * 1.4, order=2),
            _stereo_noise(rng, length),
        )
        out += gust * _breathing(rng, length, turns)
    return out * np.float32(0.9)


def tape(rng: np.random.Generator, length: int, pitches: list[int]) -> Signal:
    """Run a tape machine in an empty room: hiss, hum and a slow flutter."""
    hiss = circular(lambda part: high_pass(part, 2_500.0), _stereo_noise(rng, length))
    hum = _whole_tone(length, midi_hz(pitches[0] - 24)) + np.float32(0.4) * _whole_tone(
        length, midi_hz(pitches[0] - 12)
    )
    return hiss * np.float32(0.1) * _breathing(rng, length, 4) + hum[:, None] * np.float32(0.12)


def drone(rng: np.random.Generator, length: int, pitches: list[int]) -> Signal:
    """Hold the notes of a chord as slowly breathing layers, tuned to close on the seam."""
    out = np.zeros((length, 2), dtype=np.float32)
    for order, pitch in enumerate(pitches[:4]):
        for octave in (-12, 0):
            hz = midi_hz(pitch + octave)
            # Random phases, else all waves would jump together at the seam.
            starts = rng.uniform(0.0, 1.0, 2)
            left = _whole_tone(length, hz * 0.9990, phase=float(starts[0]))
            right = _whole_tone(length, hz * 1.0010, phase=float(starts[1]))
            layer = np.stack([left, right], axis=1) * _breathing(rng, length, 1 + order % 3)
            out += layer * np.float32(0.6 if octave else 0.35)
    air = circular(lambda part: low_pass(part, 900.0), _stereo_noise(rng, length))
    return out + np.float32(0.12) * air * _breathing(rng, length, 2)


def shimmer(rng: np.random.Generator, length: int, pitches: list[int]) -> Signal:
    """Let high grains of a chord glint at random."""
    out = np.zeros((length, 2), dtype=np.float32)
    for place in rng.integers(0, length, int(length / 5_500)):
        size = frames(float(rng.uniform(0.25, 0.9)))
        pitch = int(rng.choice(pitches)) + 12 * int(rng.integers(1, 4))
        grain = tone("triangle", midi_hz(pitch), size)
        grain = grain * swell(size, attack=size / 88_200, release=size / 88_200)
        index = np.arange(place, place + size) % length
        left = rng.uniform(0.05, 0.95)
        gains = np.array([left, 1.0 - left], dtype=np.float32) * np.float32(rng.uniform(0.05, 0.25))
        out[index] += grain[:, None] * gains
    return out


TEXTURES: dict[str, Callable[[np.random.Generator, int, list[int]], Signal]] = {
    "vinyl": vinyl,
    "rain": rain,
    "wind": wind,
    "tape": tape,
    "drone": drone,
    "shimmer": shimmer,
}


def _stereo_noise(rng: np.random.Generator, length: int) -> Signal:
    return rng.standard_normal((length, 2), dtype=np.float32) * np.float32(0.33)


def _whole_tone(length: int, hz: float, *, phase: float = 0.25) -> Signal:
    """Return a soft tone moved to the nearest whole number of cycles in the turn."""
    seconds = length / 44_100
    return tone("soft", max(1, round(hz * seconds)) / seconds, length, phase=phase)


def _breathing(rng: np.random.Generator, length: int, turns: int) -> Signal:
    angle = seconds_axis(length) * np.float32(2 * np.pi * turns * 44_100 / length)
    depth, start = np.float32(rng.uniform(0.3, 0.45)), np.float32(rng.uniform(0, 6.28))
    return ((1 - depth) + depth * np.sin(angle + start))[:, None].astype(np.float32)
