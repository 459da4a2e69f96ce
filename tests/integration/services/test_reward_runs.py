"""Runs of the jobs of rewards: who gets nothing, errors of single members, missed nights, deadlocks, and what is given twice to nobody."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from askchopper import settings
from askchopper.database import read_only, retrying, transaction
from askchopper.reward_vocabulary import RewardKind
from askchopper.schemas.accounts import Viewer
from askchopper.services import wallet
from askchopper.services.community import ratings
from askchopper.services.rewards import daily, loyalty, progress, referrals
from askchopper.worker import rewards as jobs
from tests.integration.services.test_tiers import STUDIO, buy_for_good, given, member_of, unlock
from tests.support.clients import api_client
from tests.support.factories import balance_of, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration


def rewards_of(as_owner, member: Viewer) -> list[tuple]:
    return as_owner(f"SELECT kind, source FROM rewards WHERE user_id = '{member.user_id}'")


async def buyers(number: int) -> list[Viewer]:
    """Create members who have each bought something, which brings a badge."""
    members, pack = [await make_user(tokens=100) for _ in range(number)], await make_pack(price=10)
    for member in members:
        await buy_for_good(member, pack)
    return members


@pytest.mark.parametrize("job", ["night", "first night", "ten minutes"])
async def test_suspended_and_deleted_members_get_nothing(db: None, as_owner, job: str):
    if job == "night":
        await jobs.backfill_badges()
    active, suspended, deleted = await buyers(3)
    as_owner(
        f"UPDATE users SET disabled_at = now() WHERE id = '{suspended.user_id}'",
        f"UPDATE users SET disabled_at = now(), deleted_at = now() WHERE id = '{deleted.user_id}'",
    )
    await (jobs.give(0) if job == "ten minutes" else jobs.backfill_badges())
    assert rewards_of(as_owner, active)
    assert rewards_of(as_owner, suspended) == rewards_of(as_owner, deleted) == []


async def test_an_account_that_was_deleted_meanwhile_gets_nothing(db: None, as_owner):
    [member] = await buyers(1)
    as_owner(
        f"UPDATE users SET disabled_at = now(), deleted_at = now() WHERE id = '{member.user_id}'",
        f"DELETE FROM reward_profiles WHERE user_id = '{member.user_id}'",
    )
    async with transaction() as session:
        assert await progress.unlock(session, member.user_id) == ()
    assert rewards_of(as_owner, member) == []


async def test_referral_of_a_suspended_member_waits_for_a_moderator(db: None, as_owner):
    referrer, friend = await make_user(), await member_of(60)
    as_owner(
        f"INSERT INTO referrals (friend_id, referrer_id, suspicion) VALUES ('{friend.user_id}', '{referrer.user_id}', '')",
        f"UPDATE users SET disabled_at = now() WHERE id = '{referrer.user_id}'",
    )
    async with transaction() as session:
        assert await referrals.reward_due(session) == 1
    assert as_owner("SELECT DISTINCT state, reason FROM rewards WHERE kind = 'referral'") == [
        ("held", "One of the two is suspended.")
    ]


async def test_an_error_of_one_member_does_not_stop_the_run(db: None, as_owner, monkeypatch: pytest.MonkeyPatch):
    members = await buyers(3)
    real, failing = progress.unlock, {min(member.user_id for member in members)}

    async def unlock_or_fail(session: object, user_id: uuid.UUID) -> tuple[str, ...]:
        if user_id in failing:
            raise RuntimeError("broken")
        return await real(session, user_id)  # type: ignore[arg-type]

    monkeypatch.setattr(progress, "unlock", unlock_or_fail)
    for job in (jobs.give(0), jobs.backfill_badges()):
        await job
        assert [bool(rewards_of(as_owner, member)) for member in members] == [
            member.user_id not in failing for member in members
        ]
    assert as_owner("SELECT * FROM reward_rules") == [], "the run was not complete"
    failing.clear()
    await jobs.backfill_badges()
    assert all(rewards_of(as_owner, member) for member in members)


async def test_badges_are_unlocked_even_if_referrals_fail(db: None, as_owner, monkeypatch: pytest.MonkeyPatch):
    [member] = await buyers(1)
    real = referrals.reward_due

    async def fail(session: object, **values: object) -> int:
        if not values:
            raise RuntimeError("broken")
        return await real(session, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(referrals, "reward_due", fail)
    await jobs.give(0)
    assert rewards_of(as_owner, member)


async def test_a_missed_night_is_caught_up(db: None, as_owner):
    member = await make_user(tokens=100)
    pack = await make_pack(price=40)
    await jobs.backfill_badges()
    async with transaction() as session:
        from askchopper.services.purchases import checkout

        await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=40, key="k")
    as_owner(
        "DELETE FROM activity", "DELETE FROM rewards",
        "UPDATE reward_rules SET counted_at = now() - interval '50 hours'",
        "SET session_replication_role = replica",
        "UPDATE purchases SET created_at = now() - interval '60 hours'",
        "SET session_replication_role = DEFAULT",
    )  # fmt: skip
    await jobs.backfill_badges()
    assert rewards_of(as_owner, member), "it became final after 48 hours, 12 hours ago"
    [(is_recent,)] = as_owner("SELECT counted_at > now() - interval '1 minute' FROM reward_rules")
    assert is_recent


async def test_claims_and_runs_do_not_deadlock(db: None, as_owner):
    members = await buyers(4)

    async def claim(member: Viewer) -> None:
        async with transaction() as session:  # not retried: there must be no conflict
            await daily.claim(session, member, zone="UTC", network="192.0.2.1")
            await progress.unlock(session, member.user_id)

    async def run(member: Viewer) -> None:
        async with transaction() as session:
            await progress.unlock(session, member.user_id)

    await asyncio.gather(*(one(member) for member in members for one in (claim, run, run)))
    assert as_owner("SELECT count(*) FROM rewards WHERE kind = 'daily'") == [(4,)]
    assert (await check_ledger()).problems == ()


async def test_rewards_are_given_after_the_row_of_the_profile_was_locked(db: None, as_owner):
    [member] = await buyers(1)
    async with transaction() as claiming:
        await claiming.execute(text("SELECT FROM reward_profiles WHERE user_id = :u FOR UPDATE"), {"u": member.user_id})
        running = asyncio.create_task(unlock(member))
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'reward_profiles'"
        for _ in range(200):
            if as_owner(waiting) != [(0,)]:
                break
            await asyncio.sleep(0.02)
        await wallet.grant(claiming, user_id=member.user_id, tokens=1, is_bonus=True, key="claimed", memo="")
    await running
    assert rewards_of(as_owner, member)


async def test_purchases_that_bring_nothing_back_do_not_block_later_ones(
    db: None, monkeypatch: pytest.MonkeyPatch, as_owner
):
    member = await member_of(STUDIO, bonus=106)
    for _ in range(3):
        await buy_for_good(member, await make_pack(price=2))
    await buy_for_good(member, await make_pack(price=100))
    from askchopper.services.rewards import counts

    monkeypatch.setattr(counts, "_BONUS_SPENT", text(counts._BONUS_SPENT.text.replace("LIMIT 200", "LIMIT 2")))
    await unlock(member)
    assert await given(member, "tier") == [15]


async def test_tokens_of_a_tier_are_paid_once_even_if_the_rewards_are_lost(db: None, as_owner):
    member = await member_of(STUDIO, bonus=100)
    await buy_for_good(member, await make_pack(price=100))
    await unlock(member)
    balance = await balance_of(member)
    as_owner("DELETE FROM rewards")  # as a downgrade does, for tiers
    await unlock(member)
    assert await balance_of(member) == balance


async def test_a_member_without_a_profile_can_read_and_claim(db: None, as_owner):
    member = await make_user()
    as_owner(f"DELETE FROM reward_profiles WHERE user_id = '{member.user_id}'")
    async with api_client(member) as client:
        assert (await client.get("/api/v1/me/rewards")).status_code == 200
        assert (await client.post("/api/v1/me/rewards/daily")).status_code == 200
        assert len((await client.get("/api/v1/me/rewards")).json()["referral_url"].rpartition("/")[2]) == 8


async def test_a_taken_code_is_drawn_again(db: None, as_owner):
    """With one letter there are few codes."""
    await make_user()
    as_owner("UPDATE reward_profiles SET code = 'aaaaaaaa'")
    [(definition,)] = as_owner("SELECT pg_get_functiondef('reward_profile_add'::regproc)")
    members = [await make_user() for _ in range(6)]
    as_owner("DELETE FROM reward_profiles WHERE code <> 'aaaaaaaa'")
    try:
        as_owner(definition.replace("abcdefghjkmnpqrstuvwxyz23456789", "ab").replace("(1, 8)", "(1, 3)"))
        for member in members:
            await retrying(lambda session, member=member: progress.unlock(session, member.user_id))
    finally:
        as_owner(definition)
    assert as_owner("SELECT count(DISTINCT code) FROM reward_profiles") == [(7,)]


async def test_stars_are_counted_with_the_ratings_by_any_release(db: None, as_owner):
    """The release before this one counts ratings without ``rating_counts``."""
    [first, second], pack = await buyers(2), await make_pack(price=10)
    for member, stars in ((first, 5), (second, 3)):
        await buy_for_good(member, pack)
        async with transaction() as session:
            await ratings.rate(session, member, slug=pack.slug, stars=stars)
    as_owner(
        "UPDATE ratings SET stars = 4 WHERE stars = 5",
        f"UPDATE packs SET rating_count = 2, rating_sum = 7 WHERE id = '{pack.id}'",
    )
    async with read_only() as session:
        assert (await ratings.summary(session, None, slug=pack.slug)).counts == (0, 0, 1, 1, 0)


@pytest.mark.parametrize(
    ("on", "first"),
    [("off", "Planned"), ("daily", "3 more bonus tokens a day"), ("tier", "15% of the bonus tokens that you spend come back")],
)  # fmt: skip
async def test_what_is_switched_off_is_no_advantage(db: None, monkeypatch: pytest.MonkeyPatch, on: str, first: str):
    member = await member_of(STUDIO)
    changed = settings.get().model_copy(update={"rewards": on})
    monkeypatch.setattr(settings, "get", lambda: changed)
    async with read_only() as session:
        found = await loyalty.progress(session, member.user_id)
    assert found.advantages[0].startswith(first)
    assert len(found.advantages) == (2 if on == "off" else 3)
    assert (found.daily_extra > 0, found.bonus_back_percent > 0) == (
        on == RewardKind.DAILY.value, on == RewardKind.TIER.value
    )  # fmt: skip
