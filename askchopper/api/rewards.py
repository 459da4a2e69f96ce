"""Rewards as JSON, and referral links."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from askchopper import routes, settings
from askchopper.api import referral_cookie
from askchopper.api.dependencies import SignedIn, client_ip
from askchopper.api.responses import List, Moment
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import NotFoundError
from askchopper.reward_vocabulary import RewardKind, RewardState
from askchopper.schemas import rewards as seen
from askchopper.services.moderation import decisions
from askchopper.services.rewards import daily, giving, progress

router = APIRouter(tags=["rewards"])
link_router = APIRouter(include_in_schema=False)
_Zone = Annotated[str, Query(max_length=64, description="IANA name of the time zone, such as `Europe/Berlin`.")]


class Badge(BaseModel):
    """A badge; ``value`` is the progress towards ``at``. ``unlocked_at`` is null while it is locked.

    ``share`` is the share of members who have the badge, from 0 to 1; null until computed.
    """

    slug: str
    title: str
    text: str
    tokens: int
    value: int
    at: int
    unlocked_at: Moment | None
    share: float | None


class Challenge(BaseModel):
    """A challenge of this week; ``value`` is the progress towards ``at``."""

    slug: str
    text: str
    tokens: int
    value: int
    at: int
    done: bool


class Tier(BaseModel):
    """The loyalty tier, from purchased tokens spent in 90 days, and its benefits."""

    name: str
    daily_extra: int
    bonus_back_percent: int
    early_hours: int
    zip_packs: int
    spent: int
    next_name: str | None
    next_at: int | None


class Line(BaseModel):
    """A granted or held reward."""

    kind: RewardKind
    title: str
    tokens: int
    state: RewardState
    created_at: Moment


class Rewards(BaseModel):
    """The viewer's rewards; a part that is switched off is null."""

    bonus_tokens: int
    expiring_tokens: int
    expires_on: date | None
    allowance_tokens: int
    daily_claimable: bool | None
    daily_tokens: int | None
    streak_days: int
    longest_streak_days: int
    badges: list[Badge] | None
    tier: Tier
    challenges: list[Challenge] | None
    challenges_end: Moment
    referral_url: str | None
    referrals_joined: int
    referrals_rewarded: int
    history: list[Line]

    @classmethod
    def of(cls, one: seen.Overview) -> "Rewards":
        badges = None if one.badges is None else [Badge(**vars(each)) for each in one.badges]
        challenges = None if one.challenges is None else [
            Challenge(slug=each.slug, text=each.text, tokens=each.tokens, value=each.value, at=each.at, done=each.is_done)
            for each in one.challenges
        ]  # fmt: skip
        tier = one.tier
        return cls(
            bonus_tokens=one.bonus_tokens, expiring_tokens=one.expiring_tokens, expires_on=one.expires_on, allowance_tokens=one.allowance,
            daily_claimable=one.daily.is_claimable if one.daily else None, daily_tokens=one.daily.tokens if one.daily else None,
            streak_days=one.daily.streak_days if one.daily else 0, longest_streak_days=one.daily.longest_days if one.daily else 0,
            badges=badges, challenges=challenges, challenges_end=one.challenges_end,
            tier=Tier(
                name=tier.name, daily_extra=tier.daily_extra, bonus_back_percent=tier.bonus_back_percent,
                early_hours=tier.early_hours, zip_packs=tier.zip_packs, spent=tier.spent, next_name=tier.next_name or None,
                next_at=tier.next_at if tier.next_name else None,
            ),
            referral_url=f"{settings.get().base_url}{routes.referral(one.referral.code)}" if one.referral else None,
            referrals_joined=one.referral.joined if one.referral else 0,
            referrals_rewarded=one.referral.rewarded if one.referral else 0,
            history=[Line(**vars(each)) for each in one.history],
        )  # fmt: skip


class Claim(BaseModel):
    """The member's time zone; the server's clock determines the day."""

    zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])] = "UTC"


class Claimed(BaseModel):
    """The result of a claim."""

    tokens: int
    streak_days: int


class Held(BaseModel):
    """A reward that awaits a moderator's decision."""

    id: str
    member: str
    kind: RewardKind
    tokens: int
    reason: str
    created_at: Moment


class Cost(BaseModel):
    """Number and total tokens of a kind of reward in the last 30 days, and whether the kind is switched on."""

    kind: RewardKind
    rewards: int
    tokens: int
    on: bool


class Decision(BaseModel):
    """A moderator's decision about a held reward."""

    approved: bool


@router.get("/me/rewards")
async def get_rewards(viewer: SignedIn, zone: _Zone = "UTC") -> Rewards:
    """Return badges, challenges, streak, tier, referral link and history. New achievements unlock within ten minutes."""
    async with read_only() as session:
        return Rewards.of(await progress.overview(session, viewer, zone=zone))


@router.post("/me/rewards/daily")
async def claim_daily(request: Request, viewer: SignedIn, claim: Claim | None = None) -> Claimed:
    """Claim today's reward, once per day in the given time zone."""
    zone, address = (claim or Claim()).zone, client_ip(request)

    async def work(session: AsyncSession) -> tuple[int, int]:
        claimed = await daily.claim(session, viewer, zone=zone, network=address)
        await progress.unlock(session, viewer.user_id)
        return claimed

    tokens, days = await retrying(work)
    return Claimed(tokens=tokens, streak_days=days)


@router.get("/moderation/rewards")
async def list_held(viewer: SignedIn) -> List[Held]:
    """List rewards that await a decision; for moderators."""
    async with read_only() as session:
        found = await giving.queue(session, viewer)
    return List(items=[Held(**vars(one)) for one in found], next_cursor=None)


@router.post("/moderation/rewards/{reward_id}", status_code=204)
async def decide(viewer: SignedIn, reward_id: str, decision: Decision) -> Response:
    """Grant or refuse a held reward; for moderators."""
    async with transaction() as session:
        verdict = "approved" if decision.approved else "returned"
        await decisions.decide(session, viewer, item=f"reward:{reward_id}", verdict=verdict)
    return Response(status_code=204)


@router.get("/admin/rewards")
async def list_costs(viewer: SignedIn) -> List[Cost]:
    """Return what each kind of reward cost in the last 30 days; for moderators and administrators."""
    async with read_only() as session:
        found = await giving.costs(session, viewer)
    items = [Cost(kind=one.kind, rewards=one.rewards, tokens=one.tokens, on=one.is_on) for one in found]
    return List(items=items, next_cursor=None)


@link_router.get("/r/{code}")
async def follow_referral(code: str) -> Response:
    """Store a referral code in a cookie and redirect to the registration form."""
    if not referral_cookie.is_code(code):
        raise NotFoundError("This link is unknown.")
    response = RedirectResponse(f"{routes.REGISTER}?ref={code}", status_code=303)
    referral_cookie.remember(response, code)
    return response
