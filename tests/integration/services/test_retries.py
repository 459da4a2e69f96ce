"""Transactions that the database aborts run again, at most three times, with pauses of different length (F7)."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database
from tests.support.clients import api_client
from tests.support.factories import balance_of, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration


@pytest.fixture
def abort(as_owner) -> Iterator[Callable[[str, int], None]]:
    """Let the next purchases be aborted with an error of the database."""

    def inject(cause: str, times: int) -> None:
        # A sequence is not rolled back with the transaction.
        as_owner(
            "CREATE SEQUENCE jobs.aborted",
            "CREATE FUNCTION jobs.abort() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            f" $$ BEGIN IF nextval('jobs.aborted') <= {times} THEN RAISE EXCEPTION 'injected' USING ERRCODE = '{cause}';"
            " END IF; RETURN NEW; END $$",
            "CREATE TRIGGER aborts BEFORE INSERT ON licences FOR EACH ROW EXECUTE FUNCTION jobs.abort()",
        )

    yield inject
    as_owner("DROP FUNCTION IF EXISTS jobs.abort CASCADE", "DROP SEQUENCE IF EXISTS jobs.aborted")


@pytest.mark.parametrize("cause", ["deadlock_detected", "serialization_failure"])
@pytest.mark.parametrize(("times", "status"), [(3, 201), (4, 503)])
async def test_aborted_purchase_runs_again(db, abort, as_owner, cause: str, times: int, status: int):
    buyer, pack = await make_user(tokens=30), await make_pack(price=30)
    abort(cause, times)
    async with api_client(buyer) as client:
        body = {"pack": pack.slug, "price_tokens": 30}
        answer = await client.post("/api/v1/purchases", json=body, headers={"Idempotency-Key": "key"})
    assert answer.status_code == status
    assert await balance_of(buyer) == (0 if status == 201 else 30)
    if status == 503:
        assert "Nothing was charged; try again" in answer.json()["detail"]
        assert answer.headers["retry-after"]
    assert as_owner("SELECT last_value FROM jobs.aborted") == [(min(times + 1, database.MAX_RETRIES + 1),)]
    assert (await check_ledger()).problems == ()
    assert database.breaker.is_closed


async def test_real_deadlocks_end_without_an_error(db, as_owner):
    members = [await make_user() for _ in range(2)]
    touch = text("UPDATE users SET display_name = display_name || 'x' WHERE id = :id")

    def work(first: int, second: int):
        async def both(session: AsyncSession) -> None:
            await session.execute(touch, {"id": members[first].user_id})
            await asyncio.sleep(0.05)
            await session.execute(touch, {"id": members[second].user_id})

        return both

    as_owner("ALTER SYSTEM SET deadlock_timeout = '50ms'", "SELECT pg_reload_conf()")
    try:
        await asyncio.gather(database.retrying(work(0, 1)), database.retrying(work(1, 0)))
    finally:
        as_owner("ALTER SYSTEM RESET deadlock_timeout", "SELECT pg_reload_conf()")
    assert as_owner("SELECT DISTINCT right(display_name, 2) FROM users WHERE display_name LIKE 'User%'") == [("xx",)]


async def test_errors_of_the_work_are_not_retried(db):
    calls: list[int] = []

    async def fail(session: AsyncSession) -> None:
        calls.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.retrying(fail)
    assert calls == [1]
