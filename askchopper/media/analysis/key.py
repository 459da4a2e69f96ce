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


def estimate(chroma: Chroma, weights: Floats, trees: Sequence[Model]) -> KeyGuess:
    """Estimate the key of a tonal sound.

    Args:
        chroma: its pitch classes.
        weights: shape (WEIGHTS,), the fitted template.
        trees: fitted trees; their scores are averaged.

    Returns:
        The key.
    """
    turned = rotations(chroma.vector[None])
    chances = 0.5 * (softmax(template_scores(turned, weights)) + softmax(tree_scores(turned, trees)))[0]
    best, second = np.argsort(chances)[::-1][:2]
    return KeyGuess(key=_key(int(best)), confidence=float(chances[best]), second=_key(int(second)))


def tonal_signs(chroma: Chroma) -> Floats:
    """Return tonality features, shape (27,): tonal share, clarity, spread of the pitch classes."""
    middle, bass = chroma.vector[:12], chroma.vector[12:24]
    prior = profile_scores(rotations(chroma.vector[None])).max()
    return np.concatenate([[chroma.tonal_share, chroma.clarity, prior], np.sort(middle), np.sort(bass)])


def rotations(vectors: Floats) -> Floats:
    """Rotate chroma vectors of shape (n, 48) to every tonic, shape (n, 12, 48)."""
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
    """Return a row for each of 24 keys of each sound, shape (n * 24, 99): the first or second half is filled, depending on the mode."""
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
