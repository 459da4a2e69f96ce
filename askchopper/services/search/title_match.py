"""Fuzzy matching of pack titles, standalone or within a question."""

from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.text import searchable

SAME_TITLE = 82  # similarity from 0 to 100; lower values suggest another title, not a typo
_CLOSE = 0.25  # trigram similarity
_MOST = 3


@dataclass(frozen=True)
class Title:
    """A published pack's slug and title; ``is_meant`` if the match is close enough to be certain."""

    slug: str
    title: str
    is_meant: bool


async def closest(session: AsyncSession, said: str) -> tuple[Title, ...]:
    """Return up to ``_MOST`` published packs with a similar title, most similar first."""
    rows = await session.execute(_CLOSEST, {"said": searchable(said), "close": _CLOSE, "most": _MOST})
    found = [(fuzz.ratio(row.title.casefold(), said.casefold()), row) for row in rows]
    found.sort(key=lambda one: -one[0])
    return tuple(Title(row.slug, row.title, ratio >= SAME_TITLE) for ratio, row in found)


async def mentioned(session: AsyncSession, question: str) -> Title | None:
    """Return the published pack whose complete title occurs in a question, preferring the longest; None if there is none.

    Titles of up to three characters are ignored.
    """
    row = (await session.execute(_MENTIONED, {"question": searchable(question)})).first()
    return Title(row.slug, row.title, is_meant=True) if row else None


_CLOSEST = text("""
    SELECT slug, title FROM packs
    WHERE status = 'published' AND similarity(fold(lower(title)), fold(lower(:said))) >= :close
    ORDER BY similarity(fold(lower(title)), fold(lower(:said))) DESC, popularity DESC LIMIT :most
""")
# Both are padded with spaces, so that no title matches inside a word.
_MENTIONED = text("""
    SELECT slug, title FROM packs, (
        SELECT regexp_replace(fold(lower(:question)), '[^[:alnum:]]+', ' ', 'g') AS words
    ) AS asked
    WHERE status = 'published' AND length(title) > 3 AND position(
        concat(' ', btrim(regexp_replace(fold(lower(title)), '[^[:alnum:]]+', ' ', 'g')), ' ') IN concat(' ', words, ' ')
    ) > 0
    ORDER BY length(title) DESC LIMIT 1
""")
