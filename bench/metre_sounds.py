"""Labelled loops in 4/4, 3/4 and 6/8, played by the instruments of the demo catalogue: drums, bass, chords, and all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis import features, model_weights
from askchopper.media.analysis.features import Classification
from tools.demo.drums import KITS, VARIANTS, drum
from tools.demo.instruments import BASSES, VOICES
from tools.demo.parts import add
from tools.demo.patterns import BASS_LINES, CHORD_RHYTHMS, GROOVES, Groove, Lane
from tools.demo.synth import RATE_HZ

T = TypeVar("T")
Samples: TypeAlias = NDArray[np.float32]
PARTS = ("drums", "bass", "chords", "mix")
# Steps in a bar, steps of the note that the tempo counts, and the range of that tempo in BPM.
_METRES = {"4/4": (16, 4, (70, 176)), "3/4": (12, 4, (78, 190)), "6/8": (12, 6, (46, 112)), "12/8": (24, 6, (60, 120))}
_BARS = (2, 4, 4, 8)
_ROOTS = ((0, 5, 7, 0), (0, 9, 5, 7), (0, 0, 5, 7), (0, 10, 8, 7), (0, 3, 10, 5), (0, 7))

_GROOVES: dict[str, tuple[Groove, ...]] = {
    "4/4": tuple(GROOVES.values()),
    "3/4": (
        {"kick": ("X...........",), "snare": ("....x...x...",), "hat": ("x.o.x.o.x.o.",)},
        {"kick": ("X.........o.", "X.....o....."), "snare": ("........X...",), "hat": ("x.x.x.x.x.x.",)},
        {"kick": ("X.......o...",), "rim": ("....x.....x.",), "ride": ("x...x..ox...",), "shaker": ("oxoxoxoxoxox",)},
        {"kick": ("X.....x.....",), "clap": ("....X.......", "....X...o..."), "hat": ("xoxoxoxoxoxo",)},
        {"kick": ("X...o.......",), "snare": ("........X..o",), "hat": ("x...x...x...",), "open": ("..........x.",)},
        {"kick": ("X...........",), "clap": ("....x...x...", "....x...x.o."), "bell": ("x...........",), "hat": ("..x...x...x.",)},
    ),
    "6/8": (
        {"kick": ("X.........o.",), "snare": ("......X.....",), "hat": ("x.o.o.x.o.o.",)},
        {"kick": ("X...o.......", "X.......o.o."), "snare": ("......X.....",), "hat": ("x.x.x.x.x.x.",)},
        {"kick": ("X...........",), "rim": ("......x.....", "......x...o."), "shaker": ("x.o.o.x.o.o.",), "conga": ("....o...o.x.",)},
        {"kick": ("X.....X.....",), "clap": ("......X.....",), "hat": ("x.ooo.x.ooo.",)},
        {"kick": ("X...........",), "snare": ("......X..o..",), "ride": ("x...o.x...o.",), "low-tom": ("........o.o.",)},
    ),
    # Blues and trap in triplets: four beats to the bar, however they are divided.
    "12/8": (
        {"kick": ("X...........X...........",), "snare": ("......X...........X.....",), "hat": ("x.x.x.x.x.x.x.x.x.x.x.x.",)},
        {"kick": ("X.........o.X...........",), "clap": ("......X...........X.....",), "hat": ("x...o.x...o.x...o.x...o.",)},
        {"kick": ("X...............o.......",), "clap": ("............X...........",), "hat": ("x.x.x.x.x.x.x.x.x.xxxxxx",)},
    ),
}  # fmt: skip
_BASS: dict[str, tuple[Lane, ...]] = {
    "4/4": tuple(BASS_LINES.values()),
    "3/4": (
        ("1-----------",),
        ("1---5---5---",),
        ("1-------5---", "1---3---5---"),
        ("1-..1-..8-..",),
        ("1.....1...5.",),
    ),
    "6/8": (
        ("1-----5-----",),
        ("1---5-8---5-",),
        ("1-----------", "1-----5-8-5-"),
        ("1.1.1.1.1.1.",),
        ("1.5.8.5.8.5.",),
    ),
    "12/8": (("1-----1-----5-----7-----",), ("1---1-3---3-5---5-7---5-",)),
}
_CHORDS: dict[str, tuple[Lane, ...]] = {
    "4/4": tuple(CHORD_RHYTHMS.values()),
    "3/4": (("x-----------",), ("x---x---x---",), ("....x---x---",), ("x-----x-x---",), ("x.x.x.x.x.x.",)),
    "6/8": (("x-----------",), ("x-----x-----",), ("x-x-x-x-x-x-",), ("x---x-x---x-",), ("x.....x.x.x.",)),
    "12/8": (("x---x-x---x-x---x-x---x-",), ("x-----x-----x-----x-----",)),
}


@dataclass(frozen=True)
class MetreLoop:
    """A loop with its label: ``metre`` is ``4/4``, ``3/4`` or ``6/8``; ``bpm`` counts quarters, or dotted ones in 6/8 and triplets."""

    metre: str
    part: str
    bpm: float
    bars: int
    samples: Samples


def loops(count: int, seed: int) -> Iterator[MetreLoop]:
    """Yield a number of loops of each metre and part; half of those in 4/4 swing, and a fifth are in triplets."""
    draw = np.random.default_rng(seed)
    for _ in range(count):
        for part in PARTS:
            for metre in ("4/4", "3/4", "6/8"):
                yield _loop(metre, "12/8" if metre == "4/4" and draw.random() < 0.2 else metre, part, draw)


def played(groove: Groove, steps: int, bars: int, step_seconds: float) -> Samples:
    """Return a drum loop of a groove without swing."""
    turn = np.zeros((round(bars * steps * step_seconds * RATE_HZ), 2), dtype=np.float32)
    starts = np.round(np.arange(bars * steps) * step_seconds * RATE_HZ).astype(int)
    player = _Player(turn, starts, steps, step_seconds, np.random.default_rng(1))
    player.drums(groove, "floor", may_fill=False)
    return _scaled(turn)


def heard(loop: MetreLoop) -> Classification:
    """Classify a loop."""
    return features.classify(features.extract(loop.samples, RATE_HZ), model_weights.load())


def _scaled(turn: Samples) -> Samples:
    return 0.8 * turn / max(float(np.abs(turn).max()), 1e-6)


def _loop(metre: str, feel: str, part: str, draw: np.random.Generator) -> MetreLoop:
    steps, beat, (slowest, fastest) = _METRES[feel]
    bpm, bars = float(draw.integers(slowest, fastest)), int(draw.choice(_BARS))
    step = 60.0 / bpm / beat
    turn = np.zeros((round(bars * steps * step * RATE_HZ), 2), dtype=np.float32)
    late = draw.uniform(0.05, 0.3) if feel != "12/8" and draw.random() < 0.5 else 0.0
    starts = np.array([(number + (late if number % 2 else 0.0)) * step for number in range(bars * steps)])
    player = _Player(turn, np.round(starts * RATE_HZ).astype(int), steps, step, draw)
    if part in {"drums", "mix"}:
        player.drums(_pick(draw, _GROOVES[feel]), str(draw.choice(list(KITS))))
    roots = _pick(draw, _ROOTS)
    if part in {"bass", "mix"}:
        player.notes(_pick(draw, _BASS[feel]), str(draw.choice(list(BASSES))), roots, 0.5)
    if part in {"chords", "mix"}:
        player.notes(_pick(draw, _CHORDS[feel]), str(draw.choice(list(VOICES))), roots, 0.2)
    return MetreLoop(metre, part, bpm, bars, _scaled(turn))


def _pick(draw: np.random.Generator, options: tuple[T, ...]) -> T:
    return options[int(draw.integers(len(options)))]


@dataclass
class _Player:
    turn: Samples
    starts: NDArray[np.int_]
    steps: int
    step_seconds: float
    draw: np.random.Generator

    def drums(self, groove: Groove, kit: str, *, may_fill: bool = True) -> None:
        """Play a groove; the end of every second loop may be a fill."""
        total = len(self.starts)
        fill = total - int(self.draw.integers(2, 5)) if may_fill and self.draw.random() < 0.5 else total
        for voice, lane in groove.items():
            for number in range(fill):
                mark = lane[number // self.steps % len(lane)][number % self.steps]
                self._hit(kit, voice, number, {"X": 1.0, "x": 0.7, "d": 0.6, "t": 0.6, "o": 0.35}.get(mark, 0.0))
        for number in range(fill, total):
            self._hit(kit, str(self.draw.choice(["snare", "tom", "low-tom"])), number, 0.7)

    def _hit(self, kit: str, voice: str, number: int, gain: float) -> None:
        if gain:
            sound = drum(kit, voice, int(self.draw.integers(VARIANTS)))
            jitter = int(self.draw.normal(0, 0.003) * RATE_HZ)
            add(self.turn, sound, int(self.starts[number]) + jitter, gain * self.draw.uniform(0.8, 1.0))

    def notes(self, lane: Lane, name: str, roots: tuple[int, ...], gain: float) -> None:
        """Play a line or chords: digits are steps of a scale, ``x`` a chord, ``-`` holds."""
        low = name in BASSES
        play, scale = (BASSES if low else VOICES)[name], {"1": 0, "3": 4, "5": 7, "7": 10, "8": 12}
        bars = len(self.starts) // self.steps
        for bar in range(bars):
            pattern = lane[bar % len(lane)]
            root = (33 if low else 57) + roots[bar % len(roots)]
            for place, mark in enumerate(pattern):
                if mark in ".-":
                    continue
                held = 1 + len(pattern[place + 1 :]) - len(pattern[place + 1 :].lstrip("-"))
                pitches = (root, root + 3, root + 7) if mark == "x" else (root + scale[mark],)
                for pitch in pitches:
                    sound = play(float(pitch), held * self.step_seconds, 0.8)
                    add(self.turn, sound, int(self.starts[bar * self.steps + place]), gain)
