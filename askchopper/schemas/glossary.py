"""An entry of the glossary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GlossaryEntry:
    """A glossary entry; ``score`` is how well it matches a question, up to 100, and 0 outside a lookup."""

    term: str
    aliases: tuple[str, ...]
    kind: str
    text: str
    related: tuple[str, ...]
    search: str = ""  # words that find examples in the catalogue
    score: float = 0.0
