import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from factories import balance_of, check_ledger, make_creator, make_pack, make_user

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.catalogue import library, purchases

pytestmark = pytest.mark.integration
SCRIPT = Path(__file__).parents[2] / "crash_buyer.py"


def start(viewer: Viewer, slugs: list[str], point: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(viewer.user_id), ",".join(slugs), point],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[1])},
    )  # fmt: skip


async def owned_slugs(viewer: Viewer) -> set[str]:
    async with transaction() as session:
        return {item.pack.slug for item in (await library.list_library(session, viewer, limit=100)).items}


async def finish(viewer: Viewer, slugs: list[str]) -> None:
    """Do what a client does that saw no answer: ask again with the same key."""
    for slug in slugs:
        async with transaction() as session:
            await purchases.buy(session, viewer, pack_slug=slug, price_tokens=3, key=slug)


@pytest.mark.parametrize(("point", "is_bought"), [("before", False), ("between", False), ("after", True)])
async def test_a_crash_at_each_step_leaves_all_or_nothing(db, point: str, is_bought: bool):
    buyer, pack = await make_user(tokens=9), await make_pack(price=3)
    process = await asyncio.to_thread(start, buyer, [pack.slug], point)
    output, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode == -9
    assert "acked" not in output
    assert await balance_of(buyer) == (6 if is_bought else 9)
    assert await owned_slugs(buyer) == ({pack.slug} if is_bought else set())
    assert (await check_ledger()).problems == ()
    await finish(buyer, [pack.slug])
    assert await balance_of(buyer) == 6
    assert (await check_ledger()).problems == ()


async def test_crashes_at_any_instant_lose_nothing_that_was_answered(db):
    dice = random.Random(7)
    seller = await make_creator()
    slugs = [(await make_pack(seller, price=3, files=1)).slug for _ in range(40)]
    for _ in range(8):
        buyer = await make_user(tokens=200)
        process = await asyncio.to_thread(start, buyer, slugs, "never")
        assert process.stdout is not None
        assert (await asyncio.to_thread(process.stdout.readline)).strip() == "ready"
        await asyncio.sleep(dice.uniform(0.02, 0.4))
        process.kill()
        output, _ = await asyncio.to_thread(process.communicate)
        acked = {line.split()[1] for line in output.splitlines() if line.startswith("acked")}
        owned = await owned_slugs(buyer)
        assert acked <= owned
        assert len(owned) <= len(acked) + 1
        assert await balance_of(buyer) == 200 - 3 * len(owned)
        await finish(buyer, slugs)
        assert await balance_of(buyer) == 200 - 3 * len(slugs)
    assert (await check_ledger()).problems == ()
