"""The purchase dialog: the displayed price, idempotency, and missing tokens."""

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
        assert member.vars["top_up"] == {"tokens": "100", "money": "€9.00", "left": "41"}  # 50 would not cover it
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
        assert own.others["askchopper___states___catalogue____offer_state.is_own"] is True
        for ref in (f"pack:{pack.slug}", pack.file_ids[0]):
            await own.send("PurchaseState.open", page, ref=ref)
            assert own.vars.get("step", "") == ""
            assert "your own pack" in own.told()


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
