"""Shared parts of the query parser's rules: the state of a phrase being parsed, and how patterns set filters."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from askchopper.schemas.search_filters import MAX_TEXT, Filters
from askchopper.schemas.text import searchable

CUT = "\x00"  # placeholder for recognised words, so that no rule matches across it


@dataclass
class ParsedQuery:
    """State of a phrase being parsed.

    ``without`` are the words to exclude; ``creator_words`` follow "by"; ``reference`` is "download", "purchase" or "play" if the
    phrase contains "like my last ...", else empty; ``tempo_shift`` is -1 for "but slower", 1 for "but faster", else 0.
    """

    rest: str
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    without: list[str] = field(default_factory=list[str])
    creator_words: str = ""
    reference: str = ""
    tempo_shift: int = 0

    def filters(self) -> Filters:
        """Return the recognised filters, with the remaining words as text."""
        return Filters(text=self.text, **self.values)

    @property
    def text(self) -> str:
        """Return the words that no rule recognised, without filler words."""
        return searchable(" ".join(self.rest.replace(CUT, " ").split()), max_length=MAX_TEXT)


Rule = Callable[[ParsedQuery], None]
Meaning = Callable[[re.Match[str], ParsedQuery], Mapping[str, Any] | None]


def rule(pattern: str, meaning: Meaning, *, needs: Sequence[str] = ()) -> Rule:
    """Make a rule: if the pattern matches whole words, it sets filters and removes the matched words from the phrase.

    The words remain if ``meaning`` returns None, or if one of the filters already has another value.

    Args:
        pattern: regular expression for text in lower case.
        meaning: function that returns the filter values of a match, or None.
        needs: substrings, one of which is in every match; the slow pattern search is skipped for phrases without any.
    """
    compiled = re.compile(rf"(?<![\w#&'])(?:{pattern})(?![\w#&'%])")

    def apply(reading: ParsedQuery) -> None:
        if needs and not any(part in reading.rest for part in needs):
            return

        def understand(match: re.Match[str]) -> str:
            found = meaning(match, reading)
            if found is None:
                return match[0]
            for name, value in found.items():
                if reading.values.get(name, value) != value:
                    return match[0]
            reading.values.update(found)
            return f" {CUT} "

        reading.rest = compiled.sub(understand, reading.rest)

    return apply


def fixed(pattern: str, needs: Sequence[str] = (), **values: Any) -> Rule:
    return rule(pattern, lambda _match, _reading: values, needs=needs)
