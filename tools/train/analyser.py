"""Fits the model weights on a labelled corpus and reports their cross-validated accuracy.

A corpus is a folder with ``labels.csv`` (file, kind, bpm, bpm_alt, key, group). Files that share a song, kit or score have
the same group and are never split between training and validation. Called by ``python -m tools.train``.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis import embedding, features, gradient_boosting, key, tempo_candidates
from askchopper.media.analysis.embedding import Whitening
from askchopper.media.analysis.features import Features
from askchopper.media.analysis.gradient_boosting import Model, Params
from askchopper.media.analysis.model_weights import MEMBERS, ModelWeights
from askchopper.media.analysis.tempo_candidates import TempoCandidates
from askchopper.media.decode import decoder
from askchopper.musical_key import MusicalKey
from askchopper.vocabulary import FileKind
from tools.train import augmentation, keys
from tools.train.keys import Prior

FOLDS = 6
_SAME_TEMPO = 0.015
_TEMPO_RECIPE = Params(trees=250, depth=4)
_TONAL_RECIPE = Params(trees=120, depth=2, columns=0.2)
_UNTONAL_KINDS = ("drums", "edm-drums", "oneshot")
# Changes that the embedding learns to ignore. The benchmark uses the same kinds with other parameters.
_CHANGES = (
    augmentation.as_mp3(40_000), augmentation.in_band(250.0, 4_500.0, -6.0), augmentation.transposed(-3.0), augmentation.played_faster(2 ** (3 / 12)),
    augmentation.stretched(0.91),
)  # fmt: skip
_NUISANCE_DAMPING = 3.0  # share of its mean variance; lower finds changed copies better and similar sounds worse
# How often answers at a confidence of 0.8 must have been right, with a margin to the 0.97 that is meant.
_SURE_TEMPO_SHARE, SURE_KEY_SHARE = 0.975, 0.98
_SUREST = 0.995  # a raw probability can be no higher, or none would ever be sure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A labelled file and its features; ``copies`` are the features of augmented copies, shape (5, FEATURES)."""

    name: str
    kind: str
    group: str
    bpm: float | None
    bpm_alternative: float | None
    key: int | None
    heard: Features
    pulse: TempoCandidates
    copies: Floats

    def is_tempo(self, bpm: float | None, tolerance: float) -> bool:
        """Return whether a tempo equals the label or its listed alternative, half or double."""
        labels = [label for label in (self.bpm, self.bpm_alternative) if label]
        return bpm is not None and any(abs(bpm / label - 1) <= tolerance for label in labels)


@dataclass(frozen=True)
class Answer:
    """Out-of-fold prediction for an example."""

    example: Example
    reading: features.Classification


def load(folder: Path) -> Iterator[Example]:
    """Extract the features of every file of a corpus.

    Args:
        folder: contains ``labels.csv`` and the files listed in it.
    """
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as labels:
        for row in csv.DictReader(labels):
            samples, rate_hz = decoder.decode(folder / row["file"])
            heard = features.extract(samples, rate_hz)
            named = MusicalKey.parse(row["key"]) if row["key"] else None
            yield Example(
                name=row["file"], kind=row["kind"], group=row["group"],
                bpm=float(row["bpm"]) if row["bpm"] else None,
                bpm_alternative=float(row["bpm_alt"]) if row["bpm_alt"] else None,
                key=key.number(named) if named else None,
                heard=heard, pulse=tempo_candidates.measure(heard.onsets),
                copies=np.stack([features.extract(*change(samples, rate_hz)).features for change in _CHANGES]),
            )  # fmt: skip


def fit(examples: Sequence[Example], prior: Prior) -> ModelWeights:
    """Fit the weights for loops and tracks; ``notes.fit`` fits those for one-shots. Confidences are uncalibrated; see ``calibrate``.

    Args:
        examples: must include examples with a tempo, with a key, and of drums.
        prior: fitted on synthesised sounds, by ``keys.fit_prior``.

    Returns:
        The constants.
    """
    music = [(example.heard.chroma, example.key) for example in examples if example.key is not None]
    return ModelWeights(
        tempo=_fit_tempo([example for example in examples if example.bpm]),
        key=keys.fit(music, prior),
        tonal=_fit_tonal(examples),
        note=(),
        tempo_sure=0.8,
        key_sure=0.8,
        whitening=fit_whitening(examples),
    )


def cross_validate(examples: Sequence[Example], prior: Prior, folds: int = FOLDS) -> list[Answer]:
    """Predict every example with weights fitted without its group.

    Args:
        examples: the corpus.
        prior: networks for the key, fitted on synthesised sounds only.
        folds: number of parts.
    """
    answers = []
    for seen, held_out in group_k_fold(examples, folds):
        constants = fit(seen, prior)
        answers += [Answer(example, features.classify(example.heard, constants)) for example in held_out]
    return answers


def group_k_fold(examples: Sequence[Example], folds: int = FOLDS) -> Iterator[tuple[list[Example], list[Example]]]:
    """Yield training and validation indices; groups are never split, and each example is held out once."""
    groups = sorted({example.group for example in examples})
    np.random.default_rng(0).shuffle(groups)
    fold = {group: number % folds for number, group in enumerate(groups)}
    for number in range(folds):
        seen = [example for example in examples if fold[example.group] != number]
        yield seen, [example for example in examples if fold[example.group] == number]


def calibrate(constants: ModelWeights, answers: Sequence[Answer]) -> ModelWeights:
    """Calibrate: set the raw probabilities that are reported as a confidence of 0.8."""
    tempi = [
        (a.reading.tempo.confidence, a.example.is_tempo(a.reading.tempo.bpm, 0.04))
        for a in answers
        if a.example.bpm and a.reading.tempo
    ]
    answered = [
        (a.reading.key.confidence, key.number(a.reading.key.key) == a.example.key)
        for a in answers
        if a.example.key is not None and a.reading.key
    ]
    return replace(constants, tempo_sure=sure(tempi, _SURE_TEMPO_SHARE), key_sure=sure(answered, SURE_KEY_SHARE))


def report(answers: Sequence[Answer]) -> list[str]:
    """Format the results of a cross-validation, one line per kind of file."""
    kinds: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        kinds["all"].append(answer)
        kinds[answer.example.kind].append(answer)
    return [_line(kind, found) for kind, found in kinds.items()]


def fit_whitening(examples: Sequence[Example]) -> Whitening:
    """Fit the projection of the embedding.

    Features are standardised and whitened by the covariance of augmented copies around their originals; then principal
    components are scaled towards equal variance.

    Args:
        examples: many sounds with their augmented copies.

    Source: A. Hatch, S. Kajarekar and A. Stolcke, "Within-class covariance normalization for SVM-based speaker
    recognition", Interspeech 2006; a sound and its copies are a class.
    """
    rows = np.stack([example.heard.features for example in examples])
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    moves = np.concatenate([example.copies - example.heard.features for example in examples]) / deviation
    variances, axes = np.linalg.eigh(moves.T @ moves / moves.shape[0])
    evened = axes / np.sqrt(np.maximum(variances, 0.0) + _NUISANCE_DAMPING * variances.mean())
    _, spreads, axes = np.linalg.svd((rows - mean) / deviation @ evened, full_matrices=False)
    size = min(embedding.SIZE, axes.shape[0])
    spread = spreads[:size] / np.sqrt(rows.shape[0])
    projection = np.zeros((rows.shape[1], embedding.SIZE))
    # The square root keeps weak components, which are mostly noise, from weighing as much as strong ones.
    projection[:, :size] = evened @ axes[:size].T / np.sqrt(spread + 1e-6) / deviation[:, None]
    return Whitening(mean=mean, projection=projection)


def _fit_tempo(examples: Sequence[Example]) -> tuple[Model, ...]:
    rows = np.concatenate([example.pulse.features for example in examples])
    answers = np.array([e.is_tempo(bpm, _SAME_TEMPO) for e in examples for bpm in e.pulse.bpm], dtype=np.float64)
    weights = np.ones_like(answers)
    return tuple(
        gradient_boosting.fit(rows, answers, weights, replace(_TEMPO_RECIPE, seed=seed)) for seed in range(MEMBERS)
    )


def _fit_tonal(examples: Sequence[Example]) -> Model:
    known = [example for example in examples if example.key is not None or example.kind in _UNTONAL_KINDS]
    rows = np.concatenate([example.heard.tonal_row() for example in known])
    answers = np.array([example.key is not None for example in known], dtype=np.float64)
    return gradient_boosting.fit(rows, answers, np.ones_like(answers), _TONAL_RECIPE)


def sure(pairs: Sequence[tuple[float, bool]], share: float) -> float:
    """Return the lowest confidence above which the required share of predictions was correct."""
    ordered = sorted(pairs, reverse=True)
    right = np.cumsum([is_right for _, is_right in ordered]) / np.arange(1, len(ordered) + 1)
    enough = np.flatnonzero(right >= share)
    return float(np.clip(ordered[int(enough[-1])][0], 0.3, _SUREST)) if enough.size else _SUREST


def _line(kind: str, answers: Sequence[Answer]) -> str:
    parts = [f"{kind:<16} {len(answers):>4} files"]
    timed = [a for a in answers if a.example.bpm]
    keyed = [a for a in answers if a.example.key is not None]
    if timed:
        tempi = [a.reading.tempo.bpm if a.reading.tempo else None for a in timed]
        for name, tolerance in (("Acc1+", 0.04), ("exact", 0.005)):
            share = np.mean([a.example.is_tempo(bpm, tolerance) for a, bpm in zip(timed, tempi, strict=True)])
            parts.append(f"tempo {name} {share:.3f}")
    if keyed:
        worth = [mirex_score(a) for a in keyed]
        parts.append(f"key exact {np.mean([w == 1.0 for w in worth]):.3f} weighted {np.mean(worth):.3f}")
    if all(a.example.kind in _UNTONAL_KINDS for a in answers):
        parts.append(f"without a key {np.mean([a.reading.key is None for a in answers]):.3f}")
    if kind == "oneshot":
        parts.append(f"without a tempo {np.mean([a.reading.kind is FileKind.ONE_SHOT for a in answers]):.3f}")
    return "  ".join(parts)


def mirex_score(answer: Answer) -> float:
    """Score a predicted key by the MIREX rules: fifth above 0.5, relative 0.3, parallel 0.2."""
    if answer.reading.key is None or answer.example.key is None:
        return 0.0
    guess, label = answer.reading.key.key, answer.example.key
    tonic, is_minor = divmod(label, 2)
    step, same_mode = (guess.tonic - tonic) % 12, (key.number(guess) % 2) == is_minor
    if same_mode:
        return {0: 1.0, 7: 0.5}.get(step, 0.0)
    return {0: 0.2, 3 if is_minor else 9: 0.3}.get(step, 0.0)
