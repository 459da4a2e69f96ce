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

    ``without`` are the words to exclude; ``creator_words`` follow "by"; ``reference`` is "download", "purchase" or "play" where the phrase says "like my last
    ..."; ``tempo_shift`` is -1 for "but slower" and 1 for "but faster".
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
    """Make a rule: where the pattern matches at word boundaries, it sets the filter and removes the matched words.

    The words are kept if the filter already has another value, or the value is None.

    Args:
        pattern: in lower case.
        meaning: returns the filter values of a match, or None.
        needs: substrings of which every match contains one; a phrase without them skips the costly pattern search.
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
