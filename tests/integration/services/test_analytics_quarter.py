"""A simulated quarter: every figure equals the events it was counted from, the tables they came from, and the ledger."""

import random
import uuid

import pytest
from sqlalchemy import text

from askchopper.analytics_vocabulary import Dimension
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, Figures
from askchopper.schemas.visits import Visit
from askchopper.schemas.wallet import EarningsTotals
from askchopper.services import activity, earnings, pack_events
from askchopper.services.analytics import figures, rollup
from askchopper.services.community import likes
from askchopper.services.purchases import checkout, downloads, refunds
from tests.support.events import tab
from tests.support.factories import MadePack, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
EVENTS = 150
AGENTS = ("Mozilla/5.0 (iPhone) Mobile", "Mozilla/5.0 (X11; Linux) Firefox", "Mozilla/5.0 (iPad) Safari", "curl/8")
PAGES = ("/browse?q=dusty", "/browse?genre=house", "/chat", "/", "/feed", "")
ADDRESSES = ("8.8.8.8", "2a00:1450::/64", "127.0.0.1", "185.60.216.35")
# Money and counts as the tables of the product have them, whatever the rollup did.
_TRUTH = text("""
    SELECT (SELECT count(*) FROM purchases b WHERE b.pack_id = ANY(:packs)) AS bought,
        (SELECT count(*) FROM purchases b WHERE b.pack_id = ANY(:packs) AND b.status = 'refunded') AS refunded,
        (SELECT count(*) FROM downloads d WHERE d.pack_id = ANY(:packs)) AS downloaded,
        (SELECT count(*) FROM likes l WHERE l.pack_id = ANY(:packs)) AS liked
""")
_RAW = text("""
    SELECT coalesce(sum(amount) FILTER (WHERE kind = 'played'), 0) AS played, coalesce(sum(amount) FILTER (WHERE kind = 'shown'), 0) AS shown,
        coalesce(sum(seconds), 0) AS seconds, count(*) FILTER (WHERE is_complete) AS completed
    FROM pack_events WHERE pack_ids && :packs
""")

# Of each pack and day, in UTC, by the ledger: what sellers and the platform got, and what refunds took back.
_MONEY = text("""
    SELECT b.pack_id, t.created_at::date AS day, coalesce(sum(e.amount_tokens) FILTER (WHERE a.kind IN ('earnings', 'bonus_earnings')), 0) AS net,
        coalesce(sum(e.amount_tokens) FILTER (WHERE a.kind = 'fees'), 0) AS fee
    FROM purchases b JOIN ledger_transactions t ON b.transaction_id IN (t.id, t.reverses_id)
    JOIN ledger_entries e ON e.transaction_id = t.id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE b.pack_id = ANY(:packs) GROUP BY 1, 2
""")


class Quarter:
    """Creators, packs and members, and what they do by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.packs: list[MadePack] = []
        self.members: list[Viewer] = []
        self.purchases: list[tuple[Viewer, str]] = []

    async def fill(self) -> None:
        for _ in range(2):
            creator = await make_creator()
            self.packs += [await make_pack(creator, price=self.chance.choice((0, 15, 31, 60))) for _ in range(2)]
        self.members = [await make_user(tokens=400, bonus=self.chance.choice((0, 50))) for _ in range(4)]

    async def step(self) -> None:
        pack, member = self.chance.choice(self.packs), self.chance.choice(self.members)
        act = self.chance.choice(
            (self.look, self.look, self.play, self.play, self.like, self.buy, self.refund, self.download)
        )
        try:
            await act(pack, member)
        except AskChopperError:  # owned, refunded or liked before: a member is told, and nothing happened
            return

    def visit(self, member: Viewer | None) -> Visit:
        pick = self.chance.choice
        user_id = member.user_id if member and pick((True, False)) else None
        return Visit(pick(ADDRESSES), pick(AGENTS), user_id, pick(PAGES), "")

    async def look(self, pack: MadePack, member: Viewer) -> None:
        await pack_events.record_shown(self.visit(member), tracks=tuple(f"pack:{one.slug}" for one in self.packs))
        await pack_events.record_opened(self.visit(member), slug=pack.slug)

    async def play(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            await activity.record_play(
                session, member, file_id=self.chance.choice(pack.file_ids), seconds=self.chance.uniform(1, 9),
                position=self.chance.uniform(0, 7.5), visit=self.visit(member),
            )  # fmt: skip

    async def like(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            await self.chance.choice((likes.like, likes.like, likes.unlike))(session, member, pack=pack.slug)

    async def buy(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            key = str(uuid.uuid4())
            receipt = await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=key)
        self.purchases.append((member, receipt.purchase_id))

    async def refund(self, _pack: MadePack, _member: Viewer) -> None:
        if self.purchases:
            member, purchase_id = self.chance.choice(self.purchases)
            async with transaction() as session:
                await refunds.refund(session, member, purchase_id=purchase_id)

    async def download(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            await downloads.start_zip_download(session, member, pack_slug=pack.slug)


@pytest.mark.parametrize("seed", range(3))
async def test_every_figure_equals_events_tables_and_ledger(db: None, seed: int):
    pack_events.forget()
    quarter = Quarter(seed)
    await quarter.fill()
    for number in range(EVENTS):
        await quarter.step()
        if number % 40 == 0:
            await pack_events.write()
            await rollup.run_batch(7)
    await pack_events.write()
    async with transaction() as session:  # what still waits happened some time in the quarter
        await session.execute(
            text(
                "UPDATE pack_event_inbox SET happened_at = now() - (id % 85) * interval '1 day' WHERE kind IN ('shown', 'played')"
            )
        )
    await rollup.run()
    for creator in {pack.creator.user_id: pack.creator for pack in quarter.packs}.values():
        await check(creator, [pack for pack in quarter.packs if pack.creator.user_id == creator.user_id])


async def check(creator: Viewer, packs: list[MadePack]) -> None:
    async with read_only() as session:
        found = await figures.read(session, creator, days="90")
        each = [await figures.read(session, creator, pack_slug=pack.slug, days="90") for pack in packs]
        ledger = await earnings.totals(session, creator)
        truth = (await session.execute(_TRUTH, {"packs": [pack.id for pack in packs]})).one()
        raw = (await session.execute(_RAW, {"packs": [pack.id for pack in packs]})).one()
    total = found.total
    assert total.played > 0
    assert (total.gross_tokens - total.refunded_tokens, total.fee_tokens, total.net_tokens) == (
        ledger.gross_tokens, ledger.fee_tokens, ledger.net_tokens,
    )  # fmt: skip
    assert (total.bought, total.refunded, total.downloaded, total.liked) == tuple(truth)
    assert (total.played, total.completed) == (raw.played, raw.completed)
    assert total.seconds == pytest.approx(raw.seconds, rel=1e-4)
    assert raw.shown <= total.shown <= raw.shown * len(packs)
    assert without_listeners(Figures.total(one.total for one in each)) == without_listeners(total)
    assert {one.slug: one.figures for one in found.packs} == {
        pack.slug: one.total for pack, one in zip(packs, each, strict=True) if any(vars(one.total).values())
    }
    check_parts(found)
    await check_money(packs, each)
    await check_page(creator, found, ledger)


async def check_money(packs: list[MadePack], each: list[Analytics]) -> None:
    """Every pack's money of every day is that of the ledger."""
    async with read_only() as session:
        rows = await session.execute(_MONEY, {"packs": [pack.id for pack in packs]})
        booked = {(row.pack_id, row.day): (int(row.net), int(row.fee)) for row in rows if row.net or row.fee}
    assert booked == {
        (pack.id, day): (one.net_tokens, one.fee_tokens)
        for pack, found in zip(packs, each, strict=True)
        for day, one in found.by_day
        if one.net_tokens or one.fee_tokens
    }


async def check_page(creator: Viewer, found: Analytics, ledger: EarningsTotals) -> None:
    """The page shows exactly these figures."""
    async with tab(creator) as browser:
        await browser.send("AnalyticsState.load", "/studio/analytics", "?days=90")
        report = browser.vars["report"]
    total = found.total
    assert {tile.name: tile.value for tile in report.tiles} == {
        "earned": f"{total.net_tokens:,}", "sales": f"{total.sales:,}", "plays": f"{total.played:,}", "listeners": f"{total.listeners:,}",
    }  # fmt: skip
    assert {step.name: step.value for step in report.funnel} == {
        step.name: f"{getattr(total, step.name):,}" for step in report.funnel
    }
    assert {line.label: line.value for line in report.revenue} == {
        "Sales": f"{total.gross_tokens:,}", "Refunds": f"{-total.refunded_tokens:,}", "Platform fee": f"{-total.fee_tokens:,}",
        "Earned": f"{ledger.net_tokens:,}", "Pending": f"{ledger.pending_tokens:,}", "Paid out": f"{ledger.paid_out_tokens:,}",
    }  # fmt: skip
    assert [row.played for row in report.packs] == [f"{one.figures.played:,}" for one in found.packs]


def check_parts(found: Analytics) -> None:
    """The parts of a dimension add up to the total; lists that were shown have no country and device."""
    for dimension in (Dimension.SOURCE, Dimension.COUNTRY, Dimension.DEVICE):
        summed = Figures.total(one.figures for one in found.parts[dimension])
        names = (
            "played",
            "bought",
            "refunded",
            "liked",
            "downloaded",
            "gross_tokens",
            "fee_tokens",
            "refunded_tokens",
            "completed",
        )
        assert [getattr(summed, name) for name in names] == [getattr(found.total, name) for name in names], dimension
    assert sum(one.figures.shown for one in found.parts[Dimension.SOURCE]) == found.total.shown


def without_listeners(total: Figures) -> dict[str, float]:
    """Somebody who hears two packs is one listener of the creator."""
    return {name: round(value, 2) for name, value in vars(total).items() if name != "listeners"}
