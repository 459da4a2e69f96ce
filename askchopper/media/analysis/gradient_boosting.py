"""Gradient-boosted symmetric trees on numpy; a fitted model is four arrays.

All nodes of a level test the same feature, so a tree is a table with one address bit per level. That is fast without
compiled code and hard to overfit on a few hundred files.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

_BINS = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A fitted binary classifier.

    Args:
        features: int, shape (trees, depth), the column that each level tests.
        thresholds: shape (trees, depth); a value above it sets the bit.
        leaves: shape (trees, 2**depth), what each leaf adds to the score.
        start: score before the first tree.
    """

    features: NDArray[np.int64]
    thresholds: Floats
    leaves: Floats
    start: float

    def scores(self, rows: Floats) -> Floats:
        """Return the log-odds of rows of shape (n, f), as shape (n,)."""
        bits = rows[:, self.features] > self.thresholds
        address = bits @ (1 << np.arange(self.features.shape[1]))
        return self.start + self.leaves[np.arange(self.leaves.shape[0]), address].sum(axis=1)

    def probabilities(self, rows: Floats) -> Floats:
        """Return the positive-class probability of rows of shape (n, f), as shape (n,)."""
        return 1.0 / (1.0 + np.exp(-self.scores(rows)))

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """Return the model as arrays whose names begin with ``name``."""
        return {
            f"{name}_features": self.features.astype(np.int16),
            f"{name}_thresholds": self.thresholds.astype(np.float32),
            f"{name}_leaves": self.leaves.astype(np.float32),
            f"{name}_start": np.array(self.start),
        }

    @classmethod
    def load(cls, stored: dict[str, NDArray[np.generic]], name: str) -> Self:
        """Load a model from the arrays that ``arrays`` returned."""
        return cls(
            features=stored[f"{name}_features"].astype(np.int64),
            thresholds=stored[f"{name}_thresholds"].astype(np.float64),
            leaves=stored[f"{name}_leaves"].astype(np.float64),
            start=float(stored[f"{name}_start"]),
        )


@dataclass(frozen=True)
class Params:
    """Hyperparameters.

    Args:
        trees: number of trees.
        depth: levels of a tree.
        rate: learning rate.
        rows: share of rows sampled per tree.
        columns: share of columns sampled per tree.
        damping: L2 regularisation of the leaves.
        seed: seed of the random choices.
    """

    trees: int = 250
    depth: int = 4
    rate: float = 0.08
    rows: float = 0.6
    columns: float = 0.4
    damping: float = 4.0
    seed: int = 0


def fit(rows: Floats, answers: Floats, weights: Floats, recipe: Params) -> Model:
    """Fit a model.

    Args:
        rows: shape (n, f).
        answers: shape (n,), 0 to 1.
        weights: shape (n,), how much each row counts.
        recipe: hyperparameters.

    Returns:
        The model.

    Source: J. Friedman, "Stochastic gradient boosting", 2002; T. Chen and C. Guestrin, "XGBoost", KDD 2016, equations 6
    and 7 (leaf weight and gain); A. Dorogush et al., "CatBoost", 2018 (symmetric trees).
    """
    chance = np.random.default_rng(recipe.seed)
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1])) for column in rows.T]
    binned = np.stack([np.searchsorted(edge, column) for edge, column in zip(edges, rows.T, strict=True)], axis=1)
    mean = float(np.clip(np.average(answers, weights=weights), 1e-3, 1 - 1e-3))
    start = float(np.log(mean / (1 - mean)))
    scores = np.full(rows.shape[0], start)
    trees = []
    for _ in range(recipe.trees):
        odds = 1.0 / (1.0 + np.exp(-scores))
        gradient, curvature = weights * (answers - odds), weights * odds * (1 - odds)
        seen = np.flatnonzero(chance.random(rows.shape[0]) < recipe.rows)
        columns = np.sort(chance.choice(rows.shape[1], max(1, int(rows.shape[1] * recipe.columns)), replace=False))
        asked = _grow(binned[seen][:, columns], gradient[seen], curvature[seen], recipe)
        address = np.zeros(rows.shape[0], dtype=np.int64)
        for level, (column, cut) in enumerate(asked):
            address += (binned[:, columns[column]] > cut).astype(np.int64) << level
        size = 1 << recipe.depth
        pull = np.bincount(address[seen], gradient[seen], size)
        leaves = recipe.rate * pull / (np.bincount(address[seen], curvature[seen], size) + recipe.damping)
        scores += leaves[address]
        trees.append((
            [int(columns[column]) for column, _ in asked],
            [_threshold(edges[columns[column]], cut) for column, cut in asked],
            leaves,
        ))  # fmt: skip
    return Model(
        features=np.array([tree[0] for tree in trees], dtype=np.int64),
        thresholds=np.array([tree[1] for tree in trees], dtype=np.float64).astype(np.float32).astype(np.float64),
        leaves=np.array([tree[2] for tree in trees], dtype=np.float64),
        start=start,
    )


def _threshold(edges: Floats, cut: int) -> float:
    return float(edges[cut]) if cut < edges.size else np.inf


def _grow(binned: NDArray[np.int64], gradient: Floats, curvature: Floats, recipe: Params) -> list[tuple[int, int]]:
    """Choose the feature and threshold of every level by the total gain over its nodes."""
    count, columns = binned.shape
    node = np.zeros(count, dtype=np.int64)
    offsets = np.arange(columns) * _BINS
    pulls, weights = np.repeat(gradient, columns), np.repeat(curvature, columns)
    asked: list[tuple[int, int]] = []
    for level in range(recipe.depth):
        nodes = 1 << level
        cells = (node[:, None] * (columns * _BINS) + offsets + binned).ravel()
        shape = (nodes, columns, _BINS)
        pull = np.bincount(cells, pulls, nodes * columns * _BINS).reshape(shape).cumsum(axis=2)
        weight = np.bincount(cells, weights, nodes * columns * _BINS).reshape(shape).cumsum(axis=2)
        gain = _gain(pull, weight, recipe) + _gain(pull[..., -1:] - pull, weight[..., -1:] - weight, recipe)
        column, cut = np.unravel_index(int(gain.sum(axis=0).argmax()), shape[1:])
        asked.append((int(column), int(cut)))
        node += (binned[:, column] > cut).astype(np.int64) << level
    return asked


def _gain(pull: Floats, weight: Floats, recipe: Params) -> Floats:
    return np.square(pull) / (weight + recipe.damping)
