"""Musical key: small networks rate each of the twelve tonics as major, minor or without a third.

The same weights serve every tonic, so nothing prefers one key to another. Fitted by ``tools.train``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis.chords import TRIADS
from askchopper.media.analysis.chroma import WIDTH, Chroma
from askchopper.musical_key import Mode, MusicalKey

FEATURES = WIDTH + 7 * TRIADS
OUTCOMES = 3  # of each tonic: major, minor, no third
_NO_THIRD = 0.5
# Where a third is this strong in standard deviations, it may be more than a harmonic of the root, whatever the networks say.
_HEARD_THIRD = 0.95
# Square roots of shares are spread to about the range of the standardised pitch classes.
_SHARE_GAIN, _SHARE_OFFSET, _CHANGE_GAIN, _CHANGE_OFFSET = 4.0, 0.6, 6.0, 0.3
_TURNS = (np.arange(12)[:, None] + np.arange(12)) % 12  # pitch class by tonic and step above it
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
class Network:
    """A perceptron with one hidden layer and a direct path, applied to each tonic.

    Args:
        inner: shape (FEATURES, units).
        inner_start: shape (units,).
        outer: shape (units, OUTCOMES).
        direct: shape (FEATURES, OUTCOMES).
        start: shape (OUTCOMES,).
    """

    inner: Floats
    inner_start: Floats
    outer: Floats
    direct: Floats
    start: Floats

    def chances(self, rows: Floats) -> Floats:
        """Return probabilities for rows of shape (n, 12, FEATURES), as shape (n, 12, OUTCOMES); those of a sound sum to 1."""
        hidden = np.tanh(rows @ self.inner + self.inner_start)
        scores = rows @ self.direct + hidden @ self.outer + self.start
        powers = np.exp(scores - scores.max(axis=(1, 2), keepdims=True))
        return np.asarray(powers / powers.sum(axis=(1, 2), keepdims=True), dtype=np.float64)


def estimate(chroma: Chroma, networks: Sequence[Network]) -> KeyGuess | None:
    """Estimate the key of a tonal sound; None if it has no audible third and therefore no mode.

    Args:
        chroma: pitch classes and chords of the sound.
        networks: fitted networks; their probabilities are averaged.
    """
    chances = np.mean([network.chances(rows(chroma)[None])[0] for network in networks], axis=0)
    keys = chances[:, :2].ravel()
    best, second = np.argsort(keys)[::-1][:2]
    if chances[:, 2].sum() > _NO_THIRD and _third(chroma, int(best) // 2) < _HEARD_THIRD:
        return None
    return KeyGuess(key=_key(int(best)), confidence=float(keys[best]), second=_key(int(second)))


def rows(chroma: Chroma) -> Floats:
    """Return the features relative to each tonic, shape (12, FEATURES): pitch classes, triads, and chord changes to and from the tonic triad."""
    shares = _SHARE_GAIN * np.sqrt(chroma.chords.shares) - _SHARE_OFFSET
    parts = np.concatenate([chroma.vector.reshape(-1, 12), shares.reshape(-1, 12)])[:, _TURNS]
    changes = _CHANGE_GAIN * np.sqrt(chroma.chords.changes.reshape(2, 12, 2, 12)) - _CHANGE_OFFSET
    tonics = np.arange(12)[:, None]
    leads = [changes[kind, _TURNS, mode, tonics] for mode in (0, 1) for kind in (0, 1)]
    leads += [changes[mode, tonics, kind, _TURNS] for mode in (0, 1) for kind in (0, 1)]
    return np.concatenate([*parts, *leads], axis=1)


def _third(chroma: Chroma, tonic: int) -> float:
    """Return the strength of the major or minor third above a tonic, whichever is stronger, in the middle range; in standard deviations."""
    middle = chroma.vector[:12]
    return float(max(middle[(tonic + 3) % 12], middle[(tonic + 4) % 12]))


def tonal_signs(chroma: Chroma) -> Floats:
    """Return tonality features, shape (27,): tonal share, clarity, spread of the pitch classes."""
    middle, bass = chroma.vector[:12], chroma.vector[12:24]
    profiles = np.array([_MAJOR, _MINOR])
    profiles = (profiles - profiles.mean(axis=1, keepdims=True)) / profiles.std(axis=1, keepdims=True)
    prior = (middle[_TURNS] @ profiles.T).max() / 12.0
    return np.concatenate([[chroma.tonal_share, chroma.clarity, prior], np.sort(middle), np.sort(bass)])


def number(key: MusicalKey) -> int:
    """Return the index of a key, 0 to 23: tonic by tonic, major first."""
    return 2 * key.tonic + (key.mode is Mode.MINOR)


def _key(position: int) -> MusicalKey:
    return MusicalKey(position // 2, Mode.MINOR if position % 2 else Mode.MAJOR)
