"""Mono downmix. Separate from ``analysis.spectrum``, so that the web server can read waveforms without importing scipy."""

import numpy as np
from numpy.typing import NDArray


def mix(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mix to mono, shape (n, channels) to (n,); a matrix product is many times faster than a mean over rows."""
    channels = samples.shape[1]
    return samples[:, 0] if channels == 1 else samples @ np.full(channels, 1.0 / channels, dtype=np.float32)
