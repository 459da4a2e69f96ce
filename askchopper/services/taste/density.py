"""Tempo density: a kernel density estimate on a logarithmic grid, on which doubling the tempo is one octave.

Source: B. W. Silverman, "Density Estimation for Statistics and Data Analysis", 1986.
"""

import math
from collections.abc import Iterable, Mapping

LOWEST_BPM, HIGHEST_BPM = 40, 220
STEPS_PER_OCTAVE = 48
# About 4% of the tempo: for a preference of 128 BPM, the density at 124 and 132 is 0.7.
WIDTH_OCTAVES = 0.055
# Share of the weight for half and double tempo, which listeners perceive as related, but not as the same.
ECHO = 0.3
_REACH = 4 * WIDTH_OCTAVES
_LEAST = 1e-9  # a smaller maximum counts as 0, since dividing by it could overflow
STEPS = round(math.log2(HIGHEST_BPM / LOWEST_BPM) * STEPS_PER_OCTAVE) + 1
GRID: tuple[float, ...] = tuple(LOWEST_BPM * 2 ** (step / STEPS_PER_OCTAVE) for step in range(STEPS))


def kernel(octaves: float) -> float:
    """Return the Gaussian kernel at a distance in octaves; 1 at 0."""
    return math.exp(-0.5 * (octaves / WIDTH_OCTAVES) ** 2)


def curve(weights: Mapping[float, float], *, echo: float = ECHO) -> list[float]:
    """Return the density at each tempo of ``GRID``, scaled to a maximum of 1.

    Args:
        weights: weight of each tempo in BPM; negative ones lower the density.
        echo: share of a weight that its half and double tempo get.
    """
    density = [0.0] * STEPS
    for bpm, weight in weights.items():
        if bpm <= 0 or not math.isfinite(bpm) or not math.isfinite(weight):
            continue
        place = math.log2(bpm / LOWEST_BPM)
        for shift, share in ((0, 1.0), (-1, echo), (1, echo)):
            if share:
                _add(density, place + shift, weight * share)
    return scaled(density)


def scaled(values: Iterable[float]) -> list[float]:
    """Scale values to a maximum of 1; without a positive value, clip them to at most 0."""
    listed = list(values)
    highest = max(listed, default=0.0)
    return [value / highest for value in listed] if highest > _LEAST else [min(0.0, value) for value in listed]


def at(density: list[float], bpm: float) -> float:
    """Return the density at a tempo in BPM; 0 outside the grid."""
    step = round(math.log2(bpm / LOWEST_BPM) * STEPS_PER_OCTAVE) if bpm > 0 else -1
    return density[step] if 0 <= step < len(density) else 0.0


def by_bpm(density: list[float]) -> list[float]:
    """Return the density at each whole tempo from 1 to ``HIGHEST_BPM`` BPM, for look-ups in SQL."""
    return [round(at(density, bpm), 4) for bpm in range(1, HIGHEST_BPM + 1)]


def peaks(density: list[float], *, least: float = 0.25) -> list[float]:
    """Return the tempi in BPM of the local maxima of at least ``least``, in order of decreasing density."""
    found = [
        (value, GRID[step])
        for step, value in enumerate(density)
        if value >= least
        and value >= max(density[max(0, step - 3) : step], default=0.0)
        and value > max(density[step + 1 : step + 4], default=0.0)
    ]
    return [bpm for _, bpm in sorted(found, reverse=True)]


def _add(density: list[float], place: float, weight: float) -> None:
    first = max(0, math.ceil((place - _REACH) * STEPS_PER_OCTAVE))
    last = min(STEPS - 1, math.floor((place + _REACH) * STEPS_PER_OCTAVE))
    for step in range(first, last + 1):
        density[step] += weight * kernel(step / STEPS_PER_OCTAVE - place)
