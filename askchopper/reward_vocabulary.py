"""Enums of the kinds and states of rewards."""

from enum import StrEnum


class RewardKind(StrEnum):
    """What a reward is granted for; an operator can switch each kind off."""

    DAILY = "daily"
    BADGE = "badge"
    REFERRAL = "referral"
    CHALLENGE = "challenge"
    TIER = "tier"  # bonus tokens that come back


class RewardState(StrEnum):
    """States of a reward. A held one awaits a moderator; one is taken back if its payment was refunded or disputed."""

    GIVEN = "given"
    HELD = "held"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
