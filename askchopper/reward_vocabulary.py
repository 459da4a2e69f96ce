"""Names of the kinds and states of rewards."""

from enum import StrEnum


class RewardKind(StrEnum):
    """What a reward is for; an operator can switch each kind off."""

    DAILY = "daily"
    BADGE = "badge"
    REFERRAL = "referral"
    CHALLENGE = "challenge"
    TIER = "tier"  # bonus tokens that come back


class RewardState(StrEnum):
    """A held reward waits for a moderator; one is taken back when its payment was refunded or disputed."""

    GIVEN = "given"
    HELD = "held"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
