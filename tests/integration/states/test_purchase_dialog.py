"""The purchase dialog: the displayed price, idempotency, and missing tokens."""

import asyncio
import re

from askchopper.database import transaction
from askchopper.integrations.stripe import parse_event
from askchopper.services import payments
from tests.simulators.stripe.server import event
from tests.support.events import tab, tabs
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user


async def test_buy_a_pack(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        assert member.vars["step"] == "confirm"
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
        assert member.vars["step"] == "done"
        assert member.vars["goods"]["download"] == f"/api/v1/library/{pack.slug}/zip"
        assert member.others["askchopper___states___catalogue____pack_state.is_whole"] is True
        assert member.others["askchopper___states___session____session_state.balance"] == str(500 - pack.price_tokens)
    assert await balance_of(buyer) == 500 - pack.price_tokens
    assert (await check_ledger()).problems == ()


async def test_second_click_buys_once(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
    assert await balance_of(buyer) == 500 - pack.price_tokens


async def test_two_tabs_buy_once(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tabs(buyer, buyer) as (first, second):
        page = f"/pack/{pack.slug}"
        for one in (first, second):
            await one.send("PackState.load", page)
            await one.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        await first.send("PurchaseState.buy", page, attempt=first.vars.get("attempt", ""))
        await second.send("PurchaseState.buy", page, attempt=second.vars.get("attempt", ""))
        assert "own" in first.told()
    assert await balance_of(buyer) == 500 - pack.price_tokens


async def test_buy_single_sound(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.open", page, ref=pack.file_ids[0])
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
        rows = member.others["askchopper___states___catalogue____pack_state.rows"]
        owned = [row.is_owned for row in rows]
    assert owned.count(True) == 1


async def test_missing_tokens_are_added_with_the_purchase(db: None):
    pack = await make_pack(await make_creator(), price=60)
    buyer = await make_user(tokens=1)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        assert member.vars["missing_tokens"] == 59
        assert member.vars["top_up"] == {
            "tokens": "100",
            "money": "€9.00",
            "left": "41",
            "way": "test",
            "owed": "",
        }  # 50 would not cover it
        attempt = member.vars["attempt"]
        await member.send("PurchaseState.buy", page, attempt=attempt)
        await member.send("PurchaseState.buy", page, attempt=attempt)
        assert member.vars["step"] == "done"
    assert await balance_of(buyer) == 1 + 100 - 60
    assert (await check_ledger()).problems == ()


async def test_refused_purchase_adds_no_tokens(db: None, as_owner):
    pack = await make_pack(await make_creator(), price=60)
    buyer = await make_user(tokens=1)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        as_owner("UPDATE licence_offers SET price_tokens = price_tokens + 50 WHERE kind = 'standard'")
        await member.send("PurchaseState.buy", page, attempt=member.vars["attempt"])
        assert "price is now" in member.vars["problem"]
        assert member.vars["missing_tokens"] == 109
        assert member.vars["top_up"]["tokens"] == "300"
    assert await balance_of(buyer) == 1


async def test_tokens_spent_in_another_tab_are_noticed(db: None):
    creator = await make_creator()
    pack, other = await make_pack(creator, price=60), await make_pack(creator, price=50)
    buyer = await make_user(tokens=70)
    async with tabs(buyer, buyer) as (first, second):
        await first.send("PurchaseState.open", "/browse", ref=f"pack:{pack.slug}")
        await second.send("PurchaseState.open", "/browse", ref=f"pack:{other.slug}")
        await second.send("PurchaseState.buy", "/browse", attempt=second.vars["attempt"])
        await first.send("PurchaseState.buy", "/browse", attempt=first.vars["attempt"])
        assert first.vars["step"] == "confirm"
        assert first.vars["balance"] == 20
        assert first.vars["top_up"]["tokens"] == "50"
    assert await balance_of(buyer) == 20


async def test_purchase_is_refunded_in_the_dialog(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        await member.send("PurchaseState.buy", page, attempt=member.vars["attempt"])
        await member.send("PurchaseState.refund", page)
        assert member.vars["step"] == ""
        assert member.others["askchopper___states___catalogue____pack_state.is_whole"] is False
    assert await balance_of(buyer) == 500


async def test_owned_item_offers_its_download(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tabs(buyer, buyer) as (first, second):
        await first.send("PurchaseState.open", "/browse", ref=pack.file_ids[0])
        await first.send("PurchaseState.buy", "/browse", attempt=first.vars["attempt"])
        await second.send("PurchaseState.open", "/browse", ref=pack.file_ids[0])
        assert second.vars["step"] == "done"
        assert second.vars["goods"]["download"] == f"/api/v1/library/files/{pack.file_ids[0]}/download"
        assert second.vars["purchase_id"] == ""  # only the dialog of a purchase refunds it


async def test_changed_price_needs_confirmation(db: None, as_owner):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=900)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        as_owner("UPDATE licence_offers SET price_tokens = price_tokens + 7 WHERE kind = 'standard'")
        seen = member.vars["attempt"]
        await member.send("PurchaseState.buy", page, attempt=seen)
        assert "price is now" in member.vars["problem"]
        assert member.vars["price"] == pack.price_tokens + 7
        await member.send("PurchaseState.buy", page, attempt=seen)  # the second half of a double click
        assert await balance_of(buyer) == 900
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
    assert await balance_of(buyer) == 900 - pack.price_tokens - 7


async def test_own_pack_cannot_be_bought(db: None):
    creator = await make_creator()
    pack = await make_pack(creator)
    async with tab(creator) as own:
        page = f"/pack/{pack.slug}"
        await own.send("PackState.load", page)
        offers = own.others["askchopper___states___catalogue____offer_state.offers"]
        assert [offer["can_buy"] for offer in offers] == [False]
        for turn, ref in enumerate((f"pack:{pack.slug}", pack.file_ids[0]), start=1):
            await own.send("PurchaseState.open", page, ref=ref)
            assert own.vars.get("step", "") == ""
            assert own.vars["turn"] == turn  # the dialog, which opened at the click, closes
            assert "your own pack" in own.told()


async def test_offer_of_what_the_viewer_may_not_see(db: None):
    hidden = await make_pack(await make_creator(), is_published=False)
    for viewer in (None, await make_user(tokens=500)):
        async with tab(viewer) as visitor:
            for ref in (f"pack:{hidden.slug}", hidden.file_ids[0], "pack:nothing", "nothing", "pack:\x00"):
                await visitor.send("PurchaseState.open", ref=ref)
                assert visitor.vars.get("step", "") == ""
                assert "not on sale any more" in visitor.told()


async def test_test_checkout_credits_once_per_click(db: None):
    buyer = await make_user()
    async with tab(buyer) as member:
        await member.send("WalletState.load", "/wallet")
        await member.send("WalletState.choose_bundle", "/wallet", tokens="300")
        seen = member.vars["attempt"]
        await member.send("WalletState.get_tokens", "/wallet", attempt=seen)
        await member.send("WalletState.get_tokens", "/wallet", attempt=seen)  # the second half of a double click
        assert member.vars["total"] == "300"
        await member.send("WalletState.filter_entries", "/wallet", kind="purchases")
        assert member.vars["lines"] == []
        await member.send("WalletState.filter_entries", "/wallet", kind="stolen")
        assert "no such list" in member.told()
    assert await balance_of(buyer) == 300


async def test_visitor_joins_in_the_dialog_and_returns_to_it(db: None):
    pack = await make_pack(await make_creator())
    page = f"/pack/{pack.slug}"
    async with tab() as visitor:
        await visitor.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        assert visitor.vars["step"] == "join"
        assert visitor.vars["goods"]["return_path"] == f"{page}?buy=pack%3A{pack.slug}"
        await visitor.send("PurchaseState.buy", page, attempt=visitor.vars["attempt"])
        assert "/login" in visitor.told()


async def test_unknown_items_and_licences_are_refused(db: None):
    pack = await make_pack(await make_creator())
    async with tab(await make_user()) as member:
        for ref in ("pack:", "pack:nothing", "x" * 500, "", pack.slug):
            await member.send("PurchaseState.open", "/browse", ref=ref)
            assert member.vars.get("step", "") == ""
            assert "not on sale" in member.told()


async def test_a_refusal_shows_no_earlier_offer(db: None):
    pack = await make_pack(await make_creator())
    async with tab(await make_user(tokens=500)) as member:
        await member.send("PurchaseState.open", f"/pack/{pack.slug}", ref=f"pack:{pack.slug}")
        assert member.vars["step"] == "confirm"
        await member.send("PurchaseState.open", f"/pack/{pack.slug}", ref="pack:nothing")
        assert (member.vars["step"], member.vars["attempt"]) == ("", "")


async def test_closed_dialog_buys_nothing(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.open", page, ref=f"pack:{pack.slug}")
        await member.send("PurchaseState.close", page)
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
    assert await balance_of(buyer) == 500


async def _pay(stripe, address: str, *kinds: str) -> None:
    for kind in kinds:
        content = event(kind, stripe.paid(address))
        async with transaction() as session:
            await payments.apply_event(session, parse_event(content))


def _address(told: str) -> str:
    return re.findall(r"http://127\.0\.0\.1:\d+/c/pay/\w+", told)[0]


async def test_missing_tokens_are_paid_and_the_item_is_bought_on_the_return(db: None, stripe):
    pack = await make_pack(await make_creator())
    buyer, other = await make_user(), await make_user()
    page, ref = f"/pack/{pack.slug}", f"pack:{pack.slug}"
    async with tabs(buyer, other) as (member, other_tab):
        await member.send("PackState.load", page)
        await member.send("PurchaseState.open", page, ref=ref)
        assert member.vars["top_up"]["way"] == "stripe"
        await member.send("PurchaseState.buy", page, attempt=member.vars["attempt"])
        address = _address(member.told())
        made = stripe.session(address)
        assert made["success_url"].endswith(
            f"/pack/{pack.slug}?buy=pack%3A{pack.slug}&order={made['client_reference_id']}"
        )
        assert await balance_of(buyer) == 0
        order = made["client_reference_id"]
        await _pay(stripe, address, "checkout.session.completed")
        await other_tab.send("PurchaseState.open_from_address", page, ref=ref, licence="standard", order_id=order)
        assert other_tab.vars["step"] == "confirm"
        await member.send("PurchaseState.open_from_address", page, ref=ref, licence="standard", order_id=order)
        async with asyncio.timeout(10):
            while await balance_of(buyer) == 50:  # noqa: ASYNC110 - the dialog finishes in the background
                await asyncio.sleep(0.05)
        # A reload of the address buys once.
        await member.send("PurchaseState.open_from_address", page, ref=ref, licence="standard", order_id=order)
        assert member.vars["step"] == "done"
    assert await balance_of(buyer) == 50 - pack.price_tokens
    assert (await check_ledger()).problems == ()


async def test_order_of_another_item_buys_nothing(db: None, stripe):
    pack, second = await make_pack(await make_creator()), await make_pack(await make_creator())
    buyer = await make_user()
    async with tab(buyer) as member:
        await member.send("PurchaseState.open", "/browse", ref=f"pack:{pack.slug}")
        await member.send("PurchaseState.buy", "/browse", attempt=member.vars["attempt"])
        address = _address(member.told())
        await _pay(stripe, address, "checkout.session.completed")
        order = stripe.session(address)["client_reference_id"]
        await member.send(
            "PurchaseState.open_from_address", "/browse", ref=f"pack:{second.slug}", licence="standard", order_id=order
        )
        assert member.vars["step"] == "confirm"
    assert await balance_of(buyer) == 50


async def test_wallet_waits_for_the_payment_and_shows_it(db: None, stripe):
    buyer = await make_user()
    async with tab(buyer) as member:
        await member.send("WalletState.load", "/wallet")
        assert member.vars["checkout"] == "stripe"
        await member.send("WalletState.get_tokens", "/wallet", attempt=member.vars["attempt"])
        address = _address(member.told())
        await _pay(stripe, address, "checkout.session.completed")
        await member.send("PaymentState.load", "/wallet", f"?order={stripe.session(address)['client_reference_id']}")
        async with asyncio.timeout(10):
            while member.vars["is_waiting"]:
                await asyncio.sleep(0.1)
                await member.send("PaymentState.load", "/wallet")
        assert await balance_of(buyer) == 100
        await member.send("PaymentState.load", "/wallet", "?cancelled=1")
        assert "Nothing was charged" in member.vars["message"]


async def test_stripe_outage_is_said_in_the_dialog(db: None, stripe):
    pack = await make_pack(await make_creator())
    stripe.fail(503, times=9)
    async with tab(await make_user()) as member:
        await member.send("PurchaseState.open", "/browse", ref=f"pack:{pack.slug}")
        await member.send("PurchaseState.buy", "/browse", attempt=member.vars["attempt"])
        assert "Nothing was charged" in member.vars["problem"]
        assert member.vars["is_busy_buying"] is False
