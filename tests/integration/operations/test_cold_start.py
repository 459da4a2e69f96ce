"""A database that sleeps refuses the connection that wakes it: one more attempt, then the usual error."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from askchopper import database, local_postgres
from askchopper.errors import UnavailableError
from askchopper.settings import environment

pytestmark = pytest.mark.integration


class Proxy:
    """Forwards connections to Postgres, but drops the first ones, as a sleeping database does."""

    def __init__(self, socket_dir: str, dropped: int) -> None:
        self.seen = 0
        self._path, self._dropped = f"{socket_dir}/.s.PGSQL.5432", dropped

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += 1
        if self.seen > self._dropped:
            there_reader, there_writer = await asyncio.open_unix_connection(self._path)
            await asyncio.gather(_pass_on(reader, there_writer), _pass_on(there_reader, writer))
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def asleep(socket_dir: str, database_name: str, dropped: int) -> AsyncIterator[Proxy]:
    """Connect through a proxy that drops some connections, within the block."""
    proxy = Proxy(socket_dir, dropped)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await database.dispose()
    url = f"postgresql://{local_postgres.APP_ROLE}@127.0.0.1:{port}/{database_name}?sslmode=disable"
    with environment(DATABASE_URL=url):
        try:
            yield proxy
        finally:
            await database.dispose()
            server.close()


async def test_first_connection_wakes_the_database(db: None, socket_dir: str, database_name: str):
    async with asleep(socket_dir, database_name, 1) as proxy:
        started = time.monotonic()
        await database.ping()
        assert (proxy.seen, time.monotonic() - started < 3) == (2, True)
        await database.ping()
        assert proxy.seen == 2  # the connection is kept


async def test_second_failure_is_an_outage(db: None, socket_dir: str, database_name: str):
    async with asleep(socket_dir, database_name, 1000) as proxy:
        started = time.monotonic()
        with pytest.raises(UnavailableError):
            await database.ping()
        assert (proxy.seen >= 2, time.monotonic() - started < 4) == (True, True)


async def test_only_one_connection_waits(db: None, socket_dir: str, database_name: str):
    async with asleep(socket_dir, database_name, 1000):
        connections = [database.engine().connect() for _ in range(4)]
        started = time.monotonic()
        waits: list[float] = []

        async def connect(number: int) -> None:
            with pytest.raises(OperationalError):
                await connections[number]
            waits.append(time.monotonic() - started)

        await asyncio.gather(*(connect(number) for number in range(4)))
        assert sum(wait >= database.CONNECT_RETRY_SECONDS for wait in waits) == 1, waits


async def test_refusal_of_the_server_is_final(db: None, socket_dir: str):
    async with asleep(socket_dir, "no_such_database", 0) as proxy:
        with pytest.raises(OperationalError):
            await database.engine().connect()
        assert proxy.seen == 1


async def test_open_breaker_leaves_one_attempt(db: None, socket_dir: str, database_name: str):
    async with asleep(socket_dir, database_name, 1000) as proxy:
        database.breaker.suspect()
        started = time.monotonic()
        with pytest.raises(OperationalError):
            await database.engine().connect()
        assert (proxy.seen >= 1, time.monotonic() - started < database.CONNECT_RETRY_SECONDS) == (True, True)


@pytest.mark.parametrize(
    ("sentence", "is_final"),
    [
        ("FATAL:  sorry, too many clients already", True),
        ('FATAL:  password authentication failed for user "a"', True),
        ("FATAL:  the database system is starting up", False),
        ("Connection refused", False),
    ],
)
def test_which_refusals_are_final(sentence: str, is_final: bool):
    assert database._is_refusal(psycopg.OperationalError(f"connection failed: {sentence}")) is is_final
