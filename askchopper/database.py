"""Database engine, sessions and health check; the only module with access to the connection pools.

One event is one transaction: a handler, route, job or command opens ``transaction()`` at its edge and calls services inside.
Never hold a session across a network call.
"""

import asyncio
import math
import os
import random
import select
import socket
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

from askchopper import database_statements
from askchopper import settings as settings_module
from askchopper.database_breaker import OUTAGE_SENTENCE, Breaker
from askchopper.errors import SearchTooWideError, UnavailableError
from askchopper.observability import log

POOL_WAIT_SECONDS = 2
COUNTING_POOL_SIZE = 2
PING_AFTER_SECONDS = 1.0
CONNECT_SECONDS = 5
# A serverless database that sleeps refuses the connection that wakes it.
CONNECT_RETRY_SECONDS = 0.5
STATEMENT_MILLISECONDS = 5_000
_LONG_STATEMENTS = text("SET LOCAL statement_timeout = '10min'")  # of jobs and commands
LOCK_MILLISECONDS = 3_000
# A request gets an answer within 5 s: one transaction that ends at its limit, then at most one probe of the breaker.
TRANSACTION_SECONDS = 4.0
JOB_TRANSACTION_SECONDS = 15.0
MAX_RETRIES = 3
_ABANDON_SECONDS = 0.2
_RETRY_SECONDS = 0.02
T = TypeVar("T")
_ABORTED = {"40001", "40P01"}  # serialization failure, deadlock
_block_seconds: ContextVar[float] = ContextVar("block_seconds", default=TRANSACTION_SECONDS)
_connection_of_block: ContextVar[list[Any]] = ContextVar("connection_of_block")
_second_attempt = threading.Lock()


@lru_cache(maxsize=1)
def engine() -> AsyncEngine:
    """Return the engine of this process, created on first use."""
    settings = settings_module.get()
    return _make(settings.database_pool_size, settings.database_pool_overflow)


@lru_cache(maxsize=1)
def _side_engine() -> AsyncEngine:
    return _make(COUNTING_POOL_SIZE, 0)


def _make(pool_size: int, max_overflow: int) -> AsyncEngine:
    settings = settings_module.get()
    connect_args: dict[str, object] = {
        "connect_timeout": CONNECT_SECONDS,
        "fallback_application_name": "askchopper",  # PGAPPNAME names one process apart
        # No statement is prepared for being frequent: after five runs it would get a generic plan for any filter, which makes lists
        # ten times slower. Those of ``database_statements.prepared`` are; a transaction-mode pooler cannot keep any.
        "prepare_threshold": None,
    }
    if not settings.is_database_pooled:  # a transaction-mode pooler rejects start-up options
        connect_args["options"] = (
            f"-c statement_timeout={STATEMENT_MILLISECONDS} -c lock_timeout={LOCK_MILLISECONDS}"
            " -c max_parallel_workers_per_gather=0"  # starting workers takes longer than our queries
        )
    made = create_async_engine(
        settings.async_database_url,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_recycle=300,
        connect_args=connect_args,
    )
    _retry_connecting(made)
    _ping_where_needed(made)
    if not settings.is_production:
        database_statements.log_slow(made.sync_engine)
    if settings.is_database_pooled:
        event.listen(made.sync_engine, "begin", _limit_transaction)
    else:
        database_statements.keep_plans(made.sync_engine)
    return made


def _limit_transaction(connection: Connection) -> None:
    # Not with set_config: a query takes the snapshot, after which a transaction cannot choose its isolation level any more.
    connection.exec_driver_sql(
        f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}; SET LOCAL lock_timeout = {LOCK_MILLISECONDS};"
        " SET LOCAL max_parallel_workers_per_gather = 0"
    )


def _retry_connecting(made: AsyncEngine) -> None:
    """Retry a connection attempt once if it failed immediately. After a slow failure, a request has no time left for it.

    Only one connection attempt of the process retries at a time; in an outage, the others release their pool slots immediately.
    """

    @event.listens_for(made.sync_engine, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:  # pyright: ignore[reportUnusedFunction]
        started = time.monotonic()
        try:
            return dialect.connect(*arguments, **options)
        except psycopg.OperationalError as error:
            is_late = time.monotonic() - started > CONNECT_RETRY_SECONDS
            if is_late or not breaker.is_closed or _is_refusal(error) or not _second_attempt.acquire(blocking=False):
                raise
        try:
            await_only(asyncio.sleep(CONNECT_RETRY_SECONDS))
            return dialect.connect(*arguments, **options)
        finally:
            _second_attempt.release()


def _is_refusal(error: psycopg.OperationalError) -> bool:
    """Return whether the server refused the connection for a reason other than starting up.

    The driver provides no ``sqlstate`` for failed connections (57P03 during start-up), only the server's message.
    """
    return "FATAL:" in str(error) and "the database system is" not in str(error)


def _ping_where_needed(made: AsyncEngine) -> None:
    """Ping a pooled connection before use only if it was idle for a while or has pending input.

    No query is in flight, so pending input can only be the server closing the connection. Other checkouts save a round trip.
    """

    @event.listens_for(made.sync_engine, "checkin")
    def lay_down(_connection: Any, record: ConnectionPoolEntry) -> None:  # pyright: ignore[reportUnusedFunction]
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(made.sync_engine, "checkout")
    def take_up(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        if (connections := _connection_of_block.get(None)) is not None:
            connections.append(connection.driver_connection)
        idle_seconds = time.monotonic() - record.info.get("idle_since", math.inf)
        try:
            if idle_seconds > PING_AFTER_SECONDS or _has_something_to_read(connection.driver_connection.fileno()):
                made.dialect.do_ping(connection)
        except made.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _has_something_to_read(file_number: int) -> bool:
    poll = select.poll()
    poll.register(file_number, select.POLLIN)
    return bool(poll.poll(0))


@lru_cache(maxsize=1)
def _sessions() -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine(), expire_on_commit=False, autoflush=False)


@lru_cache(maxsize=1)
def _side_sessions() -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(_side_engine(), expire_on_commit=False, autoflush=False)


SEARCH_MILLISECONDS = 2000
_QUERY_CANCELED = "57014"


@asynccontextmanager
async def transaction(*, timeout_seconds: float | None = 0.0) -> AsyncGenerator[AsyncSession, None]:
    """Open a session that commits at the end of the block and rolls back on any error.

    Args:
        timeout_seconds: limit for the whole block; 0 for that of a request or job, None only for long-running jobs and commands, each
            statement of which may take ten minutes.

    Raises:
        UnavailableError: the database is unavailable; nothing was committed.
        TransactionAbortedError: the transaction conflicted with another; ``retrying`` runs such a block again.
    """
    async with _transaction(_sessions(), timeout_seconds) as session:
        if timeout_seconds is None:
            await session.execute(_LONG_STATEMENTS)
        yield session


@asynccontextmanager
async def side_transaction() -> AsyncGenerator[AsyncSession, None]:
    """Open an independent transaction, for counts that must survive a rollback of the caller's.

    It uses a separate pool: a handler that holds a connection of the main pool may wait for this one, never the reverse.

    Raises:
        UnavailableError: the database is unavailable; nothing was committed.
    """
    async with _transaction(_side_sessions(), 0.0) as session:
        yield session


class TransactionAbortedError(UnavailableError):
    """The database rolled the transaction back because of a deadlock or a serialization failure."""


async def retrying(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Run a function in a transaction, and retry in a new one after a conflict, up to ``MAX_RETRIES`` times.

    Everything that the function does must be undone by the rollback.

    Raises:
        UnavailableError: the database is unavailable, or each attempt conflicted; nothing was committed.
    """
    for attempt in range(MAX_RETRIES):
        try:
            async with transaction() as session:
                return await work(session)
        except TransactionAbortedError:
            log.info("database.transaction_retried", attempt=attempt + 1)
        # Jitter, or transactions that collided would collide again.
        await asyncio.sleep(random.uniform(0.5, 1.5) * _RETRY_SECONDS * 2**attempt)  # noqa: S311 - not for secrets
    async with transaction() as session:
        return await work(session)


@contextmanager
def job_deadlines() -> Generator[None]:
    """Use the longer transaction deadline of jobs and commands within the block and in tasks started there."""
    token = _block_seconds.set(JOB_TRANSACTION_SECONDS)
    try:
        yield
    finally:
        _block_seconds.reset(token)


@asynccontextmanager
async def _transaction(
    sessions: async_sessionmaker[AsyncSession], timeout_seconds: float | None
) -> AsyncGenerator[AsyncSession, None]:
    await breaker.admit()
    seconds = _block_seconds.get() if timeout_seconds == 0.0 else timeout_seconds
    try:
        async with _limited(seconds), sessions() as session, session.begin():
            yield session
    except DBAPIError as error:
        raise _translated(error) from error
    except (TimeoutError, PoolTimeoutError) as error:
        breaker.suspect()
        raise UnavailableError(OUTAGE_SENTENCE) from error


def _translated(error: DBAPIError) -> Exception:
    """Convert a driver error to the error to raise, and have the breaker probe the database after a lost connection."""
    state = getattr(error.orig, "sqlstate", None)
    if "unsupported startup parameter" in str(error.orig):
        log.error("database.pooler_rejects_options", hint="DATABASE_URL goes through a pooler: set DATABASE_POOLED=on")
    if state in _ABORTED:
        return TransactionAbortedError(_CONFLICT_SENTENCE)
    if not isinstance(error, OperationalError | InterfaceError) and not error.connection_invalidated:
        return error
    if state is None or error.connection_invalidated:
        breaker.suspect()
    return UnavailableError(OUTAGE_SENTENCE)


@asynccontextmanager
async def _limited(seconds: float | None) -> AsyncGenerator[None]:
    """Abort the block after ``seconds``, even if the server of its connection does not respond.

    When a query is cancelled, the driver asks the server to cancel it, which takes up to 10 s. So the connection is shut down first, which
    ends the query with an error; the block is only cancelled if it is waiting for something else.
    """
    if seconds is None:
        yield
        return
    connections: list[Any] = []
    token = _connection_of_block.set(connections)
    timer = asyncio.get_running_loop().call_later(seconds, _shut_down, connections)
    try:
        async with asyncio.timeout(seconds + _ABANDON_SECONDS):
            yield
    finally:
        timer.cancel()
        with suppress(ValueError):  # a generator that is closed by another task has another context
            _connection_of_block.reset(token)


def _shut_down(connections: list[Any]) -> None:
    for connection in connections[-1:]:
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as peer:
            peer.shutdown(socket.SHUT_RDWR)


@asynccontextmanager
async def autocommit() -> AsyncGenerator[AsyncSession, None]:
    """Open an autocommit session for a single query, which saves the round trips of BEGIN and COMMIT.

    Raises:
        UnavailableError: the database is unavailable.
    """
    async with transaction() as session:
        if not settings_module.get().is_database_pooled:  # there only a transaction has limits
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


@asynccontextmanager
async def read_only(*, timeout_seconds: float | None = 0.0) -> AsyncGenerator[AsyncSession, None]:
    """Open a read-only session; the database rejects writes in it.

    Args:
        timeout_seconds: limit for the whole block, see ``transaction``.

    Raises:
        UnavailableError: the database is unavailable.
    """
    async with _transaction(_sessions(), timeout_seconds) as session:
        # Sent with BEGIN, which saves a round trip; reset when the connection returns to the pool.
        await session.connection(execution_options={"postgresql_readonly": True})
        if timeout_seconds is None:
            await session.execute(_LONG_STATEMENTS)
        yield session


@asynccontextmanager
async def search_session() -> AsyncGenerator[AsyncSession, None]:
    """Open a read-only session with a limit of two seconds per statement.

    Raises:
        SearchTooWideError: a statement exceeded the limit.
        UnavailableError: the database is unavailable.
    """
    try:
        async with read_only() as session:
            await session.execute(text(f"SET LOCAL statement_timeout = {SEARCH_MILLISECONDS}"))
            yield session
    except UnavailableError as error:
        if getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == _QUERY_CANCELED:
            raise SearchTooWideError from error
        raise


async def ping() -> None:
    """Check that the database answers.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with transaction() as session:
        await session.execute(text("SELECT 1"))


async def close_connections() -> None:
    """Close all connections. The engine and its compiled statements are kept, and the next use reconnects."""
    for made in (engine, _side_engine):
        if made.cache_info().currsize:
            await made().dispose()


async def dispose() -> None:
    """Close all connections and discard the engine; the next use creates a new one."""
    await breaker.close()
    await close_connections()
    for made in (engine, _side_engine, _sessions, _side_sessions):
        made.cache_clear()


_CONFLICT_SENTENCE = "Many people are changing this right now. Nothing was changed; try again."


breaker = Breaker(close_connections)
