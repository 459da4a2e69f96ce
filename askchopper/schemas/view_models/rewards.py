"""View models of rewards."""

from dataclasses import dataclass

from askchopper.reward_vocabulary import RewardState
from askchopper.schemas.rewards import BadgeProgress, ChallengeProgress, RewardLine

_STATE_WORDS = {
    RewardState.GIVEN: "",
    RewardState.HELD: "Being checked",
    RewardState.REFUSED: "Refused",
    RewardState.TAKEN_BACK: "Taken back",
}


@dataclass(frozen=True)
class BadgeRow:
    title: str
    text: str
    tokens: str
    progress: str
    share: str
    since: str
    width: str
    is_unlocked: bool


@dataclass(frozen=True)
class ChallengeRow:
    text: str
    tokens: str
    progress: str
    width: str
    is_done: bool


@dataclass(frozen=True)
class HistoryRow:
    title: str
    tokens: str
    state: str
    date: str


def badge_row(badge: BadgeProgress) -> BadgeRow:
    """Format a badge."""
    return BadgeRow(
        title=badge.title,
        text=badge.text,
        tokens=str(badge.tokens or ""),
        progress=f"{badge.value:,} of {badge.at:,}",
        share=""
        if badge.share is None
        else f"{badge.share:.0%} of members"
        if badge.share >= 0.01
        else "Under 1% of members",
        since=f"Since {badge.unlocked_at:%-d %b %Y}" if badge.unlocked_at else "",
        width=_width(badge.value, badge.at),
        is_unlocked=badge.unlocked_at is not None,
    )


def challenge_row(challenge: ChallengeProgress) -> ChallengeRow:
    """Format a challenge."""
    return ChallengeRow(
        text=challenge.text,
        tokens=str(challenge.tokens),
        progress=f"{challenge.value:,} of {challenge.at:,}",
        width=_width(challenge.value, challenge.at),
        is_done=challenge.is_done,
    )


def history_row(line: RewardLine) -> HistoryRow:
    """Format a reward of the history; tokens are shown only if it was granted."""
    tokens = f"+{line.tokens}" if line.tokens and line.state is RewardState.GIVEN else ""
    return HistoryRow(line.title, tokens, _STATE_WORDS[line.state], f"{line.created_at:%-d %b %Y}")


def _width(value: int, at: int) -> str:
    return f"{min(100, round(100 * value / max(1, at)))}%"
