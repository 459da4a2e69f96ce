"""Blob store on Vercel Blob: a private store for masters and documents, and optionally a public one for covers and previews.

The official SDK lacks ranged reads, which are implemented here. Its multipart upload cannot retry a single part, so a failed
upload starts over; parts already sent are never published.
"""

import asyncio
import hashlib
import tempfile
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal, TypedDict, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import SecretStr
from vercel import blob
from vercel.api import session

from askchopper.errors import NotFoundError, UnavailableError
from askchopper.integrations.blob_store import free_space
from askchopper.integrations.blob_store.client_tokens import client_token
from askchopper.integrations.blob_store.part_file import PartFile, PartFolder
from askchopper.integrations.blob_store.protocol import (
    PIECE_BYTES,
    StoredFile,
    UploadGrant,
    check_key,
    check_prefix,
    content_type,
    is_public,
)
from askchopper.integrations.blob_store.vercel_calls import FAILURES, AnswerError, Attempts, call

API_URL = "https://vercel.com/api/blob"
MULTIPART_BYTES = 8 * 2**20
GRANTED_FOR = timedelta(minutes=15)
_LIST_PAGE = 1_000
_YEAR_SECONDS = 31_536_000
_PING_SECONDS = 30.0
_DAMAGED = "The file could not be stored completely. Cancel the upload and start again."
_TIMEOUT = httpx2.Timeout(30, connect=5, pool=10)
Result = TypeVar("Result")


@dataclass(frozen=True)
class _VercelStore:
    """One of the two Vercel stores."""

    access: Literal["public", "private"]
    token: SecretStr

    @property
    def host(self) -> str:
        return f"{_store_id(self.token).lower()}.{self.access}.blob.vercel-storage.com"

    def credentials(self) -> blob.BlobCredentials:
        return blob.BlobCredentials(self.token.get_secret_value(), _store_id(self.token))


class VercelBlobStore:
    """Files in Vercel Blob; see ``BlobStore`` for the contract."""

    def __init__(
        self,
        token: SecretStr,
        *,
        parts: PartFolder,
        public_token: SecretStr | None = None,
        api_url: str = "",
        download_url: str = "",
    ) -> None:
        """Connect to the private store and, with a second token, to the public one.

        Args:
            token: read-write token of the private store.
            parts: local folder of partial uploads.
            public_token: read-write token of the public store; without one everything is stored privately.
            api_url: base URL of the API; empty for Vercel's.
            download_url: base URL of downloads, for a simulator; the ``Host`` header then names the store. Empty for Vercel's.
        """
        self._private = _VercelStore("private", token)
        self._public = _VercelStore("public", public_token) if public_token else None
        self._parts = parts
        self._api_url = (api_url or API_URL).rstrip("/")
        self._download_url = download_url.rstrip("/")
        # A connection belongs to the event loop that opened it.
        self._pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncHTTPTransport]
        self._pools = weakref.WeakKeyDictionary()
        self._answered_at = float("-inf")

    @property
    def public_origin(self) -> str:
        """Origin of the public store; empty if there is none, or if downloads use another address."""
        return "" if self._public is None or self._download_url else f"https://{self._public.host}"

    @property
    def upload_url(self) -> str:
        """Base URL of the Vercel Blob API, which also accepts direct uploads from browsers."""
        return self._api_url

    def grant_upload(self, key: str, *, size_bytes: int, content_type: str) -> UploadGrant:
        """Sign a client token for a new object in the private store."""
        valid_until = datetime.now(UTC) + GRANTED_FOR
        token = client_token(
            self._private.token.get_secret_value(),
            pathname=check_key(key),
            max_bytes=size_bytes,
            content_type=content_type,
            valid_until=valid_until,
        )
        return UploadGrant(
            url=self._api_url, token=token, pathname=key, access=self._private.access, content_type=content_type,
            part_bytes=MULTIPART_BYTES, valid_until=valid_until,
        )  # fmt: skip

    def place_of(self, key: str) -> str:
        """Return ``blob`` and the id of the Vercel store that a key belongs to."""
        return f"blob {_store_id(self._side(key).token)}"

    def part(self, name: str) -> PartFile:
        """Return the partial file of an upload."""
        return self._parts.part(name)

    def parts(self) -> tuple[PartFile, ...]:
        """Return all partial uploads."""
        return self._parts.all()

    async def put(self, key: str, content: bytes) -> None:
        """Store bytes."""
        await self._do("put", key, lambda side: blob.put_blob(check_key(key), content, **_put_options(side, key)))

    async def adopt(self, part: PartFile, key: str) -> None:
        """Upload a completed file, verify its size, and only then delete the local copy.

        Raises:
            NotFoundError: neither the local copy nor the key exists.
            UnavailableError: the store is unavailable, or has received another size.
        """
        check_key(key)
        if not await asyncio.to_thread(part.path.exists):
            await self.head(key)
            return
        size_bytes = part.size_bytes()
        await self._do("adopt", key, lambda side: self._send(side, key, part, size_bytes))
        if (await self.head(key)).size_bytes != size_bytes:
            raise UnavailableError("The file did not reach our storage whole. It is still here; try again in a moment.")
        await asyncio.to_thread(part.remove)

    async def copy(self, source: str, key: str, *, etag: str) -> None:
        """Copy a file within the store, on the server side."""
        check_key(source)
        await self._do("copy", key, lambda side: blob.copy_blob(source, key, **_put_options(side, key), if_match=etag))

    async def head(self, key: str) -> StoredFile:
        """Describe a stored file."""
        return _stored(await self._do("head", key, lambda _: blob.head_blob(check_key(key))))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Read a file or a range of it; an interrupted read resumes if the file is unchanged."""
        reading = _ResumableRead(self._url(check_key(key)), self._side(key), start, end)
        tries = Attempts("read")
        while not reading.is_done:
            tries.begin()
            try:
                async with aclosing(reading.pieces(self._client())) as pieces:
                    async for piece in pieces:
                        yield piece
            except FAILURES as error:
                await tries.failed(error)
        if tries.attempt:
            tries.succeeded()

    @asynccontextmanager
    async def local(self, key: str) -> AsyncGenerator[Path]:
        """Download a file to a temporary path within the block, keeping its extension."""
        with tempfile.TemporaryDirectory(prefix="askchopper-") as folder:
            path = Path(folder) / check_key(key).rpartition("/")[2]
            with await asyncio.to_thread(path.open, "wb") as out:
                async with aclosing(self.read(key)) as pieces:
                    async for piece in pieces:
                        await asyncio.to_thread(out.write, piece)
            yield path

    def local_path(self, key: str) -> None:
        """Return None: nothing is local."""

    def public_url(self, key: str) -> str | None:
        """Return the URL of a cover or preview in the public store; None for other files, and without a public store."""
        if not self.public_origin or not is_public(key):
            return None
        return f"{self.public_origin}/{quote(check_key(key))}"

    async def delete(self, key: str) -> None:
        """Delete a file."""
        await self._do("delete", key, lambda _: blob.delete_blob(check_key(key)))

    async def list_files(self, prefix: str = "") -> AsyncIterator[StoredFile]:
        """List files. An interrupted listing restarts, so each store's list is buffered before its first result: about 500 bytes per file.

        Keys that belong to the other store, such as a cover uploaded before there was a public store, are unreadable and left out.
        """
        check_prefix(prefix)
        for side in filter(None, (self._private, self._public)):
            for stored in await self._call("list", side, lambda: _list_all(prefix)):
                if self._side(stored.key) is side:
                    yield stored

    async def ping(self) -> None:
        """Check the free disk space for uploads, and that the private store is available: at most every 30 seconds, since requests are billed."""
        free_space.check()
        if time.monotonic() - self._answered_at < _PING_SECONDS:
            return
        with suppress(NotFoundError):
            await self.head("ping")
        self._answered_at = time.monotonic()

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()

    async def _do(self, op: str, key: str, work: Callable[[_VercelStore], Awaitable[Result]]) -> Result:
        side = self._side(check_key(key))
        return await self._call(op, side, lambda: work(side))

    async def _call(self, op: str, side: _VercelStore, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run an operation with an SDK client that uses our connection pool."""
        options = blob.BlobServiceOptions(base_url=self._api_url, credentials_factory=side.credentials)
        async with session(service_options=[options], httpx_client_factory=self._client):
            return await call(op, work)

    async def _send(self, side: _VercelStore, key: str, part: PartFile, size_bytes: int) -> None:
        digest = hashlib.sha256()
        with await asyncio.to_thread(part.path.open, "rb") as source:
            if size_bytes <= MULTIPART_BYTES:
                content = await asyncio.to_thread(source.read)
                digest.update(content)
                _check(part, digest.hexdigest())
                await blob.put_blob(key, content, **_put_options(side, key))
                return
            async with blob.multipart_upload_blob(key, **_put_options(side, key)) as upload:
                for start in range(0, size_bytes, MULTIPART_BYTES):
                    length = min(MULTIPART_BYTES, size_bytes - start)
                    await upload.upload_part(_pieces(source, length, digest.update), content_length=length)
                _check(part, digest.hexdigest())  # an error in here keeps the file from being published

    def _side(self, key: str) -> _VercelStore:
        return self._public if self._public is not None and is_public(key) else self._private

    def _url(self, key: str) -> str:
        return f"{self._download_url or f'https://{self._side(key).host}'}/{quote(key)}"

    def _client(self) -> httpx2.AsyncClient:
        """Return a client over this event loop's connections; closing it keeps them open."""
        loop = asyncio.get_running_loop()
        if loop not in self._pools:
            self._pools[loop] = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=50))
        return httpx2.AsyncClient(transport=_SharedTransport(self._pools[loop]), timeout=_TIMEOUT, trust_env=False)


class _ResumableRead:
    """A read that tracks its offset, so that it can resume."""

    def __init__(self, url: str, side: _VercelStore, start: int, end: int | None) -> None:
        self._url = url
        self._side = side
        self._position = start
        self._end = end
        self._etag = ""
        self.is_done = end is not None and start >= end

    async def pieces(self, client: httpx2.AsyncClient) -> AsyncGenerator[bytes, None]:
        """Read from the current offset.

        Raises:
            AnswerError: the response is invalid, or ended early.
            httpx2.HTTPError: there is no response, or it broke off.
        """
        request = client.build_request("GET", self._url, headers=self._headers())
        answer = await client.send(request, stream=True)
        try:
            self._note(answer)
            if not self.is_done:
                async for piece in answer.aiter_raw():  # unbuffered: an interruption would lose what was gathered
                    self._position += len(piece)
                    yield piece
                self._finish()
        finally:
            await answer.aclose()

    def _headers(self) -> dict[str, str]:
        headers = {"Host": self._side.host, "Accept-Encoding": "identity", "x-api-version": "12"}
        if self._side.access == "private":
            headers["Authorization"] = f"Bearer {self._side.token.get_secret_value()}"
        if self._position or self._end is not None:
            last = "" if self._end is None else self._end - 1
            headers["Range"] = f"bytes={self._position}-{last}"
        return headers

    def _note(self, answer: httpx2.Response) -> None:
        """Validate the response headers: the requested range, and the same version of the file as before.

        Raises:
            AnswerError: the status, the range or the ETag is another than expected.
        """
        wanted = 206 if "Range" in answer.request.headers else 200
        if answer.status_code == 416:
            self.is_done = True
            return
        if answer.status_code != wanted:
            wait = answer.headers.get("retry-after", "")
            seconds = float(wait) if wait.isdecimal() else 0
            # A whole file in response to a range request would be taken for the range.
            status = 500 if answer.is_success else answer.status_code
            raise AnswerError("status", status=status, wait_seconds=seconds)
        etag = answer.headers.get("etag", "")
        if not etag:
            raise AnswerError("no file")  # such as the error page of a proxy
        if self._etag and etag != self._etag:
            raise AnswerError("changed", status=412)
        self._etag = etag
        self._end = self._position + int(answer.headers["content-length"])

    def _finish(self) -> None:
        if self._end is not None and self._position < self._end:
            raise AnswerError("short")
        self.is_done = True


class _SharedTransport(httpx2.AsyncBaseTransport):
    """HTTP transport that stays open when a client that uses it closes."""

    def __init__(self, pool: httpx2.AsyncHTTPTransport) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._pool.handle_async_request(request)


class _PutOptions(TypedDict):
    """Upload options: exact key, overwrite allowed, maximum cache lifetime."""

    access: Literal["public", "private"]
    allow_overwrite: bool
    content_type: str
    cache_control_max_age: int


def _put_options(side: _VercelStore, key: str) -> _PutOptions:
    return {
        "access": side.access,
        "allow_overwrite": True,
        "content_type": content_type(key),
        "cache_control_max_age": _YEAR_SECONDS,
    }


async def _pieces(source: BinaryIO, length: int, note: Callable[[bytes], None]) -> AsyncGenerator[bytes, None]:
    """Yield the next ``length`` bytes of a file, read off the event loop."""
    while length > 0 and (piece := await asyncio.to_thread(source.read, min(PIECE_BYTES, length))):
        note(piece)
        length -= len(piece)
        yield piece


def _check(part: PartFile, sha256: str) -> None:
    """Verify that the bytes sent equal those received.

    Raises:
        UnavailableError: the disk returned other bytes.
    """
    if part.sha256 is not None and part.sha256 != sha256:
        raise UnavailableError(_DAMAGED)


async def _list_all(prefix: str) -> list[StoredFile]:
    return [_stored(found) async for found in blob.query_blobs(prefix=prefix or None, page_size=_LIST_PAGE)]


def _stored(found: blob.HeadResult | blob.ListBlob) -> StoredFile:
    etag = found.etag if found.etag.startswith('"') else f'"{found.etag}"'
    return StoredFile(key=found.pathname, size_bytes=found.size, stored_at=found.uploaded_at, etag=etag)


def _store_id(token: SecretStr) -> str:
    """Return the id of the store from a read-write token: ``vercel_blob_rw_<store>_<secret>``."""
    return token.get_secret_value().split("_")[3]
