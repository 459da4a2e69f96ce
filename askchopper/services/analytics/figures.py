"""Analytics of a creator or one pack, read from the rollup tables; pending and paid-out tokens come from ledger and payouts."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.analytics_vocabulary import AudienceTrait, Dimension
from askchopper.database_statements import prepared
from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, Figures, PackFigures, Part, Period, SoundStops
from askchopper.schemas.identifiers import printable_slug
from askchopper.schemas.wallet import Outstanding
from askchopper.services.analytics import periods
from askchopper.services.analytics.rollup_sql import WEEK_OF

PARTS_SHOWN, PACKS_SHOWN = 50, 200
_STOP_PARTS = 50
_NAMES = Figures._fields
_SECONDS = _NAMES.index("seconds")
_PART_NAMES = tuple(name for name in _NAMES if name != "listeners")
_SUM_OF = {name: f"sum(f.{name})" if name == "seconds" else f"sum(f.{name})::bigint" for name in _NAMES}
_SUMS = ", ".join(f"{_SUM_OF[name]} AS {name}" for name in _NAMES)
_PART_SUMS = ", ".join(f"{_SUM_OF[name]} AS {name}" for name in _PART_NAMES)
_OF_PART = ", ".join(name if name != "listeners" else "0" for name in _NAMES)
_NEAR_TERMS = "near term"
_VALUES_OF = ", ".join(f"f.{name}" for name in ("dimension", "value", *_PART_NAMES))
_MONDAY_OF = WEEK_OF.format("(last + 1)")
_COUNTED = """CROSS JOIN LATERAL (
        SELECT sum(stops) AS stops, array_agg(part) AS parts, array_agg(stops) AS counts FROM stop_counts WHERE subject_id = {subject}) s"""
# A row for each sound of the pack with any plays, and one for its preview.
_STOPS = f"""
    SELECT json_agg(json_build_array(id, title, seconds, plays, encode(peaks, 'base64'), parts, counts) ORDER BY plays DESC) FROM (
        SELECT f.id, f.title, f.duration_seconds AS seconds, played.plays, f.peaks, s.parts, s.counts
        FROM audio_files f {_COUNTED.format(subject="f.id")}
        CROSS JOIN LATERAL (SELECT sum(d.played) AS plays FROM daily_figures d WHERE d.subject_id = f.id) played
        WHERE f.pack_id = own.pack_id AND played.plays > 0
        UNION ALL
        SELECT NULL, p.title, greatest(p.preview_seconds, p.duration_seconds), s.stops, p.preview_peaks, s.parts, s.counts
        FROM packs p {_COUNTED.format(subject="p.id")} WHERE p.id = own.pack_id AND s.stops IS NOT NULL
    ) sounds
"""  # noqa: S608 - constants
# Whole weeks are read from weekly sums, the days at both ends from daily ones: "from_week" is the first Monday, "to_week" the day after the last
# summed week. One query with one row, since a round trip costs as much as most of its parts. Today's date depends on the creator's time zone, so
# the days are computed here; invalid periods are refused afterwards, and at most a year is read. "IS TRUE" because a cached plan expects few rows
# between two bounds, and would sort them.
_FIGURES = prepared(
    text(f"""
    WITH today AS (
        SELECT c.id, c.time_zone, (now() AT TIME ZONE known_zone(c.time_zone))::date AS today, p.id AS pack_id, coalesce(p.title, '') AS pack_title
        FROM creators c LEFT JOIN packs p ON p.creator_id = c.id AND p.slug = :slug WHERE c.user_id = :user
    ), ends AS (
        SELECT *, coalesce(pack_id, id) AS subject, coalesce(CAST(:last AS date), today) AS last FROM today
    ), own AS MATERIALIZED (
        SELECT *, greatest(coalesce(CAST(:first AS date), last - (:days - 1)), last - :most_days) AS first FROM ends
    ), weeks AS MATERIALIZED (
        SELECT subject, first, last, {WEEK_OF.format("(first + 6)")} AS from_week,
            least({_MONDAY_OF}, coalesce((SELECT max(week) + 7 FROM weekly_breakdowns), first)) AS to_week FROM own
    ), parts AS (
        SELECT dimension, value, {_PART_SUMS} FROM (
            SELECT {_VALUES_OF} FROM weeks JOIN weekly_breakdowns f
                ON f.subject_id = subject AND f.week >= from_week AND (f.week < to_week) IS TRUE
            UNION ALL
            SELECT {_VALUES_OF} FROM weeks JOIN daily_breakdowns f
                ON f.subject_id = subject AND f.day >= first AND f.day < least(from_week, last + 1)
            UNION ALL
            SELECT {_VALUES_OF} FROM weeks JOIN daily_breakdowns f
                ON f.subject_id = subject AND f.day >= greatest(from_week, to_week) AND f.day <= last
        ) f GROUP BY dimension, value
    ), ranked AS (
        SELECT parts.*, row_number() OVER (PARTITION BY dimension ORDER BY bought DESC, played DESC, opened DESC, shown DESC, value) AS place
        FROM parts
        UNION ALL
        SELECT near.*, row_number() OVER (ORDER BY shown DESC, value) FROM (
            SELECT '{_NEAR_TERMS}' AS dimension, value, {", ".join(_PART_NAMES)} FROM parts
            WHERE dimension = 'term' AND value <> '' AND opened + played + bought = 0 AND shown >= :least
        ) near
    ), packs_counted AS (
        SELECT p.slug, p.title, sums.* FROM own JOIN packs p ON p.creator_id = own.id AND own.pack_id IS NULL
            CROSS JOIN LATERAL (SELECT {_SUMS} FROM daily_figures f WHERE f.subject_id = p.id AND f.day BETWEEN own.first AND own.last
                HAVING count(*) > 0) sums
        ORDER BY gross_tokens - refunded_tokens - fee_tokens DESC, played DESC, p.title LIMIT :most_packs
    )
    SELECT id, time_zone, today, pack_id, pack_title, (SELECT happened_at FROM pack_events ORDER BY id DESC LIMIT 1) AS counted_at,
        pending_earnings(:user, :hours) AS pending,
        (SELECT coalesce(sum(tokens), 0) FROM payouts WHERE user_id = :user AND status = 'paid') AS paid_out,
        (SELECT json_agg(json_build_array(day, {", ".join(_NAMES)})) FROM daily_figures
            WHERE subject_id = own.subject AND day BETWEEN first - (last - first + 1) AND last) AS days,
        (SELECT json_agg(json_build_array(dimension, value, {_OF_PART}) ORDER BY place) FROM ranked WHERE place <= :most) AS parts,
        (SELECT json_agg(json_build_array(slug, title, {", ".join(_NAMES)})) FROM packs_counted) AS packs,
        (SELECT json_agg(json_build_array(trait, value, members) ORDER BY members DESC, value) FROM audience_groups WHERE creator_id = own.id) AS audience,
        CASE WHEN pack_id IS NOT NULL THEN (SELECT json_agg(json_build_array(slug, title)) FROM (SELECT slug, title FROM packs
            WHERE creator_id = own.id AND published_at IS NOT NULL ORDER BY published_at DESC LIMIT :most_packs) published) END AS own_packs,
        CASE WHEN pack_id IS NOT NULL THEN ({_STOPS}) END AS stops
    FROM own
""")  # noqa: S608 - constants
)


async def read(
    session: AsyncSession,
    viewer: Viewer,
    *,
    pack_slug: str = "",
    first: str = "",
    last: str = "",
    days: str = "",
) -> Analytics:
    """Return the figures of all the viewer's packs, or of one.

    Args:
        session: a read-only session.
        viewer: the creator.
        pack_slug: one of their packs; empty for all.
        first: the first day, such as ``2026-11-01``; empty to derive it from ``last`` or ``days``.
        last: the last day; empty for today.
        days: ``7``, ``30``, ``90`` or ``365``, if neither first nor last is given; empty for 30.

    Raises:
        NotFoundError: the viewer is not a creator, or has no such pack. Another creator's pack counts as missing.
        InvalidInputError: a day or the number of days is invalid.
    """
    asked = periods.parse(first=first, last=last, days=days)
    row = await _read(session, viewer, asked, pack_slug)
    period = periods.period_of(asked, today=row.today, zone=row.time_zone)
    by_day = {date.fromisoformat(day): _figures(sums) for day, *sums in row.days or ()}
    shown = tuple((day, by_day.get(day, Figures())) for day in _days(period))
    parts: dict[str, list[Part]] = defaultdict(list)
    for name, value, *sums in row.parts or ():
        parts[name].append(Part(value, _figures(sums)))
    return Analytics(
        creator_id=row.id,
        pack_id=row.pack_id,
        period=period,
        total=Figures.total(figures for _, figures in shown),
        before=Figures.total(figures for day, figures in by_day.items() if day < period.first),
        by_day=shown,
        parts={dimension: tuple(parts[dimension]) for dimension in Dimension},
        packs=tuple(PackFigures(slug, title, _figures(sums)) for slug, title, *sums in row.packs or ()),
        near_terms=tuple(parts[_NEAR_TERMS]),
        audience=_audience(row.audience or ()),
        outstanding=Outstanding(int(row.pending), int(row.paid_out)),
        counted_at=row.counted_at,
        pack_title=row.pack_title,
        own_packs=tuple((slug, title) for slug, title in row.own_packs or ()),
        stops=tuple(_sound_stops(sound) for sound in row.stops or ()),
    )


def _sound_stops(row: list[Any]) -> SoundStops:
    id_, title, seconds, plays, peaks, parts, counted = row
    counts = [0] * _STOP_PARTS
    for part, stops in zip(parts or (), counted or (), strict=True):
        counts[part] = stops
    return SoundStops(
        id_ or "", title, float(seconds), plays, sum(counts), _shares(counts), tuple(b64decode(peaks or ""))
    )


async def _read(session: AsyncSession, viewer: Viewer, asked: periods.AskedDays, pack_slug: str) -> Any:
    values = {
        "user": viewer.user_id, "slug": printable_slug(pack_slug), "hours": policy.REFUND_HOURS, "first": asked.first, "last": asked.last,
        "days": asked.days, "most_days": policy.MAX_ANALYTICS_DAYS, "most": PARTS_SHOWN, "most_packs": PACKS_SHOWN,
        "least": policy.MIN_NEAR_TERM_SHOWN,
    }  # fmt: skip
    row = (await session.execute(_FIGURES, values)).one_or_none()
    if row is None:
        raise NotFoundError("Figures begin with your first pack.")
    if pack_slug and row.pack_id is None:
        raise NotFoundError("You have no pack with this address.")
    return row


def _figures(sums: list[Any]) -> Figures:
    sums[_SECONDS] = float(sums[_SECONDS])  # a whole number in JSON
    return Figures(*sums)


def _audience(groups: Iterable[tuple[str, str, int]]) -> Mapping[AudienceTrait, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for trait, value, members in groups:
        found[trait].append((value, members))
    return {trait: tuple(found[trait]) for trait in AudienceTrait}


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range(period.days)]


def _shares(counts: list[int]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(count / total for count in counts) if total else ()
