"""A database that accepts connections but does not answer (F5): requests end within 5 s, then at once, until it answers again."""

import asyncio
import time

import httpx
import pytest

from askchopper import database
from tests.support.clients import api_client
from tests.support.database_server import Server
from tests.support.factories import PASSWORD, make_pack, make_user
from tests.support.soak import scaled

pytestmark = pytest.mark.integration
DEADLINE_SECONDS = 5.0
PAUSE_SECONDS = scaled(15, 6)
CREDENTIALS = {"email": "paused@example.test", "password": PASSWORD}


async def timed(request) -> tuple[int, float]:
    started = time.monotonic()
    answer: httpx.Response = await request
    return answer.status_code, time.monotonic() - started


async def test_requests_end_in_time_and_then_at_once(server: Server):
    pack = await make_pack(price=3)
    member = await make_user(email=CREDENTIALS["email"])
    async with api_client(member) as client, api_client() as visitor:
        assert (await client.get("/api/v1/me")).status_code == 200
        assert (await visitor.post("/auth/login", data=CREDENTIALS)).status_code == 303
        visitor.cookies.clear()

        def requests():
            return (
                timed(client.get("/api/v1/me")),
                timed(client.get("/api/v1/me/wallet")),
                timed(visitor.get(f"/api/v1/packs/{pack.slug}")),
                timed(visitor.post("/auth/login", data=CREDENTIALS, headers={"Accept": "application/json"})),
            )

        server.pause()
        try:
            started = time.monotonic()
            first = await asyncio.gather(*requests())
            assert {status for status, _ in first} == {503}
            assert max(seconds for _, seconds in first) < DEADLINE_SECONDS
            assert not database.breaker.is_closed
            while time.monotonic() - started < PAUSE_SECONDS:
                later = await asyncio.gather(*requests())
                assert {status for status, _ in later} == {503}
                assert max(seconds for _, seconds in later) < 1
                await asyncio.sleep(0.3)
            assert (await client.get("/health")).json()["status"] == "down"
        finally:
            server.resume()
        resumed = time.monotonic()
        while (await client.get("/api/v1/me")).status_code != 200:  # noqa: ASYNC110 - what is watched is another process
            await asyncio.sleep(0.02)
        recovery = time.monotonic() - resumed
        assert recovery < 2
        assert [status for status, _ in await asyncio.gather(*requests())] == [200, 200, 200, 200]
        print(f"slowest {max(seconds for _, seconds in first):.2f} s, recovery {recovery:.2f} s")  # noqa: T201 - for docs/faults.md


async def test_busy_pool_does_not_open_the_breaker(db: None):
    size = database.engine().pool.size()  # pyright: ignore[reportAttributeAccessIssue]
    async with asyncio.timeout(20):
        tasks = [asyncio.create_task(_keep_connection(2.5)) for _ in range(size)]
        await asyncio.sleep(0.2)
        with pytest.raises(database.UnavailableError):
            await database.ping()
        await asyncio.gather(*tasks)
    await database.ping()


async def _keep_connection(seconds: float) -> None:
    async with database.transaction() as session:
        await session.connection()
        await asyncio.sleep(seconds)
