"""The purchase dialog: the displayed price, idempotency, and missing tokens."""

from tests.support.events import tab, tabs
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user


async def test_buy_a_pack(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.ask_to_buy_pack", page)
        assert member.vars["is_dialog_open"] is True
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
        assert member.vars["is_dialog_open"] is False
        assert member.others["askchopper___states___catalogue____pack_state.is_whole"] is True
        assert member.others["askchopper___states___session____session_state.balance"] == str(500 - pack.price_tokens)
        assert "is yours" in member.told()
    assert await balance_of(buyer) == 500 - pack.price_tokens
    assert (await check_ledger()).problems == ()


async def test_second_click_buys_once(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.ask_to_buy_pack", page)
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
            await one.send("PurchaseState.ask_to_buy_pack", page)
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
        await member.send("PurchaseState.ask_to_buy_file", page, file_id=pack.file_ids[0])
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
        rows = member.others["askchopper___states___catalogue____pack_state.rows"]
        owned = [row.is_owned for row in rows]
    assert owned.count(True) == 1


async def test_missing_tokens_are_shown_before_purchase(db: None):
    pack = await make_pack(await make_creator())
    async with tab(await make_user(tokens=1)) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.ask_to_buy_pack", page)
        assert member.vars["missing_tokens"] == pack.price_tokens - 1
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
        assert member.vars["is_dialog_open"] is True


async def test_changed_price_needs_confirmation(db: None, as_owner):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=900)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.ask_to_buy_pack", page)
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
        assert own.vars["is_own"] is True
        assert own.vars.get("can_buy", False) is False


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


async def test_signed_out_visitor_is_redirected_to_sign_in(db: None):
    pack = await make_pack(await make_creator())
    async with tab() as visitor:
        page = f"/pack/{pack.slug}"
        await visitor.send("SessionState.load", page)
        await visitor.send("PackState.load", page)
        await visitor.send("PurchaseState.ask_to_buy_pack", page)
        assert visitor.vars["is_dialog_open"] is False
        assert f"/login?next=%2Fpack%2F{pack.slug}" in visitor.told()


async def test_closed_dialog_buys_nothing(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with tab(buyer) as member:
        page = f"/pack/{pack.slug}"
        await member.send("PackState.load", page)
        await member.send("PurchaseState.ask_to_buy_pack", page)
        await member.send("PurchaseState.close_dialog", page)
        await member.send("PurchaseState.buy", page, attempt=member.vars.get("attempt", ""))
    assert await balance_of(buyer) == 500
