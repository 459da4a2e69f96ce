"""Tempo: note lengths, bars, and the effect of speed changes on pitch."""

import math
from dataclasses import dataclass

LOWEST_BPM, HIGHEST_BPM = 20.0, 400.0
BEATS_PER_BAR = 4
# Name and length in beats, which are quarter notes.
NOTE_LENGTHS: dict[str, float] = {"1/1": 4.0, "1/2": 2.0, "1/4": 1.0, "1/8": 0.5, "1/16": 0.25, "1/32": 0.125}
DOTTED, TRIPLET = 1.5, 2 / 3


@dataclass(frozen=True)
class DelayRow:
    """A note length and its times in milliseconds."""

    name: str
    plain_ms: float
    dotted_ms: float
    triplet_ms: float


@dataclass(frozen=True)
class ReverbRow:
    """A reverb size, with pre-delay and decay in milliseconds that together end on a beat."""

    name: str
    pre_delay_ms: float
    decay_ms: float


def is_tempo(bpm: float) -> bool:
    """Return whether a number is a plausible tempo in BPM."""
    return LOWEST_BPM <= bpm <= HIGHEST_BPM


def milliseconds(bpm: float, beats: float) -> float:
    """Return the length of a number of beats in milliseconds."""
    return 60_000 / bpm * beats


def delay_rows(bpm: float) -> tuple[DelayRow, ...]:
    """Return straight, dotted and triplet delay times, from a whole note to a thirty-second."""
    return tuple(
        DelayRow(name, *(round(milliseconds(bpm, beats * factor), 1) for factor in (1.0, DOTTED, TRIPLET)))
        for name, beats in NOTE_LENGTHS.items()
    )


def reverb_rows(bpm: float) -> tuple[ReverbRow, ...]:
    """Return reverb times by size; pre-delay plus decay is a whole number of beats."""
    sizes = (("Hall, two bars", 8.0, 1 / 8), ("Large room, one bar", 4.0, 1 / 16), ("Small room, half a bar", 2.0, 1 / 32), ("Ambience, one beat", 1.0, 1 / 64))  # fmt: skip
    return tuple(
        ReverbRow(name, round(milliseconds(bpm, pre), 1), round(milliseconds(bpm, beats - pre), 1))
        for name, beats, pre in sizes
    )


def seconds_of_bars(bars: float, bpm: float) -> float:
    """Return the length of 4/4 bars in seconds."""
    return bars * BEATS_PER_BAR * 60 / bpm


def semitones_between(old: float, new: float) -> float:
    """Return the pitch change in semitones when a sound is played at another speed without time-stretching."""
    return 12 * math.log2(new / old)


def ratio_of(semitones: float) -> float:
    """Return the speed ratio that shifts the pitch by a number of semitones."""
    return 2 ** (semitones / 12)
