"""A process killed during a purchase leaves a complete purchase or none, and loses no acknowledged one."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

import psycopg2
import pytest
from sqlalchemy import text

from askchopper import local_postgres
from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.purchases import checkout, library
from tests.support.database import ROOT
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user
from tests.support.soak import scaled

pytestmark = pytest.mark.integration
SCRIPT = "tests.support.crash_buyer"
KILLS = scaled(120, 8)
KILLED = "ended -9"


class Buyers:
    """Starts buyer processes, one at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def start(self, viewer: Viewer, slugs: list[str], point: str = "never") -> int:
        """Start one; returns its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{viewer.user_id} {','.join(slugs)} {point}\n".encode())
        await self._process.stdin.drain()
        return int((await self.line()).removeprefix("started "))

    async def rest(self) -> tuple[set[str], str]:
        """Acknowledged purchases of the process, and how it ended."""
        acked = set()
        while not (line := await self.line()).startswith("ended"):
            if line.startswith("acked"):
                acked.add(line.split()[1])
        return acked, line

    async def line(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), 20)).decode().strip()


@asynccontextmanager
async def buyers() -> AsyncIterator[Buyers]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", SCRIPT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=ROOT, env={**os.environ, "PGAPPNAME": "crash_buyer"},
    )  # fmt: skip
    made = Buyers(process)
    try:
        assert await made.line() == "ready"
        yield made
    finally:
        process.kill()
        await process.wait()


async def all_backends_gone() -> None:
    """Wait until the server has ended the statements of the killed process: until then they may still commit."""
    async with asyncio.timeout(20):
        while await backends():  # noqa: ASYNC110 - the server tells nobody when a backend ends
            await asyncio.sleep(0.005)


async def backends() -> int:
    async with transaction() as session:
        statement = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name")
        return (await session.execute(statement, {"name": "crash_buyer"})).scalar_one()


async def owned_slugs(viewer: Viewer) -> set[str]:
    async with transaction() as session:
        return {item.pack.slug for item in (await library.list_library(session, viewer, limit=100)).items}


async def finish(viewer: Viewer, slugs: list[str]) -> None:
    """Retry with the same key, as a client without a response does."""
    for slug in slugs:
        async with transaction() as session:
            await checkout.buy(session, viewer, pack_slug=slug, price_tokens=3, key=slug)


@pytest.mark.parametrize(
    ("point", "is_bought"),
    [
        ("before BEGIN", False),
        ("after BEGIN", False),
        ("before COMMIT", False),
        ("while COMMIT is sent", True),
        ("after COMMIT", True),
    ],
)
async def test_crash_at_each_step_is_atomic(db, point: str, is_bought: bool):
    buyer, pack = await make_user(tokens=9), await make_pack(price=3)
    async with buyers() as processes:
        await processes.start(buyer, [pack.slug], point)
        assert await processes.rest() == (set(), KILLED)
    await all_backends_gone()
    assert await balance_of(buyer) == (6 if is_bought else 9)
    assert await owned_slugs(buyer) == ({pack.slug} if is_bought else set())
    assert (await check_ledger()).problems == ()
    await finish(buyer, [pack.slug])
    assert await balance_of(buyer) == 6
    assert (await check_ledger()).problems == ()


async def test_crash_during_statement_rolls_back(db, socket_dir: str, database_name: str):
    buyer, pack = await make_user(tokens=9), await make_pack(price=3)
    async with buyers() as processes:
        with closing(psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=database_name)) as holder:
            holder.cursor().execute("SELECT 1 FROM wallets WHERE user_id = %s FOR UPDATE", (str(buyer.user_id),))
            await processes.start(buyer, [pack.slug], "while the statement runs")
            assert await processes.rest() == (set(), KILLED)
            watcher = holder.cursor()
            watcher.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s",
                (database_name,),
            )
            assert watcher.fetchone() == (1,)
    await all_backends_gone()
    assert await balance_of(buyer) == 9
    assert await owned_slugs(buyer) == set()
    await finish(buyer, [pack.slug])
    assert (await check_ledger()).problems == ()


async def test_random_crashes_lose_no_acknowledged_purchase(db):
    dice = random.Random(7)
    seller = await make_creator()
    slugs = [(await make_pack(seller, price=3, files=1)).slug for _ in range(30)]
    cut_short = 0
    async with buyers() as processes:
        for _ in range(KILLS):
            buyer = await make_user(tokens=100)
            child = await processes.start(buyer, slugs)
            await asyncio.sleep(dice.uniform(0.0, 0.12))
            with suppress(ProcessLookupError):  # it may be committed
                os.kill(child, signal.SIGKILL)
            acked, end = await processes.rest()
            cut_short += end == KILLED
            await all_backends_gone()
            owned = await owned_slugs(buyer)
            assert acked <= owned
            assert len(owned) <= len(acked) + 1
            assert await balance_of(buyer) == 100 - 3 * len(owned)
            await finish(buyer, slugs)
            assert await balance_of(buyer) == 100 - 3 * len(slugs)
    assert cut_short > KILLS / 2
    assert (await check_ledger()).problems == ()
