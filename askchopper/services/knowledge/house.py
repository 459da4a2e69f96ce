"""How the house does things: refunds, licences, tokens, selling. Short texts, found by what is asked."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from askchopper import policy
from askchopper.schemas.licence_summaries import STANDARD_LIMITS

_PATH = Path(__file__).with_name("house_rules.toml")
_LONGEST_QUESTION = 400  # characters
_VALUES = {
    "refund_hours": policy.REFUND_HOURS,
    "standard_limits": STANDARD_LIMITS,
    "seller_share": policy.SELLER_SHARE_PERCENT,
    "platform_fee": policy.PLATFORM_FEE_PERCENT,
    "sound_formats": policy.SOUND_FORMATS,
    "max_file": policy.megabytes(policy.MAX_FILE_BYTES),
    "temporary_hours": policy.TEMPORARY_CONVERSATION_HOURS,
    "undo_minutes": policy.CONVERSATION_UNDO_MINUTES,
}


@dataclass(frozen=True)
class HouseRule:
    """One thing that the house does in its own way."""

    topic: str
    text: str
    asked: re.Pattern[str]


@lru_cache(maxsize=1)
def all_rules() -> tuple[HouseRule, ...]:
    """Return all rules in their own order."""
    with _PATH.open("rb") as file:
        rows = tomllib.load(file)["rules"]
    return tuple(
        HouseRule(row["topic"], row["text"].format(**_VALUES), re.compile(row["asked"], re.IGNORECASE)) for row in rows
    )


def get(topic: str) -> HouseRule | None:
    """Return the rule of a topic."""
    return next((rule for rule in all_rules() if rule.topic == topic), None)


def find(question: str) -> HouseRule | None:
    """Find the rule that a question asks about."""
    asked = question[:_LONGEST_QUESTION]
    return next((rule for rule in all_rules() if rule.asked.search(asked)), None)
