"""Samples of long sounds, which are read by slices, so that they need less memory than float32 for all.

Half an hour of 44.1 kHz stereo takes 606 MiB as float32, 303 MiB as 16-bit integers, and none while it stays in its file, from which
each reading takes longer.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the server imports this module, and does without the library
    from soundfile import SoundFile

_FULL_SCALE = 32_768

Slice: TypeAlias = int | slice | tuple[slice, int | slice]


class PackedSamples:
    """Samples of at most 16 bits, which slicing converts to float32: ``samples[start:end]``.

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


class FileSamples:
    """Samples that slicing reads from an uncompressed file of integers, as float32.

    Args:
        file: open file that is used for nothing else; its content must not change.
        frames: frames to use; the file has at least as many.
    """

    ndim = 2

    def __init__(self, file: "SoundFile", frames: int) -> None:
        self._file = file
        self.shape: tuple[int, ...] = (frames, file.channels)

    @property
    def size(self) -> int:
        """Number of samples of all channels."""
        return self.shape[0] * self.shape[1]

    def __getitem__(self, part: Slice) -> NDArray[np.float32]:
        rows, columns = part if isinstance(part, tuple) else (part, slice(None))
        if isinstance(rows, int):
            return self[rows : rows + 1 or None][0]
        start, stop, step = rows.indices(self.shape[0])
        if step < 0:
            raise ValueError("samples of a file are only read forwards")
        self._file.seek(start)
        block = self._file.read(max(0, stop - start), dtype="float32", always_2d=True)
        return np.asarray(block, dtype=np.float32)[::step, columns]


# Samples that are read by slices, so that all three types work.
Signal: TypeAlias = NDArray[np.float32] | PackedSamples | FileSamples
