"""How often the metre of a loop is right, wrong or not said: generated loops, and the labelled loops in 4/4."""

import asyncio
import csv
from collections.abc import Iterable

from askchopper.media import pipeline
from askchopper.media.metre import COMMON, WALTZ, Metre
from bench import metre_sounds
from bench.analysis import CORPUS
from bench.protocol import BenchError, Samples

_COUNT, _SEED = 20, 7


async def measure() -> dict[str, Samples]:
    """Measure once: the loops are the same in every run."""
    if not (CORPUS / "labels.csv").exists():
        raise BenchError(f"There is no corpus at {CORPUS}; set AUDIO_CORPUS.")
    return await asyncio.to_thread(_measure)


def _measure() -> dict[str, Samples]:
    labelled: dict[str, list[tuple[bool, Metre | None]]] = {}
    for loop in metre_sounds.loops(_COUNT, _SEED):
        found = metre_sounds.heard(loop)
        labelled.setdefault(loop.metre, []).append((found.bars == loop.bars, found.metre))
    recorded = [_recorded(row["file"]) for row in _rows() if row["is_loop"] == "1"]
    fours, threes, sixes = labelled["4/4"], labelled["3/4"], labelled["6/8"]
    return {
        "false": _share(metre == WALTZ for _, metre in fours),
        "false_recorded": _share(metre == WALTZ for metre in recorded),
        "three": _share(metre == WALTZ for _, metre in threes),
        "three_bars": _share(is_right for is_right, metre in threes if metre == WALTZ),
        "three_as_four": _share(metre == COMMON for _, metre in threes),
        "six_wrong": _share(metre is not None for _, metre in sixes),
        "four": _share(metre == COMMON for metre in recorded),
    }


def _rows() -> list[dict[str, str]]:
    with (CORPUS / "labels.csv").open() as file:
        return list(csv.DictReader(file))


def _recorded(name: str) -> Metre | None:
    reading = pipeline.analyse(CORPUS / name).reading
    return reading.metre if reading else None


def _share(outcomes: Iterable[bool]) -> Samples:
    found = list(outcomes)
    return Samples(ours=[100 * sum(found) / max(len(found), 1)], note=f"{sum(found)} of {len(found)}")
