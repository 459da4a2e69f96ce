"""Orders of tokens and the events of their payments: what is credited and reversed, in any order and number of deliveries."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askchopper.database import dispose, read_only, transaction
from askchopper.errors import InDebtError, KeyReusedError, NotFoundError, RateLimitedError, UnavailableError
from askchopper.integrations.stripe import parse_event
from askchopper.schemas.accounts import Viewer
from askchopper.services import payments, wallet
from askchopper.services.purchases import checkout, offers, refunds
from askchopper.settings import environment
from askchopper.token_prices import find
from tests.simulators.stripe.client import StripeSimulator, charge, dispute, refund
from tests.simulators.stripe.server import event
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
PAID, EXPIRED = "checkout.session.completed", "checkout.session.expired"


async def order(viewer: Viewer, tokens: int = 100, key: str = "key", **more: Any) -> str:
    bundle = find(tokens)
    assert bundle is not None
    return await payments.start_checkout(viewer, bundle, key=key, **more)


async def take(*events: dict[str, Any]) -> list[str]:
    outcomes: list[str] = []
    for one in events:
        async with transaction() as session:
            outcomes.append(await payments.apply_event(session, parse_event(one)))
    return outcomes


async def debt_of(viewer: Viewer) -> int:
    async with read_only() as session:
        return (await wallet.balance(session, viewer)).debt_tokens


async def status_of(viewer: Viewer, stripe: StripeSimulator, url: str) -> str:
    async with read_only() as session:
        found = await payments.get_order(session, viewer, order_id=stripe.session(url)["client_reference_id"])
    return found.status.value


async def test_order_is_the_source_of_amounts(db: None, stripe: StripeSimulator):
    member = await make_user()
    url = await order(member)
    [request] = stripe.seen["requests"]
    assert request["form"]["line_items"]["0"] == {
        "price_data": {"currency": "eur", "unit_amount": "900", "product_data": {"name": "100 tokens for Ask Chopper"}},
        "quantity": "1",
    }
    assert request["key"] == f"order-{request['form']['client_reference_id']}"
    paid = stripe.paid(url)
    for wrong in ({"amount_subtotal": 1}, {"currency": "usd"}):
        await take(event(PAID, {**paid, **wrong}))
        assert await balance_of(member) == 0
    await take(event(PAID, {**paid, "metadata": {"tokens": "9999"}, "amount_total": 1_071}))
    assert await balance_of(member) == 100
    assert (await check_ledger()).problems == ()


async def test_repeated_order_returns_the_same_page(db: None, stripe: StripeSimulator):
    member, other = await make_user(), await make_user()
    pages = await asyncio.gather(*(order(member) for _ in range(4)))
    assert len(set(pages)) == 1
    assert await order(other) != pages[0]
    with pytest.raises(KeyReusedError):
        await order(member, 50)
    with pytest.raises(NotFoundError):
        await status_of(other, stripe, pages[0])


async def test_stripe_failure_charges_nothing_and_can_be_repeated(db: None, stripe: StripeSimulator):
    member = await make_user()
    stripe.fail(500, times=3)  # the client tries three times
    with pytest.raises(UnavailableError):
        await order(member)
    stripe.fail(500, times=2)
    assert (await order(member)).startswith(stripe.url)
    assert len({one["key"] for one in stripe.seen["requests"]}) == 1


async def test_wrong_key_is_unavailable_not_a_crash(db: None, stripe: StripeSimulator):
    with environment(STRIPE_SECRET_KEY="sk_test_wrong"), pytest.raises(UnavailableError):
        await order(await make_user())
    with environment(STRIPE_API_BASE="http://127.0.0.1:9"), pytest.raises(UnavailableError):
        await order(await make_user())


async def test_ten_orders_an_hour(db: None, stripe: StripeSimulator, limits_on: None):
    member = await make_user()
    for number in range(10):
        await order(member, key=str(number))
    with pytest.raises(RateLimitedError):
        await order(member, key="11")


async def test_second_delivery_and_late_success_credit_once(db: None, stripe: StripeSimulator):
    member = await make_user()
    url = await order(member)
    first = event(PAID, stripe.paid(url))
    again = event("checkout.session.async_payment_succeeded", stripe.paid(url))
    assert await take(first, first, again, event(EXPIRED, stripe.paid(url))) == [
        "applied", "duplicate", "applied", "applied",
    ]  # fmt: skip
    assert await balance_of(member) == 100
    assert await status_of(member, stripe, url) == "paid"
    assert (await check_ledger()).problems == ()


async def test_twenty_parallel_deliveries_credit_once(db: None, stripe: StripeSimulator):
    member = await make_user()
    url = await order(member)
    one = event(PAID, stripe.paid(url))
    outcomes = await asyncio.gather(*(take(one) for _ in range(20)), return_exceptions=True)
    # Those that find no free connection are answered with 503, and Stripe delivers them again.
    applied = [outcome for outcome in outcomes if outcome == ["applied"]]
    assert len(applied) == 1
    assert all(outcome in (["applied"], ["duplicate"]) or isinstance(outcome, UnavailableError) for outcome in outcomes)
    assert await balance_of(member) == 100
    assert (await check_ledger()).problems == ()


async def test_unpaid_expired_and_failed_orders_credit_nothing(db: None, stripe: StripeSimulator):
    member = await make_user()
    for key, kinds, status in (
        ("a", [EXPIRED], "expired"),
        ("b", [PAID], "processing"),
        ("c", [PAID, "checkout.session.async_payment_failed"], "failed"),
    ):
        url = await order(member, key=key)
        await take(*(event(kind, stripe.paid(url, payment_status="unpaid")) for kind in kinds))
        assert await status_of(member, stripe, url) == status
    assert await balance_of(member) == 0
    await take(event("checkout.session.async_payment_succeeded", stripe.paid(url)))  # paid after all
    assert await balance_of(member) == 100


async def test_events_of_others_are_accepted_and_do_nothing(db: None, stripe: StripeSimulator):
    member = await make_user()
    paid = stripe.paid(await order(member))
    assert await take(
        event(PAID, paid, livemode=True),
        event("invoice.paid", {"object": "invoice", "id": "in_1"}),
        event(PAID, {**paid, "id": "cs_other", "client_reference_id": "of another shop"}),
        event(PAID, {**paid, "id": "cs_other", "client_reference_id": None}),
        refund({**paid, "payment_intent": "pi_other"}, 5),
    ) == ["other_environment", "ignored", "unknown", "unknown", "unknown"]
    assert await balance_of(member) == 0


async def test_order_is_found_when_its_page_was_not_stored(db: None, stripe: StripeSimulator, as_owner):
    """The server may stop between creating the page and storing its id."""
    member = await make_user()
    paid = stripe.paid(await order(member))
    as_owner("UPDATE token_orders SET session_id = NULL, checkout_url = ''")
    await take(event(PAID, paid))
    assert await balance_of(member) == 100


async def test_partial_and_full_refund_take_tokens_back(db: None, stripe: StripeSimulator):
    member = await make_user()
    paid = stripe.paid(await order(member))
    await take(event(PAID, paid), refund(paid, 301))
    assert await balance_of(member) == 67
    await take(refund(paid, 900), refund(paid, 450))  # the older one comes late
    assert await balance_of(member) == 0
    assert (await check_ledger()).problems == ()


async def test_orders_do_not_say_who_paid_after_the_member_has_left(db: None, stripe: StripeSimulator, as_owner):
    member = await make_user()
    paid = stripe.paid(await order(member))
    await take(event(PAID, paid), charge(paid, "card 1"))
    hashes = "SELECT cardinality(payer_hashes) FROM token_orders"
    assert as_owner(hashes) == [(1,)]
    async with transaction() as session:
        await payments.forget_payer(session, member.user_id)
    assert as_owner(hashes) == [(0,)]
    as_owner(f"UPDATE users SET deleted_at = now() WHERE id = '{member.user_id}'")
    await take(charge(paid, "card 1"))
    assert as_owner(hashes) == [(0,)]


async def test_refund_before_the_payment_is_applied_with_it(db: None, stripe: StripeSimulator, as_owner):
    member = await make_user()
    url = await order(member)
    paid = stripe.paid(url)
    early = refund(paid, 450)
    early["data"]["object"]["payment_method_details"] = {"card": {"fingerprint": "c"}}
    assert await take(early) == ["unknown"]
    [(facts,)] = as_owner("SELECT facts FROM payment_events")
    assert "payer_hash" not in facts, "the previous release can take it over"
    assert await take(event(PAID, paid)) == ["applied"]
    assert await balance_of(member) == 50
    assert await status_of(member, stripe, url) == "partly_refunded"
    assert (await check_ledger()).problems == ()


@pytest.mark.parametrize(("ended", "balance"), [("won", 100), ("lost", 0), ("warning_closed", 100)])
async def test_dispute_takes_tokens_until_it_is_won(db: None, stripe: StripeSimulator, ended: str, balance: int):
    member = await make_user()
    paid = stripe.paid(await order(member))
    await take(event(PAID, paid), dispute(paid, "created", "needs_response"))
    assert await balance_of(member) == 0
    await take(dispute(paid, "closed", ended), dispute(paid, "created", "needs_response"))
    assert await balance_of(member) == balance
    assert (await check_ledger()).problems == ()


async def test_inquiry_takes_nothing(db: None, stripe: StripeSimulator):
    member = await make_user()
    paid = stripe.paid(await order(member))
    await take(event(PAID, paid), dispute(paid, "created", "warning_needs_response"))
    assert await balance_of(member) == 100


async def test_spent_tokens_become_a_debt_that_locks_buying(db: None, stripe: StripeSimulator):
    member, pack = await make_user(bonus=40), await make_pack(await make_creator(), price=90)
    other = await make_pack(await make_creator(), price=10)
    free = await make_pack(await make_creator(), price=0)
    paid = stripe.paid(await order(member))
    await take(event(PAID, paid))

    async def buy(slug: str, price: int, key: str):
        async with transaction() as session:
            return await checkout.buy(session, member, pack_slug=slug, price_tokens=price, key=key)

    receipt = await buy(pack.slug, 90, "one")  # 40 bonus and 50 of the 100
    await take(refund(paid, 900))
    assert (await balance_of(member), await debt_of(member)) == (0, 50)
    async with transaction() as session:
        await wallet.grant(session, user_id=member.user_id, tokens=30, is_bonus=True, key="gift", memo="")
    with pytest.raises(InDebtError) as caught:
        await buy(other.slug, 10, "two")
    assert caught.value.missing_tokens == 50
    await buy(free.slug, 0, "free")
    async with transaction() as session:
        await refunds.refund(session, member, purchase_id=receipt.purchase_id)  # its 50 tokens pay the debt
    assert (await balance_of(member), await debt_of(member)) == (70, 0)
    await buy(other.slug, 10, "three")
    assert (await check_ledger()).problems == ()


async def test_next_payment_pays_the_debt_first(db: None, stripe: StripeSimulator):
    member, pack = await make_user(), await make_pack(await make_creator(), price=100)
    first = stripe.paid(await order(member))
    await take(event(PAID, first))
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=100, key="one")
    await take(dispute(first, "created", "needs_response"))
    assert await debt_of(member) == 100
    second = stripe.paid(await order(member, 300, key="second"))
    await take(event(PAID, second))
    assert (await balance_of(member), await debt_of(member)) == (200, 0)
    await take(dispute(first, "closed", "won"))
    assert await balance_of(member) == 300
    assert (await check_ledger()).problems == ()


async def test_paid_order_buys_its_item_once(db: None, stripe: StripeSimulator):
    member, pack = await make_user(), await make_pack(await make_creator(), price=30)
    async with read_only() as session:
        offer = await offers.get_offer(session, member, ref=f"pack:{pack.slug}")
    url = await order(member, 50, offer=offer)
    order_id = stripe.session(url)["client_reference_id"]
    async with read_only() as session:
        known = await payments.get_order(session, member, order_id=order_id)

    async def complete(viewer: Viewer):
        async with transaction() as session:
            return await checkout.buy_ordered(session, viewer, order_id=known.id)

    assert await complete(member) is None  # not paid yet
    await take(event(PAID, stripe.paid(url)))
    assert await complete(await make_user()) is None
    receipt = await complete(member)
    assert receipt is not None
    assert receipt.balance_tokens == 20
    assert await complete(member) is None


@given(st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_order_of_events_leaves_the_same_balance(db_emptied: None, stripe: StripeSimulator, data: st.DataObject):
    async def run() -> None:
        member = await make_user()
        paid = stripe.paid(await order(member))
        ends = data.draw(st.sampled_from(["won", "lost"]))
        events = [
            event(PAID, paid),
            refund(paid, 180),
            refund(paid, 360),
            dispute(paid, "created", "needs_response", 540),
            dispute(paid, "closed", ends, 540),
        ]
        shuffled = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events), max_size=3))
        await take(*shuffled)
        assert await balance_of(member) == (60 if ends == "won" else 0)
        assert (await check_ledger()).problems == ()
        await dispose()

    asyncio.run(run())
