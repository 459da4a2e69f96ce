"""Fuzzy matching of pack titles, standalone or within a question."""

from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.text import searchable

SAME_TITLE = 82  # of a hundred: a typo, not another title
_CLOSE = 0.25  # of trigrams
_MOST = 3


@dataclass(frozen=True)
class Title:
    """A published pack's slug and title; ``is_meant`` if the match is close enough to be certain."""

    slug: str
    title: str
    is_meant: bool


async def closest(session: AsyncSession, said: str) -> tuple[Title, ...]:
    """Return the packs with the most similar titles, closest first."""
    rows = await session.execute(_CLOSEST, {"said": searchable(said), "close": _CLOSE, "most": _MOST})
    found = [(fuzz.ratio(row.title.casefold(), said.casefold()), row) for row in rows]
    found.sort(key=lambda one: -one[0])
    return tuple(Title(row.slug, row.title, ratio >= SAME_TITLE) for ratio, row in found)


async def mentioned(session: AsyncSession, question: str) -> Title | None:
    """Return the pack whose complete title occurs in a question; the longest title wins."""
    row = (await session.execute(_MENTIONED, {"question": searchable(question)})).first()
    return Title(row.slug, row.title, is_meant=True) if row else None


_CLOSEST = text("""
    SELECT slug, title FROM packs
    WHERE status = 'published' AND similarity(fold(lower(title)), fold(lower(:said))) >= :close
    ORDER BY similarity(fold(lower(title)), fold(lower(:said))) DESC, popularity DESC LIMIT :most
""")
# Padded with spaces, so that no title matches inside a word.
_MENTIONED = text("""
    SELECT slug, title FROM packs, (
        SELECT regexp_replace(fold(lower(:question)), '[^[:alnum:]]+', ' ', 'g') AS words
    ) AS asked
    WHERE status = 'published' AND length(title) > 3 AND position(
        concat(' ', btrim(regexp_replace(fold(lower(title)), '[^[:alnum:]]+', ' ', 'g')), ' ') IN concat(' ', words, ' ')
    ) > 0
    ORDER BY length(title) DESC LIMIT 1
""")
