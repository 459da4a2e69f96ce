"""Writing to an arriving file while the next bytes of it come in."""

import asyncio

from askchopper.integrations.blob_store.part_file import PartFile

_BATCH_BYTES = 1_048_576
_BATCH_PIECES = 256  # a sender of single bytes must not fill the memory with their objects


class WriteBehind:
    """Appends to a part file off the event loop: while one batch is written and hashed, the next one gathers.

    No more than two batches are in memory, since a batch waits for the one before it.
    """

    def __init__(self, part: PartFile) -> None:
        """Write to ``part``, which is open and stays so until ``settle`` has returned."""
        self._part = part
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._writing: asyncio.Task[None] | None = None

    async def add(self, piece: bytes) -> None:
        """Take a piece.

        Raises:
            StorageFullError: the disk is full; what was written before stays.
        """
        self._batch.append(piece)
        self._batch_bytes += len(piece)
        if self._batch_bytes >= _BATCH_BYTES or len(self._batch) >= _BATCH_PIECES:
            await self._hand_over()

    async def settle(self) -> None:
        """Write what is left; afterwards nobody writes any more, whether it went well or not.

        Raises:
            StorageFullError: the disk is full; what was written before stays.
        """
        await self._hand_over()
        await self._end_writing()

    async def _hand_over(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        await self._end_writing()
        if batch:
            self._writing = asyncio.create_task(asyncio.to_thread(_append, self._part, batch))

    async def _end_writing(self) -> None:
        writing, self._writing = self._writing, None
        if writing:
            await writing


def _append(part: PartFile, batch: list[bytes]) -> None:
    for piece in batch:
        part.append(piece)
