"""Circuit breaker for the database: while it is unavailable, requests fail immediately."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import psycopg

from askchopper import settings
from askchopper.database_urls import with_driver
from askchopper.errors import UnavailableError
from askchopper.observability import log

OUTAGE_SENTENCE = "The database does not answer right now. Nothing was lost; try again in a moment."
_PROBE_SECONDS = 0.6
_PROBE_PAUSE_SECONDS = 0.5


class Breaker:
    """Makes transactions fail immediately while the database is unavailable.

    Closed: every transaction is allowed. After a failure, transactions wait for a probe on a separate connection: if it succeeds, the
    breaker closes; otherwise they are refused, and the probe repeats until it succeeds.
    """

    def __init__(self, on_recovery: Callable[[], Awaitable[None]]) -> None:
        """Call ``on_recovery`` when the database is available again."""
        self._on_recovery = on_recovery
        self._prober: asyncio.Task[None] | None = None
        self._probed = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        """Whether transactions are allowed."""
        return self._prober is None or self._prober.done() or self._prober.get_loop() is not asyncio.get_running_loop()

    async def admit(self) -> None:
        """Allow a transaction; after a failure, wait for the result of the first probe.

        Raises:
            UnavailableError: the database does not answer.
        """
        if not self.is_closed:
            await self._probed.wait()
            if not self.is_closed:
                raise UnavailableError(OUTAGE_SENTENCE)

    def suspect(self) -> None:
        """Record a failure and start probing the database."""
        if self.is_closed:
            self._probed = asyncio.Event()
            self._prober = asyncio.create_task(self._probe_until_it_answers(self._probed))

    async def close(self) -> None:
        """Stop probing."""
        if not self.is_closed and self._prober is not None:
            self._prober.cancel()
            await asyncio.gather(self._prober, return_exceptions=True)
        self._prober = None

    async def _probe_until_it_answers(self, probed: asyncio.Event) -> None:
        started = time.monotonic()
        try:
            while not await _answers():
                if not probed.is_set():
                    log.error("database.breaker_opened")
                    probed.set()
                await asyncio.sleep(_PROBE_PAUSE_SECONDS)
            if probed.is_set():
                log.warning("database.breaker_closed", seconds=round(time.monotonic() - started, 1))
                await self._on_recovery()  # connections from before the outage are broken
        finally:
            asyncio.get_running_loop().call_soon(probed.set)  # after this task is done


async def _answers() -> bool:
    """Return whether the database answers a query on a new connection."""
    url = with_driver(settings.get().async_database_url, "postgresql")
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        return "too many clients" in str(error) or "connection slots" in str(error)  # that is an answer
    except (TimeoutError, OSError):
        return False
    # Connecting took an answer of the server: it has started a process and authenticated the role.
    await connection.close()
    return True
