"""Referrals: both sides, self-made friends, the cap of a month, codes."""

import asyncio
import uuid

import pytest
from sqlalchemy import text
from starlette.responses import Response

from askchopper import policy, token_prices
from askchopper.api import referral_cookie
from askchopper.database import read_only, transaction
from askchopper.errors import ForbiddenError, NotFoundError
from askchopper.integrations.stripe import parse_event
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.rewards import Overview
from askchopper.services import payments, wallet
from askchopper.services.purchases import checkout, downloads
from askchopper.services.rewards import giving, progress, referrals
from askchopper.vocabulary import Role
from tests.simulators.stripe.client import StripeSimulator, charge
from tests.simulators.stripe.server import event
from tests.support.clients import JSON, api_client
from tests.support.factories import PASSWORD, MadePack, balance_of, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration


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
        answer = await client.post("/auth/login", data={"email": viewer.email, "password": PASSWORD}, headers=JSON)
        assert answer.status_code == 200, answer.text
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


async def test_moderators_do_not_decide_about_their_own_rewards(db: None):
    moderator = await make_user(role=Role.MODERATOR)
    async with transaction() as session:
        await giving.give(
            session, moderator.user_id, RewardKind.REFERRAL, source="x", tokens=10, memo="x", suspicion="Same network."
        )
        (held,) = await giving.queue(session, moderator)
        with pytest.raises(ForbiddenError, match="This concerns you"):
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
    assert await balance_of(other) == 20 + policy.REFERRAL_TOKENS, "the friend is rewarded anyway"


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


@pytest.mark.parametrize(
    ("card", "email", "is_held"), [("same", "other", True), ("other", "same", True), ("other", "other", False)]
)
async def test_paying_as_one_person_is_held(db: None, stripe: StripeSimulator, card: str, email: str, is_held: bool):
    referrer, pack = await make_user(), await make_pack(price=80)
    friend = await register(await referral_code(referrer), address="198.51.100.9", email="friend@example.test")
    for payer, number, address in ((referrer, "same", "same"), (friend, card, email)):
        url = await payments.start_checkout(payer, token_prices.find(100), key="k")  # type: ignore[arg-type]
        paid = stripe.paid(url, customer_details={"email": f"{address.upper()}@example.test"})
        for happened in (charge(paid, f"fingerprint-{number}"), event("checkout.session.completed", paid)):
            async with transaction() as session:
                assert await payments.apply_event(session, parse_event(happened)) == "applied"
    before = await balance_of(referrer)
    await buy_for_good(friend, pack)
    assert await reward_due() == 1
    assert await balance_of(referrer) == before + (0 if is_held else policy.REFERRAL_TOKENS)
    async with read_only() as session:
        reasons = (await session.execute(text("SELECT reason FROM rewards WHERE state = 'held'"))).scalars().all()
    assert set(reasons) == ({"Paid with the card or email of the referrer."} if is_held else set())
    assert (await check_ledger()).problems == ()
