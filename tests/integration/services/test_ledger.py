import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from askchopper import local_postgres, policy
from askchopper.database import transaction
from askchopper.services.purchases import checkout, refunds
from tests.support.factories import check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration
CLOSED_TABLES = (
    "wallets", "ledger_accounts", "ledger_transactions", "ledger_entries", "purchases", "licences", "downloads",
)  # fmt: skip


async def trade():
    buyer, pack = await make_user(tokens=100, bonus=10), await make_pack(price=30)
    async with transaction() as session:
        receipt = await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="key")
    return buyer, pack, receipt


async def attempt(statement: str) -> str:
    with pytest.raises(DBAPIError) as caught:
        async with transaction() as session:
            await session.execute(text(statement))
    return getattr(caught.value.orig, "sqlstate", "")


@pytest.mark.parametrize("table", CLOSED_TABLES)
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "INSERT INTO {} DEFAULT VALUES", "LOCK {} IN EXCLUSIVE MODE"]
)
async def test_app_role_cannot_bypass_functions(db, table: str, statement: str):
    assert await attempt(statement.format(table)) == "42501"


@pytest.mark.parametrize(
    "change",
    ["wallets SET spendable_tokens = 1000000", "ledger_entries SET amount_tokens = 1", "purchases SET price_tokens = 0",
     "ledger_transactions SET memo = 'x'", "licences SET revoked_at = NULL", "licence_texts SET body = 'x'"],
)  # fmt: skip
async def test_app_role_cannot_change_ledger(db, change: str):
    assert await attempt(f"UPDATE {change}") == "42501"


async def test_app_role_cannot_call_ledger_post(db):
    user = await make_user()
    posting = (
        f"SELECT ledger_post(gen_random_uuid(), '{user.user_id}', 'grant', 'k', '', NULL, now(),"
        " ARRAY[NULL, NULL]::uuid[], ARRAY['issuance', 'fees'], ARRAY[-5, 5])"
    )
    assert await attempt(posting) == "42501"


async def test_temporary_table_cannot_shadow_wallet(db):
    user, pack = await make_user(tokens=5), await make_pack(price=30)
    async with transaction() as session:
        await session.execute(text("CREATE TEMP TABLE wallets AS SELECT * FROM public.wallets"))
        await session.execute(text("UPDATE pg_temp.wallets SET spendable_tokens = 1000000"))
        row = await session.execute(
            text(
                "SELECT outcome FROM purchase_buy(:buyer, :slug, NULL, 'standard', 30, 'k', 'x',"
                f" gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), {policy.SELLER_SHARE_PERCENT})"
            ),
            {"buyer": user.user_id, "slug": pack.slug},
        )
        assert row.scalar_one() == "insufficient"
        await session.execute(text("DROP TABLE pg_temp.wallets"))


async def test_app_role_cannot_set_ledger_time(db, as_owner):
    user, pack = await make_user(tokens=30), await make_pack(price=30)
    async with transaction() as session:
        await session.execute(text("SELECT set_config('askchopper.told_time', '2001-01-01T00:00:00Z', true)"))
        await checkout.buy(session, user, pack_slug=pack.slug, price_tokens=30, key="key")
    assert as_owner("SELECT count(*) FROM purchases WHERE created_at < now() - interval '1 hour'") == [(0,)]


async def test_owner_can_set_time_for_demo_content(db, as_owner):
    user = await make_user()
    as_owner(
        "SET askchopper.told_time = '2001-01-01T00:00:00Z'",
        f"SELECT ledger_credit(gen_random_uuid(), '{user.user_id}', 'grant', 'k', '', 5, false)",
    )
    assert as_owner("SELECT count(*) FROM ledger_transactions WHERE created_at < '2002-01-01'") == [(1,)]
    assert (await check_ledger()).problems == ()


async def test_owner_cannot_change_ledger_by_accident(db, as_owner):
    await trade()
    for statement in ("UPDATE ledger_entries SET amount_tokens = 1", "DELETE FROM ledger_transactions"):
        with pytest.raises(psycopg2.Error, match="append-only"):
            as_owner(statement)


async def test_unbalanced_entries_do_not_commit(db, as_owner):
    await trade()
    with pytest.raises(psycopg2.Error, match="does not sum to zero"):
        as_owner(
            "INSERT INTO ledger_entries SELECT t.id, a.id, 5 FROM ledger_transactions t, ledger_accounts a"
            " WHERE t.reason = 'grant' AND a.kind = 'fees' LIMIT 1"
        )


async def test_purchase_cannot_change_another_wallet(db, as_owner):
    user, other = await make_user(tokens=50), await make_user(tokens=50)
    with pytest.raises(psycopg2.Error, match="another wallet"):
        as_owner(
            f"SELECT ledger_post(gen_random_uuid(), '{user.user_id}', 'grant', 'k', '', NULL, now(),"
            f" ARRAY['{user.user_id}', '{other.user_id}']::uuid[], ARRAY['spendable', 'spendable'], ARRAY[-5, 5])"
        )


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE ledger_entries SET amount_tokens = amount_tokens * 2",
        "UPDATE ledger_entries SET amount_tokens = amount_tokens + 1 WHERE amount_tokens > 0",
        "UPDATE ledger_transactions SET memo = 'other'",
        "UPDATE ledger_transactions SET created_at = created_at - interval '1 day'",
        "UPDATE ledger_transactions SET reason = 'top_up' WHERE reason = 'grant'",
        "UPDATE ledger_transactions SET idempotency_key = idempotency_key || 'x'",
        "UPDATE ledger_transactions SET hash = sha256(hash)",
        "DELETE FROM ledger_transactions WHERE sequence = 1",
        "DELETE FROM ledger_transactions WHERE sequence = 3",
        "DELETE FROM ledger_entries WHERE amount_tokens = -10",
        "UPDATE wallets SET spendable_tokens = spendable_tokens + 1 WHERE spendable_tokens > 0",
        "UPDATE wallets SET bonus_tokens = bonus_tokens + 1",
        "UPDATE wallets SET sequence = 1, last_hash = (SELECT hash FROM ledger_transactions WHERE sequence = 1 LIMIT 1)",
        "DELETE FROM wallets",
        "UPDATE purchases SET file_ids = file_ids[1:1]",
        "UPDATE purchases SET file_ids = ARRAY[file_ids[1], gen_random_uuid()]",
        "UPDATE purchases SET file_ids = ARRAY[file_ids[1], file_ids[1]]",
        "UPDATE purchases SET buyer_id = (SELECT user_id FROM creators)",
        "UPDATE licences SET file_titles = file_titles[1:1], file_sha256s = file_sha256s[1:1]",
        "DELETE FROM audio_files WHERE position = 1",
        "DELETE FROM licences",
        "UPDATE licences SET revoked_at = now()",
        "DELETE FROM purchases",
        "UPDATE purchases SET price_tokens = 29",
        "UPDATE purchases SET status = 'refunded', refunded_at = now()",
        "UPDATE purchases SET transaction_id = NULL, price_tokens = 0, bonus_tokens = 0",
    ],
)
async def test_verify_detects_tampering(db, as_owner, tampering: str):
    await trade()
    assert (await check_ledger()).problems == ()
    as_owner("SET session_replication_role = replica", tampering)
    assert (await check_ledger()).problems != ()


@pytest.mark.parametrize(
    "tampering",
    ["UPDATE ledger_entries SET amount_tokens = amount_tokens * 2 WHERE transaction_id IN"
     " (SELECT id FROM ledger_transactions WHERE reason = 'refund')",
     "DELETE FROM ledger_transactions WHERE reason = 'refund'",
     "UPDATE ledger_transactions SET reverses_id = NULL WHERE reason = 'refund'",
     "UPDATE purchases SET status = 'completed', refunded_at = NULL"],
)  # fmt: skip
async def test_verify_detects_tampering_with_refunds(db, as_owner, tampering: str):
    buyer, _, receipt = await trade()
    async with transaction() as session:
        await refunds.refund(session, buyer, purchase_id=receipt.purchase_id)
    assert (await check_ledger()).problems == ()
    as_owner("SET session_replication_role = replica", tampering)
    assert (await check_ledger()).problems != ()


async def test_query_count_of_verify_is_independent_of_transactions(db, as_owner, count_queries: list[str]):
    user = await make_user(tokens=1)
    counts: list[int] = []
    for transactions in (1, 301):
        as_owner(
            f"SELECT ledger_credit(gen_random_uuid(), '{user.user_id}', 'grant', 'many' || n, '', 1, false)"
            f" FROM generate_series(2, {transactions}) n"
        )
        count_queries.clear()
        report = await check_ledger()
        assert (report.transactions, report.problems) == (transactions, ())
        counts.append(len(count_queries))
    assert counts[0] == counts[1]


def test_app_role_is_not_the_owner():
    assert local_postgres.APP_ROLE != local_postgres.OWNER
