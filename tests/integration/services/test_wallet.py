import asyncio
import csv
import io

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ForbiddenError, InvalidInputError, KeyReusedError, NotFoundError, RateLimitedError
from askchopper.models.base import new_id
from askchopper.schemas.accounts import Viewer
from askchopper.services import activity, wallet, welcome
from askchopper.services.purchases import checkout, refunds
from askchopper.settings import environment
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def top_up(viewer: Viewer, tokens: int = 50, key: str = "key"):
    async with transaction() as session:
        return await wallet.top_up_test(session, viewer, tokens=tokens, key=key)


async def buy(viewer: Viewer, slug: str, price: int, key: str = "buy"):
    async with transaction() as session:
        return await checkout.buy(session, viewer, pack_slug=slug, price_tokens=price, key=key)


async def test_top_up_is_idempotent(db):
    user = await make_user()
    balances = await asyncio.gather(*(top_up(user) for _ in range(5)))
    assert {balance.total_tokens for balance in balances} == {50}
    assert (await check_ledger()).problems == ()


async def test_reused_key_with_other_amount_is_rejected(db):
    user = await make_user()
    await top_up(user, 50)
    with pytest.raises(KeyReusedError):
        await top_up(user, 100)
    assert await balance_of(user) == 50


async def test_keys_are_scoped_by_operation_and_user(db):
    user, other = await make_user(), await make_user()
    pack = await make_pack(price=30)
    await top_up(user, key="same")
    await top_up(other, key="same")
    receipt = await buy(user, pack.slug, 30, key="same")
    async with transaction() as session:
        await wallet.grant(session, user_id=user.user_id, tokens=5, is_bonus=True, key="same", memo="Gift")
    await top_up(user, 5, key=f"refund:{receipt.purchase_id}")
    async with transaction() as session:
        assert (await refunds.refund(session, user, purchase_id=receipt.purchase_id)).total_tokens == 60
    assert (await check_ledger()).problems == ()


@pytest.mark.parametrize("tokens", [0, -1, 1001, 2**31, True])
async def test_only_offered_amounts_are_credited(db, tokens: int):
    with pytest.raises(InvalidInputError):
        await top_up(await make_user(), tokens)


@pytest.mark.parametrize("key", ["", "x" * 101, "with space", "nul\x00", "é", "\n"])
async def test_unstorable_key_is_rejected(db, key: str):
    with pytest.raises(InvalidInputError):
        await top_up(await make_user(), key=key)


async def test_test_checkout_is_disabled_in_production(db):
    user = await make_user()
    with (
        environment(ASKCHOPPER_ENV="production", PUBLIC_BASE_URL="https://x.example", RATE_LIMITS="on"),
        pytest.raises(ForbiddenError),
    ):
        await top_up(user)


async def test_welcome_is_credited_and_notified_once(db):
    member = await make_user()
    async with transaction() as session:
        for _ in range(2):
            await welcome.greet(session, member.user_id)
        assert (await wallet.balance(session, member)).total_tokens == policy.WELCOME_TOKENS
        assert [one.kind for one in await activity.notifications(session, member)] == ["welcome"]


async def test_ten_top_ups_an_hour(db, limits_on):
    user = await make_user()
    for number in range(10):
        await top_up(user, 1, key=str(number))
    with pytest.raises(RateLimitedError):
        await top_up(user, 1, key="11")
    assert await balance_of(user) == 10


async def test_grant_needs_recipient_and_reason(db):
    user = await make_user()
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await wallet.grant(session, user_id=new_id(), tokens=1, is_bonus=False, key="x", memo="")
        with pytest.raises(InvalidInputError):
            await wallet.grant(session, user_id=user.user_id, tokens=0, is_bonus=False, key="x", memo="")


async def test_statement_balances_run_through_all_views_and_pages(db):
    user = await make_user(tokens=100, bonus=10)
    pack = await make_pack(price=30)
    await buy(user, pack.slug, 30)
    await top_up(user, 50)
    async with read_only() as session:
        page = await wallet.statement(session, user)
        assert [(line.amount_tokens, line.balance_tokens) for line in page.items] == [
            (50, 130), (-30, 80), (10, 110), (100, 100),
        ]  # fmt: skip
        bought = await wallet.statement(session, user, kind="purchases")
        assert [(line.amount_tokens, line.balance_tokens) for line in bought.items] == [(-30, 80)]
        assert bought.items[0].link == f"/pack/{pack.slug}"
        assert bought.items[0].title.startswith("Pack ")
        credited = await wallet.statement(session, user, kind="top_ups")
        assert [line.amount_tokens for line in credited.items] == [50, 10, 100]
        first = await wallet.statement(session, user, limit=3)
        rest = await wallet.statement(session, user, limit=3, cursor=first.next_cursor)
        assert [line.id for line in (*first.items, *rest.items)] == [line.id for line in page.items]
        assert rest.next_cursor is None


async def test_statement_shows_only_own_entries(db):
    seller = await make_creator()
    buyer = await make_user(tokens=100)
    pack = await make_pack(seller, price=30)
    await buy(buyer, pack.slug, 30)
    async with read_only() as session:
        assert (await wallet.statement(session, seller)).items == ()
        balance = await wallet.balance(session, seller)
    assert (balance.total_tokens, balance.earnings_tokens) == (0, 24)


@pytest.mark.parametrize("cursor", ["x", "WzBd", "WyJ4Il0", "WzFlOTld", "W251bGxd", "WzEsMl0"])
async def test_unknown_cursor_is_rejected(db, cursor: str):
    user = await make_user()
    async with read_only() as session:
        with pytest.raises(InvalidInputError):
            await wallet.statement(session, user, cursor=cursor)


async def test_csv_formulas_are_escaped(db):
    user = await make_user(tokens=10)
    for number, title in enumerate(("=1+1", "+1", "-1", "@SUM(A1)")):
        pack = await make_pack(price=1, title=title)
        await buy(user, pack.slug, 1, key=str(number))
    async with read_only() as session:
        rows = list(csv.reader(io.StringIO(await wallet.statement_csv(session, user))))
    assert {row[2][0] for row in rows[1:5]} == {"'"}
    assert [row[3] for row in rows[1:]] == ["-1"] * 4 + ["10"]


async def test_exhausted_pool_fails_instead_of_hanging(db):
    users = [await make_user() for _ in range(25)]
    await asyncio.gather(*(top_up(user) for user in users))
    async with transaction() as session:
        total = await session.execute(text("SELECT sum(spendable_tokens) FROM wallets"))
        assert total.scalar_one() == 25 * 50
