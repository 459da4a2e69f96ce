"""How often clean sounds are said to have been an MP3, and how often MP3 and AAC are recognised after decoding."""

import asyncio
from collections.abc import Iterator

import numpy as np

from askchopper.media.analysis import lossy_origin
from bench import lossy_sounds
from bench.protocol import Samples

_SEEDS = range(3)
_QUALITIES = ("steep", "usual", "gentle")
_EDGES_HZ = (15_000, 16_000, 18_000, 19_000)
_LOW_KILOBITS = {"libmp3lame": 160, "aac": 128}


async def measure() -> dict[str, Samples]:
    """Measure once: the sounds are the same in every run."""
    return await asyncio.to_thread(_measure)


def _measure() -> dict[str, Samples]:
    outcomes: dict[str, list[bool]] = {}
    draw = np.random.default_rng(1)
    for seed in _SEEDS:
        for _, sound in lossy_sounds.sounds(seed):
            for figure, samples in _copies(sound, draw):
                found = lossy_origin.has_gaps(samples, lossy_sounds.RATE_HZ)
                outcomes.setdefault(figure, []).append(found)
    return {
        figure: Samples(ours=[100 * float(np.mean(found))], note=f"{sum(found)} of {len(found)}")
        for figure, found in outcomes.items()
    }


def _copies(sound: lossy_sounds.Samples, draw: np.random.Generator) -> Iterator[tuple[str, lossy_sounds.Samples]]:
    for rate_hz in lossy_sounds.SOURCE_RATES_HZ:
        for quality in _QUALITIES:
            yield "false", lossy_sounds.played_from(sound, rate_hz, quality, draw)
    for edge_hz in _EDGES_HZ:
        yield "false", lossy_sounds.low_passed(sound, edge_hz, 801, draw)
    full = lossy_sounds.quantised(sound, draw)
    yield "false", full
    for codec, rates in (("libmp3lame", lossy_sounds.MP3_RATES), ("aac", lossy_sounds.AAC_RATES)):
        for kilobits in rates:
            copy = lossy_sounds.round_trip(full, codec, kilobits)
            yield ("low" if kilobits <= _LOW_KILOBITS[codec] else "high"), lossy_sounds.quantised(copy, draw)
