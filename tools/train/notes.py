"""Fits the trees that score the note candidates of one-shots, on synthesised sounds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from askchopper.media.analysis import gradient_boosting, note_candidates
from askchopper.media.analysis.gradient_boosting import Model, Params
from askchopper.media.analysis.model_weights import MEMBERS
from askchopper.media.analysis.note_candidates import NoteCandidates
from tools.train import one_shots

_RECIPE = Params(trees=250, depth=4)
_RIGHT = 0.4  # semitones


@dataclass(frozen=True)
class NoteExample:
    """A synthesised one-shot and its candidates; ``midi`` is None for unpitched sounds and chords."""

    kind: str
    group: str
    midi: float | None
    found: NoteCandidates


def load(*, is_held_out: bool) -> Iterator[NoteExample]:
    """Measure the sounds for fitting, or the held-out ones."""
    for sound in one_shots.generate(is_held_out=is_held_out):
        found = note_candidates.measure(sound.samples, one_shots.RATE_HZ)
        yield NoteExample(sound.kind, sound.group, sound.midi, found)


def fit(examples: list[NoteExample]) -> tuple[Model, ...]:
    """Fit the trees: a candidate is right if it is the note, in its octave."""
    rows = np.concatenate([example.found.features for example in examples])
    answers = np.array(
        [example.midi is not None and abs(midi - example.midi) < _RIGHT for example in examples for midi in example.found.midi],
        dtype=np.float64,
    )  # fmt: skip
    weights = np.ones_like(answers)
    return tuple(gradient_boosting.fit(rows, answers, weights, replace(_RECIPE, seed=seed)) for seed in range(MEMBERS))
