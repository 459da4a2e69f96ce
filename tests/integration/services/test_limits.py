import asyncio

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.services import limits

pytestmark = pytest.mark.integration
FEW = limits.Limit("few", 3, 3600, "tests")
QUICK = limits.Limit("quick", 2, 1, "tests")


async def tries(count: int, *pairs: tuple[limits.Limit, str]) -> int:
    results = await asyncio.gather(*(limits.hit(*pairs) for _ in range(count)), return_exceptions=True)
    assert all(isinstance(result, limits.Hits | limits.LimitReachedError) for result in results), results
    return sum(isinstance(result, limits.Hits) for result in results)


async def test_limit_is_exact_under_concurrency(db, limits_on):
    assert await tries(30, (FEW, "ada")) == 3


async def test_limits_are_per_subject(db, limits_on):
    assert await tries(4, (FEW, "ada")) == 3
    assert await tries(4, (FEW, "bo")) == 3


async def test_window_slides(db, limits_on):
    assert await tries(3, (QUICK, "ada")) == 2
    await asyncio.sleep(1.05)
    assert await tries(3, (QUICK, "ada")) == 2


async def test_hit_counts_against_all_limits_or_none(db, limits_on):
    assert await tries(3, (FEW, "account")) == 3
    for _ in range(5):
        with pytest.raises(limits.LimitReachedError):
            await limits.hit((FEW, "address"), (FEW, "account"))
    assert await tries(4, (FEW, "address")) == 3


async def test_two_limits_in_any_order_do_not_deadlock(db, limits_on):
    pairs = [(FEW, "one"), (limits.Limit("more", 50, 3600, "tests"), "two")]
    results = await asyncio.gather(
        *(limits.hit(*(pairs if n % 2 else reversed(pairs))) for n in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, limits.Hits) for result in results) == 3
    assert sum(isinstance(result, limits.LimitReachedError) for result in results) == 17


async def test_hit_can_be_released(db, limits_on):
    for _ in range(6):
        await limits.release(await limits.hit((FEW, "ada")))
    assert await tries(4, (FEW, "ada")) == 3


async def test_rejections_are_counted_for_operators(db, limits_on):
    await tries(5, (FEW, "ada"))
    async with transaction() as session:
        assert await limits.refusals_today(session) == {"few": 2}


async def test_old_hits_are_deleted(db, limits_on, as_owner):
    await tries(2, (FEW, "ada"))
    await tries(1, (QUICK, "ada"))
    as_owner("UPDATE rate_limit_hits SET expires_at = now() - interval '1 hour' WHERE key LIKE 'quick%'")
    async with transaction() as session:
        assert await limits.delete_expired(session) == 1
        left = await session.execute(text("SELECT count(*) FROM rate_limit_hits"))
        assert left.scalar_one() == 2


async def test_subjects_are_hashed(db, limits_on, as_owner):
    await limits.hit((FEW, "ada@example.test"))
    [(key,)] = as_owner("SELECT key FROM rate_limit_hits")
    assert "ada" not in key


async def test_limits_can_be_disabled_for_load_tests(db):
    assert await tries(30, (FEW, "ada")) == 30


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (42, "42 seconds"), (60, "1 minute"), (61, "2 minutes"), (2500, "42 minutes"), (7201, "3 hours")],
)
def test_waiting_times_are_readable(seconds: int, words: str):
    assert limits.format_wait(seconds) == words


async def test_refused_hits_are_remembered_and_counted(db, limits_on, count_queries: list[str]):
    limit = limits.Limit("few", 1, 60, "tries")
    await limits.hit((limit, "ada"))
    with pytest.raises(limits.LimitReachedError):
        await limits.hit((limit, "ada"))
    count_queries.clear()
    for _ in range(20):
        with pytest.raises(limits.LimitReachedError):
            await limits.hit((limit, "ada"))
    assert count_queries == []
    limits._refused.clear()
    with pytest.raises(limits.LimitReachedError):
        await limits.hit((limit, "ada"))
    async with read_only() as session:
        assert (await limits.refusals_today(session))["few"] == 22
