"""External learning pages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """An external learning page. Its topics are glossary kinds; ``helpful`` counts members who marked it, with the viewer's own mark."""

    slug: str
    title: str
    by: str
    url: str
    kind: str
    level: str
    topics: tuple[str, ...]
    helpful_count: int = 0
    is_helpful: bool = False
