"""How the house does things: refunds, licences, tokens, selling. Short texts, found by what is asked."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_PATH = Path(__file__).with_name("policies.toml")
_LONGEST_QUESTION = 400  # characters


@dataclass(frozen=True)
class Policy:
    """One thing that the house does in its own way."""

    topic: str
    text: str
    asked: re.Pattern[str]


@lru_cache(maxsize=1)
def all_policies() -> tuple[Policy, ...]:
    """Return all rules in their own order."""
    with _PATH.open("rb") as file:
        rows = tomllib.load(file)["rules"]
    return tuple(Policy(row["topic"], row["text"], re.compile(row["asked"], re.IGNORECASE)) for row in rows)


def get(topic: str) -> Policy | None:
    """Return the rule of a topic."""
    return next((rule for rule in all_policies() if rule.topic == topic), None)


def find(question: str) -> Policy | None:
    """Find the rule that a question asks about."""
    asked = question[:_LONGEST_QUESTION]
    return next((rule for rule in all_policies() if rule.asked.search(asked)), None)
