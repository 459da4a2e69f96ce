"""Preloaded by the fork server, so that children start with warm imports and caches."""

import numpy as np

from askchopper.media.analysis import features, model_weights


def warm() -> None:
    """Load the model weights and analyse a second of noise, which fills caches that every forked child then inherits."""
    noise = np.random.default_rng(0).normal(0.0, 0.1, (44_100, 1)).astype(np.float32)
    heard = features.extract(noise, 44_100)
    if model_weights.PATH.exists():
        features.classify(heard, model_weights.load())


warm()
