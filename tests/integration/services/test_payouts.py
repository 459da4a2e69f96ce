"""Payouts: what is available, once; paid or refused; equal to the ledger."""

import asyncio
import csv
import io
import subprocess
from datetime import UTC, datetime

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.wallet import EarningsTotals, PayoutSummary
from askchopper.services import activity, earnings, payouts
from askchopper.services.purchases import checkout, downloads, refunds
from askchopper.vocabulary import PayoutStatus
from tests.support import command_line
from tests.support.factories import MadePack, check_ledger, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
IBAN = "DE02 1203 0000 0000 2020 51"


async def sell(pack: MadePack, *, bonus: int = 0, is_downloaded: bool = True) -> tuple[Viewer, str]:
    buyer = await make_user(tokens=pack.price_tokens, bonus=bonus)
    async with transaction() as session:
        bought = await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key="buy")
        if is_downloaded:
            await downloads.start_zip_download(session, buyer, pack_slug=pack.slug)
    return buyer, bought.purchase_id


async def request(creator: Viewer, destination: str = IBAN) -> PayoutSummary:
    async with transaction() as session:
        return await payouts.request(session, creator, destination=destination)


async def settle(payout: PayoutSummary, *, is_paid: bool, reason: str = "") -> None:
    async with transaction() as session:
        await payouts.settle(session, payout_id=payout.id, is_paid=is_paid, reason=reason)


async def totals(creator: Viewer) -> EarningsTotals:
    async with read_only() as session:
        return await earnings.totals(session, creator)


async def test_available_earnings_are_paid_without_bonus_and_pending(db: None):
    creator = await make_creator()
    pack = await make_pack(creator, price=200)
    await sell(pack)
    await sell(pack, bonus=50)
    await sell(pack, is_downloaded=False)
    made = await request(creator)
    assert (made.tokens, made.cents, made.destination) == (280, 2240, IBAN)  # 160 + 120; €0.08 each
    sums = await totals(creator)
    assert (sums.bonus_tokens, sums.pending_tokens, sums.requested_tokens, sums.available_tokens) == (40, 160, 280, 0)
    assert (sums.gross_tokens, sums.fee_tokens, sums.net_tokens) == (600, 120, 480)
    await settle(made, is_paid=True)
    await settle(made, is_paid=True)
    sums = await totals(creator)
    assert (sums.requested_tokens, sums.paid_out_tokens, sums.available_tokens) == (0, 280, 0)
    async with read_only() as session:
        [own] = await payouts.list_own(session, creator)
        notes = await activity.notifications(session, creator)
    assert (own.status, own.destination) == (PayoutStatus.PAID, "…0 51")
    assert notes[0].sentence == "Your payout of 280 tokens was paid."
    with pytest.raises(ConflictError):
        await settle(made, is_paid=False, reason="late")
    assert (await check_ledger()).problems == ()


async def test_refused_payout_is_available_again(db: None):
    creator = await make_creator()
    await sell(await make_pack(creator, price=200))
    made = await request(creator)
    with pytest.raises(InvalidInputError):
        await settle(made, is_paid=False)
    await settle(made, is_paid=False, reason="The account does not exist.")
    assert (await totals(creator)).available_tokens == 160
    again = await request(creator)
    assert again.id != made.id
    assert (await check_ledger()).problems == ()


async def test_too_little_open_and_malformed_requests_are_refused(db: None):
    creator = await make_creator()
    with pytest.raises(ConflictError, match="at least 100"):
        await request(creator)
    await sell(await make_pack(creator, price=200))
    for destination in ("", "  x ", "x" * 201, "DE02\x001203"):
        with pytest.raises(InvalidInputError):
            await request(creator, destination)
    outcomes = await asyncio.gather(*(request(creator) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, PayoutSummary) for one in outcomes) == 1
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 7
    assert (await totals(creator)).requested_tokens == 160
    with pytest.raises(NotFoundError):
        async with transaction() as session:
            await payouts.settle(session, payout_id="x", is_paid=True)
    assert (await check_ledger()).problems == ()


async def test_refund_after_a_payout_leaves_nothing_below_zero(db: None):
    creator = await make_creator()
    pack = await make_pack(creator, price=200)
    await sell(pack)
    buyer, purchase = await sell(pack, is_downloaded=False)
    made = await request(creator)
    async with transaction() as session:
        await refunds.refund(session, buyer, purchase_id=purchase)
    await settle(made, is_paid=True)
    sums = await totals(creator)
    assert (sums.net_tokens, sums.paid_out_tokens, sums.available_tokens, sums.pending_tokens) == (160, 160, 0, 0)


async def test_monthly_statement_equals_the_ledger(db: None):
    creator = await make_creator()
    pack = await make_pack(creator, price=200)
    for _ in range(3):
        await sell(pack)
    await settle(await request(creator), is_paid=True)
    month = f"{datetime.now(UTC):%Y-%m}"
    async with read_only() as session:
        rows = list(csv.DictReader(io.StringIO(await earnings.monthly_csv(session, creator, month=month))))
        older = await earnings.monthly_csv(session, creator, month="2020-01")
        for wrong in ("2026-13", "2026", "x", "2026-1", "\u0662026-11"):
            with pytest.raises(InvalidInputError):
                await earnings.monthly_csv(session, creator, month=wrong)
    assert [int(row["Earned"]) for row in rows] == [-480, 160, 160, 160]
    assert sum(int(row["Price"]) for row in rows) == 600
    assert rows[0]["Balance"] == "0"
    assert older.count("\n") == 1


async def test_operator_commands(db: None):
    creator = await make_creator()
    await sell(await make_pack(creator, price=200))
    made = await request(creator, '=cmd|"/c calc"!A0')

    def cli(*words: str) -> subprocess.CompletedProcess[str]:
        return command_line.run("payouts", *words)

    assert made.id in cli("list").stdout
    [row] = csv.DictReader(io.StringIO(cli("list", "--csv", "--status", "requested").stdout))
    assert (row["Tokens"], row["Amount"], row["Pay to"][0]) == ("160", "12.80", "'")
    assert cli("refuse", made.id).returncode == 2
    assert cli("pay", made.id).returncode == 0
    refused = cli("refuse", made.id, "--reason", "late")
    assert (refused.returncode, refused.stderr) == (1, "This payout was decided already.\n")
