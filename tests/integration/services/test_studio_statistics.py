"""The studio's figures: plays, sales and earnings of a period, equal to the ledger."""

import pytest

from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.statistics import Figures, StudioStatistics
from askchopper.services import activity, earnings, wallet
from askchopper.services.purchases import checkout, refunds
from askchopper.services.studio import statistics
from tests.support.events import tab
from tests.support.factories import MadePack, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def sell(pack: MadePack, buyer: Viewer) -> str:
    async with transaction() as session:
        key = f"{pack.slug}-{buyer.user_id}"
        receipt = await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=key)
    return receipt.purchase_id


async def play(pack: MadePack, listener: Viewer | None = None) -> None:
    async with transaction() as session:
        await activity.record_play(session, listener, file_id=pack.file_ids[0], seconds=5)


async def period(creator: Viewer, days: int = 30) -> StudioStatistics:
    async with read_only() as session:
        return await statistics.period(session, creator, days=days)


def put_back(as_owner, days: int) -> None:
    """Move everything that happened so far into the past."""
    as_owner(
        "SET session_replication_role = replica",
        *(
            f"UPDATE {table} SET created_at = created_at - interval '{days} days'"
            for table in ("ledger_transactions", "purchases", "plays")
        ),
    )


async def test_figures_equal_the_ledger(db):
    creator, other = await make_creator(), await make_creator()
    cheap, free = await make_pack(creator, price=7), await make_pack(creator, price=0)
    elsewhere = await make_pack(other, price=50)
    buyers = [await make_user(tokens=200, bonus=5) for _ in range(3)]
    purchases = [await sell(cheap, buyer) for buyer in buyers]
    await sell(free, buyers[0])
    await sell(elsewhere, buyers[0])
    async with transaction() as session:
        await refunds.refund(session, buyers[2], purchase_id=purchases[2])
    for pack in (cheap, cheap, free, elsewhere):
        await play(pack, buyers[0])
    await play(cheap, creator)  # own plays do not count
    found = await period(creator)
    async with read_only() as session:
        ledger = await wallet.balance(session, creator)
        account = await earnings.totals(session, creator)
    assert found.total == Figures(plays=3, sales=2, earned_tokens=ledger.earnings_tokens)
    assert found.total.earned_tokens == account.net_tokens == 12
    assert found.total == sum(found.packs.values(), Figures()) == sum((day for _, day in found.days), Figures())
    assert found.packs[cheap.id] == Figures(plays=2, sales=2, earned_tokens=12)
    assert found.packs[free.id] == Figures(plays=1)
    assert found.total.conversion == pytest.approx(2 / 3)
    assert (await period(await make_user())).packs == {}


async def test_period_is_compared_with_the_one_before(db, as_owner):
    creator = await make_creator()
    pack = await make_pack(creator, price=10)
    await sell(pack, await make_user(tokens=10))
    await play(pack)
    put_back(as_owner, 40)
    for _ in range(2):
        await sell(pack, await make_user(tokens=10))
    found = await period(creator)
    assert len(found.days) == 30
    assert (found.total, found.before) == (Figures(0, 2, 16), Figures(1, 1, 8))
    assert found.packs[pack.id] == found.total
    assert (await period(creator, 7)).before == Figures()
    assert (await period(creator, 90)).total == Figures(1, 3, 24)
    assert len((await period(creator, 12345)).days) == 30
    put_back(as_owner, 29)
    assert (await period(creator)).days[0][1] == Figures(0, 2, 16)
    put_back(as_owner, 1)
    assert (await period(creator)).before == Figures(0, 2, 16)


async def test_studio_page_shows_period_chart_and_order(db):
    creator = await make_creator()
    pack = await make_pack(creator, price=10, title="Tide")
    await sell(pack, await make_user(tokens=10))
    await play(pack)
    async with tab(creator) as seller:
        seen = await seller.send("StudioState.load", "/studio")
        assert {tile.name: tile.value for tile in seen["tiles"]} == {
            "plays": "1", "sales": "1", "earned": "8", "conversion": "100%",
        }  # fmt: skip
        assert seen["chart"].text.startswith("Earnings by day from")
        assert "8 tokens in total" in seen["chart"].text
        seen = await seller.send("StudioState.load", "/studio", "?days=7&chart=plays&sort=-sales")
        assert len(seen["chart"].days) == 7
        assert seen["chart"].text.startswith("Plays by day")
        sales = next(head for head in seen["heads"] if head["label"] == "Sales")
        assert (sales["direction"], sales["href"]) == ("descending", "/studio?days=7&chart=plays&sort=sales")
        seen = await seller.send("StudioState.load", "/studio", "?days=x&chart=<b>&sort=--")
    assert seen["compared"] == "than the 30 days before"
