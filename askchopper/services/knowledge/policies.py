"""Marketplace policies on refunds, licences, tokens and selling: short texts, looked up by question."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from askchopper import policy
from askchopper.schemas.licence_summaries import STANDARD_LIMITS

_PATH = Path(__file__).with_name("policies.toml")
_LONGEST_QUESTION = 400  # characters
_VALUES = {
    "refund_hours": policy.REFUND_HOURS,
    "standard_limits": STANDARD_LIMITS,
    "seller_share": policy.SELLER_SHARE_PERCENT,
    "platform_fee": policy.PLATFORM_FEE_PERCENT,
    "sound_formats": policy.SOUND_FORMATS,
    "min_payout": policy.MIN_PAYOUT_TOKENS,
    "max_file": policy.megabytes(policy.MAX_FILE_BYTES),
    "temporary_hours": policy.TEMPORARY_CONVERSATION_HOURS,
    "undo_minutes": policy.CONVERSATION_UNDO_MINUTES,
}


@dataclass(frozen=True)
class Policy:
    """A policy: topic, text, and the pattern that matches questions about it."""

    topic: str
    text: str
    asked: re.Pattern[str]


@lru_cache(maxsize=1)
def all_policies() -> tuple[Policy, ...]:
    """Return all policies in file order."""
    with _PATH.open("rb") as file:
        rows = tomllib.load(file)["rules"]
    return tuple(
        Policy(row["topic"], row["text"].format(**_VALUES), re.compile(row["asked"], re.IGNORECASE)) for row in rows
    )


def get(topic: str) -> Policy | None:
    """Return the policy of a topic; None if there is none."""
    return next((rule for rule in all_policies() if rule.topic == topic), None)


def find(question: str) -> Policy | None:
    """Return the first policy whose keywords a question contains; None if there is none."""
    asked = question[:_LONGEST_QUESTION]
    return next((rule for rule in all_policies() if rule.asked.search(asked)), None)
