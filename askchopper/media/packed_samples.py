"""16-bit samples, stored as integers: half the memory of float32 without loss.

Half an hour of 44.1 kHz stereo takes 303 MiB instead of 606. Code that reads long sounds does so by slices.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_FULL_SCALE = 32_768

Slice: TypeAlias = int | slice | tuple[slice, int | slice]


class PackedSamples:
    """Samples that slicing converts to float32: ``samples[start:end]``.

    Args:
        whole: int16, shape (n, channels).
    """

    ndim = 2

    def __init__(self, whole: NDArray[np.int16]) -> None:
        self._whole = whole

    @property
    def shape(self) -> tuple[int, ...]:
        """Frames and channels."""
        return self._whole.shape

    @property
    def size(self) -> int:
        """Number of samples of all channels."""
        return self._whole.size

    def __getitem__(self, part: Slice) -> NDArray[np.float32]:
        return self._whole[part] * np.float32(1.0 / _FULL_SCALE)


# Samples that are read by slices, so that both types work.
Signal: TypeAlias = NDArray[np.float32] | PackedSamples
