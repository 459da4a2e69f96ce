"""One-shot effects between sections: risers, falls, impacts. Stereo, unmastered."""

from collections.abc import Callable

import numpy as np

from tools.demo.drums import boom
from tools.demo.effects import reverb
from tools.demo.filters import band_pass, low_pass, swept
from tools.demo.synth import Signal, fall, frames, panned, swell, tone


def riser(rng: np.random.Generator) -> Signal:
    """Raise noise and a tone over four seconds, then stop short."""
    size = frames(4.0)
    progress = np.linspace(0.0, 1.0, size, dtype=np.float32)
    cutoff = (250.0 * 40.0**progress).astype(np.float32)
    hiss = _stereo(rng, size)
    sides = [swept(np.ascontiguousarray(hiss[:, side]), cutoff, 2.5) for side in (0, 1)]
    pitch = tone("saw", (110.0 * 8.0**progress).astype(np.float32), size)
    body = np.stack(sides, axis=1) + panned(low_pass(pitch, 5_000.0), 0.0) * np.float32(0.12)
    rise = (0.05 + 0.95 * progress**2) * swell(size, attack=0.05, release=0.03)
    return body * rise[:, None].astype(np.float32)


def drop(rng: np.random.Generator) -> Signal:
    """Let noise fall in pitch and level over two and a half seconds."""
    size = frames(2.5)
    progress = np.linspace(0.0, 1.0, size, dtype=np.float32)
    cutoff = (9_000.0 * 0.02**progress).astype(np.float32)
    hiss = _stereo(rng, size)
    sides = [swept(np.ascontiguousarray(hiss[:, side]), cutoff, 1.5) for side in (0, 1)]
    level = fall(size, 2.8) * swell(size, attack=0.01, release=0.3)
    return np.stack(sides, axis=1) * level[:, None]


def impact(rng: np.random.Generator) -> Signal:
    """Strike a deep boom with a burst of debris in a large hall."""
    size = frames(3.4)
    low = np.zeros(size, dtype=np.float32)
    hit = boom(rng, pitch=29.0, length=1.8, dirt=3.0)
    low[: hit.size] = hit
    debris = band_pass(_stereo(rng, size), 150.0, 2_400.0) * fall(size, 0.5)[:, None]
    dry = panned(low, 0.0) + debris * np.float32(1.4)
    return reverb(dry, seconds=2.8, amount=0.5, bright_hz=3_000.0)


EFFECTS: dict[str, Callable[[np.random.Generator], Signal]] = {
    "riser": riser,
    "fall": drop,
    "impact": impact,
}


def _stereo(rng: np.random.Generator, size: int) -> Signal:
    return rng.standard_normal((size, 2), dtype=np.float32) * np.float32(0.33)
