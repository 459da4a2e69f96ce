"""Trends of the marketplace, computed by a job into one row for each genre, so that a page reads one row.

Daily counts are kept for five weeks. Every hour the last two days are counted again, every night all of them.
"""

import json
import math
from collections import defaultdict
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database
from askchopper.errors import InvalidInputError
from askchopper.genres import GENRES
from askchopper.models.base import utc_now
from askchopper.musical_key import MusicalKey
from askchopper.observability import log
from askchopper.schemas.search_filters import genre_slug
from askchopper.schemas.trends import TrendLine, Trends

WEEKS, DAYS = 5, 35
DOWNLOAD_WEIGHT, SALE_WEIGHT = 3, 20  # plays that one of them counts for; the same as for popularity
# Below these, a week's activity says nothing: three plays are no trend.
LEAST_OF_DIMENSION, LEAST_OF_ITEM = 20, 8
LEAST_CHANGE = 0.25
_SURE = 2.0  # standard deviations of a count above its average
_MOST_LINES, _MOST_ITEMS = 8, 24
DIMENSIONS = ("genre", "key", "tempo", "kind", "creator", "search")
_KINDS = {"loop": "Loops", "one-shot": "One-shots", "track": "Tracks"}

_COUNT_DAYS = text("""
    WITH heard AS (
        SELECT (created_at AT TIME ZONE 'UTC')::date AS day, coalesce(file_id, pack_id) AS target_id, pack_id, count(*) AS plays
        FROM plays WHERE created_at >= CAST(:first AS date) GROUP BY 1, 2, 3
    ), loaded AS (
        SELECT (created_at AT TIME ZONE 'UTC')::date AS day, coalesce(file_id, pack_id) AS target_id, pack_id, count(*) AS downloads
        FROM downloads WHERE created_at >= CAST(:first AS date) GROUP BY 1, 2, 3
    ), sold AS (
        SELECT (created_at AT TIME ZONE 'UTC')::date AS day, coalesce(file_id, pack_id) AS target_id, pack_id, count(*) AS sales
        FROM purchases WHERE status = 'completed' AND created_at >= CAST(:first AS date) GROUP BY 1, 2, 3
    )
    INSERT INTO trend_days (day, target_id, pack_id, plays, downloads, sales)
    SELECT day, target_id, pack_id, coalesce(plays, 0), coalesce(downloads, 0), coalesce(sales, 0)
    FROM heard FULL JOIN loaded USING (day, target_id, pack_id) FULL JOIN sold USING (day, target_id, pack_id)
    WHERE day >= :first
""")
_FORGET_DAYS = text("DELETE FROM trend_days WHERE day >= :first OR day < :oldest")
_FORGET_SEARCHES = text("DELETE FROM search_days WHERE day < :oldest")
_SUM = text("""
    WITH counted AS (
        SELECT (:today - d.day) / 7 AS week, d.target_id, p.id AS pack_id, p.genre_slug, p.creator_id, f.key, f.kind,
            (floor(f.bpm / 10) * 10)::integer AS tempo, d.plays, d.downloads, d.sales
        FROM trend_days d JOIN packs p ON p.id = d.pack_id AND p.status = 'published'
        LEFT JOIN audio_files f ON f.id = d.target_id
        WHERE d.day BETWEEN :oldest AND :today
    ), summed AS (
        SELECT genre_slug AS genre, GROUPING(genre_slug) AS is_all, GROUPING(key, kind, tempo, creator_id, pack_id, target_id) AS place,
            key, kind, tempo, creator_id, pack_id, target_id, week,
            sum(plays) AS plays, sum(downloads) AS downloads, sum(sales) AS sales
        FROM counted
        GROUP BY GROUPING SETS (
            (week), (week, key), (week, kind), (week, tempo), (week, creator_id), (week, pack_id), (week, target_id),
            (genre_slug, week), (genre_slug, week, key), (genre_slug, week, kind), (genre_slug, week, tempo),
            (genre_slug, week, creator_id), (genre_slug, week, pack_id), (genre_slug, week, target_id)
        )
    )
    SELECT CASE WHEN is_all = 1 THEN '' ELSE genre END AS genre, place,
        coalesce(key, kind, tempo::text, creator_id::text, pack_id::text, target_id::text) AS value,
        jsonb_object_agg(week, jsonb_build_array(plays, downloads, sales)) AS weeks
    FROM summed WHERE place = 63 OR coalesce(key, kind, tempo::text, creator_id::text, pack_id::text, target_id::text) IS NOT NULL
    GROUP BY 1, 2, 3
    HAVING place = 63 OR sum(plays + :download * downloads + :sale * sales) FILTER (WHERE week = 0) >= :least
""")
_SEARCHES = text("""
    SELECT dimension, value, (:today - day) / 7 AS week, sum(searches) AS searches FROM search_days
    WHERE day BETWEEN :oldest AND :today AND dimension IN ('genre', 'key', 'tempo', 'kind') GROUP BY 1, 2, 3
""")
_NAMES = text("""
    SELECT id::text AS id, display_name AS name FROM creators WHERE id::text = ANY(:ids)
    UNION ALL SELECT id::text, title FROM packs WHERE id::text = ANY(:ids)
    UNION ALL SELECT f.id::text, f.title FROM audio_files f WHERE f.id::text = ANY(:ids) AND f.published_at IS NOT NULL
""")
_SAVE = text("""
    INSERT INTO trend_snapshots (genre, content, computed_at) VALUES (:genre, CAST(:content AS jsonb), now())
    ON CONFLICT (genre) DO UPDATE SET content = excluded.content, computed_at = excluded.computed_at
""")
_READ = text("SELECT content, computed_at FROM trend_snapshots WHERE genre = :genre")
# Which columns of the grouping are summed over, as GROUPING() counts them: the bit of the one that is left is 0.
_PLACES = {63: "total", 31: "key", 47: "kind", 55: "tempo", 59: "creator", 61: "pack", 62: "sound"}
_Weeks = tuple[tuple[int, int, int], ...]


async def catalogue_trends(session: AsyncSession, *, genre: str = "") -> Trends:
    """Return the trends of a genre, by slug or name, or of everything.

    Raises:
        InvalidInputError: there is no such genre.
    """
    slug = genre_slug(genre[:60]) if genre.strip() else ""
    if slug is None:
        raise InvalidInputError(f"There is no genre called {genre[:40]}.", field="genre")
    row = (await session.execute(_READ, {"genre": slug})).one_or_none()
    return Trends(genre=slug) if row is None else _parse(slug, row.content, row.computed_at)


async def refresh(*, days: int = DAYS, today: date | None = None) -> None:
    """Count the last days again and compute all trends."""
    now = today or utc_now().date()
    oldest = now - timedelta(days=DAYS - 1)
    first = max(oldest, now - timedelta(days=days - 1))
    async with database.transaction(timeout_seconds=None) as session:
        await session.execute(_FORGET_DAYS, {"first": first, "oldest": oldest})
        await session.execute(_FORGET_SEARCHES, {"oldest": oldest})
        await session.execute(_COUNT_DAYS, {"first": first})
    async with database.transaction(timeout_seconds=None) as session:
        found = await _compute(session, now, oldest)
        for trends in found:
            content = asdict(trends)
            content.pop("computed_at")
            await session.execute(_SAVE, {"genre": trends.genre, "content": json.dumps(content)})
    log.info("trends.refreshed", days=days, genres=len(found))


async def _compute(session: AsyncSession, today: date, oldest: date) -> list[Trends]:
    asked = {
        "today": today, "oldest": oldest, "download": DOWNLOAD_WEIGHT, "sale": SALE_WEIGHT, "least": min(LEAST_OF_DIMENSION, LEAST_OF_ITEM),
    }  # fmt: skip
    sums: dict[str, dict[str, dict[str, _Weeks]]] = defaultdict(lambda: defaultdict(dict))
    for row in await session.execute(_SUM, asked):
        sums[row.genre][_PLACES[row.place]][row.value or ""] = _weeks_of(row.weeks)
    for genre, by_dimension in list(sums.items()):
        if genre in GENRES and "" in by_dimension["total"]:
            sums[""]["genre"][genre] = by_dimension["total"][""]
    searches: dict[str, _Weeks] = await _searches(session, today, oldest)
    names = await _names(session, sums)
    found = [_trends(genre, sums[genre], names) for genre in ("", *GENRES)]
    lines = _lines("search", searches, {}, LEAST_OF_DIMENSION)
    return [replace(found[0], dimensions={**found[0].dimensions, "search": lines}), *found[1:]]


async def _searches(session: AsyncSession, today: date, oldest: date) -> dict[str, _Weeks]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * WEEKS)
    for row in await session.execute(_SEARCHES, {"today": today, "oldest": oldest}):
        counts[f"{row.dimension}:{row.value}"][WEEKS - 1 - row.week] = int(row.searches)
    return {value: tuple((count, 0, 0) for count in weeks) for value, weeks in counts.items()}


async def _names(session: AsyncSession, sums: dict[str, dict[str, dict[str, _Weeks]]]) -> dict[str, str]:
    ids = {value for one in sums.values() for name in ("creator", "pack", "sound") for value in one[name]}
    return {row.id: row.name for row in await session.execute(_NAMES, {"ids": list(ids)})}


def _trends(genre: str, sums: dict[str, dict[str, _Weeks]], names: dict[str, str]) -> Trends:
    total = sums["total"].get("", ((0, 0, 0),) * WEEKS)
    plays, downloads, sales = (tuple(week[n] for week in total) for n in range(3))
    dimensions = {name: _lines(name, sums[name], names, LEAST_OF_DIMENSION) for name in DIMENSIONS if name != "search"}
    rising = {
        name: tuple(line for line in _lines(name, sums[name], names, LEAST_OF_ITEM, most=100) if line.is_rising)[:_MOST_ITEMS]
        for name in ("pack", "sound")
    }  # fmt: skip
    return Trends(genre, plays, downloads, sales, dimensions, rising["pack"], rising["sound"])


def _lines(
    dimension: str, sums: dict[str, _Weeks], names: dict[str, str], least: int, *, most: int = _MOST_LINES
) -> tuple[TrendLine, ...]:
    """Make the lines of a dimension, the surest rise first, then by activity."""
    ranked: list[tuple[bool, float, TrendLine]] = []
    for value, weeks in sums.items():
        activity = tuple(plays + DOWNLOAD_WEIGHT * downloads + SALE_WEIGHT * sales for plays, downloads, sales in weeks)
        label = _label(dimension, value, names)
        if activity[-1] < least or not label:
            continue
        before = sum(activity[:-1]) / (WEEKS - 1)
        change = activity[-1] / before - 1 if before else None
        # Sales weigh many plays, so their chance is that of events, not of weights.
        events = [sum(week) for week in weeks]
        expected = sum(events[:-1]) / (WEEKS - 1)
        surprise = (events[-1] - expected) / math.sqrt(expected + 1)
        is_rising = surprise >= _SURE and (change is None or change >= LEAST_CHANGE)
        line = TrendLine(value, label, activity, None if change is None else round(change, 3), is_rising)
        ranked.append((is_rising, surprise if is_rising else activity[-1] / 1e6, line))
    ranked.sort(key=lambda one: (-one[0], -one[1], one[2].label))
    return tuple(line for _, _, line in ranked[:most])


def _label(dimension: str, value: str, names: dict[str, str]) -> str:
    if dimension == "genre":
        return GENRES.get(value, "")
    if dimension == "key":
        key = MusicalKey.parse(value)
        return key.name if key else ""
    if dimension == "tempo":
        return f"{value}-{int(value) + 9} BPM"
    if dimension == "kind":
        return _KINDS.get(value, "")
    if dimension == "search":
        name, _, wanted = value.partition(":")
        return _label(name, wanted, names)
    return names.get(value, "")


def _weeks_of(weeks: dict[str, list[int]]) -> _Weeks:
    found = [weeks.get(str(WEEKS - 1 - place), (0, 0, 0)) for place in range(WEEKS)]
    return tuple((int(plays), int(downloads), int(sales)) for plays, downloads, sales in found)


def _parse(genre: str, content: dict[str, Any], computed_at: datetime) -> Trends:
    def lines(rows: list[dict[str, Any]]) -> tuple[TrendLine, ...]:
        return tuple(
            TrendLine(row["value"], row["label"], tuple(row["weeks"]), row["change"], row["is_rising"]) for row in rows
        )

    return Trends(
        genre=genre, plays=tuple(content["plays"]), downloads=tuple(content["downloads"]), sales=tuple(content["sales"]),
        dimensions={name: lines(rows) for name, rows in content["dimensions"].items()}, packs=lines(content["packs"]),
        sounds=lines(content["sounds"]), computed_at=computed_at,
    )  # fmt: skip
