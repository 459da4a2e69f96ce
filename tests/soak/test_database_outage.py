"""Database outage: an unresponsive or stopped server gives a readable error in time, and the pool recovers."""

import asyncio
import signal
import time
from contextlib import suppress

import psutil
import pytest
from sqlalchemy import text

from askchopper import database
from askchopper.database import read_only, transaction
from askchopper.errors import UnavailableError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search_filters import Filters
from askchopper.services.purchases import checkout
from askchopper.services.search import queries
from askchopper.vocabulary import DraftFileState
from tests.support.database_server import Server
from tests.support.factories import check_ledger, make_creator, make_pack, make_user
from tests.support.soak import scaled
from tests.support.studio import draft_of, new_draft, send
from tests.support.studio_sounds import hit
from tests.support.workers import worker

pytestmark = pytest.mark.integration
DOWN_SECONDS = scaled(10, 3)
RECOVERY_SECONDS = 3
WORKER_DOWN_SECONDS = scaled(5, 2)
WORKER_RECOVERY_SECONDS = 10
SENTENCE = "The database does not answer right now. Nothing was lost; try again in a moment."


async def test_paused_database_times_out_and_recovers(db: None, as_owner):
    await database.ping()
    backends = as_owner(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'askchopper' AND datname = current_database()"
    )
    processes = [psutil.Process(pid) for (pid,) in backends]
    assert processes
    started = time.monotonic()
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(UnavailableError):
            async with database.transaction(timeout_seconds=1) as session:
                await session.execute(text("SELECT 1"))
        assert time.monotonic() - started < 10
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.2)
    await database.ping()


class Load:
    """Buyers and readers that retry forever, and the responses they got."""

    def __init__(self) -> None:
        self.bought: set[tuple[Viewer, str]] = set()
        self.refusals: list[str] = []
        self.seconds: list[float] = []
        self.succeeded = asyncio.Event()

    async def buy(self, viewer: Viewer, slugs: list[str]) -> None:
        """Buy packs one after another, retrying each with the same key until there is a response."""
        for slug in slugs:
            while (viewer, slug) not in self.bought:
                with suppress(UnavailableError):
                    await self._timed(self._buy_one(viewer, slug))
            await asyncio.sleep(0.05)

    async def read(self) -> None:
        """Read the first page of the catalogue in a loop."""
        while True:
            with suppress(UnavailableError):
                await self._timed(self._read_one())
            await asyncio.sleep(0.02)

    async def _timed(self, call) -> None:
        started = time.monotonic()
        try:
            await call
            self.succeeded.set()
        except UnavailableError as error:
            self.refusals.append(str(error))
            await asyncio.sleep(0.05)
            raise
        finally:
            self.seconds.append(time.monotonic() - started)

    async def _buy_one(self, viewer: Viewer, slug: str) -> None:
        async with transaction() as session:
            await checkout.buy(session, viewer, pack_slug=slug, price_tokens=3, key=slug)
        self.bought.add((viewer, slug))

    async def _read_one(self) -> None:
        async with read_only() as session:
            await queries.list_packs(session, None, filters=Filters())


async def test_killed_database_causes_readable_errors_only(server: Server):
    seller = await make_creator()
    slugs = [(await make_pack(seller, price=3, files=1)).slug for _ in range(scaled(300, 80))]
    members = [await make_user(tokens=1000) for _ in range(4)]
    load = Load()
    tasks = [*(load.buy(member, slugs) for member in members), load.read(), load.read()]
    running = [asyncio.create_task(task) for task in tasks]
    await asyncio.sleep(scaled(2, 1))

    await server.kill()
    told_before = set(load.bought)
    await asyncio.sleep(DOWN_SECONDS)
    assert load.bought == told_before
    await server.start()
    load.succeeded.clear()
    await asyncio.wait_for(load.succeeded.wait(), RECOVERY_SECONDS)
    await asyncio.sleep(scaled(2, 1))

    failed = [task.exception() for task in running if task.done()]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert failed == []
    assert load.bought > told_before > set()
    assert load.refusals
    assert set(load.refusals) == {SENTENCE}
    assert max(load.seconds) < database.TRANSACTION_SECONDS
    for member in members:
        told = {slug for viewer, slug in load.bought if viewer == member}
        async with read_only() as session:
            query = text("SELECT idempotency_key FROM purchases WHERE buyer_id = :id")
            kept = set((await session.execute(query, {"id": member.user_id})).scalars())
        assert told <= kept
        assert len(kept) <= len(told) + 1
    assert (await check_ledger()).problems == ()


async def test_worker_recovers_with_database(server: Server):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    async with worker() as process:
        await send(viewer, draft_id, "before.wav", hit(seed=1))
        await measured(viewer, draft_id)
        await server.kill()
        await asyncio.sleep(WORKER_DOWN_SECONDS)
        await server.start()
        await send_when_back(viewer, draft_id, "after.wav", hit(seed=2))
        await asyncio.wait_for(measured(viewer, draft_id), WORKER_RECOVERY_SECONDS)
        assert process.returncode is None
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def send_when_back(viewer: Viewer, draft_id: str, name: str, content: bytes) -> None:
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            with suppress(UnavailableError):
                await database.ping()
                return await send(viewer, draft_id, name, content)


async def measured(viewer: Viewer, draft_id: str) -> None:
    """Wait until every sound of a draft is analysed."""
    while not all(file.state is DraftFileState.READY for file in (await draft_of(viewer, draft_id)).files):  # noqa: ASYNC110 - another process does it
        await asyncio.sleep(0.05)
