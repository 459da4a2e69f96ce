"""Sending stored files: ranges, validators, caching, names for saving; and zips made on the way out."""

import asyncio
import stat
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import FileResponse, StreamingResponse
from starlette.responses import Response
from stream_zip import NO_COMPRESSION_64, Method, stream_zip

from askchopper.errors import NotFoundError, UnavailableError
from askchopper.integrations.blob_store import store
from askchopper.observability import log
from askchopper.schemas.purchases import DownloadTarget, ZipPlan

IMMUTABLE = "public, max-age=31536000, immutable"
PUBLIC_DAY = "public, max-age=86400"
PRIVATE = "private, no-store"
_CHUNK_BYTES = 262_144
_FILE_MODE = stat.S_IFREG | 0o644
_TYPES = {
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".aiff": "audio/aiff",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
}


def stored(request: Request, key: str, *, caching: str) -> Response:
    """Send a stored file, whole or in part, or say that the client's copy is still good.

    Raises:
        NotFoundError: nothing is stored under this key.
    """
    path = store().path(key)
    response = FileResponse(
        path,
        stat_result=path.stat(),
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
        headers={"Cache-Control": caching},
    )
    known = request.headers.get("if-none-match", "")
    if response.headers["etag"] in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
        kept = {name: response.headers[name] for name in ("etag", "cache-control", "last-modified")}
        return Response(status_code=304, headers=kept)
    return response


def attachment(target: DownloadTarget) -> FileResponse:
    """Send a master for saving under its own name; ranges let a broken download go on.

    Raises:
        UnavailableError: it is missing from the store, or has another size than it should.
    """
    path = _checked(target)
    return FileResponse(
        path,
        stat_result=path.stat(),
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
        headers={"Cache-Control": PRIVATE, "Content-Disposition": disposition(target.file_name)},
    )


async def check_presence(targets: Iterable[DownloadTarget]) -> None:
    """Make sure that all files are in the store with the right size, before the first byte is promised.

    Raises:
        UnavailableError: one is not.
    """
    await asyncio.to_thread(lambda: [_checked(target) for target in targets])


def archive(plan: ZipPlan) -> StreamingResponse:
    """Send a zip while it is being made. Sizes and checksums are known, so sounds are stored as they are, in one pass.

    A file that turns out damaged on the way cuts the connection: the reader sees a broken download, not a short pack.
    """
    return StreamingResponse(
        stream_zip(_members(plan), chunk_size=_CHUNK_BYTES),
        media_type="application/zip",
        headers={"Cache-Control": PRIVATE, "Content-Disposition": disposition(plan.file_name)},
    )


def disposition(name: str) -> str:
    """Write a Content-Disposition header (RFC 6266) for any name."""
    plain = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', "_")
    printable = "".join(c if c.isprintable() else "_" for c in plain)
    return f"attachment; filename=\"{printable}\"; filename*=UTF-8''{quote(name, safe='')}"


def _checked(target: DownloadTarget) -> Path:
    try:
        path = store().path(target.storage_key)
        if path.stat().st_size == target.size_bytes:
            return path
    except (NotFoundError, OSError):
        pass
    log.error("library.file_missing", key=target.storage_key)
    raise UnavailableError("A sound is missing from our storage, so nothing was sent. We have noted it.")


def _members(plan: ZipPlan) -> Iterator[tuple[str, datetime, int, Method, Iterable[bytes]]]:
    made_at = datetime.now(UTC)
    for name, content in plan.texts:
        encoded = content.encode()
        yield name, made_at, _FILE_MODE, NO_COMPRESSION_64(len(encoded), zlib.crc32(encoded)), (encoded,)
    for target in plan.files:
        method = NO_COMPRESSION_64(target.size_bytes, target.crc32)
        yield target.file_name, made_at, _FILE_MODE, method, _chunks(store().path(target.storage_key))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk
