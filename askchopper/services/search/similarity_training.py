"""Trains a similarity projection that ignores differences within packs, tags and creators.

The projection divides each direction by its standard deviation within groups (within-class covariance normalisation). Source:
A. Hatch, S. Kajarekar, A. Stolcke, "Within-class covariance normalization for SVM-based speaker recognition", 2006.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.search import TrainingReport
from askchopper.services.search import vector_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAREST = 10
FEWEST_PACKS = 8
_HELD_OUT = 0.3
_DAMPINGS = (0.1, 0.3, 1.0, 3.0, 10.0)
# Weight of a label: sounds of one pack belong together more than sounds of one creator.
_WEIGHTS = {"pack": 0.6, "tag": 0.25, "creator": 0.15}
_SEED = 20_261_123
_BLOCK = 1_000


@dataclass(frozen=True)
class _Examples:
    """Training examples with weak labels; row n of ``vectors`` corresponds to entry n of each list."""

    vectors: "NDArray[np.float32]"
    packs: list[Any]
    creators: list[Any]
    tags: list[tuple[str, ...]]

    def where(self, mask: "NDArray[np.bool_]") -> "_Examples":
        chosen = np.flatnonzero(mask).tolist()
        return _Examples(
            self.vectors[mask],
            [self.packs[n] for n in chosen],
            [self.creators[n] for n in chosen],
            [self.tags[n] for n in chosen],
        )


async def train(*, is_dry_run: bool = False) -> TrainingReport:
    """Fit a projection, evaluate it on held-out packs, and create a new space if it is better and this is no dry run.

    The shrinkage is chosen without the held-out packs. The final projection is fitted on all packs.

    Raises:
        InvalidInputError: fewer than ``FEWEST_PACKS`` published packs have embeddings.
    """
    version, examples = await _examples()
    held_out = _split(examples.packs, _HELD_OUT)
    seen, unseen = examples.where(~held_out), examples.where(held_out)
    damping = _choose_shrinkage(seen)
    before, after = (
        precision(unseen.vectors, unseen.packs),
        precision(_apply(unseen.vectors, _fit(seen, damping)), unseen.packs),
    )
    is_better = after > before
    if is_better and not is_dry_run:
        matrix = _fit(examples, damping).astype("<f4").tobytes()
        async with transaction() as session:
            await vector_index.create(session, base_version=version, matrix=matrix, precision=(before, after))
    return TrainingReport(
        sounds=len(examples.packs),
        packs=len(set(examples.packs)),
        held_out_packs=len(set(unseen.packs)),
        precision_before=round(before, 4),
        precision_after=round(after, 4),
        is_kept=is_better and not is_dry_run,
    )


def precision(vectors: "NDArray[np.floating[Any]]", packs: list[Any]) -> float:
    """Return the mean share of sounds from the same pack among a sound's ``NEAREST`` neighbours, from 0 to 1.

    For a pack with fewer other sounds than that, it is the share of those. 0 without packs of several sounds.

    Args:
        vectors: shape (n, SIZE), unit length.
        packs: n labels. Packs with a single sound are skipped.
    """
    labels = np.unique([str(pack) for pack in packs], return_inverse=True)[1]
    shares: list[float] = []
    for start in range(0, len(labels), _BLOCK):
        likeness = vectors[start : start + _BLOCK] @ vectors.T
        own = np.arange(likeness.shape[0], dtype=np.intp)
        likeness[own, own + start] = -np.inf
        nearest = np.argsort(-likeness, axis=1)[:, : min(NEAREST, len(labels) - 1)]
        same = labels[nearest] == labels[start : start + _BLOCK, None]
        relatives = np.bincount(labels)[labels[start : start + _BLOCK]] - 1
        counted = relatives > 0
        shares += (same.sum(axis=1)[counted] / np.minimum(relatives[counted], NEAREST)).tolist()
    return float(np.mean(shares)) if shares else 0.0


async def _examples() -> tuple[int, _Examples]:
    async with read_only(timeout_seconds=None) as session:
        rows = (await session.execute(_ROWS)).all()
    version = max((row.embedding_version for row in rows), default=0)
    fitting = [row for row in rows if row.embedding_version == version]
    if len({row.pack_id for row in fitting}) < FEWEST_PACKS:
        raise InvalidInputError(f"There must be {FEWEST_PACKS} packs on sale with measured sounds to learn from.")
    vectors = np.array([row.embedding for row in fitting], dtype=np.float32)
    return version, _Examples(
        vectors,
        [row.pack_id for row in fitting],
        [row.creator_id for row in fitting],
        [tuple(row.tags) for row in fitting],
    )


def _split(packs: list[Any], share: float) -> "NDArray[np.bool_]":
    """Return a boolean mask of the sounds in randomly chosen whole packs."""
    names = sorted({str(pack) for pack in packs})
    drawn = np.random.default_rng(_SEED).permutation(len(names))[: max(2, round(len(names) * share))]
    chosen: set[str] = {names[int(n)] for n in drawn}
    return np.array([str(pack) in chosen for pack in packs])


def _choose_shrinkage(seen: _Examples) -> float:
    judged = _split(seen.packs, _HELD_OUT)
    fitted, judges = seen.where(~judged), seen.where(judged)
    scores = [precision(_apply(judges.vectors, _fit(fitted, damping)), judges.packs) for damping in _DAMPINGS]
    return _DAMPINGS[int(np.argmax(scores))]


def _fit(examples: _Examples, damping: float) -> "NDArray[np.float64]":
    """Return the symmetric projection, shape (SIZE, SIZE): the inverse square root of the shrunken within-class covariance."""
    within = sum(
        weight * _scatter(examples.vectors, labels)
        for weight, labels in (
            (_WEIGHTS["pack"], [(pack,) for pack in examples.packs]),
            (_WEIGHTS["tag"], examples.tags),
            (_WEIGHTS["creator"], [(creator,) for creator in examples.creators]),
        )
    )
    damped = within + damping * np.trace(within) / vector_index.SIZE * np.eye(vector_index.SIZE)
    values, axes = np.linalg.eigh(damped)
    return (axes / np.sqrt(values)) @ axes.T


def _scatter(vectors: "NDArray[np.float32]", labels: list[tuple[Any, ...]]) -> "NDArray[np.float64]":
    """Return the mean within-class covariance, shape (SIZE, SIZE); a sound may belong to several classes or to none."""
    members: dict[Any, list[int]] = {}
    for row, names in enumerate(labels):
        for name in names:
            members.setdefault(name, []).append(row)
    total, count = np.zeros((vector_index.SIZE, vector_index.SIZE)), 0
    for rows in members.values():
        if len(rows) > 1:
            centred = vectors[rows].astype(np.float64) - vectors[rows].mean(axis=0)
            total += centred.T @ centred
            count += len(rows)
    return total / max(count, 1)


def _apply(vectors: "NDArray[np.float32]", matrix: "NDArray[np.float64]") -> "NDArray[np.float64]":
    projected = vectors @ matrix
    return projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-9)


_ROWS = text("""
    SELECT a.embedding, a.embedding_version, f.pack_id, p.creator_id,
        coalesce((SELECT array_agg(pt.tag_slug) FROM pack_tags pt WHERE pt.pack_id = p.id), '{}') AS tags
    FROM audio_files f JOIN analyses a ON a.sha256 = f.sha256 JOIN packs p ON p.id = f.pack_id
    WHERE f.published_at IS NOT NULL AND a.embedding IS NOT NULL
    ORDER BY f.id LIMIT 200000
""")
