"""Adds sampler chunks to stored WAV files while they are sent; other files are sent unchanged."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from askchopper.integrations.blob_store import store
from askchopper.media import sampler_chunks
from askchopper.media.sampler_chunks import Patch
from askchopper.schemas.purchases import DownloadTarget
from askchopper.schemas.sampler_tags import SamplerTags

_PLANS_AT_ONCE = 8


async def plan(target: DownloadTarget) -> Patch | None:
    """Plan the changes to a stored file from its header and trailing chunks.

    Return None if the target has no tags, or if tags cannot be added to the file.
    """
    if target.tags is None:
        return None
    size = target.size_bytes
    head = await _bytes(target.storage_key, 0, min(size, sampler_chunks.HEAD_BYTES))
    end = sampler_chunks.data_end(head, size)
    if end is None or size - end > sampler_chunks.MAX_TAIL_BYTES:
        return None
    tail = await _bytes(target.storage_key, end, size) if end < size else b""
    return sampler_chunks.plan(head, tail, size, target.tags)


async def plan_all(targets: Iterable[DownloadTarget]) -> dict[tuple[str, SamplerTags], Patch]:
    """Plan the changes of several files; returns those with changes, by storage key and tags."""
    at_once = asyncio.Semaphore(_PLANS_AT_ONCE)
    found: dict[tuple[str, SamplerTags], Patch] = {}

    async def add(target: DownloadTarget, tags: SamplerTags) -> None:
        async with at_once:
            if patch := await plan(target):
                found[target.storage_key, tags] = patch

    await asyncio.gather(*(add(target, target.tags) for target in targets if target.tags))
    return found


async def read(key: str, patch: Patch, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """Yield bytes ``start`` up to but excluding ``end`` of the patched file."""
    place = start
    if start < patch.stored_bytes:
        async with aclosing(store().read(key, start, min(end, patch.stored_bytes))) as pieces:
            async for piece in pieces:
                yield patch.apply(place, piece)
                place += len(piece)
    if end > patch.stored_bytes:
        yield patch.appended[max(0, start - patch.stored_bytes) : end - patch.stored_bytes]


async def _bytes(key: str, start: int, end: int) -> bytes:
    async with aclosing(store().read(key, start, end)) as pieces:
        return b"".join([piece async for piece in pieces])
