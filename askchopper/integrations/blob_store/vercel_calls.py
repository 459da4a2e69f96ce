"""Calls to Vercel Blob with retries, one log line each, and errors mapped to ours."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from logging import INFO, WARNING
from typing import TypeVar

import httpx2
from vercel import blob

from askchopper.errors import AskChopperError, ConflictError, NotFoundError, StorageFullError, UnavailableError
from askchopper.integrations.blob_store.free_space import FULL
from askchopper.integrations.blob_store.protocol import NO_FILE, REPLACED
from askchopper.observability import log

TRIES = 4
_FIRST_DELAY_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 8.0
_AWAY = "Our file storage does not answer right now. Nothing is lost; try again in a moment."
_WRITES = {"put", "adopt", "copy"}
Result = TypeVar("Result")


class AnswerError(Exception):
    """An unexpected response; ``wait_seconds`` is the back-off that the vendor asks for."""

    def __init__(self, reason: str, *, status: int | None = None, wait_seconds: float = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.wait_seconds = wait_seconds


FAILURES = (blob.BlobError, httpx2.HTTPError, AnswerError)


class Attempts:
    """Retry state of one idempotent operation."""

    def __init__(self, op: str) -> None:
        """Count the attempts of ``op``, its name in the log."""
        self.op = op
        self.attempt = 0
        self._started = 0.0

    def begin(self) -> None:
        """Start timing an attempt."""
        self.attempt += 1
        self._started = time.perf_counter()

    def succeeded(self) -> None:
        """Log the success."""
        log.info("vendor.called", status=200, **self._facts())

    async def failed(self, error: Exception) -> None:
        """Log a failure and wait before the next attempt, or raise if there is none.

        Raises:
            NotFoundError: the file does not exist.
            ConflictError: the file is another version than the given ETag.
            StorageFullError: the store is full.
            UnavailableError: the store is unavailable or rejects our credentials.
        """
        status, wait_seconds = _status(error), _wait_seconds(error)
        level = INFO if status == 404 else WARNING
        log.log(level, "vendor.failed", status=status, reason=type(error).__name__, **self._facts())
        is_last = self.attempt >= TRIES or wait_seconds > _LONGEST_WAIT_SECONDS
        if is_last or not _may_pass(error, status):
            raise _ours(self.op, error, status) from error
        # Full jitter, so that processes that failed together do not retry together.
        jitter = random.uniform(0, _FIRST_DELAY_SECONDS * 2**self.attempt)  # noqa: S311 - no secret
        await asyncio.sleep(wait_seconds + jitter)

    def _facts(self) -> dict[str, object]:
        milliseconds = round((time.perf_counter() - self._started) * 1000, 1)
        return {"vendor": "vercel_blob", "op": self.op, "ms": milliseconds, "attempt": self.attempt}


async def call(op: str, work: Callable[[], Awaitable[Result]]) -> Result:
    """Run ``work`` with retries.

    Raises:
        AskChopperError: see ``Attempts.failed``.
    """
    tries = Attempts(op)
    while True:
        tries.begin()
        try:
            result = await work()
        except FAILURES as error:
            await tries.failed(error)
        else:
            tries.succeeded()
            return result


def _status(error: Exception) -> int | None:
    return error.status_code if isinstance(error, blob.BlobError) else getattr(error, "status", None)


def _wait_seconds(error: Exception) -> float:
    if isinstance(error, blob.BlobServiceRateLimited):
        return error.retry_after
    return error.wait_seconds if isinstance(error, AnswerError) else 0


def _may_pass(error: Exception, status: int | None) -> bool:
    """Return whether a failure is transient: no or garbled response, 429, server error."""
    if isinstance(error, blob.BlobStreamError | blob.BlobServiceNotAvailable | blob.BlobServiceRateLimited):
        return True
    if isinstance(error, blob.BlobError) and not isinstance(error, blob.BlobUnknownError):
        return False
    return status is None or status == 429 or status >= 500


def _ours(op: str, error: Exception, status: int | None) -> AskChopperError:
    if isinstance(error, blob.BlobNotFoundError) or status == 404:
        return NotFoundError(NO_FILE)
    if isinstance(error, blob.BlobPreconditionFailedError):
        return ConflictError(REPLACED)
    # A store over its plan's limit is suspended, but may still be read.
    if isinstance(error, blob.BlobStoreSuspendedError) and op in _WRITES:
        return StorageFullError(FULL)
    return UnavailableError(_AWAY)
