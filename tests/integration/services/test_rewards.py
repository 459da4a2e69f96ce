"""Rewards through the ledger: daily claims under racers, badges, challenges, referrals, expiry."""

import asyncio
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from askchopper import policy, settings
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from askchopper.reward_vocabulary import RewardKind
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.rewards import Overview
from askchopper.services import activity
from askchopper.services.community import comments
from askchopper.services.purchases import checkout, downloads, refunds
from askchopper.services.rewards import counts, daily, expiry, giving, progress, rules
from askchopper.vocabulary import Role
from tests.support.clients import api_client
from tests.support.factories import MadePack, balance_of, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration


async def claim(viewer: Viewer, *, zone: str = "UTC") -> tuple[int, int]:
    return await retrying(lambda session: daily.claim(session, viewer, zone=zone, network="192.0.2.1"))


async def overview(viewer: Viewer, *, zone: str = "UTC") -> Overview:
    async with transaction() as session:
        await progress.unlock(session, viewer.user_id)
        return await progress.overview(session, viewer, zone=zone)


async def buy_for_good(buyer: Viewer, pack: MadePack) -> None:
    """Buy and download, so that it cannot be refunded."""
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=uuid.uuid4().hex)
    async with transaction() as session:
        await downloads.start_file_download(session, buyer, file_id=pack.file_ids[0])


@pytest.fixture
def generous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "MONTHLY_REWARD_TOKENS", 1_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """Move the clock of the daily reward."""

    def move(*, days: float = 0) -> None:
        moved = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(daily, "utc_now", lambda: moved)

    return move


async def test_one_claim_a_day_under_fifty_racers(db: None):
    member = await make_user()
    results = await asyncio.gather(*(claim(member) for _ in range(50)), return_exceptions=True)
    won = [result for result in results if not isinstance(result, BaseException)]
    assert won == [(policy.DAILY_TOKENS, 1)]
    assert {type(result) for result in results if isinstance(result, BaseException)} <= {
        ConflictError,
        UnavailableError,
    }
    assert await balance_of(member) == policy.DAILY_TOKENS
    assert (await check_ledger()).problems == ()


async def test_a_week_of_claims_with_a_missed_day(db: None, clock, generous: None):
    member = await make_user()
    streaks = []
    for day in (0, 1, 2, 4, 5, 6, 7):
        clock(days=day)
        streaks.append((await claim(member))[1])
    assert streaks == [1, 2, 3, 4, 5, 6, 7]
    assert await balance_of(member) == 6 * policy.DAILY_TOKENS + policy.STREAK_TOKENS
    assert (await overview(member)).daily.longest_days == 7  # type: ignore[union-attr]


async def test_jumping_zones_bring_no_day_twice(db: None, clock, generous: None):
    member = await make_user()
    won = 0
    for hour in range(0, 72, 3):
        clock(days=hour / 24)
        for zone in ("Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"):
            try:
                await claim(member, zone=zone)
                won += 1
            except ConflictError:
                pass
    assert won <= 5, "three days, and one more at either end of the world"
    assert await balance_of(member) == won * policy.DAILY_TOKENS


async def test_allowance_of_a_month_is_shared_and_the_streak_counts_on(db: None, clock):
    member, pack = await make_user(), await make_pack()
    brought = []
    for day in range(4):
        clock(days=day)
        brought.append(await claim(member))
    assert brought == [(1, 1), (0, 2), (0, 3), (0, 4)]
    async with transaction() as session:
        for _ in range(161):
            await activity.record_play(session, member, file_id=pack.file_ids[0], seconds=60)
    found = await overview(member)
    assert found.allowance == 0
    assert sum(line.tokens for line in found.history if line.kind is RewardKind.CHALLENGE) == 0


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "x" * 500, "\x00"])
async def test_unknown_zone(db: None, zone: str):
    with pytest.raises(InvalidInputError, match="time zone"):
        await claim(await make_user(), zone=zone)


async def test_badges_unlock_once_and_pay(db: None):
    member, pack = await make_user(tokens=100), await make_pack()
    async with transaction() as session:
        await comments.post(session, member, slug=pack.slug, written="Hello")
    await buy_for_good(member, pack)
    first = await overview(member)
    unlocked = {badge.slug for badge in first.badges or () if badge.unlocked_at}
    assert unlocked == {"first-word", "first-pack"}
    again = await overview(member)
    assert again.bonus_tokens == first.bonus_tokens == 2
    assert {line.title for line in again.history} == {"Badge: First word", "Badge: First pack"}
    locked = next(badge for badge in again.badges or () if badge.slug == "regular-voice")
    assert (locked.value, locked.at, locked.unlocked_at) == (1, 25, None)
    async with read_only() as session:
        told = [one.sentence for one in await activity.notifications(session, member) if one.kind == "reward"]
    assert told == ["New rewards: badge “First pack”, badge “First word”."]
    assert (await check_ledger()).problems == ()


async def test_a_purchase_counts_once_it_is_final(db: None):
    member, pack = await make_user(tokens=100), await make_pack()
    async with transaction() as session:
        receipt = await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=pack.price_tokens, key="k")
    assert (await overview(member)).bonus_tokens == 0
    async with transaction() as session:
        await refunds.refund(session, member, purchase_id=receipt.purchase_id)
        assert (await counts.counts(session, member.user_id))["tokens_spent"] == 0
    assert (await overview(member)).tier.spent == 0


async def test_bonus_tokens_do_not_count_as_spent(db: None):
    member, pack = await make_user(bonus=100), await make_pack()
    await buy_for_good(member, pack)
    found = await overview(member)
    assert (found.tier.spent, found.tier.name) == (0, "Listener")
    async with read_only() as session:
        assert (await counts.counts(session, member.user_id))["paid_purchases"] == 0


async def test_tier_raises_the_daily_reward(db: None):
    member = await make_user(tokens=1_000)
    await buy_for_good(member, await make_pack(price=700))
    assert (await overview(member)).tier.name == "Insider"
    assert (await claim(member))[0] == policy.DAILY_TOKENS + 2


async def test_challenge_of_the_week(db: None, as_owner):
    pack = await make_pack()
    member = await make_user()
    goals = {goal.measure: goal for goal in rules.challenges_of(rules.week_of(datetime.now(UTC)))}
    async with transaction() as session:
        await comments.post(session, member, slug=pack.slug, written="One")
        await comments.post(session, member, slug=pack.slug, written="Two")
        for _ in range(161):
            await activity.record_play(session, member, file_id=pack.file_ids[0], seconds=60)
    found = await overview(member)
    done = {one.slug for one in found.challenges or () if one.is_done}
    expected = {goal.slug for measure, goal in goals.items() if measure in {"comments", "heard_minutes"}}
    assert done == expected
    as_owner("UPDATE plays SET created_at = now() - interval '8 days'", "DELETE FROM rewards WHERE kind = 'challenge'")
    later = await overview(member)
    assert "listen" not in {one.slug for one in later.challenges or () if one.is_done}


async def test_challenges_of_a_week_are_three_even_if_spotify_is_connected_later(
    db: None, monkeypatch: pytest.MonkeyPatch
):
    member, goals = await make_user(), rules.challenges()[: policy.CHALLENGES_A_WEEK + 1]

    async def reached(session: object, user_id: object, **more: object) -> dict[str, int]:
        return defaultdict(lambda: 1_000_000)

    monkeypatch.setattr(counts, "counts", reached)
    for chosen in (goals[:-1], goals[1:]):  # the set of the week changes with the connection
        monkeypatch.setattr(rules, "challenges_of", lambda *_, chosen=chosen, **more: chosen)
        async with transaction() as session:
            await progress.unlock(session, member.user_id)
    given = [line for line in (await overview(member)).history if line.kind == "challenge"]
    assert len(given) == policy.CHALLENGES_A_WEEK


async def test_unspent_bonus_tokens_expire_after_a_year_with_a_warning(db: None, monkeypatch: pytest.MonkeyPatch):
    member, pack = await make_user(bonus=50), await make_pack(price=30)
    await buy_for_good(member, pack)
    async with transaction() as session:
        tokens, day = await expiry.next_expiry(session, member.user_id)
    assert (tokens, day) == (20, (datetime.now(UTC) + timedelta(days=policy.BONUS_DAYS)).date())

    async def run(days: int) -> list[str]:
        moved = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(expiry, "utc_now", lambda: moved)
        async with transaction() as session:
            await expiry.warn(session)
            await expiry.expire(session)
        async with read_only() as session:
            return [one.sentence for one in await activity.notifications(session, member) if one.kind == "reward"]

    assert await run(300) == []
    assert await run(policy.BONUS_DAYS - 10) == [
        "20 bonus tokens will expire within 14 days. Bonus tokens are spent first."
    ]
    assert len(await run(policy.BONUS_DAYS - 9)) == 1
    assert (await run(policy.BONUS_DAYS + 1))[0] == "20 bonus tokens expired, a year after you got them."
    assert len(await run(policy.BONUS_DAYS + 2)) == 2
    assert await balance_of(member) == 0
    assert (await check_ledger()).problems == ()


async def test_switched_off_parts_are_gone(db: None, monkeypatch: pytest.MonkeyPatch):
    changed = settings.get().model_copy(update={"rewards": "badge"})
    monkeypatch.setattr(settings, "get", lambda: changed)
    member = await make_user()
    with pytest.raises(UnavailableError, match="switched off"):
        await claim(member)
    found = await overview(member)
    assert (found.daily, found.challenges, found.referral) == (None, None, None)
    assert found.badges


async def test_costs_are_for_moderators(db: None):
    member, admin = await make_user(), await make_user(role=Role.ADMIN)
    await claim(member)
    async with read_only() as session:
        found = {one.kind: one for one in await giving.costs(session, admin)}
        with pytest.raises(NotFoundError):
            await giving.costs(session, member)
    assert (found[RewardKind.DAILY].rewards, found[RewardKind.DAILY].tokens, found[RewardKind.BADGE].tokens) == (
        1,
        1,
        0,
    )


async def test_back_fill_reaches_everyone(db: None, as_owner):
    pack, members = await make_pack(), [await make_user() for _ in range(3)]
    for member in members:
        as_owner(
            f"INSERT INTO comments (id, pack_id, user_id, text) VALUES (gen_random_uuid(), '{pack.id}', '{member.user_id}', 'Hello')"
        )
    from askchopper.worker import rewards as jobs

    await jobs.backfill_badges()
    async with read_only() as session:
        totals = (
            await session.execute(text("SELECT members FROM badge_totals WHERE badge = 'first-word'"))
        ).scalar_one()
    assert totals == 3


async def test_night_counts_who_changed_or_everyone_by_new_rules(db: None, monkeypatch: pytest.MonkeyPatch, as_owner):
    from askchopper.worker import rewards as jobs

    still, active, pack = await make_user(), await make_user(tokens=100), await make_pack()
    await jobs.backfill_badges()
    counted: list[uuid.UUID] = []

    async def unlock(_session: object, user_id: uuid.UUID) -> tuple[str, ...]:
        counted.append(user_id)
        return ()

    monkeypatch.setattr(progress, "unlock", unlock)
    as_owner("UPDATE rewards SET created_at = now() - interval '2 days'")
    await buy_for_good(active, pack)
    await jobs.backfill_badges()
    assert active.user_id in counted
    assert still.user_id not in counted
    monkeypatch.setattr(rules, "digest", lambda: "other rules")
    await jobs.backfill_badges()
    assert still.user_id in counted


async def test_looking_at_rewards_writes_nothing(db: None):
    member = await make_user()
    async with read_only() as session:
        found = await progress.overview(session, member, zone="UTC")
    assert found.referral is not None
    assert len(found.referral.code) == 8
    async with api_client(member) as client:
        assert (await client.get("/api/v1/me/rewards")).json()["referral_url"].endswith(found.referral.code)
