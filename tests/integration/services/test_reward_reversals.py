"""Rewards after a late refund or dispute: taken back once, as far as the wallet has them, and given again once nothing is owed."""

from typing import Any

import pytest

from askchopper import policy, token_prices
from askchopper.database import read_only, transaction
from askchopper.integrations.stripe import parse_event
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.rewards import Overview
from askchopper.services import activity, payments, wallet
from askchopper.services.purchases import checkout, downloads
from askchopper.services.rewards import progress
from askchopper.worker import rewards as jobs
from tests.simulators.stripe.client import StripeSimulator, dispute, refund
from tests.simulators.stripe.server import event
from tests.support.factories import MadePack, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration
PAID = "checkout.session.completed"


async def pay(stripe: StripeSimulator, member: Viewer, tokens: int, key: str = "one") -> dict[str, Any]:
    """Buy tokens by card; returns the paid session."""
    paid = stripe.paid(await payments.start_checkout(member, token_prices.find(tokens), key=key))  # type: ignore[arg-type]
    await deliver(event(PAID, paid))
    return paid


async def deliver(*events: dict[str, Any]) -> None:
    for one in events:
        async with transaction() as session:
            await payments.apply_event(session, parse_event(one))


async def buy_for_good(buyer: Viewer, pack: MadePack) -> None:
    """Buy and download, so that it cannot be refunded."""
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=pack.slug)
    async with transaction() as session:
        await downloads.start_file_download(session, buyer, file_id=pack.file_ids[0])


async def run_job() -> None:
    for _ in range(2):
        await jobs.give(0)


async def overview(member: Viewer) -> Overview:
    async with read_only() as session:
        return await progress.overview(session, member, zone="UTC")


async def states(member: Viewer) -> dict[str, str]:
    return {line.title: line.state.value for line in (await overview(member)).history}


async def unlocked(member: Viewer) -> set[str]:
    return {badge.slug for badge in (await overview(member)).badges or () if badge.unlocked_at}


async def reward_notifications(member: Viewer) -> list[str]:
    async with read_only() as session:
        return [one.sentence for one in await activity.notifications(session, member) if one.kind == "reward"]


async def bonus_of(member: Viewer) -> int:
    async with read_only() as session:
        return (await wallet.balance(session, member)).bonus_tokens


@pytest.fixture
async def referred(db: None, stripe: StripeSimulator, as_owner) -> tuple[Viewer, Viewer, dict[str, Any]]:
    """A referrer and a friend who paid by card and bought, both rewarded; and the payment."""
    referrer, friend, pack = await make_user(), await make_user(), await make_pack(price=80)
    as_owner(
        f"INSERT INTO referrals (friend_id, referrer_id, suspicion) VALUES ('{friend.user_id}', '{referrer.user_id}', '')"
    )
    paid = await pay(stripe, friend, 100)
    await buy_for_good(friend, pack)
    async with transaction() as session:
        await progress.unlock(session, friend.user_id)
        await progress.unlock(session, referrer.user_id)
    assert (await bonus_of(friend), await bonus_of(referrer)) == (policy.REFERRAL_TOKENS + 2, policy.REFERRAL_TOKENS)
    assert (await unlocked(friend), await unlocked(referrer)) == ({"first-pack"}, {"host"})
    return referrer, friend, paid


async def test_refund_takes_referral_and_badges_back_once(referred: tuple[Viewer, Viewer, dict[str, Any]]):
    referrer, friend, paid = referred
    refunded = refund(paid, 900)
    await deliver(refunded, refunded)
    await run_job()
    assert (await bonus_of(friend), await bonus_of(referrer)) == (0, 0)
    assert (await unlocked(friend), await unlocked(referrer)) == (set(), set())
    taken = RewardState.TAKEN_BACK.value
    assert await states(friend) == {"Joined through a friend": taken, "Badge: First pack": taken}
    assert await states(referrer) == {"A friend bought something": taken, "Badge: Host": taken}
    assert (await overview(friend)).tier.spent == 0
    assert (await reward_notifications(friend))[0] == (
        "One of your payments was refunded or disputed. No longer counted: Badge: First pack, Joined through a friend."
        " Taken back: 12 bonus tokens."
    )
    assert (await reward_notifications(referrer))[0] == (
        "A friend's payment was refunded or disputed. No longer counted: A friend bought something, Badge: Host."
        " Taken back: 10 bonus tokens."
    )
    assert len(await reward_notifications(friend)) == 2, "one of the badge, one of what was taken back"
    async with transaction() as session:
        assert await progress.unlock(session, friend.user_id) == ()
    assert (await check_ledger()).problems == ()


async def test_rewards_come_back_once_the_debt_is_paid(
    referred: tuple[Viewer, Viewer, dict[str, Any]], stripe: StripeSimulator
):
    referrer, friend, paid = referred
    await deliver(dispute(paid, "created", "needs_response"))
    await run_job()
    assert await bonus_of(friend) == 0
    await pay(stripe, friend, 300, "two")
    await run_job()
    assert (await bonus_of(friend), await bonus_of(referrer)) == (policy.REFERRAL_TOKENS + 2, policy.REFERRAL_TOKENS)
    assert (await unlocked(friend), await unlocked(referrer)) == ({"first-pack"}, {"host"})
    assert set((await states(friend)).values()) == {"given"}
    assert (await reward_notifications(friend))[0] == (
        "You no longer owe tokens. Counted again: Badge: First pack, Joined through a friend. Back in your wallet: 12 bonus tokens."
    )
    await deliver(dispute(paid, "closed", "lost"))
    await run_job()
    assert (await bonus_of(friend), await bonus_of(referrer)) == (policy.REFERRAL_TOKENS + 2, policy.REFERRAL_TOKENS)
    assert (await check_ledger()).problems == ()


async def test_spent_bonus_tokens_are_not_owed(
    referred: tuple[Viewer, Viewer, dict[str, Any]], stripe: StripeSimulator
):
    referrer, friend, paid = referred
    await buy_for_good(referrer, await make_pack(price=7))
    await deliver(refund(paid, 900))
    await run_job()
    async with read_only() as session:
        left = await wallet.balance(session, referrer)
    assert (left.bonus_tokens, left.debt_tokens) == (0, 0)
    assert "Taken back: 3 bonus tokens." in (await reward_notifications(referrer))[0]
    await pay(stripe, friend, 300, "two")
    await run_job()
    assert await bonus_of(referrer) == 3, "what was taken comes back, not more"
    assert (await check_ledger()).problems == ()


async def test_refund_that_the_wallet_covers_takes_no_reward(
    referred: tuple[Viewer, Viewer, dict[str, Any]], stripe: StripeSimulator
):
    referrer, friend, paid = referred
    await pay(stripe, friend, 100, "two")
    await deliver(refund(paid, 900))
    await run_job()
    assert (await bonus_of(friend), await bonus_of(referrer)) == (policy.REFERRAL_TOKENS + 2, policy.REFERRAL_TOKENS)
    assert await unlocked(friend) == {"first-pack"}


async def test_only_the_latest_purchases_count_as_unpaid(db: None, stripe: StripeSimulator):
    member = await make_user(tokens=600)
    await buy_for_good(member, await make_pack(price=600))
    async with transaction() as session:
        await wallet.grant(session, user_id=member.user_id, tokens=60, is_bonus=True, key="gift", memo="Gift")
    paid = await pay(stripe, member, 100)
    await buy_for_good(member, await make_pack(price=160))
    async with transaction() as session:
        await progress.unlock(session, member.user_id)
    assert await bonus_of(member) == 6 + 2
    await deliver(dispute(paid, "created", "needs_response"))
    await run_job()
    assert await bonus_of(member) == 2, "the older purchase is paid, and its badge stays"
    assert await unlocked(member) == {"first-pack"}
    assert (await overview(member)).tier.spent == 600
    await deliver(dispute(paid, "closed", "won"))
    await run_job()
    assert await bonus_of(member) == 6 + 2
    given = [line for line in (await overview(member)).history if line.kind is RewardKind.TIER]
    assert [(line.tokens, line.state) for line in given] == [(6, RewardState.GIVEN)]
    assert (await check_ledger()).problems == ()


async def test_held_rewards_wait_again(db: None, stripe: StripeSimulator, as_owner):
    referrer, friend, pack = await make_user(), await make_user(), await make_pack(price=80)
    as_owner(
        f"INSERT INTO referrals (friend_id, referrer_id, suspicion) VALUES ('{friend.user_id}', '{referrer.user_id}', 'x')"
    )
    paid = await pay(stripe, friend, 100)
    await buy_for_good(friend, pack)
    await run_job()
    await deliver(dispute(paid, "created", "needs_response"))
    await run_job()
    held = "SELECT count(*) FROM rewards WHERE state = 'held'"
    assert as_owner(held) == [(0,)], "nobody decides about a reward that is not paid for"
    await deliver(dispute(paid, "closed", "won"))
    await run_job()
    assert as_owner(held) == [(2,)]
    assert await bonus_of(referrer) == 0
