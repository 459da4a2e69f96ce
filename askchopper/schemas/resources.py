"""Learning pages of others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """A learning page: its topics are kinds of the glossary; ``helpful`` is how many members found it so, and whether the viewer did."""

    slug: str
    title: str
    by: str
    url: str
    kind: str
    level: str
    topics: tuple[str, ...]
    helpful_count: int = 0
    is_helpful: bool = False
