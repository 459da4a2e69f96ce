"""Write-behind buffer for uploads: writes one batch while the next one arrives."""

import asyncio

from askchopper.integrations.blob_store.part_file import PartFile

_BATCH_BYTES = 1_048_576
_BATCH_PIECES = 256  # a sender of single bytes must not fill the memory with objects


class WriteBehind:
    """Appends to a partial file off the event loop: one batch is written and hashed while the next one fills.

    At most two batches are in memory, since a batch waits for the previous one.
    """

    def __init__(self, part: PartFile) -> None:
        """Write to ``part``, which stays open until ``settle`` has returned."""
        self._part = part
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._writing: asyncio.Task[None] | None = None

    async def add(self, piece: bytes) -> None:
        """Add a piece.

        Raises:
            StorageFullError: the disk is full; what was written stays.
        """
        self._batch.append(piece)
        self._batch_bytes += len(piece)
        if self._batch_bytes >= _BATCH_BYTES or len(self._batch) >= _BATCH_PIECES:
            await self._hand_over()

    async def settle(self) -> None:
        """Flush the buffered pieces. No write is in progress when it returns or raises.

        Raises:
            StorageFullError: the disk is full; what was written stays.
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
