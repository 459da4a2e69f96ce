"""A creator's account: sales, fees and refunds as in the ledger, pending and available."""

import csv
import io

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.wallet import EarningsEntry, EarningsTotals
from askchopper.services import earnings, wallet
from askchopper.services.analytics import figures
from askchopper.services.purchases import checkout, downloads, refunds
from tests.support.factories import MadePack, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def sell(pack: MadePack, buyer: Viewer) -> str:
    async with transaction() as session:
        key = f"{pack.slug}-{buyer.user_id}"
        receipt = await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=key)
    return receipt.purchase_id


async def read(creator: Viewer) -> tuple[EarningsTotals, list[EarningsEntry]]:
    async with read_only() as session:
        sums = await earnings.totals(session, creator)
        page = await earnings.statement(session, creator)
        left = sums.net_tokens - sums.requested_tokens - sums.paid_out_tokens
        assert left == (await wallet.balance(session, creator)).earnings_tokens
    return sums, list(page.items)


async def test_sales_and_refunds_are_listed_with_fee_and_balance(db: None):
    creator = await make_creator()
    pack = await make_pack(creator, price=30, title="Tide", slug="tide")
    first, second = await make_user(tokens=100), await make_user(tokens=10, bonus=20)
    await sell(pack, first)
    purchase = await sell(pack, second)
    sums, lines = await read(creator)
    assert (sums.gross_tokens, sums.fee_tokens, sums.net_tokens, sums.bonus_tokens) == (60, 12, 48, 16)
    assert (sums.pending_tokens, sums.available_tokens) == (32, 0)
    assert [(line.title, line.net_tokens, line.fee_tokens, line.balance_tokens) for line in lines] == [
        ("Tide", 24, 6, 48),
        ("Tide", 24, 6, 24),
    ]
    async with transaction() as session:
        await refunds.refund(session, second, purchase_id=purchase)
    sums, lines = await read(creator)
    assert (sums.net_tokens, sums.bonus_tokens, sums.pending_tokens) == (24, 0, 24)
    assert (lines[0].reason, lines[0].net_tokens, lines[0].balance_tokens) == ("refund", -24, 24)
    assert lines[0].link == "/pack/tide"


async def test_downloaded_sale_is_available(db: None):
    creator = await make_creator()
    pack = await make_pack(creator, price=30)
    buyer = await make_user(tokens=100)
    await sell(pack, buyer)
    async with transaction() as session:
        await downloads.start_zip_download(session, buyer, pack_slug=pack.slug)
    sums, _ = await read(creator)
    assert (sums.net_tokens, sums.pending_tokens, sums.available_tokens) == (24, 0, 24)


async def test_csv_equals_the_statement(db: None):
    creator = await make_creator()
    for number in range(3):
        await sell(await make_pack(creator, price=10 + number), await make_user(tokens=100))
    async with read_only() as session:
        rows = list(csv.DictReader(io.StringIO(await earnings.statement_csv(session, creator))))
        days = await earnings.last_days(session, creator, count=30)
    sums, _ = await read(creator)
    assert sum(int(row["Earned"]) for row in rows) == sums.net_tokens == days[-1][1]
    assert len(days) == 30
    assert rows[0]["Balance"] == str(sums.net_tokens)


async def test_statement_is_paged_and_private(db: None):
    creator, other = await make_creator(), await make_creator()
    pack = await make_pack(creator, price=10)
    for _ in range(5):
        await sell(pack, await make_user(tokens=10))
    async with read_only() as session:
        first = await earnings.statement(session, creator, limit=3)
        rest = await earnings.statement(session, creator, limit=3, cursor=first.next_cursor)
        assert (await earnings.statement(session, other)).items == ()
    assert [line.balance_tokens for line in (*first.items, *rest.items)] == [40, 32, 24, 16, 8]
    assert rest.next_cursor is None


_ROWS_READ = text("""
    SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::integer FROM pg_stat_xact_user_tables
    WHERE relname IN ('purchases', 'ledger_entries', 'ledger_transactions')
""")


async def test_what_is_pending_is_found_without_reading_all_sales(db: None, as_owner):
    creator = await make_creator()
    pack = await make_pack(creator, price=10)
    for _ in range(12):
        await sell(pack, await make_user(tokens=10))
    as_owner("UPDATE purchases SET created_at = created_at - interval '90 days'", "ANALYZE purchases")
    await sell(pack, await make_user(tokens=10))
    async with read_only() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))  # as for a table of many rows
        before = (await session.execute(_ROWS_READ)).scalar_one()
        found = (await figures.read(session, creator)).outstanding
        read_rows = (await session.execute(_ROWS_READ)).scalar_one() - before
        sums = await earnings.totals(session, creator)
    assert (found.pending_tokens, found.paid_out_tokens) == (sums.pending_tokens, sums.paid_out_tokens) == (8, 0)
    assert 1 <= read_rows <= 3
