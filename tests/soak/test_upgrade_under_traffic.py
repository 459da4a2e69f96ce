"""The schema is migrated while the previous release serves buyers, and both releases sell on it until the old one is replaced (F17).

A migration locks the tables that it changes, so a request may get a readable 503 and is sent again, as clients do. In the gate from the
revision before, with ``make soak`` from each whose release may run on this schema. Skipped where the history is missing.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from alembic import command
from askchopper import local_postgres
from askchopper.database import dispose, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.purchases import checkout
from tests.support import old_release
from tests.support.database import alembic_config, migrate, owner_url
from tests.support.database_server import Server
from tests.support.factories import PASSWORD, balance_of, check_ledger, make_creator, make_pack, make_user
from tests.support.soak import scaled

pytestmark = pytest.mark.integration
REVISIONS = old_release.compatible()[: scaled(100, 1)]
BUYERS, PACKS, TOKENS = 3, scaled(200, 40), 200
PAUSE_SECONDS = 0.05
# Each buyer has packs left when the migration ends, also on a busy machine: it takes some seconds there.
SECONDS_PER_PACK = 0.2
LONGEST_SECONDS = 5  # of a request, also while the migration holds its locks


@dataclass
class Traffic:
    """What a buyer of the previous release's server has seen."""

    email: str
    bought: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    repeated: int = 0
    slowest: float = 0.0

    async def run(self, url: str, slugs: list[str], done: asyncio.Event) -> None:
        """Sign in, then browse and buy one pack after another until the end."""
        async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30) as client:
            await self._send(client, "POST", "/auth/login", data={"email": self.email, "password": PASSWORD})
            for slug in slugs:
                await self._send(client, "GET", "/api/v1/packs")
                order, key = {"pack": slug, "price_tokens": 1}, {"Idempotency-Key": slug}
                if await self._send(client, "POST", "/api/v1/purchases", json=order, headers=key):
                    self.bought.append(slug)
                if done.is_set():
                    return
                await asyncio.sleep(SECONDS_PER_PACK)

    async def _send(self, client: httpx.AsyncClient, method: str, path: str, **more: object) -> bool:
        while True:
            started = time.monotonic()
            answer = await client.request(method, path, **more)  # type: ignore[arg-type]
            self.slowest = max(self.slowest, time.monotonic() - started)
            if answer.status_code != 503:
                break
            self.repeated += 1
            await asyncio.sleep(PAUSE_SECONDS)
        if answer.status_code >= 400:
            self.refused.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.status_code == 201


async def _buy_here(buyer: Viewer, slugs: list[str]) -> None:
    for slug in slugs:
        async with transaction() as session:
            await checkout.buy(session, buyer, price_tokens=1, key=slug, pack_slug=slug)


async def _until_bought(traffic: list[Traffic], count: int) -> None:
    async with asyncio.timeout(60):
        while min(len(one.bought) for one in traffic) < count:
            await asyncio.sleep(PAUSE_SECONDS)
            assert [line for one in traffic for line in one.refused] == []


@pytest.mark.parametrize("revision", REVISIONS)
async def test_migration_under_purchases_of_the_previous_release(server: Server, tmp_path: Path, revision: str):
    commit = old_release.commit_of(revision)
    seller = await make_creator()
    slugs = [(await make_pack(seller, price=1, files=1)).slug for _ in range(PACKS)]
    buyers = [await make_user(email=f"buyer{n}@example.test", tokens=TOKENS) for n in range(BUYERS + 1)]
    traffic = [Traffic(f"buyer{n}@example.test") for n in range(BUYERS)]
    owner = owner_url(server.socket_dir, local_postgres.DATABASE)
    await dispose()
    await asyncio.to_thread(command.downgrade, alembic_config(owner), revision)

    done = asyncio.Event()
    with old_release.serving(commit, tmp_path) as url:
        running = [asyncio.create_task(one.run(url, slugs, done)) for one in traffic]
        await _until_bought(traffic, 2)
        await asyncio.to_thread(migrate, owner)
        migrated = max(len(one.bought) for one in traffic)
        await _buy_here(buyers[-1], slugs[:10])  # this release, beside the previous one
        await _until_bought(traffic, migrated + 2)
        done.set()
        await asyncio.gather(*running)

    slowest, repeated = max(one.slowest for one in traffic), sum(one.repeated for one in traffic)
    print(f"from {revision}: slowest request {slowest:.1f} s, {repeated} sent again")  # noqa: T201
    assert [line for one in traffic for line in one.refused] == []
    assert slowest < LONGEST_SECONDS
    for buyer, one in zip(buyers, traffic, strict=False):
        assert await balance_of(buyer) == TOKENS - len(one.bought)
    assert await balance_of(buyers[-1]) == TOKENS - 10
    assert (await check_ledger()).problems == ()
