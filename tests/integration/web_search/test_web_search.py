"""The web search against the simulator: cache, one request for all, pace, quota, and every failure."""

import asyncio
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.integrations import brave_search
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.web_search import Freshness, WebResult, WebSearchFault, WebSearchState
from askchopper.services import limits
from askchopper.services.knowledge.web_search import budget, cache, search
from askchopper.services.knowledge.web_search.search import WebSearchError
from askchopper.settings import environment
from tests.simulators.brave.client import BraveSimulator, row
from tests.support.factories import make_user
from tests.support.soak import scaled

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brave_search, "SECONDS", 1.0)


async def ask(query: str = "techno", viewer: Viewer | None = None, **more) -> tuple[WebResult, ...]:
    return await search.search(viewer or await make_user(), query, **more)


async def fault_of(query: str = "techno") -> WebSearchFault:
    with pytest.raises(WebSearchError) as failed:
        await ask(query)
    assert failed.value.sentence.endswith("so I only looked at this marketplace.")
    return failed.value.fault


async def state() -> WebSearchState:
    async with read_only() as session:
        return await budget.state(session)


def open_gate(as_owner) -> None:
    as_owner(
        "UPDATE web_search_gate SET next_request_at = now() - interval '1 minute', blocked_until = NULL, blocked_by = ''"
    )


async def test_results_come_from_the_api_and_then_from_the_cache(db: None, brave: BraveSimulator):
    member = await make_user()
    first = await ask("What is trending in techno?", member, freshness=Freshness.MONTH)
    assert [one.site for one in first][:2] == ["musicradar.example", "soundonsound.example"]
    assert first[-1].is_news
    again = await ask(" what is trending in  TECHNO ", member, freshness=Freshness.MONTH)
    assert again == first
    (sent,) = brave.seen
    assert sent["asked"]["q"] == "What is trending in techno?"
    assert sent["asked"]["freshness"] == "pm"
    now = await state()
    assert (now.used, now.cache_hits, now.left) == (1, 1, 999)
    assert [(window.limit, window.seconds) for window in now.windows] == [(50, 1), (2_000, 2_592_000)]


async def test_without_key_nothing_is_asked(db: None, brave: BraveSimulator):
    with environment(WEB_SEARCH_BACKEND="off"):
        assert await fault_of() is WebSearchFault.OFF
    with environment(BRAVE_API_KEY=""):
        assert await fault_of() is WebSearchFault.OFF
    assert brave.seen == []


@pytest.mark.parametrize("query", ["", "   ", "?!", "\u200b", "…"])
async def test_nothing_to_search_for(db: None, brave: BraveSimulator, query: str):
    with pytest.raises(InvalidInputError, match="Say what to search"):
        await ask(query)


@pytest.mark.parametrize(
    "query", ["x" * 5_000, "word " * 900, "シンセの使い方", "a\x00b \ud800 c", "'; DROP TABLE web_searches; --"]
)
async def test_odd_questions_are_asked_within_the_limits_of_the_api(db: None, brave: BraveSimulator, query: str):
    assert await ask(query)


async def test_ten_members_who_ask_the_same_send_one_request(db: None, brave: BraveSimulator):
    members = [await make_user() for _ in range(10)]
    found = await asyncio.gather(*(ask("Jungle revival", member) for member in members))
    assert len(set(found)) == 1
    assert len(brave.seen) == 1
    assert (await state()).used == 1


async def test_processes_that_ask_the_same_within_a_second_send_one_request(db: None, brave: BraveSimulator):
    words, count = [sys.executable, "-m", "tests.support.web_searcher"], scaled(10, 4)
    started = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]  # noqa: ASYNC220
    for one in started:
        assert await asyncio.to_thread(one.stdout.readline) == "ready\n"  # type: ignore[union-attr]
    found = await asyncio.gather(*(asyncio.to_thread(one.communicate, "dub siren\n") for one in started))
    assert [out.split()[-1] for out, _ in found] == ["4"] * count
    assert len(brave.seen) == 1


async def test_requests_leave_one_a_second(db: None, brave: BraveSimulator):
    brave.set(pace=1)
    await asyncio.gather(*(ask(f"question {number}") for number in range(3)))
    times = [one["at"] for one in brave.seen]
    assert len(times) == 3
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.9


async def test_more_than_can_wait_are_refused_here(db: None, brave: BraveSimulator):
    asked = await asyncio.gather(*(ask(f"question {number}") for number in range(6)), return_exceptions=True)
    refused = [one for one in asked if isinstance(one, WebSearchError)]
    assert {one.fault for one in refused} == {WebSearchFault.RATE}
    assert len(refused) == 6 - len(brave.seen)
    assert (await state()).refused == len(refused) > 0


async def test_own_quota_is_never_exceeded(db: None, brave: BraveSimulator, as_owner):
    with environment(BRAVE_SEARCH_RATE_LIMIT="2"):
        for number in range(2):
            await ask(f"question {number}")
            open_gate(as_owner)
        assert await fault_of("question 3") is WebSearchFault.QUOTA
        assert await ask("question 1")  # what is cached is still there
        assert len(brave.seen) == 2
        assert (await state()).left == 0


async def test_quota_of_the_vendor_is_seen_in_the_headers_and_no_request_sent(
    db: None, brave: BraveSimulator, as_owner
):
    brave.set(quota=1)
    await ask("first")
    as_owner("UPDATE web_search_gate SET next_request_at = now() - interval '1 minute'")
    assert await fault_of("second") is WebSearchFault.QUOTA
    assert len(brave.seen) == 1
    now = await state()
    assert now.blocked_by == "quota"
    assert now.blocked_until is not None


async def test_a_limit_of_zero_is_no_limit(db: None, brave: BraveSimulator, as_owner):
    brave.set(quota=0)
    await ask("first")
    open_gate(as_owner)
    assert await ask("second")


async def test_quota_gone_without_headers(db: None, brave: BraveSimulator, as_owner):
    brave.fail("quota")
    assert await fault_of("first") is WebSearchFault.QUOTA
    assert await fault_of("second") is WebSearchFault.QUOTA
    assert len(brave.seen) == 1


async def test_too_early_for_the_vendor_is_retried(db: None, brave: BraveSimulator):
    brave.fail("rate")
    assert await ask()
    assert len(brave.seen) == 2
    brave.fail("rate", times=5)
    assert await fault_of("another") is WebSearchFault.RATE


async def test_wrong_key_pauses_all_requests(db: None, brave: BraveSimulator):
    with environment(BRAVE_API_KEY="wrong"):
        assert await fault_of("first") is WebSearchFault.KEY
        assert await fault_of("second") is WebSearchFault.KEY
    assert len(brave.seen) == 1


@pytest.mark.parametrize(("fault", "expected"), [
    ("error", WebSearchFault.AWAY), ("slow", WebSearchFault.AWAY), ("trickle", WebSearchFault.AWAY), ("cut", WebSearchFault.AWAY),
    ("garbage", WebSearchFault.GARBAGE), ("list", WebSearchFault.GARBAGE), ("huge", WebSearchFault.GARBAGE), ("bomb", WebSearchFault.GARBAGE),
    ("redirect", WebSearchFault.GARBAGE),
])  # fmt: skip
async def test_failures(db: None, brave: BraveSimulator, fault: str, expected: WebSearchFault):
    brave.fail(fault)
    started = time.monotonic()
    assert await fault_of() is expected
    assert time.monotonic() - started < 3
    assert (await state()).failed == 1


async def test_host_that_is_away_costs_no_quota_and_is_soon_left_alone(db: None, brave: BraveSimulator, as_owner):
    with environment(BRAVE_API_BASE_URL="http://127.0.0.1:9"):
        for number in range(budget.FAULTS_BEFORE_PAUSE):
            assert await fault_of(f"question {number}") is WebSearchFault.AWAY
            as_owner("UPDATE web_search_gate SET next_request_at = now() - interval '1 minute'")
        now = await state()
        assert (now.used, now.failed, now.blocked_by) == (0, 3, "away")
        started = time.monotonic()
        assert await fault_of("one more") is WebSearchFault.AWAY
        assert time.monotonic() - started < 0.5
    open_gate(as_owner)
    assert await ask("it is back")
    assert (await state()).blocked_by == ""


async def test_those_who_wait_get_the_same_failure(db: None, brave: BraveSimulator):
    brave.fail("error", times=10)
    asked = await asyncio.gather(*(ask("same") for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in asked] == [WebSearchError] * 5
    assert len(brave.seen) == 1


async def test_claim_of_a_process_that_died_ends(db: None, brave: BraveSimulator, as_owner):
    key = cache.key_of("techno", Freshness.ANY)
    assert await cache.claim(key)
    as_owner("UPDATE web_searches SET expires_at = now() + interval '0.3 seconds'")
    assert await ask("techno")


async def test_stopped_answer_does_not_cancel_the_request(db: None, brave: BraveSimulator):
    brave.set(pace=50)
    asking = asyncio.create_task(ask("techno"))
    while not await _is_claimed():  # noqa: ASYNC110 - of the database
        await asyncio.sleep(0.01)
    asking.cancel()
    assert await ask("techno")
    assert len(brave.seen) == 1


async def _is_claimed() -> bool:
    return not (await cache.peek(cache.key_of("techno", Freshness.ANY))).is_open


async def test_a_member_who_searches_too_often_waits_and_others_do_not(
    db: None, brave: BraveSimulator, limits_on: None
):
    eager, other = await make_user(), await make_user()
    with environment(RATE_LIMITS="on", RATE_LIMIT_QUOTAS="web-search=1"):
        await ask("first", eager)
        assert await ask("first", eager)  # the cache costs nothing
        with pytest.raises(limits.LimitReachedError):
            await ask("second", eager)
        assert await ask("second", other)


async def test_questions_are_not_stored_in_words_and_rows_are_bounded(
    db: None, brave: BraveSimulator, as_owner, monkeypatch
):
    brave.answer("secret", row("A page", "https://example.org/a", "Something."))
    await ask("my secret project")
    assert "secret" not in str(as_owner("SELECT * FROM web_searches"))
    as_owner(
        "INSERT INTO web_searches (key, expires_at) SELECT 'k' || n, now() + interval '1 hour' FROM generate_series(1, 20) n"
    )
    monkeypatch.setattr(cache, "MAX_ROWS", 5)
    async with transaction() as session:
        await cache.purge(session)
    assert as_owner("SELECT count(*) FROM web_searches") == [(5,)]
    as_owner("UPDATE web_searches SET expires_at = now()")
    async with transaction() as session:
        await cache.purge(session)
    assert as_owner("SELECT count(*) FROM web_searches") == [(0,)]
