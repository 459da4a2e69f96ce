"""The model weights that ship with the code, written by ``python -m tools.train``."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askchopper import policy
from askchopper.media.analysis.embedding import Whitening
from askchopper.media.analysis.gradient_boosting import Model
from askchopper.media.analysis.key import Network

PATH = Path(__file__).with_name("model_weights.npz")
MEMBERS, KEY_MEMBERS = 2, 4  # fitted models of one purpose; their answers are averaged
_LAYERS = ("inner", "inner_start", "outer", "direct", "start")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ModelWeights:
    """All fitted weights.

    Args:
        tempo: trees that score tempo candidates.
        key: networks that score the keys.
        tonal: trees that separate tonal sounds from drums.
        note: trees that score the candidates for the note of a one-shot.
        tempo_sure: raw probability above which 97 of 100 tempi were right; it is reported as 0.8.
        key_sure: raw probability above which 97 of 100 keys were right; it is reported as 0.8.
        whitening: whitening of the embedding.
    """

    tempo: tuple[Model, ...]
    key: tuple[Network, ...]
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
        key=tuple(
            Network(**{layer: stored[f"key{member}_{layer}"].astype(np.float64) for layer in _LAYERS})
            for member in range(KEY_MEMBERS)
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
        "tempo_sure": np.array(found.tempo_sure),
        "key_sure": np.array(found.key_sure),
        "embedding_mean": found.whitening.mean.astype(np.float32),
        "embedding_projection": found.whitening.projection.astype(np.float32),
        **found.tonal.arrays("tonal"),
        **{
            f"key{member}_{layer}": getattr(network, layer).astype(np.float16)
            for member, network in enumerate(found.key)
            for layer in _LAYERS
        },
    }
    for member in range(MEMBERS):
        arrays |= found.tempo[member].arrays(f"tempo{member}")
        arrays |= found.note[member].arrays(f"note{member}")
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def confidence(raw: float, sure: float) -> float:
    """Calibrate a raw probability, so that ``sure`` maps to ``policy.VERY_SURE_CONFIDENCE``."""
    top = policy.VERY_SURE_CONFIDENCE
    return top * raw / sure if raw < sure else top + (1.0 - top) * (raw - sure) / max(1.0 - sure, 1e-9)
