"""States of the rewards page, and of the moderators' list of held rewards."""

from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes, settings
from askchopper.database import retrying
from askchopper.errors import InvalidInputError
from askchopper.plurals import counted, noun
from askchopper.schemas.rewards import Overview
from askchopper.schemas.view_models import rewards as rows
from askchopper.schemas.view_models.rewards import BadgeRow, ChallengeRow, HistoryRow
from askchopper.services.rewards import daily, loyalty, progress, rules
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState

# Rows of the rules page, from the table that rewards are computed with: title, condition and tokens; challenges have no title.
BADGE_RULES = tuple((goal.title, goal.text, goal.tokens) for goal in rules.badges())
CHALLENGE_RULES = tuple((goal.text, goal.tokens) for goal in rules.challenges())
_TIERS = tuple(loyalty.offered(tier) for tier in rules.tiers())
TIER_RULES = tuple((tier.name, tier.tokens_spent, rules.advantages(tier)) for tier in _TIERS)
BRINGS_BACK = any(tier.bonus_back_percent for tier in _TIERS)
_ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"
_ANY_ZONE = "UTC"


class RewardsState(rx.State):
    """The rewards page."""

    is_loaded: bool = False
    zone: str = _ANY_ZONE
    facts: dict[str, str] = {}
    is_claimable: bool = False
    badges: list[BadgeRow] = []
    challenges: list[ChallengeRow] = []
    history: list[HistoryRow] = []

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> Any:
        """Request the browser's time zone, then show the page."""
        return rx.call_script(_ZONE, callback=RewardsState.show)

    @rx.event
    @handler(Access.MEMBER)
    async def show(self, zone: str) -> None:
        self.zone = zone[:64]
        try:
            await self._read()
        except InvalidInputError:  # a browser that does not know its zone
            self.zone = _ANY_ZONE
            await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def refresh(self) -> None:
        """Update the progress of challenges and badges; called periodically while the page is visible."""
        if self.is_loaded:
            await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def claim(self) -> Any:
        viewer = identity.require_viewer()
        # The websocket handshake has no trusted client address, so the limit per network counts the member instead.
        tokens, days = await retrying(
            lambda session: daily.claim(session, viewer, zone=self.zone, network=f"member {viewer.user_id}")
        )
        await self._read()
        if tokens:
            sentence = f"{counted(tokens, 'token')} on day {days} of your streak."
        else:
            sentence = f"You reached this month's reward limit. Day {days} of your streak counts."
        return [rx.toast.success(sentence), SessionState.load]

    async def _read(self) -> None:
        viewer = identity.require_viewer()

        async def work(session: AsyncSession) -> Overview:
            await progress.unlock(session, viewer.user_id)
            return await progress.overview(session, viewer, zone=self.zone)

        self._show(await retrying(work))
        self.is_loaded = True

    def _show(self, found: Overview) -> None:
        self.is_claimable = found.daily is not None and found.daily.is_claimable
        self.badges = [rows.badge_row(badge) for badge in found.badges or ()]
        self.challenges = [rows.challenge_row(one) for one in found.challenges or ()]
        self.history = [rows.history_row(line) for line in found.history]
        self.facts = _facts(found)


def _facts(found: Overview) -> dict[str, str]:
    tier, day, referral = found.tier, found.daily, found.referral
    unlocked = sum(badge.unlocked_at is not None for badge in found.badges or ())
    return {
        "bonus": f"{found.bonus_tokens:,}",
        "expiring": f"{found.expiring_tokens} {noun(found.expiring_tokens, 'expires', 'expire')} on {found.expires_on:%-d %B %Y}"
        if found.expires_on
        else "",
        "has_daily": "yes" if day else "",
        "daily_tokens": str(day.tokens) if day else "",
        "streak": str(day.streak_days) if day else "",
        "longest": str(day.longest_days) if day else "",
        "allowance": str(found.allowance),
        "tier": tier.name,
        "advantages": ". ".join(tier.advantages) + ".",
        "spent": f"{tier.spent:,}",
        "next": tier.next_name,
        "next_missing": f"{max(0, tier.next_at - tier.spent):,}",
        "tier_width": f"{min(100, round(100 * tier.spent / max(1, tier.next_at)))}%",
        "badges": f"{unlocked} of {len(found.badges)}" if found.badges else "",
        "challenges_end": f"{found.challenges_end:%-d %B}",
        "referral": f"{settings.get().base_url}{routes.referral(referral.code)}" if referral else "",
        "joined": str(referral.joined) if referral else "",
        "rewarded": str(referral.rewarded) if referral else "",
    }
