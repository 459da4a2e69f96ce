"""A simulated quarter: every figure of every day equals the events it was counted from, the tables they came from, and the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from askchopper.analytics_vocabulary import Dimension
from askchopper.database import read_only
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, Figures
from askchopper.schemas.view_models.analytics import Report
from askchopper.schemas.wallet import EarningsTotals
from askchopper.services import earnings, pack_events
from askchopper.services.analytics import figures, rollup
from tests.support.events import tab
from tests.support.factories import MadePack
from tests.support.quarter import Quarter

pytestmark = pytest.mark.integration
# As the tables of the product have it, whatever the rollup did.
_TABLES = text("""
    SELECT kind, pack_id, (at AT TIME ZONE :zone)::date AS day, count(*) AS amount FROM (
        SELECT 'bought' AS kind, pack_id, created_at AS at FROM purchases
        UNION ALL SELECT 'refunded', pack_id, refunded_at FROM purchases WHERE refunded_at IS NOT NULL
        UNION ALL SELECT 'downloaded', pack_id, created_at FROM downloads
        UNION ALL SELECT 'collected', pack_id, created_at FROM collection_items
    ) happened WHERE pack_id = ANY(:packs) GROUP BY 1, 2, 3
""")
_RAW = text("""
    SELECT pack_id, (happened_at AT TIME ZONE :zone)::date AS day, count(*) FILTER (WHERE kind = 'shown') AS shown,
        count(*) FILTER (WHERE kind = 'opened') AS opened, count(*) FILTER (WHERE kind = 'played') AS played,
        count(*) FILTER (WHERE is_complete) AS completed, count(DISTINCT visitor) FILTER (WHERE kind = 'played') AS listeners,
        sum(seconds) AS seconds
    FROM pack_events CROSS JOIN unnest(pack_ids) AS of(pack_id) WHERE pack_id = ANY(:packs)
    GROUP BY GROUPING SETS ((1, 2), (2))
""")
_WORDS = text("""
    SELECT source = 'search' AS is_search, term, count(*) FILTER (WHERE kind = 'shown') AS shown, count(*) FILTER (WHERE kind = 'opened') AS opened,
        count(*) FILTER (WHERE kind = 'played') AS played, count(*) FILTER (WHERE kind = 'bought') AS bought
    FROM pack_events CROSS JOIN unnest(pack_ids) AS of(pack_id)
    WHERE pack_id = ANY(:packs) AND term <> '' AND source IN ('search', 'share', 'embed', 'other site') GROUP BY 1, 2
""")
# Of each pack and day by the ledger: what sellers and the platform got, and what refunds took back.
_MONEY = text("""
    SELECT b.pack_id, (t.created_at AT TIME ZONE :zone)::date AS day,
        coalesce(sum(e.amount_tokens) FILTER (WHERE a.kind IN ('earnings', 'bonus_earnings')), 0) AS net,
        coalesce(sum(e.amount_tokens) FILTER (WHERE a.kind = 'fees'), 0) AS fee
    FROM purchases b JOIN ledger_transactions t ON b.transaction_id IN (t.id, t.reverses_id)
    JOIN ledger_entries e ON e.transaction_id = t.id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE b.pack_id = ANY(:packs) GROUP BY 1, 2
""")
_COUNTED = ("shown", "opened", "played", "completed", "listeners")
_WORD_FIGURES = ("shown", "opened", "played", "bought")
_CHARTS = {"": "net_tokens", "sales": "sales", "plays": "played", "listeners": "listeners", "shown": "shown"}
_OF_ALL, _OF_PACK = ("", "plays", "listeners"), ("sales", "shown")
By = Mapping[tuple[object, date], tuple[int, ...]]


@pytest.mark.parametrize(
    ("seed", "zones"), [(0, ("America/New_York", "Asia/Tokyo")), (1, ("Asia/Kolkata", "Pacific/Kiritimati"))]
)
async def test_every_figure_equals_events_tables_and_ledger(db: None, as_owner, seed: int, zones: tuple[str, str]):
    pack_events.forget()
    quarter = Quarter(seed, zones, as_owner)
    await quarter.fill()
    await quarter.live()
    while await rollup.run_batch(60):
        await rollup.sum_weeks()  # so that later batches bring late events, too
    for zone, own in zip(zones, (quarter.packs[:2], quarter.packs[2:]), strict=True):
        await check(quarter, own, zone)


async def check(quarter: Quarter, packs: Sequence[MadePack], zone: str) -> None:
    creator = packs[0].creator
    async with read_only() as session:
        found = await figures.read(session, creator, days="90")
        each = {pack.id: await figures.read(session, creator, pack_slug=pack.slug, days="90") for pack in packs}
        ledger = await earnings.totals(session, creator)
    assert found.period.zone == zone
    assert sum(bool(one.gross_tokens) for _, one in found.by_day) > 1, "sales of one day only"
    check_sums(packs, found, each, ledger)
    await check_tables(quarter, packs, each, zone)
    await check_events(packs, found, each, zone)
    for one in (found, *each.values()):
        check_parts(one)
    report = await check_page(creator, "/studio/analytics", found, _OF_ALL)
    check_revenue(report, found, ledger)
    await check_page(creator, f"/studio/analytics/{packs[0].slug}", each[packs[0].id], _OF_PACK)


def check_sums(
    packs: Sequence[MadePack], found: Analytics, each: Mapping[object, Analytics], ledger: EarningsTotals
) -> None:
    """The quarter is the whole ledger of the creator, and the packs add up to it."""
    total = found.total
    assert (total.gross_tokens - total.refunded_tokens, total.fee_tokens, total.net_tokens) == (
        ledger.gross_tokens, ledger.fee_tokens, ledger.net_tokens,
    )  # fmt: skip
    assert without_listeners(Figures.total(one.total for one in each.values())) == without_listeners(total)
    assert {one.slug: one.figures for one in found.packs} == {pack.slug: each[pack.id].total for pack in packs}


async def check_tables(
    quarter: Quarter, packs: Sequence[MadePack], each: Mapping[object, Analytics], zone: str
) -> None:
    """Sales, refunds, downloads, collections, likes and money of every pack and day."""
    values = {"packs": [pack.id for pack in packs], "zone": zone}
    async with read_only() as session:
        stored = (await session.execute(_TABLES, values)).all()
        booked = (await session.execute(_MONEY, values)).all()
    for kind in ("bought", "refunded", "downloaded", "collected"):
        expected = {(row.pack_id, row.day): (row.amount,) for row in stored if row.kind == kind}
        assert expected, kind
        assert by_day(each, kind) == expected
    assert by_day(each, "net_tokens", "fee_tokens") == {
        (row.pack_id, row.day): (row.net, row.fee) for row in booked if row.net or row.fee
    }
    liked = Counter[tuple[object, date]]()
    for pack in packs:
        for at, amount in quarter.likes_of(pack):
            liked[pack.id, at.astimezone(ZoneInfo(zone)).date()] += amount
    assert by_day(each, "liked") == {key: (amount,) for key, amount in liked.items() if amount}


async def check_events(
    packs: Sequence[MadePack], found: Analytics, each: Mapping[object, Analytics], zone: str
) -> None:
    """Lists, pages, plays and listeners of every day, and the words and links that led to them."""
    values = {"packs": [pack.id for pack in packs], "zone": zone}
    async with read_only() as session:
        raw = (await session.execute(_RAW, values)).all()
        words = (await session.execute(_WORDS, values)).all()
    expected = {(row.pack_id, row.day): tuple(getattr(row, name) for name in _COUNTED) for row in raw}
    expected = {key: one for key, one in expected.items() if any(one)}
    assert by_day({**each, None: found}, *_COUNTED) == expected
    assert found.total.seconds == pytest.approx(sum(row.seconds for row in raw if row.pack_id is None), rel=1e-4)
    for dimension, is_search in ((Dimension.TERM, True), (Dimension.CAMPAIGN, False)):
        led = {one.value: tuple(getattr(one.figures, name) for name in _WORD_FIGURES) for one in found.parts[dimension]}
        assert len(led) >= 2
        assert led == {
            row.term: tuple(getattr(row, name) for name in _WORD_FIGURES) for row in words if row.is_search == is_search
        }


def by_day(each: Mapping[object, Analytics], *names: str) -> By:
    """Return figures by pack and day, where any of them is not zero."""
    found = {
        (key, day): tuple(getattr(one, name) for name in names) for key, of in each.items() for day, one in of.by_day
    }
    return {key: values for key, values in found.items() if any(values)}


async def check_page(creator: Viewer, path: str, found: Analytics, charts: Sequence[str]) -> Report:
    """The page shows exactly these figures, each chart of every day."""
    async with tab(creator) as browser:
        for name in charts:
            await browser.send("AnalyticsState.load", path, f"?days=90&chart={name}")
            report = browser.vars["report"]
            shown = [int(day.value.split()[0].replace(",", "")) for day in report.chart.days]
            assert shown == [getattr(one, _CHARTS[name]) for _, one in found.by_day], name
    total = found.total
    assert {tile.name: tile.value for tile in report.tiles} == {
        "earned": f"{total.net_tokens:,}", "sales": f"{total.sales:,}", "plays": f"{total.played:,}", "listeners": f"{total.listeners:,}",
    }  # fmt: skip
    assert {step.name: step.value for step in report.funnel} == {
        step.name: f"{getattr(total, step.name):,}" for step in report.funnel
    }
    assert "collected" in {step.name for step in report.funnel}
    assert [row.played for row in report.packs] == [f"{one.figures.played:,}" for one in found.packs]
    for shown, dimension in ((report.terms, Dimension.TERM), (report.campaigns, Dimension.CAMPAIGN)):
        assert {row.label: row.played for row in shown} == {
            one.value: f"{one.figures.played:,}" for one in found.parts[dimension]
            if dimension is Dimension.CAMPAIGN or one in found.led_terms
        }  # fmt: skip
    return report


def check_revenue(report: Report, found: Analytics, ledger: EarningsTotals) -> None:
    """The page's money is that of the ledger."""
    total = found.total
    assert {line.label: line.value for line in report.revenue} == {
        "Sales": f"{total.gross_tokens:,}", "Refunds": f"{-total.refunded_tokens:,}", "Platform fee": f"{-total.fee_tokens:,}",
        "Earned": f"{ledger.net_tokens:,}", "Pending": f"{ledger.pending_tokens:,}", "Paid out": f"{ledger.paid_out_tokens:,}",
    }  # fmt: skip


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
    return {name: round(value, 2) for name, value in total._asdict().items() if name != "listeners"}
