"""Database engine, sessions and health check; the only module that knows the connection pools.

One event is one transaction: a handler, route, job or command opens ``transaction()`` at its edge and calls services inside.
Never hold a session across a network call.
"""

import asyncio
import math
import select
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from askchopper import settings as settings_module
from askchopper.errors import SearchTooWideError, UnavailableError

POOL_WAIT_SECONDS = 2
COUNTING_POOL_SIZE = 2
PING_AFTER_SECONDS = 1.0
CONNECT_SECONDS = 5
STATEMENT_MILLISECONDS = 5_000
LOCK_MILLISECONDS = 4_000
# Longer than any statement timeout: it detects a server that stopped responding.
TRANSACTION_SECONDS = 10.0


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
        # Never a server-side prepared statement: after five runs it would get a generic plan for any filter,
        # which makes lists ten times slower; and a transaction-mode pooler cannot keep prepared statements.
        "prepare_threshold": None,
    }
    if not settings.is_database_pooled:
        # A transaction-mode pooler rejects start-up options; there the role carries them.
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
    _ping_where_needed(made)
    return made


def _ping_where_needed(made: AsyncEngine) -> None:
    """Ping a pooled connection before use only if it was idle for a while or has pending input.

    No query is in flight, so pending input can only be the server closing the connection. Other checkouts save a round trip.
    """

    @event.listens_for(made.sync_engine, "checkin")
    def lay_down(_connection: Any, record: ConnectionPoolEntry) -> None:  # pyright: ignore[reportUnusedFunction]
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(made.sync_engine, "checkout")
    def take_up(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:  # pyright: ignore[reportUnusedFunction]
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
async def transaction(*, timeout_seconds: float | None = TRANSACTION_SECONDS) -> AsyncGenerator[AsyncSession, None]:
    """Open a session that commits at the end of the block and rolls back on any error.

    Args:
        timeout_seconds: limit for the whole block; None only for long-running commands.

    Raises:
        UnavailableError: the database is unavailable; nothing was committed.
    """
    async with _transaction(_sessions(), timeout_seconds) as session:
        yield session


@asynccontextmanager
async def side_transaction() -> AsyncGenerator[AsyncSession, None]:
    """Open an independent transaction, for counts that must survive a rollback of the caller's.

    It uses a separate pool: a handler that holds a connection of the main pool may wait for this one, never the reverse.

    Raises:
        UnavailableError: the database is unavailable; nothing was committed.
    """
    async with _transaction(_side_sessions(), TRANSACTION_SECONDS) as session:
        yield session


@asynccontextmanager
async def _transaction(
    sessions: async_sessionmaker[AsyncSession], timeout_seconds: float | None
) -> AsyncGenerator[AsyncSession, None]:
    try:
        async with asyncio.timeout(timeout_seconds), sessions() as session, session.begin():
            yield session
    except (TimeoutError, OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise UnavailableError(_OUTAGE_SENTENCE) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise UnavailableError(_OUTAGE_SENTENCE) from error
        raise


@asynccontextmanager
async def autocommit() -> AsyncGenerator[AsyncSession, None]:
    """Open an autocommit session for a single query; it saves the round trips for BEGIN and COMMIT.

    Raises:
        UnavailableError: the database is unavailable.
    """
    async with transaction() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


@asynccontextmanager
async def read_only(*, timeout_seconds: float | None = TRANSACTION_SECONDS) -> AsyncGenerator[AsyncSession, None]:
    """Open a read-only session; the database rejects writes in it."""
    async with transaction(timeout_seconds=timeout_seconds) as session:
        # Sent with BEGIN, which saves a round trip; reset when the connection returns to the pool.
        await session.connection(execution_options={"postgresql_readonly": True})
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
        UnavailableError: it does not.
    """
    async with transaction() as session:
        await session.execute(text("SELECT 1"))


async def close_connections() -> None:
    """Close all connections; the engine and its compiled statements stay, and the next use connects again."""
    for made in (engine, _side_engine):
        if made.cache_info().currsize:
            await made().dispose()


async def dispose() -> None:
    """Close all connections and discard the engine; the next use creates a new one."""
    await close_connections()
    for made in (engine, _side_engine, _sessions, _side_sessions):
        made.cache_clear()


_OUTAGE_SENTENCE = "The database does not answer right now. Nothing was lost; try again in a moment."
