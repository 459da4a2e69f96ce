"""Example searches for landing page and chat, generated from the catalogue; only those with results are used."""

import time
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.services.search import engine, queries, synonyms

COUNT = 3
MIN_RESULTS = 5
KEPT_SECONDS = 3_600.0  # the catalogue changes slowly
# A mood with drums, a genre with its usual tempo, a key: one example for each way to search.
_CANDIDATES = text("""
    (SELECT 1 AS way, t.name || ' drums' AS phrase, count(*) AS uses
        FROM pack_tags pt JOIN tags t ON t.slug = pt.tag_slug JOIN packs p ON p.id = pt.pack_id
        JOIN audio_files f ON f.pack_id = p.id
        WHERE f.published_at IS NOT NULL AND f.kind = 'loop' AND f.key IS NULL AND t.name = ANY(:moods)
        GROUP BY t.name ORDER BY uses DESC, t.name LIMIT 8)
    UNION ALL
    (SELECT 2, lower(g.name) || ' loops around ' || round(mode() WITHIN GROUP (ORDER BY f.bpm)), count(*) AS uses
        FROM audio_files f JOIN packs p ON p.id = f.pack_id JOIN genres g ON g.slug = p.genre_slug
        WHERE f.published_at IS NOT NULL AND f.kind = 'loop' AND f.bpm IS NOT NULL
        GROUP BY g.name ORDER BY uses DESC, g.name LIMIT 4)
    UNION ALL
    (SELECT 3, 'loops in ' || f.key, count(*) AS uses FROM audio_files f
        WHERE f.published_at IS NOT NULL AND f.kind = 'loop' AND f.key IS NOT NULL
        GROUP BY f.key ORDER BY uses DESC, f.key LIMIT 4)
    ORDER BY way, uses DESC
""")


@dataclass
class _Kept:
    at: float = -KEPT_SECONDS
    phrases: tuple[str, ...] = ()


_kept: dict[str, _Kept] = {}


async def current(session: AsyncSession) -> tuple[str, ...]:
    """Return up to ``COUNT`` phrases that each find at least ``MIN_RESULTS`` sounds; none in an empty catalogue.

    Cached in the process for an hour.
    """
    kept = _kept.setdefault(str(session.get_bind().url), _Kept())  # type: ignore[union-attr]
    if time.monotonic() - kept.at >= KEPT_SECONDS or not kept.phrases:
        kept.phrases, kept.at = await _choose(session), time.monotonic()
    return kept.phrases


async def _choose(session: AsyncSession) -> tuple[str, ...]:
    chosen: dict[int, str] = {}
    for row in (await session.execute(_CANDIDATES, {"moods": sorted(set(synonyms.MOODS.values()))})).all():
        if row.way not in chosen and await _finds_enough(session, row.phrase):
            chosen[row.way] = row.phrase
    return tuple(phrase[:1].upper() + phrase[1:] for _, phrase in sorted(chosen.items()))[:COUNT]


async def _finds_enough(session: AsyncSession, phrase: str) -> bool:
    understood = await engine.understand(session, None, {"q": phrase})
    return await queries.count_files(session, None, understood.filters, MIN_RESULTS) >= MIN_RESULTS
