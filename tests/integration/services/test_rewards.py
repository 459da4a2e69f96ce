"""Rewards through the ledger: daily claims under racers, badges, challenges, referrals, expiry."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from starlette.responses import Response

from askchopper import policy, settings
from askchopper.api import referral_cookie
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError, UnavailableError
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.rewards import Overview
from askchopper.services import activity, wallet
from askchopper.services.community import comments
from askchopper.services.purchases import checkout, downloads, refunds
from askchopper.services.rewards import counts, daily, expiry, giving, progress, referrals, rules
from askchopper.vocabulary import Role
from tests.support.clients import JSON, api_client
from tests.support.factories import PASSWORD, MadePack, balance_of, check_ledger, make_pack, make_user

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
    assert len(told) == 1
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


async def register(code: str, *, address: str, email: str, as_member: Viewer | None = None) -> Viewer:
    async with api_client(as_member, address=address) as client:
        await client.get(f"/r/{code}")
        fields = {"email": email, "password": PASSWORD, "display_name": "Friend"}
        answer = await client.post("/auth/register", data=fields, headers=JSON)
        assert answer.status_code == 200, answer.text
        me = (await client.get("/api/v1/me")).json()
    return Viewer(uuid.UUID(me["id"]), None, "Friend", email, Role.MEMBER)


async def referral_code(viewer: Viewer, *, address: str = "203.0.113.7") -> str:
    async with api_client(viewer, address=address) as client:
        found = (await client.get("/api/v1/me/rewards")).json()
    return found["referral_url"].rpartition("/")[2]


async def reward_due() -> int:
    async with transaction() as session:
        return await referrals.reward_due(session)


async def test_referral_rewards_both_after_a_final_purchase(db: None):
    referrer, pack = await make_user(), await make_pack(price=80)
    friend = await register(await referral_code(referrer), address="198.51.100.9", email="friend@example.test")
    async with transaction() as session:
        await wallet.grant(session, user_id=friend.user_id, tokens=100, is_bonus=False, key="t", memo="Paid")
        before = (await wallet.balance(session, friend)).total_tokens
    cheap = await make_pack(price=20)
    await buy_for_good(friend, cheap)
    assert await reward_due() == 0, "too little was spent"
    async with transaction() as session:
        before = (await wallet.balance(session, friend)).total_tokens
    async with transaction() as session:  # the welcome tokens are spent first, and this takes more
        await checkout.buy(session, friend, pack_slug=pack.slug, price_tokens=pack.price_tokens, key="k")
    assert await reward_due() == 0, "it can still be refunded"
    async with transaction() as session:
        await downloads.start_file_download(session, friend, file_id=pack.file_ids[0])
    assert await reward_due() == 1
    assert await reward_due() == 0
    assert await balance_of(referrer) == policy.REFERRAL_TOKENS
    assert await balance_of(friend) == before - pack.price_tokens + policy.REFERRAL_TOKENS
    found = await overview(referrer)
    assert found.referral is not None
    assert (found.referral.joined, found.referral.rewarded) == (1, 1)
    assert "host" in {badge.slug for badge in found.badges or () if badge.unlocked_at}
    assert (await check_ledger()).problems == ()


@pytest.mark.parametrize("trick", ["browser", "network"])
async def test_referring_oneself_is_held_for_a_moderator(db: None, trick: str):
    referrer, pack, moderator = await make_user(), await make_pack(price=80), await make_user(role=Role.MODERATOR)
    code = await referral_code(referrer, address="203.0.113.7")
    address = "203.0.113.99" if trick == "network" else "198.51.100.9"
    friend = await register(
        code, address=address, email="me2@example.test", as_member=referrer if trick == "browser" else None
    )
    async with transaction() as session:
        await wallet.grant(session, user_id=friend.user_id, tokens=100, is_bonus=False, key="t", memo="Paid")
    await buy_for_good(friend, pack)
    assert await reward_due() == 1
    assert await balance_of(referrer) == 0
    async with transaction() as session:
        held = await giving.queue(session, moderator)
        assert {one.reason for one in held} == {f"Registered in the referrer's {trick}."}
        await giving.decide(session, moderator, reward_id=held[0].id, is_approved=False)
        await giving.decide(session, moderator, reward_id=held[1].id, is_approved=True)
        with pytest.raises(NotFoundError):
            await giving.decide(session, moderator, reward_id=held[1].id, is_approved=True)
        with pytest.raises(NotFoundError):
            await giving.queue(session, referrer)
    async with read_only() as session:
        states = (
            (await session.execute(text("SELECT state FROM rewards WHERE kind = 'referral' ORDER BY state")))
            .scalars()
            .all()
        )
    assert states == [RewardState.GIVEN.value, RewardState.REFUSED.value]
    assert (await check_ledger()).problems == ()


async def test_monthly_cap_of_referrals(db: None, as_owner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "MAX_REFERRALS_A_MONTH", 2)
    referrer, pack = await make_user(), await make_pack(price=80)
    for _ in range(4):
        friend = await make_user(tokens=100)
        as_owner(
            f"INSERT INTO referrals (friend_id, referrer_id, suspicion) VALUES ('{friend.user_id}', '{referrer.user_id}', '')"
        )
        await buy_for_good(friend, pack)
    assert await reward_due() == 4
    assert await balance_of(referrer) == 2 * policy.REFERRAL_TOKENS


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
    assert await run(policy.BONUS_DAYS - 10) == ["20 bonus tokens expire within 14 days. They are spent first."]
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
    from askchopper.worker import tasks

    await tasks._backfill_badges()
    async with read_only() as session:
        totals = (
            await session.execute(text("SELECT members FROM badge_totals WHERE badge = 'first-word'"))
        ).scalar_one()
    assert totals == 3


async def test_moderators_do_not_decide_about_their_own_rewards(db: None):
    moderator = await make_user(role=Role.MODERATOR)
    async with transaction() as session:
        await giving.give(
            session, moderator.user_id, RewardKind.REFERRAL, source="x", tokens=10, memo="x", suspicion="Same network."
        )
        (held,) = await giving.queue(session, moderator)
        with pytest.raises(ForbiddenError, match="your own"):
            await giving.decide(session, moderator, reward_id=held.id, is_approved=True)
    assert await balance_of(moderator) == 0


async def refer(as_owner, referrer: Viewer, pack: MadePack) -> Viewer:
    friend = await make_user(tokens=100)
    as_owner(
        f"INSERT INTO referrals (friend_id, referrer_id, suspicion) VALUES ('{friend.user_id}', '{referrer.user_id}', '')"
    )
    await buy_for_good(friend, pack)
    return friend


async def test_monthly_cap_of_referrals_holds_at_once(db: None, as_owner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "MAX_REFERRALS_A_MONTH", 1)
    referrer, pack = await make_user(), await make_pack(price=80)
    one, other = await refer(as_owner, referrer, pack), await refer(as_owner, referrer, pack)

    async def reward(friend: Viewer) -> int:
        async with transaction() as session:
            return await referrals.reward_due(session, member=friend.user_id)

    async with transaction() as session:
        await referrals.reward_due(session, member=one.user_id)
        second = asyncio.create_task(reward(other))
        await asyncio.sleep(0.3)
    assert await second == 1
    assert await balance_of(referrer) == policy.REFERRAL_TOKENS
    assert await balance_of(other) == 20 + policy.REFERRAL_TOKENS, "the friend is rewarded all the same"


async def test_what_a_friend_buys_from_the_referrer_does_not_count(db: None, as_owner):
    pack = await make_pack(price=80)
    await refer(as_owner, pack.creator, pack)
    assert await reward_due() == 0


async def test_held_referrals_count_for_no_badge(db: None, as_owner):
    referrer, pack = await make_user(), await make_pack(price=80)
    friend = await make_user(tokens=100)
    as_owner(
        f"INSERT INTO referrals (friend_id, referrer_id, suspicion) VALUES ('{friend.user_id}', '{referrer.user_id}', 'x')"
    )
    await buy_for_good(friend, pack)
    assert await reward_due() == 1
    found = await overview(referrer)
    assert "host" not in {badge.slug for badge in found.badges or () if badge.unlocked_at}


async def test_code_in_another_script_is_not_known(db: None):
    async with api_client(None) as client:
        assert (await client.get("/r/Łódź")).status_code == 404


@pytest.mark.parametrize(("code", "is_kept"), [("abc234xy", True), ("Łódź", False), ("", False), ("a" * 13, False)])
async def test_only_a_code_is_remembered_from_the_form(db: None, code: str, is_kept: bool):
    response = Response()
    referral_cookie.remember(response, code)
    assert ("set-cookie" in response.headers) is is_kept
