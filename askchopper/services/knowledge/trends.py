"""Marketplace trends, computed hourly into one row per genre, so that a page reads a single row.

Trends are computed from the daily analytics figures of packs and sounds, which exclude creators' activity on their own
packs.
"""

import json
import math
import uuid
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database
from askchopper.database_statements import prepared
from askchopper.errors import InvalidInputError
from askchopper.genres import GENRES
from askchopper.models.base import utc_now
from askchopper.musical_key import MusicalKey
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.search_filters import genre_slug
from askchopper.schemas.trends import TrendLine, Trends
from askchopper.services.catalogue import detail

WEEKS, DAYS = 5, 35
DOWNLOAD_WEIGHT, SALE_WEIGHT = (
    3,
    20,
)  # number of plays that one counts as; the weight of a sale is that of ``popularity``
# With less activity in a week than this, a change is not significant.
LEAST_OF_DIMENSION, LEAST_OF_ITEM = 20, 8
LEAST_CHANGE = 0.25
_SURE = 2.0  # standard deviations above the expected count
_MOST_LINES, _MOST_PACKS, _MOST_SOUNDS, _SOUNDS_OF_PACK = 8, 10, 8, 2
_MOST_RANKED = 100  # values per dimension that are considered, by activity and by surprise
DIMENSIONS = ("genre", "key", "tempo", "kind", "creator", "search")
_KINDS = {"loop": "Loops", "one-shot": "One-shots", "track": "Tracks"}

_FORGET_SEARCHES = (
    text("DELETE FROM search_days WHERE day < :oldest"),
    text("DELETE FROM genre_search_days WHERE day < :oldest"),
)
_WEEKS = (
    text("""
        CREATE TEMP TABLE trend_weeks ON COMMIT DROP AS
        SELECT subject_id, (CAST(:today AS date) - day) / 7 AS week, sum(played) AS plays, sum(downloaded) AS downloads, greatest(0, sum(bought - refunded)) AS sales
        FROM daily_figures WHERE day BETWEEN :oldest AND :today GROUP BY 1, 2
        HAVING sum(played + downloaded + bought) > 0
    """),
    text("ANALYZE trend_weeks"),
)
_PACKS = """
    SELECT p.genre_slug, w.week, w.plays, w.downloads, w.sales, p.creator_id AS creator, p.id AS pack
    FROM trend_weeks w JOIN packs p ON p.id = w.subject_id AND p.status = 'published'
"""
_SOUNDS = """
    SELECT p.genre_slug, w.week, w.plays, w.downloads, w.sales, f.key, f.kind, (floor(f.bpm / 10) * 10)::integer AS tempo, f.id AS sound
    FROM trend_weeks w JOIN audio_files f ON f.id = w.subject_id AND f.published_at IS NOT NULL
    JOIN packs p ON p.id = f.pack_id AND p.status = 'published'
"""


def _sum(rows: str, places: tuple[str, ...], *, with_total: bool = False) -> TextClause:
    """Return a query for weekly sums by each column and in total, over all genres and per genre; keeps the top values by activity and surprise."""
    sets = ", ".join(f"({genre}week, {place})" for genre in ("", "genre_slug, ") for place in places)
    totals = ", (week), (genre_slug, week)" if with_total else ""
    # GROUPING(column) is 0 if the row is grouped by the column.
    names = " ".join(f"WHEN GROUPING({place}) = 0 THEN '{place}'" for place in places)
    return text(f"""
        WITH summed AS (
            SELECT CASE WHEN GROUPING(genre_slug) = 1 THEN '' ELSE genre_slug END AS genre, CASE {names} ELSE 'total' END AS place,
                coalesce({", ".join(f"{place}::text" for place in places)}) AS value, week, sum(plays) AS plays, sum(downloads) AS downloads, sum(sales) AS sales
            FROM ({rows}) counted GROUP BY GROUPING SETS ({sets}{totals})
        ), by_value AS (
            SELECT genre, place, value, jsonb_object_agg(week, jsonb_build_array(plays, downloads, sales)) AS weeks,
                sum(plays + :download * downloads + :sale * sales) FILTER (WHERE week = 0) AS activity,
                coalesce(sum(plays + downloads + sales) FILTER (WHERE week = 0), 0) AS events,
                coalesce(sum(plays + downloads + sales) FILTER (WHERE week > 0), 0) / {WEEKS - 1} AS expected
            FROM summed WHERE place = 'total' OR value IS NOT NULL GROUP BY 1, 2, 3
        ), ranked AS (
            SELECT genre, place, value, weeks, row_number() OVER (PARTITION BY genre, place ORDER BY activity DESC) AS by_activity,
                row_number() OVER (PARTITION BY genre, place ORDER BY (events - expected) / sqrt(expected + 1) DESC) AS by_surprise
            FROM by_value WHERE place = 'total' OR activity >= :least
        )
        SELECT genre, place, value, weeks FROM ranked WHERE least(by_activity, by_surprise) <= {_MOST_RANKED}
    """)  # noqa: S608 - constants


_SUMS = (_sum(_PACKS, ("creator", "pack"), with_total=True), _sum(_SOUNDS, ("key", "kind", "tempo", "sound")))
_SEARCHES = text("""
    SELECT genre, dimension, value, (:today - day) / 7 AS week, sum(searches) AS searches FROM (
        SELECT day, '' AS genre, dimension, value, searches FROM search_days
        UNION ALL SELECT day, genre, dimension, value, searches FROM genre_search_days
    ) counted WHERE day BETWEEN :oldest AND :today AND dimension IN ('genre', 'key', 'tempo', 'kind') GROUP BY 1, 2, 3, 4
""")
_NAMES = text("""
    SELECT id::text AS id, display_name AS name, NULL::uuid AS pack_id FROM creators WHERE id = ANY(CAST(:ids AS uuid[]))
    UNION ALL SELECT id::text, title, id FROM packs WHERE id = ANY(CAST(:ids AS uuid[]))
    UNION ALL SELECT id::text, title, pack_id FROM audio_files WHERE id = ANY(CAST(:ids AS uuid[]))
""")
_SAVE = text("""
    INSERT INTO trend_snapshots (genre, content, computed_at) VALUES (:genre, CAST(:content AS jsonb), now())
    ON CONFLICT (genre) DO UPDATE SET content = excluded.content, computed_at = excluded.computed_at
""")
_READ = prepared(text("SELECT content, computed_at FROM trend_snapshots WHERE genre = :genre"))
_Weeks = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class _Named:
    name: str
    pack_id: uuid.UUID | None  # None for a creator


async def catalogue_trends(session: AsyncSession, *, genre: str = "") -> Trends:
    """Return the trends of a genre, by slug or name, or of all genres; empty ones if none are computed yet.

    Raises:
        InvalidInputError: there is no such genre.
    """
    slug = genre_slug(genre[:60]) if genre.strip() else ""
    if slug is None:
        raise InvalidInputError(f"There is no genre called {genre[:40]}.", field="genre")
    row = (await session.execute(_READ, {"genre": slug})).one_or_none()
    return Trends(genre=slug) if row is None else _parse(slug, row.content, row.computed_at)


async def rising_packs(session: AsyncSession, viewer: Viewer | None) -> list[PackCard]:
    """Return packs on sale that are rising across all genres, the most significant rise first."""
    found = await catalogue_trends(session)
    return await detail.find_packs_by_id(session, viewer, ids=[line.value for line in found.packs])


async def refresh(*, today: date | None = None) -> None:
    """Compute and save the trends of every genre and of all, and delete search counts that are too old for them."""
    now = today or utc_now().date()
    oldest = now - timedelta(days=DAYS - 1)
    async with database.transaction(timeout_seconds=None) as session:
        for statement in _FORGET_SEARCHES:
            await session.execute(statement, {"oldest": oldest})
        found = await _compute(session, now, oldest)
        for trends in found:
            content = asdict(trends)
            content.pop("computed_at")
            await session.execute(_SAVE, {"genre": trends.genre, "content": json.dumps(content)})
    log.info("trends.refreshed", genres=len(found))


async def _compute(session: AsyncSession, today: date, oldest: date) -> list[Trends]:
    for statement in _WEEKS:
        await session.execute(statement, {"today": today, "oldest": oldest})
    asked = {"download": DOWNLOAD_WEIGHT, "sale": SALE_WEIGHT, "least": min(LEAST_OF_DIMENSION, LEAST_OF_ITEM)}
    sums: dict[str, dict[str, dict[str, _Weeks]]] = defaultdict(lambda: defaultdict(dict))
    for statement in _SUMS:
        for row in await session.execute(statement, asked):
            sums[row.genre][row.place][row.value or ""] = _weeks_of(row.weeks)
    for genre, by_dimension in list(sums.items()):
        if genre in GENRES and "" in by_dimension["total"]:
            sums[""]["genre"][genre] = by_dimension["total"][""]
    for genre, searched in (await _searches(session, today, oldest)).items():
        sums[genre]["search"] = searched
    names = await _names(session, sums)
    return [_trends(genre, sums[genre], names) for genre in ("", *GENRES)]


async def _searches(session: AsyncSession, today: date, oldest: date) -> dict[str, dict[str, _Weeks]]:
    """Return weekly counts of each searched filter, by genre; the empty name is for searches without a genre."""
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * WEEKS))
    for row in await session.execute(_SEARCHES, {"today": today, "oldest": oldest}):
        counts[row.genre][f"{row.dimension}:{row.value}"][WEEKS - 1 - row.week] = int(row.searches)
    return {
        genre: {value: tuple((count, 0, 0) for count in weeks) for value, weeks in by_value.items()}
        for genre, by_value in counts.items()
    }


async def _names(session: AsyncSession, sums: dict[str, dict[str, dict[str, _Weeks]]]) -> dict[str, _Named]:
    ids = {value for one in sums.values() for place in ("creator", "pack", "sound") for value in one[place]}
    return {row.id: _Named(row.name, row.pack_id) for row in await session.execute(_NAMES, {"ids": list(ids)})}


def _trends(genre: str, sums: dict[str, dict[str, _Weeks]], names: dict[str, _Named]) -> Trends:
    total = sums["total"].get("", ((0, 0, 0),) * WEEKS)
    plays, downloads, sales = (tuple(week[n] for week in total) for n in range(3))
    dimensions = {name: _lines(name, sums[name], names, LEAST_OF_DIMENSION) for name in DIMENSIONS}
    return Trends(
        genre, plays, downloads, sales, dimensions, _rising("pack", sums, names)[:_MOST_PACKS], _rising("sound", sums, names)[:_MOST_SOUNDS]
    )  # fmt: skip


def _rising(place: str, sums: dict[str, dict[str, _Weeks]], names: dict[str, _Named]) -> tuple[TrendLine, ...]:
    """Return rising items, with a limited number of sounds per pack."""
    seen: Counter[uuid.UUID | None] = Counter()
    chosen: list[TrendLine] = []
    for line in _lines(place, sums[place], names, LEAST_OF_ITEM, most=_MOST_RANKED):
        pack_id = names[line.value].pack_id
        if line.is_rising and seen[pack_id] < _SOUNDS_OF_PACK:
            seen[pack_id] += 1
            chosen.append(line)
    return tuple(chosen)


def _lines(
    dimension: str, sums: dict[str, _Weeks], names: dict[str, _Named], least: int, *, most: int = _MOST_LINES
) -> tuple[TrendLine, ...]:
    """Build at most ``most`` trend lines of a dimension: rising ones by significance, then the others by activity.

    Values with less than ``least`` activity this week are left out.
    """
    ranked: list[tuple[bool, float, TrendLine]] = []
    for value, weeks in sums.items():
        activity = tuple(plays + DOWNLOAD_WEIGHT * downloads + SALE_WEIGHT * sales for plays, downloads, sales in weeks)
        label = _label(dimension, value, names)
        if activity[-1] < least or not label:
            continue
        before = sum(activity[:-1]) / (WEEKS - 1)
        change = activity[-1] / before - 1 if before else None
        # Significance is that of the number of events, not of weighted activity: the standard deviation of a Poisson count is the root of
        # its mean. The 1 keeps rare events from counting as significant.
        events = [sum(week) for week in weeks]
        expected = sum(events[:-1]) / (WEEKS - 1)
        surprise = (events[-1] - expected) / math.sqrt(expected + 1)
        is_rising = surprise >= _SURE and (change is None or change >= LEAST_CHANGE)
        line = TrendLine(value, label, activity, None if change is None else round(change, 3), is_rising)
        ranked.append((is_rising, surprise if is_rising else activity[-1] / 1e6, line))
    ranked.sort(key=lambda one: (-one[0], -one[1], one[2].label))
    return tuple(line for _, _, line in ranked[:most])


def _label(dimension: str, value: str, names: dict[str, _Named]) -> str:
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
    return names[value].name if value in names else ""


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
