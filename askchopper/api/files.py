"""Serves stored files with ranges, validators, caching and attachment names; and streams zips."""

import asyncio
import stat
import zlib
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

from anyio import from_thread
from fastapi import Request
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse
from starlette.responses import Response
from stream_zip import NO_COMPRESSION_64, Method, stream_zip

from askchopper.api import ranges, tagged_files
from askchopper.errors import NotFoundError, UnavailableError
from askchopper.integrations.blob_store import StoredFile, content_type, store
from askchopper.media.sampler_chunks import Patch
from askchopper.observability import log
from askchopper.schemas.purchases import DownloadTarget, ZipPlan
from askchopper.schemas.sampler_tags import SamplerTags
from askchopper.schemas.text import transliterate
from askchopper.services import storage_maintenance

Reader = Callable[[int, int], AsyncGenerator[bytes, None]]
IMMUTABLE = "public, max-age=31536000, immutable"
PUBLIC_DAY = "public, max-age=86400"
PRIVATE = "private, no-store"
_CHUNK_BYTES = 262_144
_CHECKS_AT_ONCE = 8
_DAMAGED = "A sound is missing or damaged in our storage, so nothing was downloaded. Its creator has been notified; try again in a few days."
_FILE_MODE = stat.S_IFREG | 0o644


async def stored(request: Request, key: str, *, caching: str) -> Response:
    """Send a stored file or a range of it, or 304 if the client's copy is current.

    Public files are redirected to the store if it has public URLs; whether such a file exists is not checked.

    Raises:
        NotFoundError: nothing is stored under this key.
    """
    url = store().public_url(key) if caching != PRIVATE else None
    if url is not None:
        return RedirectResponse(url, headers={"Cache-Control": PUBLIC_DAY})
    headers = {"Cache-Control": caching}
    path = store().local_path(key)
    response = _local(path, headers) if path else await _remote(request, await store().head(key), headers)
    known = request.headers.get("if-none-match", "")
    if response.headers.get("etag") in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
        kept = ("etag", "cache-control", "last-modified")
        return Response(status_code=304, headers={k: v for k, v in response.headers.items() if k in kept})
    return response


async def attachment(request: Request, target: DownloadTarget) -> Response:
    """Send a master as an attachment, with sampler tags if the target has any; ranges allow a broken download to resume.

    Raises:
        UnavailableError: the file is missing from the store, or its size is wrong.
    """
    file = await _checked(target)
    patch = await tagged_files.plan(target)
    name = target.tagged_name if patch else target.file_name
    headers = {"Cache-Control": PRIVATE, "Content-Disposition": disposition(name)}
    if patch:
        tag = f'"{file.etag.strip(chr(34))}-{patch.crc32(target.crc32):08x}"'
        changed = replace(file, size_bytes=patch.size_bytes, etag=tag)
        return await _remote(
            request, changed, headers, lambda start, end: tagged_files.read(file.key, patch, start, end)
        )
    path = store().local_path(target.storage_key)
    return _local(path, headers) if path else await _remote(request, file, headers)


async def check_presence(targets: Iterable[DownloadTarget]) -> None:
    """Check that all files are in the store with the right size, before the response starts.

    Raises:
        UnavailableError: a file is missing or has another size.
    """
    at_once = asyncio.Semaphore(_CHECKS_AT_ONCE)

    async def check(target: DownloadTarget) -> None:
        async with at_once:
            await _checked(target)

    await asyncio.gather(*(check(target) for target in targets))


def archive(plan: ZipPlan, patches: Mapping[tuple[str, SamplerTags], Patch]) -> StreamingResponse:
    """Stream a zip in one pass: sounds are stored uncompressed, since their sizes and checksums are known beforehand.

    ``patches`` are the planned changes to tagged files, by storage key and tags.

    A file that turns out to be damaged aborts the connection, so that the client sees a failed download, not an incomplete pack.
    """
    return StreamingResponse(
        stream_zip(_members(plan, patches), chunk_size=_CHUNK_BYTES),
        media_type="application/zip",
        headers={"Cache-Control": PRIVATE, "Content-Disposition": disposition(plan.file_name)},
    )


def disposition(name: str) -> str:
    """Return a Content-Disposition header (RFC 6266) with the file name in ASCII, and in UTF-8 for clients that support it."""
    plain = transliterate(name, replacement="_").replace("\\", "_").replace('"', "_")
    printable = "".join(c if c.isprintable() else "_" for c in plain)
    return f"attachment; filename=\"{printable}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _checked(target: DownloadTarget) -> StoredFile:
    if target.is_damaged:
        raise UnavailableError(_DAMAGED)
    try:
        file = await store().head(target.storage_key)
        if file.size_bytes == target.size_bytes:
            return file
    except NotFoundError:
        pass
    log.error("library.file_missing", key=target.storage_key)
    await storage_maintenance.report_damage(target.storage_key)
    raise UnavailableError(_DAMAGED)


def _local(path: Path, headers: dict[str, str]) -> Response:
    """Send a local file with the server's file response, which handles ranges."""
    return FileResponse(path, stat_result=path.stat(), media_type=content_type(path.name), headers=headers)


async def _remote(request: Request, file: StoredFile, headers: dict[str, str], read: Reader | None = None) -> Response:
    """Stream a file or a range of it, from the remote store or from ``read``."""
    headers = {
        **headers,
        "Accept-Ranges": "bytes",
        "ETag": file.etag,
    }
    if read is None:
        # A patched file gets no Last-Modified: with the stored file's date, If-Range would let a client join parts of the two.
        headers["Last-Modified"] = format_datetime(file.stored_at, usegmt=True)
    try:
        span = ranges.parse_range(request, file)
    except ranges.UnsatisfiableError:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{file.size_bytes}"})
    start, end = (span.start, span.end) if span else (0, file.size_bytes)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    status, media_type = 206 if span else 200, content_type(file.key)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    pieces = read(start, end) if read else store().read(file.key, start, end)
    # Fetch the first piece before the status is sent, so that an unavailable store is still reported as an error.
    first = await anext(pieces, b"")
    return StreamingResponse(_joined(first, pieces), status_code=status, headers=headers, media_type=media_type)


async def _joined(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


def _members(
    plan: ZipPlan, patches: Mapping[tuple[str, SamplerTags], Patch]
) -> Iterator[tuple[str, datetime, int, Method, Iterable[bytes]]]:
    made_at = datetime.now(UTC)
    for name, content in plan.texts:
        encoded = content.encode()
        yield name, made_at, _FILE_MODE, NO_COMPRESSION_64(len(encoded), zlib.crc32(encoded)), (encoded,)
    for target in plan.files:
        patch = patches.get((target.storage_key, target.tags)) if target.tags else None
        if patch is None:
            method = NO_COMPRESSION_64(target.size_bytes, target.crc32)
            yield target.file_name, made_at, _FILE_MODE, method, _chunks(target.storage_key)
        else:
            method = NO_COMPRESSION_64(patch.size_bytes, patch.crc32(target.crc32))
            yield target.file_name, made_at, _FILE_MODE, method, _changed(target.storage_key, patch)


def _changed(key: str, patch: Patch) -> Iterator[bytes]:
    place = 0
    for piece in _chunks(key):
        yield patch.apply(place, piece)
        place += len(piece)
    yield patch.appended


def _chunks(key: str) -> Iterator[bytes]:
    """Yield a file's content in the zip's worker thread; remote reads are scheduled on the event loop."""
    path = store().local_path(key)
    if path is None:
        pieces = store().read(key)
        while chunk := from_thread.run(_next, pieces):
            yield chunk
        return
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk


async def _next(pieces: AsyncGenerator[bytes, None]) -> bytes:
    return await anext(pieces, b"")
