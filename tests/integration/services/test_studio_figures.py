"""The studio's dashboard shows the figures that analytics counted, and compares a period with the one before."""

import pytest

from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics
from askchopper.schemas.visits import Visit
from askchopper.services import activity
from askchopper.services.analytics import figures, rollup
from askchopper.services.purchases import checkout
from tests.support.events import tab
from tests.support.factories import MadePack, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
VISIT = Visit("8.8.8.8", "Mozilla/5.0")


async def sell(pack: MadePack, buyer: Viewer) -> None:
    async with transaction() as session:
        key = f"{pack.slug}-{buyer.user_id}"
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=key)


async def play(pack: MadePack) -> None:
    async with transaction() as session:
        await activity.record_play(session, None, file_id=pack.file_ids[0], seconds=5, visit=VISIT)


async def period(creator: Viewer, days: str = "30") -> Analytics:
    await rollup.run()
    async with read_only() as session:
        return await figures.read(session, creator, days=days)


def values(found: Analytics) -> tuple[tuple[int, int, int], ...]:
    return tuple((one.played, one.sales, one.net_tokens) for one in (found.total, found.before))


async def test_period_is_compared_with_the_one_before(db, as_owner):
    creator = await make_creator()
    pack = await make_pack(creator, price=10)
    await sell(pack, await make_user(tokens=10))
    await play(pack)
    as_owner("UPDATE pack_event_inbox SET happened_at = happened_at - interval '40 days'")
    for _ in range(2):
        await sell(pack, await make_user(tokens=10))
    found = await period(creator)
    assert len(found.by_day) == 30
    assert values(found) == ((0, 2, 16), (1, 1, 8))
    assert found.packs[0].figures == found.total
    assert values(await period(creator, "7"))[1] == (0, 0, 0)
    assert values(await period(creator, "90"))[0] == (1, 3, 24)


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
