import asyncio

import psycopg2
import pytest
from sqlalchemy import text

from askchopper import policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import (
    AskChopperError,
    ConflictError,
    InsufficientTokensError,
    InvalidInputError,
    KeyReusedError,
    NotFoundError,
    PriceChangedError,
    RateLimitedError,
    UnavailableError,
)
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.purchases import Receipt
from askchopper.services import activity, wallet
from askchopper.services.catalogue import detail, pack_store
from askchopper.services.purchases import checkout, downloads, refunds
from askchopper.vocabulary import LicenceKind
from tests.support.factories import balance_of, check_ledger, make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration
SHARE_OF_30 = 30 - policy.platform_fee_tokens(30, policy.SELLER_SHARE_PERCENT)


async def buy(viewer: Viewer, price: int, *, key: str = "key", **what: object) -> Receipt:
    async with transaction() as session:
        return await checkout.buy(session, viewer, price_tokens=price, key=key, **what)  # type: ignore[arg-type]


async def refund(viewer: Viewer, receipt: Receipt) -> int:
    async with transaction() as session:
        return (await refunds.refund(session, viewer, purchase_id=receipt.purchase_id)).total_tokens


async def download(viewer: Viewer, file_id: str) -> None:
    async with transaction() as session:
        await downloads.start_file_download(session, viewer, file_id=file_id)


async def earnings(viewer: Viewer) -> int:
    async with read_only() as session:
        return (await wallet.balance(session, viewer)).earnings_tokens


async def test_purchase_moves_tokens_and_grants_rights_licence_and_notification(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    receipt = await buy(buyer, 30, pack_slug=pack.slug)
    assert (receipt.price_tokens, receipt.balance_tokens) == (30, 70)
    assert receipt.file_ids == pack.file_ids
    assert await earnings(pack.creator) == SHARE_OF_30
    async with read_only() as session:
        seen = await detail.get_pack(session, buyer, slug=pack.slug)
        [note] = await activity.notifications(session, pack.creator)
        log = await session.execute(text("SELECT kind FROM activity"))
    assert seen.card.owned
    assert all(row.owned for row in seen.files)
    assert note.sentence.endswith("for 30 tokens.")
    assert log.scalar_one() == "purchase.completed"
    assert (await check_ledger()).problems == ()


async def test_bonus_tokens_are_spent_first_and_shared_separately(db, as_owner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SELLER_SHARE_PERCENT", 80)
    buyer, pack = await make_user(tokens=100, bonus=13), await make_pack(price=30)
    await buy(buyer, 30, pack_slug=pack.slug)
    async with read_only() as session:
        assert (await wallet.balance(session, buyer)).bonus_tokens == 0
    shares = as_owner(
        "SELECT a.kind, sum(amount_tokens) FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id"
        " WHERE a.kind IN ('fees', 'earnings', 'bonus_earnings') GROUP BY a.kind ORDER BY a.kind"
    )
    assert shares == [("bonus_earnings", 11), ("earnings", 13), ("fees", 6)]


@pytest.mark.parametrize("price", [0, 1, 4, 5, 9, 10, 99])
async def test_fee_and_share_sum_to_the_price(db, price: int):
    buyer, pack = await make_user(tokens=100), await make_pack(price=price)
    await buy(buyer, price, pack_slug=pack.slug)
    assert await earnings(pack.creator) == price - policy.platform_fee_tokens(price, policy.SELLER_SHARE_PERCENT)
    assert (await check_ledger()).problems == ()


async def test_changed_seller_share_applies_to_new_sales(db, monkeypatch: pytest.MonkeyPatch):
    buyer, creator = await make_user(tokens=100), await make_creator()
    packs = [await make_pack(creator, price=30) for _ in range(2)]
    earned = 0
    for pack, share in zip(packs, (80, 70), strict=True):
        monkeypatch.setattr(policy, "SELLER_SHARE_PERCENT", share)
        await buy(buyer, 30, pack_slug=pack.slug, key=pack.slug)
        earned += 30 * share // 100
        assert await earnings(creator) == earned
    assert (await check_ledger()).problems == ()


async def test_seller_is_notified_once(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=1)
    for _ in range(2):
        receipt = await buy(buyer, 1, pack_slug=pack.slug)
    sound = await make_pack(pack.creator, price=0)
    await buy(buyer, 0, pack_slug=sound.slug, key="free")
    async with read_only() as session:
        free, sale = await activity.notifications(session, pack.creator)
    assert (sale.sentence, sale.link) == (f"Sold: {receipt.pack_title} for 1 token.", routes.pack(pack.slug))
    assert free.sentence.endswith(", for free.")


async def test_free_pack_grants_a_licence(db):
    buyer, pack = await make_user(), await make_pack(price=0)
    receipt = await buy(buyer, 0, pack_slug=pack.slug)
    assert receipt.licence_id
    assert await refund(buyer, receipt) == 0


async def test_repeated_request_returns_the_same_receipt(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    first = await buy(buyer, 30, pack_slug=pack.slug)
    assert await buy(buyer, 30, pack_slug=pack.slug) == first
    other = await make_pack(price=30)
    with pytest.raises(KeyReusedError):
        await buy(buyer, 30, pack_slug=other.slug)
    assert await balance_of(buyer) == 70


async def test_each_refusal_has_its_own_error(db):
    buyer, pack = await make_user(tokens=40), await make_pack(price=30)
    dear = await make_pack(price=500)
    draft = await make_pack(price=5, is_published=False)
    with pytest.raises(PriceChangedError) as price:
        await buy(buyer, 29, pack_slug=pack.slug)
    assert price.value.price_tokens == 30
    with pytest.raises(InsufficientTokensError) as missing:
        await buy(buyer, 500, pack_slug=dear.slug)
    assert missing.value.missing_tokens == 460
    with pytest.raises(ConflictError, match="your own pack"):
        await buy(pack.creator, 30, pack_slug=pack.slug)
    for slug in ("nowhere", draft.slug, "\x00", ""):
        with pytest.raises(NotFoundError):
            await buy(buyer, 5, pack_slug=slug)
    with pytest.raises(NotFoundError):
        await buy(buyer, 5, file_id=draft.file_ids[0])
    with pytest.raises(NotFoundError):
        await buy(buyer, 5, file_id="not an id")
    with pytest.raises(InvalidInputError):
        await buy(buyer, 30)
    with pytest.raises(InvalidInputError):
        await buy(buyer, 30, pack_slug=pack.slug, file_id=pack.file_ids[0])
    await buy(buyer, 30, pack_slug=pack.slug)
    with pytest.raises(ConflictError, match="own this already"):
        await buy(buyer, 30, pack_slug=pack.slug, key="again")
    assert await balance_of(buyer) == 10


@pytest.mark.parametrize("price", [-1, 2**31, True])
async def test_invalid_price_is_rejected(db, price: int):
    buyer, pack = await make_user(tokens=40), await make_pack(price=1)
    with pytest.raises(InvalidInputError):
        await buy(buyer, price, pack_slug=pack.slug)


async def test_sql_function_rejects_missing_price(db, as_owner):
    buyer, pack = await make_user(tokens=40), await make_pack(price=30)
    [(outcome,)] = as_owner(
        f"SELECT outcome FROM purchase_buy('{buyer.user_id}', '{pack.slug}', NULL, 'standard', NULL, 'k', 'x',"
        f" gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), {policy.SELLER_SHARE_PERCENT})"
    )
    assert outcome == "price_changed"


async def test_partly_owned_pack_charges_the_difference(db):
    buyer = await make_user(tokens=100)
    pack = await make_pack(price=30, files=tuple(new_file(n, price_tokens=9) for n in range(1, 4)))
    await buy(buyer, 9, file_id=pack.file_ids[0], key="one")
    async with read_only() as session:
        offer = (await detail.get_pack(session, buyer, slug=pack.slug)).offers[0]
    assert (offer.missing_price_tokens, offer.missing_files) == (20, 2)
    receipt = await buy(buyer, 20, pack_slug=pack.slug, key="rest")
    assert set(receipt.file_ids) == set(pack.file_ids[1:])
    with pytest.raises(ConflictError):
        await buy(buyer, 9, file_id=pack.file_ids[1], key="again")
    assert (await check_ledger()).problems == ()


async def test_single_sounds_have_only_the_standard_licence(db):
    buyer = await make_user(tokens=100)
    pack = await make_pack(price=30, broadcast=90)
    with pytest.raises(NotFoundError):
        await buy(buyer, 5, file_id=pack.file_ids[0], licence_kind=LicenceKind.BROADCAST)


async def test_upgrade_charges_the_difference_and_is_refunded_first(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30, broadcast=90)
    standard = await buy(buyer, 30, pack_slug=pack.slug, key="standard")
    upgrade = await buy(buyer, 60, pack_slug=pack.slug, key="upgrade", licence_kind=LicenceKind.BROADCAST)
    with pytest.raises(ConflictError, match="upgrade"):
        await refund(buyer, standard)
    assert await refund(buyer, upgrade) == 70
    assert await refund(buyer, standard) == 100
    assert (await check_ledger()).problems == ()


async def test_broadcast_licence_includes_the_standard_one(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30, broadcast=90)
    await buy(buyer, 90, pack_slug=pack.slug, licence_kind=LicenceKind.BROADCAST)
    with pytest.raises(ConflictError):
        await buy(buyer, 30, pack_slug=pack.slug, key="again")


async def test_refund_reverses_the_purchase_once(db):
    buyer, pack = await make_user(tokens=100, bonus=7), await make_pack(price=30)
    receipt = await buy(buyer, 30, pack_slug=pack.slug)
    results = await asyncio.gather(*(refund(buyer, receipt) for _ in range(4)))
    assert results == [107] * 4
    assert await earnings(pack.creator) == 0
    async with read_only() as session:
        [note] = await activity.notifications(session, pack.creator)
        assert (note.kind, note.sentence) == ("refund", f"Refunded: {receipt.pack_title} for 30 tokens.")
        assert (await wallet.balance(session, buyer)).bonus_tokens == 7
        assert not (await detail.get_pack(session, buyer, slug=pack.slug)).card.owned
    again = await buy(buyer, 30, pack_slug=pack.slug, key="again")
    assert again.purchase_id != receipt.purchase_id
    assert (await check_ledger()).problems == ()


async def test_refund_is_rejected_for_others_after_expiry_or_download(db, as_owner):
    buyer, other, pack = await make_user(tokens=100), await make_user(), await make_pack(price=30)
    receipt = await buy(buyer, 30, pack_slug=pack.slug)
    with pytest.raises(NotFoundError):
        await refund(other, receipt)
    as_owner(f"UPDATE purchases SET created_at = now() - interval '{policy.REFUND_HOURS + 1} hours'")
    with pytest.raises(ConflictError, match=f"{policy.REFUND_HOURS} hours"):
        await refund(buyer, receipt)
    as_owner("UPDATE purchases SET created_at = now()")
    await download(buyer, pack.file_ids[0])
    with pytest.raises(ConflictError, match="downloaded"):
        await refund(buyer, receipt)
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await refunds.refund(session, buyer, purchase_id="not an id")


async def test_zip_of_other_purchase_blocks_the_refund(db):
    buyer = await make_user(tokens=100)
    pack = await make_pack(price=30)
    await buy(buyer, 5, file_id=pack.file_ids[0], key="one")
    async with transaction() as session:
        await downloads.start_zip_download(session, buyer, pack_slug=pack.slug)
    receipt = await buy(buyer, 15, pack_slug=pack.slug, key="rest")
    async with transaction() as session:
        await downloads.start_zip_download(session, buyer, pack_slug=pack.slug)
    with pytest.raises(ConflictError, match="downloaded"):
        await refund(buyer, receipt)


async def test_double_click_buys_once(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    receipts = await asyncio.gather(*(buy(buyer, 30, pack_slug=pack.slug) for _ in range(8)))
    assert len({receipt.purchase_id for receipt in receipts}) == 1
    assert await balance_of(buyer) == 70


async def test_two_tabs_buy_once(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    results = await asyncio.gather(
        *(buy(buyer, 30, pack_slug=pack.slug, key=str(n)) for n in range(8)), return_exceptions=True
    )
    assert sum(isinstance(result, Receipt) for result in results) == 1
    assert sum(isinstance(result, ConflictError) for result in results) == 7
    assert await balance_of(buyer) == 70


async def test_concurrent_purchases_never_overdraw(db):
    buyer = await make_user(tokens=100)
    packs = [await make_pack(price=30) for _ in range(8)]
    results = await asyncio.gather(
        *(buy(buyer, 30, pack_slug=pack.slug, key=pack.slug) for pack in packs), return_exceptions=True
    )
    assert sum(isinstance(result, Receipt) for result in results) == 3
    assert sum(isinstance(result, InsufficientTokensError) for result in results) == 5
    assert await balance_of(buyer) == 10
    assert (await check_ledger()).problems == ()


async def test_fifty_concurrent_buyers_of_one_pack(db):
    pack = await make_pack(price=30)
    buyers = [await make_user(tokens=30) for _ in range(50)]
    receipts = await asyncio.gather(*(buy(buyer, 30, pack_slug=pack.slug) for buyer in buyers))
    assert len({receipt.licence_id for receipt in receipts}) == 50
    assert await earnings(pack.creator) == 50 * SHARE_OF_30
    report = await check_ledger()
    assert report.problems == ()
    assert report.transactions == 100


async def test_mutual_purchases_do_not_deadlock(db):
    sellers = [await make_creator() for _ in range(2)]
    packs = [[await make_pack(seller, price=1) for _ in range(10)] for seller in sellers]
    for seller in sellers:
        async with transaction() as session:
            await wallet.grant(session, user_id=seller.user_id, tokens=50, is_bonus=False, key="start", memo="")
    results = await asyncio.gather(
        *(buy(sellers[1 - n], 1, pack_slug=pack.slug, key=pack.slug) for n in (0, 1) for pack in packs[n]),
        return_exceptions=True,
    )
    assert all(isinstance(result, Receipt) for result in results), results
    assert (await check_ledger()).problems == ()


async def test_concurrent_refund_and_download_exclude_each_other(db):
    outcomes = set()
    for _ in range(12):
        buyer, pack = await make_user(tokens=30), await make_pack(price=30)
        receipt = await buy(buyer, 30, pack_slug=pack.slug)
        back, sent = await asyncio.gather(
            refund(buyer, receipt), download(buyer, pack.file_ids[0]), return_exceptions=True
        )
        is_back, is_sent = not isinstance(back, AskChopperError), not isinstance(sent, AskChopperError)
        assert is_back != is_sent, (back, sent)
        assert await balance_of(buyer) == (30 if is_back else 0)
        outcomes.add(is_back)
    assert (await check_ledger()).problems == ()


@pytest.mark.parametrize("cause", ["deadlock_detected", "serialization_failure"])
async def test_aborted_purchase_reports_that_nothing_was_charged(db, as_owner, cause: str):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    as_owner(
        "CREATE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{cause}'; END $$",
        "CREATE TRIGGER injected BEFORE INSERT ON licences FOR EACH ROW EXECUTE FUNCTION injected()",
    )
    try:
        with pytest.raises(UnavailableError, match="Nothing was charged; try again"):
            await buy(buyer, 30, pack_slug=pack.slug)
    finally:
        as_owner("DROP TRIGGER injected ON licences", "DROP FUNCTION injected()")
    assert await balance_of(buyer) == 100
    assert (await buy(buyer, 30, pack_slug=pack.slug)).balance_tokens == 70
    assert (await check_ledger()).problems == ()


async def test_purchase_rate_limit(db, limits_on):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    for _ in range(60):
        await buy(buyer, 30, pack_slug=pack.slug)
    with pytest.raises(RateLimitedError):
        await buy(buyer, 30, pack_slug=pack.slug)


async def test_owned_files_stay_after_pack_is_withdrawn(db):
    buyer, other, pack = await make_user(tokens=100), await make_user(tokens=100), await make_pack(price=30)
    await buy(buyer, 30, pack_slug=pack.slug)
    async with transaction() as session:
        await pack_store.mark_unpublished(session, pack.id)
    with pytest.raises(NotFoundError):
        await buy(other, 30, pack_slug=pack.slug)
    await download(buyer, pack.file_ids[0])


async def test_only_unsold_sounds_can_be_deleted(db, as_owner):
    buyer, pack, unsold = await make_user(tokens=100), await make_pack(price=30), await make_pack(price=30)
    await buy(buyer, 30, pack_slug=pack.slug)
    for change in (
        f"DELETE FROM audio_files WHERE id = '{pack.file_ids[0]}'",
        f"UPDATE audio_files SET id = gen_random_uuid() WHERE id = '{pack.file_ids[0]}'",
        f"UPDATE audio_files SET pack_id = '{unsold.id}' WHERE id = '{pack.file_ids[0]}'",
    ):
        with pytest.raises(psycopg2.Error, match="was sold and stays"):
            as_owner(change)
    as_owner(f"DELETE FROM audio_files WHERE pack_id = '{unsold.id}'")


async def test_sound_cannot_be_deleted_during_its_sale(db, as_owner):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="key")
        deletion = asyncio.create_task(
            asyncio.to_thread(as_owner, f"DELETE FROM audio_files WHERE pack_id = '{pack.id}'")
        )
        await asyncio.sleep(0.2)
        assert not deletion.done()
    with pytest.raises(psycopg2.Error, match="was sold and stays"):
        await deletion
    assert (await check_ledger()).problems == ()
