"""The app and its worker behind PgBouncer in transaction mode.

``POOLER=1 pytest tests/integration/services`` runs those tests behind it. Tests that kill workers cannot: they wait until connections of
a name are gone, and the pooler keeps them.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from askchopper import database
from askchopper.database import read_only, transaction
from askchopper.database_statements import prepared
from askchopper.services.purchases import checkout
from askchopper.settings import environment
from askchopper.worker import runner
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user
from tests.support.pooler import PROGRAM, pooler
from tests.support.studio import draft_of, new_draft, send
from tests.support.studio_sounds import beat
from tests.support.workers import until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed (Debian package pgbouncer)"),
]
BUYERS = 20


@pytest.fixture
async def pooled(db: None, socket_dir: str, database_name: str) -> AsyncIterator[None]:
    """Connect through a pooler with two connections."""
    with (
        pooler(socket_dir, database_name, size=2) as url,
        environment(DATABASE_URL=url, DATABASE_POOLED="on"),
    ):
        await database.dispose()
        yield
        await database.dispose()


async def test_concurrent_purchases(pooled):
    pack = await make_pack(price=3)
    buyers = [await make_user(tokens=10) for _ in range(BUYERS)]

    async def buy(buyer) -> None:
        async with transaction() as session:
            await checkout.buy(session, buyer, price_tokens=3, key="one", pack_slug=pack.slug)

    await asyncio.gather(*map(buy, buyers))
    assert [await balance_of(buyer) for buyer in buyers] == [7] * BUYERS
    assert (await check_ledger()).problems == ()


async def test_repeated_statements_are_not_prepared(pooled):
    statement = prepared(text("SELECT count(*) + :n FROM packs"))

    async def ask() -> None:
        async with read_only() as session:
            for number in range(12):
                found = await session.execute(statement, {"n": number})
                assert found.scalar_one() == number

    await asyncio.gather(*(ask() for _ in range(8)))


async def test_limits_belong_to_the_transaction(pooled):
    async with transaction() as session:
        shown = await session.execute(text("SHOW statement_timeout"))
        assert shown.scalar_one() == "5s"
        await session.execute(text("SET LOCAL statement_timeout = '1s'"))
    async with transaction() as session:
        assert (await session.execute(text("SHOW statement_timeout"))).scalar_one() == "5s"


async def test_worker_is_notified_past_the_pooler(pooled, is_idle, as_owner):
    creator = await make_creator()
    draft_id = await new_draft(creator)
    working = asyncio.create_task(runner.run_forever())
    await asyncio.sleep(0.5)
    await send(creator, draft_id, "beat.wav", beat(bpm=120))
    await until(is_idle)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    [sound] = (await draft_of(creator, draft_id)).files
    assert sound.state == "ready"
