"""Counts searches by genre, key, tempo and kind, for trends. Members are never recorded.

The words of searches without results, with corrections or with slow responses are counted too, for administrators who
edit synonyms.

Counts are collected in the process and written at most every half minute, so that no search waits for a write.
"""

import asyncio
import time
from collections import Counter

from sqlalchemy import text

from askchopper import database
from askchopper.errors import AskChopperError
from askchopper.models.base import utc_now
from askchopper.observability import log
from askchopper.schemas.search import Results
from askchopper.schemas.search_filters import Filters

FLUSH_SECONDS = 30.0
SLOW_SECONDS = 1.0
MAX_VALUE = 40
EMPTY, CORRECTED, SLOW = "empty", "corrected", "slow"
_NARROW_BPM = 20  # a wider range is not counted as a tempo
_ADD = text("""
    INSERT INTO search_days (day, dimension, value, searches) VALUES (:day, :dimension, :value, :searches)
    ON CONFLICT (day, dimension, value) DO UPDATE SET searches = search_days.searches + excluded.searches
""")
_ADD_OF_GENRE = text("""
    INSERT INTO genre_search_days AS d (day, genre, dimension, value, searches) VALUES (:day, :genre, :dimension, :value, :searches)
    ON CONFLICT (day, genre, dimension, value) DO UPDATE SET searches = d.searches + excluded.searches
""")


class _Collected:
    """Counts since the last write."""

    counts: Counter[tuple[str, str, str]] = Counter()  # key: genre or empty, dimension, value
    written_at = 0.0
    task: asyncio.Task[None] | None = None


def record(filters: Filters) -> None:
    """Count a search by its parsed filters: in total, and within its genre."""
    facets = _facets(filters)
    within = [(filters.genre, *facet) for facet in facets if facet[0] != "genre"] if filters.genre else []
    _collect([*(("", *facet) for facet in facets), *within])


def record_results(filters: Filters, results: Results, *, seconds: float) -> None:
    """Count the words of a search if it had no results, was corrected, or took ``SLOW_SECONDS``. Text with an "@" is not counted."""
    words = " ".join(filters.text.lower().split())[:MAX_VALUE]
    if not words or "@" in words:  # may be an email address
        return
    found = [
        (EMPTY, not results.items),
        (CORRECTED, results.correction is not None),
        (SLOW, seconds >= SLOW_SECONDS),
    ]
    _collect([("", dimension, words) for dimension, is_so in found if is_so])


def _collect(found: list[tuple[str, str, str]]) -> None:
    _Collected.counts.update(found)
    is_idle = _Collected.task is None or _Collected.task.done()
    if _Collected.counts and is_idle and time.monotonic() - _Collected.written_at >= FLUSH_SECONDS:
        _Collected.written_at = time.monotonic()
        _Collected.task = asyncio.get_running_loop().create_task(write())


async def write() -> None:
    """Write the collected counts. If the database fails, they are dropped, since they are only statistics."""
    counts, _Collected.counts = _Collected.counts, Counter()
    day = utc_now().date()
    rows = [
        {"day": day, "genre": genre, "dimension": dimension, "value": value, "searches": count}
        for (genre, dimension, value), count in sorted(counts.items())  # in a fixed order, so that concurrent writes cannot deadlock
    ]  # fmt: skip
    if not rows:
        return
    try:
        async with database.transaction() as session:
            for statement, part in (
                (_ADD, [row for row in rows if not row["genre"]]),
                (_ADD_OF_GENRE, [row for row in rows if row["genre"]]),
            ):
                if part:
                    await session.execute(statement, part)
    except AskChopperError as error:
        log.warning("search.counts_dropped", error=type(error).__name__)


def _facets(filters: Filters) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if filters.genre:
        found.append(("genre", filters.genre))
    if filters.key:
        found.append(("key", filters.key.name))
    if filters.kind:
        found.append(("kind", filters.kind.value))
    low, high = filters.bpm_min, filters.bpm_max
    if low is not None and high is not None and high - low <= _NARROW_BPM:
        found.append(("tempo", str(int((low + high) / 2) // 10 * 10)))
    return found
