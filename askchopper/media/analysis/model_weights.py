"""The model weights that ship with the code, written by ``python -m tools.train``."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askchopper import policy
from askchopper.media.analysis.embedding import Whitening
from askchopper.media.analysis.gradient_boosting import Model
from askchopper.media.analysis.key import KeyModels, Scorer

PATH = Path(__file__).with_name("model_weights.npz")
MEMBERS = 2  # fitted models of one purpose; their answers are averaged

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ModelWeights:
    """All fitted weights.

    Args:
        tempo: trees that score tempo candidates.
        key: what decides the key.
        tonal: trees that separate tonal sounds from drums.
        note: trees that score the candidates for the note of a one-shot.
        tempo_sure: raw probability above which 97 of 100 tempi were right; it is reported as 0.8.
        key_sure: the same for keys.
        whitening: of the embedding.
    """

    tempo: tuple[Model, ...]
    key: KeyModels
    tonal: Model
    note: tuple[Model, ...]
    tempo_sure: float
    key_sure: float
    whitening: Whitening


@lru_cache(maxsize=1)
def load() -> ModelWeights:
    """Load the shipped weights; cached."""
    with np.load(PATH, allow_pickle=False) as archive:
        stored = {name: archive[name] for name in archive.files}
    return ModelWeights(
        tempo=tuple(Model.load(stored, f"tempo{member}") for member in range(MEMBERS)),
        key=KeyModels(
            music=_scorer(stored, "key"),
            chords=_scorer(stored, "chord"),
            is_chord=Model.load(stored, "is_chord"),
            lacks_third=Model.load(stored, "lacks_third"),
        ),
        tonal=Model.load(stored, "tonal"),
        note=tuple(Model.load(stored, f"note{member}") for member in range(MEMBERS)),
        tempo_sure=float(stored["tempo_sure"]),
        key_sure=float(stored["key_sure"]),
        whitening=Whitening(
            stored["embedding_mean"].astype(np.float64), stored["embedding_projection"].astype(np.float64)
        ),
    )


def save(found: ModelWeights, path: Path = PATH) -> None:
    """Write the weights to a file."""
    arrays: dict[str, NDArray[np.generic]] = {
        "key_weights": found.key.music.weights.astype(np.float32),
        "chord_weights": found.key.chords.weights.astype(np.float32),
        "tempo_sure": np.array(found.tempo_sure),
        "key_sure": np.array(found.key_sure),
        "embedding_mean": found.whitening.mean.astype(np.float32),
        "embedding_projection": found.whitening.projection.astype(np.float32),
        **found.tonal.arrays("tonal"),
        **found.key.is_chord.arrays("is_chord"),
        **found.key.lacks_third.arrays("lacks_third"),
    }
    for member in range(MEMBERS):
        arrays |= found.tempo[member].arrays(f"tempo{member}")
        arrays |= found.key.music.trees[member].arrays(f"key{member}")
        arrays |= found.key.chords.trees[member].arrays(f"chord{member}")
        arrays |= found.note[member].arrays(f"note{member}")
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def _scorer(stored: dict[str, NDArray[np.generic]], name: str) -> Scorer:
    trees = tuple(Model.load(stored, f"{name}{member}") for member in range(MEMBERS))
    return Scorer(stored[f"{name}_weights"].astype(np.float64), trees)


def confidence(raw: float, sure: float) -> float:
    """Calibrate a raw probability, so that ``sure`` maps to ``policy.VERY_SURE_CONFIDENCE``."""
    top = policy.VERY_SURE_CONFIDENCE
    return top * raw / sure if raw < sure else top + (1.0 - top) * (raw - sure) / max(1.0 - sure, 1e-9)
