"""Fits what decides the key: templates and trees on labelled music, the same on single chords and riffs, and when each counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from askchopper.media.analysis import chroma, gradient_boosting, key
from askchopper.media.analysis.chroma import Chroma
from askchopper.media.analysis.gradient_boosting import Model, Params
from askchopper.media.analysis.key import KeyModels, Scorer
from tools.train import harmony

MEMBERS = 2
_RECIPE, _CHORD_RECIPE = Params(trees=250, depth=3), Params(trees=150, depth=3)
_GATE_RECIPE, _THIRD_RECIPE = Params(trees=60, depth=2), Params(trees=120, depth=3)
_TEMPLATE_DAMPING, _PROFILE_START = 3.0, 3.0

Floats = NDArray[np.float64]
# Pitch classes with the number of the key.
Labelled = tuple[Chroma, int]


@dataclass(frozen=True)
class HarmonyExample:
    """A synthesised sound and its pitch classes; ``key`` is None where no third sounds."""

    texture: str
    group: str
    key: int | None
    chroma: Chroma


def load(*, is_held_out: bool) -> Iterator[HarmonyExample]:
    """Measure the synthesised chords and loops for fitting, or the held-out ones."""
    for sound in harmony.generate(is_held_out=is_held_out):
        number = None if sound.key is None else key.number(sound.key)
        yield HarmonyExample(sound.texture, sound.group, number, chroma.measure(sound.samples, harmony.RATE_HZ))


def fit_chords(chords: Sequence[HarmonyExample]) -> Scorer:
    """Fit the scorer of single chords and riffs, half of which are major."""
    known = [(one.chroma, one.key) for one in chords if one.key is not None]
    return Scorer(_fit_template(known), _fit_trees(known, _CHORD_RECIPE))


def fit(
    music: Sequence[Labelled], detuned: Sequence[Labelled], chords: Sequence[HarmonyExample], chord_scorer: Scorer
) -> KeyModels:
    """Fit all models.

    Args:
        music: labelled loops and tracks.
        detuned: further copies of them for the trees.
        chords: synthesised sounds.
        chord_scorer: fitted on these.
    """
    with_third = [one.chroma for one in chords if one.key is not None]
    without = [one.chroma for one in chords if one.key is None]
    real = [one for one, _ in music]
    weights = np.array([len(with_third) / len(real)] * len(real) + [1.0] * len(with_third))
    gate = gradient_boosting.fit(
        np.stack([key.harmony_signs(one) for one in (*real, *with_third)]),
        np.array([0.0] * len(real) + [1.0] * len(with_third)), weights, _GATE_RECIPE,
    )  # fmt: skip
    rows = np.stack([key.third_signs(one, chord_scorer) for one in (*without, *with_third, *real)])
    lacks_third = np.array([1.0] * len(without) + [0.0] * (len(with_third) + len(real)))
    balance = np.where(lacks_third > 0, len(with_third) / max(len(without), 1), 1.0)
    return KeyModels(
        music=Scorer(_fit_template(music), _fit_trees([*music, *detuned], _RECIPE)),
        chords=chord_scorer,
        is_chord=gate,
        lacks_third=gradient_boosting.fit(rows, lacks_third, balance, _THIRD_RECIPE),
    )


def _fit_trees(known: Sequence[Labelled], recipe: Params) -> tuple[Model, ...]:
    vectors, labels = _rows(known)
    rows = key.tree_rows(key.rotations(vectors))
    answers = np.eye(24)[labels].ravel()
    weights = np.ones_like(answers)
    return tuple(gradient_boosting.fit(rows, answers, weights, replace(recipe, seed=seed)) for seed in range(MEMBERS))


def _fit_template(known: Sequence[Labelled]) -> Floats:
    """Fit the template by regularised softmax regression."""
    vectors, labels = _rows(known)
    turned = key.rotations(vectors)
    profiles = key.profile_scores(turned)
    wanted = np.eye(24)[labels]

    def loss(weights: Floats) -> tuple[float, Floats]:
        chances = key.softmax(key.template_scores(turned, weights))
        free = weights[: 2 * chroma.WIDTH]
        excess = (chances - wanted).reshape(-1, 12, 2)
        slope = np.concatenate([
            np.einsum("nt,ntf->f", excess[..., 0], turned) + 2 * _TEMPLATE_DAMPING * free[: chroma.WIDTH],
            np.einsum("nt,ntf->f", excess[..., 1], turned) + 2 * _TEMPLATE_DAMPING * free[chroma.WIDTH :],
            [excess[..., 1].sum()], [(excess * profiles).sum()],
        ])  # fmt: skip
        return -float((wanted * np.log(chances + 1e-12)).sum()) + _TEMPLATE_DAMPING * float(free @ free), slope

    start = np.zeros(key.WEIGHTS)
    start[-1] = _PROFILE_START
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(found.x, dtype=np.float64)


def _rows(known: Sequence[Labelled]) -> tuple[Floats, NDArray[np.int64]]:
    return np.stack([one.vector for one, _ in known]), np.array([label for _, label in known], dtype=np.int64)
