"""How often clean sounds are said to have been an MP3, and how often MP3 and AAC are recognised after decoding.

Round trips begin at any sample of a frame, as trimmed files do.
"""

import asyncio
import csv
from collections.abc import Iterator
from itertools import islice

import numpy as np

from askchopper.media.analysis import lossy_origin
from askchopper.media.decode import decoder
from askchopper.vocabulary import FileKind
from bench import lossy_sounds
from bench.analysis import CORPUS
from bench.protocol import BenchError, Samples
from tools.demo import catalogue, render

_SEEDS = range(3)
_QUALITIES = ("steep", "usual", "gentle")
_EDGES_HZ = (15_000, 16_000, 18_000, 19_000)
_LOW_KILOBITS = {"libmp3lame": 160, "aac": 128}
_CODECS = (("libmp3lame", lossy_sounds.MP3_RATES), ("aac", lossy_sounds.AAC_RATES))
_MUSIC_RATES = (("libmp3lame", (128, 192, 256, 320)), ("aac", (128, 192, 256)))
_SECONDS = 8
_EVERY = 12
_LONGEST_TRIM = 4_000


async def measure() -> dict[str, Samples]:
    """Measure once: the sounds are the same in every run."""
    if not (CORPUS / "labels.csv").exists():
        raise BenchError(f"There is no corpus at {CORPUS}; set AUDIO_CORPUS.")
    return await asyncio.to_thread(_measure)


def _measure() -> dict[str, Samples]:
    outcomes: dict[str, list[bool]] = {}
    draw = np.random.default_rng(1)
    for figure, samples, rate_hz in (*_synthesised(draw), *_demo(draw), *_recorded(draw)):
        outcomes.setdefault(figure, []).append(lossy_origin.was_lossy(samples, rate_hz))
    return {
        figure: Samples(ours=[100 * float(np.mean(found))], note=f"{sum(found)} of {len(found)}")
        for figure, found in outcomes.items()
    }


Copy = tuple[str, lossy_sounds.Samples, int]


def _synthesised(draw: np.random.Generator) -> Iterator[Copy]:
    for seed in _SEEDS:
        for _, sound in lossy_sounds.sounds(seed):
            for figure, samples in _copies(sound, draw):
                yield figure, samples, lossy_sounds.RATE_HZ


def _copies(sound: lossy_sounds.Samples, draw: np.random.Generator) -> Iterator[tuple[str, lossy_sounds.Samples]]:
    for rate_hz in lossy_sounds.SOURCE_RATES_HZ:
        for quality in _QUALITIES:
            yield "false", lossy_sounds.played_from(sound, rate_hz, quality, draw)
    for edge_hz in _EDGES_HZ:
        yield "false", lossy_sounds.low_passed(sound, edge_hz, 801, draw)
    full = lossy_sounds.quantised(sound, draw)
    yield "false", full
    for codec, rates in _CODECS:
        for kilobits in rates:
            figure = "low" if kilobits <= _LOW_KILOBITS[codec] else "high"
            yield figure, _trimmed_copy(full, codec, kilobits, lossy_sounds.RATE_HZ, draw)


def _demo(draw: np.random.Generator) -> Iterator[Copy]:
    """Loops of the demo catalogue: whole arrangements that no codec has touched."""
    loops = ((pack, file) for pack in catalogue.PACKS for file in pack.files[:3] if file.kind is FileKind.LOOP)
    for pack, file in islice(loops, 0, None, 3):
        rendered = render.render_file(pack, file)[: _SECONDS * lossy_sounds.RATE_HZ]
        clean = lossy_sounds.quantised(rendered, draw)
        yield "demo_false", clean, lossy_sounds.RATE_HZ
        yield from _music("demo", clean, lossy_sounds.RATE_HZ, draw)


def _recorded(draw: np.random.Generator) -> Iterator[Copy]:
    """Every twelfth labelled sound of the corpus that was never MP3 or AAC; most were Vorbis or Opus."""
    with (CORPUS / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["codec"] not in {"mp3", "m4a"}]
    for row in rows[::_EVERY]:
        samples, rate_hz = decoder.decode(CORPUS / row["file"])
        clean = lossy_sounds.quantised(samples[: _SECONDS * rate_hz], draw)
        yield from _music("recorded", clean, rate_hz, draw)


def _music(figure: str, clean: lossy_sounds.Samples, rate_hz: int, draw: np.random.Generator) -> Iterator[Copy]:
    for codec, rates in _MUSIC_RATES:
        for kilobits in rates:
            name = f"{figure}_320" if kilobits == 320 else figure
            yield name, _trimmed_copy(clean, codec, kilobits, rate_hz, draw), rate_hz


def _trimmed_copy(
    clean: lossy_sounds.Samples, codec: str, kilobits: int, rate_hz: int, draw: np.random.Generator
) -> lossy_sounds.Samples:
    copy = lossy_sounds.round_trip(clean, codec, kilobits, rate_hz)
    return lossy_sounds.quantised(copy, draw)[int(draw.integers(_LONGEST_TRIM)) :]
