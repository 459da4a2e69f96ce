"""Musical key: a fitted template per mode, rotated to twelve tonics, averaged with fitted trees.

Template and trees make different errors, so their mean is more accurate than either. Both are fitted by ``tools.train``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis.chroma import WIDTH, Chroma
from askchopper.media.analysis.gradient_boosting import Model
from askchopper.musical_key import Mode, MusicalKey

WEIGHTS = 2 * WIDTH + 2
_NOTES = slice(48, 60)  # pitch classes without the harmonics of lower notes
_CHORD, _CHORD_SURE, _NO_THIRD, _DOUBTED_THIRD = 0.5, 0.9, 0.9, 0.5
# Where a third is this strong in standard deviations, it is more than a harmonic of the root, whatever the trees say.
_HEARD_THIRD = 0.95
# D. Temperley, "What's key for key?", Music Perception 17, 1999: flat and sharp profiles of major and minor.
_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KeyGuess:
    """An estimated key.

    Args:
        key: the most likely key.
        confidence: probability that it is right, 0 to 1.
        second: the second most likely key.
    """

    key: MusicalKey
    confidence: float
    second: MusicalKey


@dataclass(frozen=True)
class Scorer:
    """A template and trees, fitted on the same sounds.

    Args:
        weights: shape (WEIGHTS,), the template.
        trees: their scores are averaged.
    """

    weights: Floats
    trees: tuple[Model, ...]

    def chances(self, turned: Floats) -> tuple[Floats, Floats]:
        """Return the probabilities of the 24 keys by the template and by the trees, for rotations of one sound."""
        return softmax(template_scores(turned, self.weights))[0], softmax(tree_scores(turned, self.trees))[0]


@dataclass(frozen=True)
class KeyModels:
    """What decides the key.

    Args:
        music: fitted on labelled loops and tracks.
        chords: fitted on single chords and riffs, as many major as minor.
        is_chord: tells single chords and riffs from music with more.
        lacks_third: tells where neither a major nor a minor third sounds.
    """

    music: Scorer
    chords: Scorer
    is_chord: Model
    lacks_third: Model


def estimate(chroma: Chroma, models: KeyModels) -> KeyGuess | None:
    """Estimate the key of a tonal sound; None if no third sounds, so that it has no mode.

    Labelled music leans to minor in some genres, and what is fitted on it reads a single major chord as minor. Where a sound
    hardly has more than a chord, the scorer that learned on chords decides.

    Args:
        chroma: its pitch classes.
        models: the fitted models.
    """
    signs = third_signs(chroma, models.chords)
    lacks_third = 0.0
    if signs[3:5].max() < _HEARD_THIRD:
        lacks_third = float(models.lacks_third.probabilities(signs[None])[0])
    if lacks_third > _NO_THIRD:
        return None
    turned = rotations(chroma.vector[None])
    template, trees = models.music.chances(turned)
    if models.is_chord.probabilities(harmony_signs(chroma)[None])[0] > _CHORD:
        by_chord = models.chords.chances(turned)
        if (by_chord[0] + by_chord[1]).max() > 2 * _CHORD_SURE:
            template, trees = by_chord
    best, second = np.argsort(template + trees)[::-1][:2]
    # Template and trees err differently: a key is sure only if both find it likely.
    agreed = float(np.sqrt(template[best] * trees[best]))
    if lacks_third > _DOUBTED_THIRD:
        agreed *= 1.0 - lacks_third
    return KeyGuess(key=_key(int(best)), confidence=agreed, second=_key(int(second)))


def harmony_signs(chroma: Chroma) -> Floats:
    """Return how the strength is spread over the pitch classes, whatever the key, shape (36,)."""
    middle, bass, notes = chroma.vector[:12], chroma.vector[12:24], chroma.vector[_NOTES]
    return np.concatenate([np.sort(middle), np.sort(notes), np.sort(bass)])


def third_signs(chroma: Chroma, chords: Scorer) -> Floats:
    """Return the strengths relative to the likeliest tonic, thirds first of all, shape (66,)."""
    template, trees = chords.chances(rotations(chroma.vector[None]))
    tonic = int((template + trees).reshape(12, 2).sum(axis=1).argmax())
    middle, bass, _, _, notes = np.roll(chroma.vector.reshape(WIDTH // 12, 12), -tonic, axis=1)
    thirds = [max(part[3], part[4]) for part in (middle, notes, bass)]
    return np.concatenate([
        middle, bass, notes, thirds, [middle[7], notes[7]], np.sort(middle), np.sort(notes), [chroma.clarity],
    ])  # fmt: skip


def tonal_signs(chroma: Chroma) -> Floats:
    """Return tonality features, shape (27,): tonal share, clarity, spread of the pitch classes."""
    middle, bass = chroma.vector[:12], chroma.vector[12:24]
    prior = profile_scores(rotations(chroma.vector[None])).max()
    return np.concatenate([[chroma.tonal_share, chroma.clarity, prior], np.sort(middle), np.sort(bass)])


def rotations(vectors: Floats) -> Floats:
    """Rotate chroma vectors of shape (n, 60) to every tonic, shape (n, 12, 60)."""
    parts = vectors.reshape(vectors.shape[0], WIDTH // 12, 12)
    turned = [np.roll(parts, -tonic, axis=2).reshape(vectors.shape[0], WIDTH) for tonic in range(12)]
    return np.stack(turned, axis=1)


def profile_scores(turned: Floats) -> Floats:
    """Return the correlation with Temperley's key profiles by tonic and mode, shape (n, 12, 2)."""
    profiles = np.array([_MAJOR, _MINOR])
    profiles = (profiles - profiles.mean(axis=1, keepdims=True)) / profiles.std(axis=1, keepdims=True)
    return turned[..., :12] @ profiles.T / 12.0


def template_scores(turned: Floats, weights: Floats) -> Floats:
    """Return the log-odds of 24 keys (tonic by tonic, major first), shape (n, 24)."""
    major = turned @ weights[:WIDTH]
    minor = turned @ weights[WIDTH : 2 * WIDTH] + weights[2 * WIDTH]
    scores = np.stack([major, minor], axis=-1) + weights[2 * WIDTH + 1] * profile_scores(turned)
    return scores.reshape(turned.shape[0], 24)


def tree_rows(turned: Floats) -> Floats:
    """Return a row for each of 24 keys of each sound, shape (n * 24, 123): the first or second half is filled, depending on the mode."""
    count = turned.shape[0]
    profiles = profile_scores(turned)
    rows = np.zeros((count, 12, 2, 2 * WIDTH + 3))
    rows[:, :, 0, :WIDTH] = turned
    rows[:, :, 1, WIDTH : 2 * WIDTH] = turned
    rows[:, :, 1, 2 * WIDTH] = 1.0
    rows[..., 2 * WIDTH + 1] = profiles
    rows[..., 2 * WIDTH + 2] = profiles - profiles[:, :, ::-1]
    return rows.reshape(count * 24, -1)


def tree_scores(turned: Floats, trees: Sequence[Model]) -> Floats:
    """Score 24 keys with the fitted trees; returns log-odds, shape (n, 24)."""
    rows = tree_rows(turned)
    return np.mean([tree.scores(rows) for tree in trees], axis=0).reshape(turned.shape[0], 24)


def softmax(scores: Floats) -> Floats:
    """Turn log-odds of shape (n, k) into probabilities that sum to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def number(key: MusicalKey) -> int:
    """Return the index of a key in the 24 columns of scores."""
    return 2 * key.tonic + (key.mode is Mode.MINOR)


def _key(position: int) -> MusicalKey:
    return MusicalKey(position // 2, Mode.MINOR if position % 2 else Mode.MAJOR)
