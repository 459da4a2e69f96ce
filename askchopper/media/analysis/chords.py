"""Chords over time: the triads of the whole sound, of its beginning and of its end, and the transitions between them.

A key and its relative have the same notes; the first and last chords and the chord changes distinguish them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRIADS = 24
_STEPS = ((0, 4, 7), (0, 3, 7))
_SEGMENT_FRAMES = 4  # about 0.75 s
_GATE = 0.02
_CONTRAST = 30.0
_BASS_SHARE, _SHARPNESS = 0.25, 6.0
_REACH = (1, 2)  # segments from one chord to the next

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chords:
    """Triads of a sound: twelve major ones from C, then twelve minor ones.

    Args:
        shares: shape (3, 24), how much each sounds on the whole, in the first sixth and in the last; each row sums to 1.
        changes: shape (24, 24), how often a row's triad leads to a column's; sums to 1, or to 0 without a change.
    """

    shares: Floats
    changes: Floats


def measure(middle: Floats, notes: Floats, bass: Floats) -> Chords:
    """Measure the triads from pitch classes by frame, each of shape (frames, 12).

    Args:
        middle: pitch classes of the middle range.
        notes: pitch classes of the whole range, without harmonics.
        bass: pitch classes of the bass, without harmonics.

    Source: T. Fujishima, "Realtime chord recognition of musical sound", ICMC 1999 (templates of triads on chroma).
    """
    count = -(-middle.shape[0] // _SEGMENT_FRAMES)
    middle, notes, bass = (_segments(part, count) for part in (middle, notes, bass))
    roots = _BASS_SHARE * _even(bass)
    likeness = (_even(middle) + _even(notes)) @ _templates().T / 2 + np.concatenate([roots, roots], axis=1)
    chances = np.exp(_SHARPNESS * likeness)
    energy = middle.sum(axis=1) + bass.sum(axis=1)
    chances *= ((energy > _GATE * energy.max()) / chances.sum(axis=1))[:, None]
    sixth = max(1, count // 6)
    changes = np.zeros((TRIADS, TRIADS))
    for reach in _REACH:
        changes += chances[:-reach].T @ chances[reach:]
    np.fill_diagonal(changes, 0.0)
    return Chords(
        shares=np.stack([_share(part) for part in (chances, chances[:sixth], chances[-sixth:])]),
        changes=changes / max(float(changes.sum()), 1e-9),
    )


def _segments(classes: Floats, count: int) -> Floats:
    padded = np.pad(classes, ((0, count * _SEGMENT_FRAMES - classes.shape[0]), (0, 0)))
    return padded.reshape(count, _SEGMENT_FRAMES, 12).sum(axis=1)


def _even(classes: Floats) -> Floats:
    """Compress each row, subtract its mean and scale it to length 1; rows of silence stay 0."""
    loudest = classes.max(axis=1, keepdims=True)
    found = np.log1p(_CONTRAST * classes / np.where(loudest > 0, loudest, 1.0))
    found -= found.mean(axis=1, keepdims=True)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(length > 0, length, 1.0), dtype=np.float64)


def _templates() -> Floats:
    rows = np.zeros((TRIADS, 12))
    for number, steps in enumerate(_STEPS):
        for root in range(12):
            rows[12 * number + root, [(root + step) % 12 for step in steps]] = 1.0
    return _even(rows)


def _share(chances: Floats) -> Floats:
    total = float(chances.sum())
    return chances.sum(axis=0) / total if total > 0 else np.full(TRIADS, 1.0 / TRIADS)
