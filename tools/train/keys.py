"""Fits the networks that decide the key: first on synthesised chords and music, then on labelled music, not far from there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from askchopper.media.analysis import chroma, key
from askchopper.media.analysis.chroma import Chroma
from askchopper.media.analysis.key import FEATURES, OUTCOMES, Network
from askchopper.media.analysis.model_weights import KEY_MEMBERS
from tools.train import harmony, music

_UNITS = 16
_MUSIC_PRESETS = range(150)
_DAMPING, _STEPS = 1.0, 150  # of the fit on synthesised sounds
_PULL, _REAL_STEPS, _CHORD_WEIGHT = 3.0, 50, 0.1  # of the fit on labelled music; chords keep what they taught
_TINY = 1e-12

Floats = NDArray[np.float64]
# Pitch classes with the number of the key; None where no third sounds.
Labelled = tuple[Chroma, int | None]


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


def load_music() -> Iterator[HarmonyExample]:
    """Measure the synthesised pieces; all are for fitting."""
    for piece in music.generate(_MUSIC_PRESETS):
        heard = chroma.measure(piece.samples, music.RATE_HZ)
        yield HarmonyExample(piece.texture, piece.group, key.number(piece.key), heard)


@dataclass(frozen=True)
class Prior:
    """Networks fitted on synthesised sounds, and the chords among these."""

    networks: tuple[Network, ...]
    chords: tuple[Labelled, ...]


def fit_prior(chords: Sequence[HarmonyExample], pieces: Sequence[HarmonyExample]) -> Prior:
    """Fit the networks on synthesised sounds."""
    known = [(one.chroma, one.key) for one in (*chords, *pieces)]
    data = (*_rows(known), np.concatenate([_balanced(known[: len(chords)]), np.ones(len(pieces))]))
    starts = [_random(np.random.default_rng(member)) for member in range(KEY_MEMBERS)]
    networks = (_descend(start, np.zeros_like(start), data, _DAMPING, _STEPS) for start in starts)
    return Prior(tuple(networks), tuple(known[: len(chords)]))


def fit(labelled: Sequence[Labelled], prior: Prior) -> tuple[Network, ...]:
    """Fit the networks on labelled music; what it does not tell stays as the synthesised sounds taught it.

    Source: C. Chelba and A. Acero, "Adaptation of maximum entropy capitalizer: little data can help a lot", EMNLP 2004
    (a Gaussian prior around the weights of the first fit).
    """
    counts = np.concatenate([np.ones(len(labelled)), _CHORD_WEIGHT * _balanced(prior.chords)])
    data = (*_rows([*labelled, *prior.chords]), counts)
    starts = (np.concatenate([part.ravel() for part in _layers(network)]) for network in prior.networks)
    return tuple(_descend(start, start, data, _PULL, _REAL_STEPS) for start in starts)


def _balanced(chords: Sequence[Labelled]) -> Floats:
    """Return weights by which chords without a third count as much as those with one."""
    lacks_third = np.array([label is None for _, label in chords])
    return np.where(lacks_third, np.count_nonzero(~lacks_third) / max(np.count_nonzero(lacks_third), 1), 1.0)


def _rows(known: Sequence[Labelled]) -> tuple[NDArray[np.float32], Floats]:
    """Return the input of the networks, shape (n, 12, FEATURES), and which of their outcomes are right, shape (n, 12, OUTCOMES)."""
    allowed = np.zeros((len(known), 12, OUTCOMES))
    for place, (_, label) in enumerate(known):
        if label is None:
            allowed[place, :, 2] = 1.0  # whatever the tonic
        else:
            allowed[place, label // 2, label % 2] = 1.0
    return np.stack([key.rows(heard) for heard, _ in known]).astype(np.float32), allowed


def _random(chance: np.random.Generator) -> Floats:
    shapes = [(FEATURES, _UNITS), (_UNITS,), (_UNITS, OUTCOMES), (FEATURES, OUTCOMES), (OUTCOMES,)]
    spreads = (FEATURES**-0.5, 0.05, 0.05, 0.05, 0.0)
    return np.concatenate([
        chance.normal(0, spread, shape).ravel() for shape, spread in zip(shapes, spreads, strict=True)
    ])  # fmt: skip


def _layers(network: Network) -> tuple[Floats, ...]:
    return network.inner, network.inner_start, network.outer, network.direct, network.start


def _network(weights: Floats) -> Network:
    ends = np.cumsum([FEATURES * _UNITS, _UNITS, _UNITS * OUTCOMES, FEATURES * OUTCOMES])
    inner, inner_start, outer, direct, start = np.split(weights, ends)
    shape = (-1, OUTCOMES)
    return Network(inner.reshape(FEATURES, _UNITS), inner_start, outer.reshape(shape), direct.reshape(shape), start)


def _descend(
    weights: Floats, centre: Floats, data: tuple[NDArray[np.float32], Floats, Floats], damping: float, steps: int
) -> Network:
    """Minimise the cross-entropy plus ``damping`` times the squared distance from ``centre``."""
    rows, allowed, counts = data
    flat = rows.reshape(-1, FEATURES)

    def loss(now: Floats) -> tuple[float, Floats]:
        net = _network(now.astype(np.float32))
        hidden = np.tanh(flat @ net.inner + net.inner_start)
        scores = (flat @ net.direct + hidden @ net.outer + net.start).reshape(allowed.shape).astype(np.float64)
        powers = np.exp(scores - scores.max(axis=(1, 2), keepdims=True))
        chances = powers / powers.sum(axis=(1, 2), keepdims=True)
        right = chances * allowed
        total = right.sum(axis=(1, 2), keepdims=True) + _TINY
        slope = ((chances - right / total) * counts[:, None, None]).reshape(-1, OUTCOMES).astype(np.float32)
        back = (slope @ net.outer.T) * (1 - hidden**2)
        parts = (flat.T @ back, back.sum(axis=0), hidden.T @ slope, flat.T @ slope, slope.sum(axis=0))
        gradient = np.concatenate([part.ravel() for part in parts]).astype(np.float64)
        away = now - centre
        return float(damping * away @ away - counts @ np.log(total.ravel())), gradient + 2 * damping * away

    found = optimize.minimize(loss, weights, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return _network(np.asarray(found.x, dtype=np.float64))
