"""Figures of a creator or one pack, read from what the rollup counted. Money is that of the ledger."""

from collections.abc import Mapping
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

_Lists = dict[str, list[tuple[date, str, str, Figures]]]  # rows of day, value, title and figures by list
PARTS_SHOWN, PACKS_SHOWN = 50, 200
_STOP_PARTS = 50
_NAMES = tuple(Figures.__dataclass_fields__)
_PART_NAMES = tuple(name for name in _NAMES if name != "listeners")
_SUM_OF = {name: f"sum(f.{name})" if name == "seconds" else f"sum(f.{name})::bigint" for name in _NAMES}
_SUMS = ", ".join(f"{_SUM_OF[name]} AS {name}" for name in _NAMES)
_PART_SUMS = ", ".join(f"{_SUM_OF[name]} AS {name}" for name in _PART_NAMES)
_NEAR_TERMS = "near term"
_CREATOR = prepared(
    text("""
    SELECT c.id, c.time_zone, p.id AS pack_id, p.title AS pack_title, (SELECT happened_at FROM pack_events ORDER BY id DESC LIMIT 1) AS counted_at,
        pending_earnings(:user, :hours) AS pending,
        (SELECT coalesce(sum(tokens), 0) FROM payouts WHERE user_id = :user AND status = 'paid') AS paid_out
    FROM creators c LEFT JOIN packs p ON p.creator_id = c.id AND p.slug = :slug WHERE c.user_id = :user
""")
)
_OWN_PACKS = prepared(
    text("""
    SELECT slug, title FROM packs WHERE creator_id = :creator AND published_at IS NOT NULL ORDER BY published_at DESC LIMIT :most
""")
)
# One statement, since a round trip costs as much as most of its parts: days with those before, parts of dimensions, packs,
# and the audience, with its members as listeners. "IS TRUE" since a kept plan expects few rows between two bounds, and would sort them.
_FIGURES = prepared(
    text(f"""
    WITH parts AS (
        SELECT dimension, value, {_PART_SUMS} FROM daily_breakdowns f WHERE subject_id = :subject AND day >= :first AND (day <= :last) IS TRUE
        GROUP BY dimension, value
    ), ranked AS (
        SELECT parts.*, row_number() OVER (PARTITION BY dimension ORDER BY bought DESC, played DESC, opened DESC, shown DESC, value) AS place
        FROM parts
        UNION ALL
        SELECT near.*, row_number() OVER (ORDER BY shown DESC, value) FROM (
            SELECT '{_NEAR_TERMS}' AS dimension, value, {", ".join(_PART_NAMES)} FROM parts
            WHERE dimension = 'term' AND value <> '' AND opened + played + bought = 0 AND shown >= :least
        ) near
    )
    SELECT 'day' AS list, day, '' AS value, '' AS title, {", ".join(_NAMES)}, 0 AS place
    FROM daily_figures WHERE subject_id = :subject AND day BETWEEN :before AND :last
    UNION ALL
    SELECT dimension, NULL, value, '', {", ".join(name if name != "listeners" else "0" for name in _NAMES)}, place
    FROM ranked WHERE place <= :most
    UNION ALL
    (SELECT 'pack', NULL, p.slug, p.title, {_SUMS},
        row_number() OVER (ORDER BY sum(f.gross_tokens - f.refunded_tokens - f.fee_tokens) DESC, sum(f.played) DESC, p.title) AS place
    FROM packs p JOIN daily_figures f ON f.subject_id = p.id AND f.day BETWEEN :first AND :last
    WHERE p.creator_id = :packs_of GROUP BY p.id ORDER BY place LIMIT :most_packs)
    UNION ALL
    SELECT 'audience', NULL, value, trait, {", ".join("members" if name == "listeners" else "0" for name in _NAMES)},
        row_number() OVER (ORDER BY trait, members DESC, value)
    FROM audience_groups WHERE creator_id = :creator
    ORDER BY list, place, day
""")  # noqa: S608 - constants
)
# A row for each sound, so that its plays are added up once, and its peaks sent once.
_COUNTED = "CROSS JOIN LATERAL (SELECT sum(stops) AS stops, array_agg(part) AS parts, array_agg(stops) AS counts FROM stop_counts WHERE subject_id = {subject}) s"
_STOPS = prepared(
    text(f"""
    SELECT f.id, f.title, f.duration_seconds AS seconds, played.plays, f.peaks, s.parts, s.counts
    FROM audio_files f {_COUNTED.format(subject="f.id")}
    CROSS JOIN LATERAL (SELECT sum(d.played) AS plays FROM daily_figures d WHERE d.subject_id = f.id) played
    WHERE f.pack_id = :pack AND played.plays > 0
    UNION ALL
    SELECT NULL, p.title, greatest(p.preview_seconds, p.duration_seconds), s.stops, p.preview_peaks, s.parts, s.counts
    FROM packs p {_COUNTED.format(subject="p.id")} WHERE p.id = :pack AND s.stops IS NOT NULL
    ORDER BY plays DESC
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
        session: read only.
        viewer: the creator.
        pack_slug: one of their packs; empty for all.
        first: the first day, such as ``2026-11-01``; empty for the last ``days``.
        last: the last day; empty for today.
        days: 7, 30, 90 or 365; 30 without.

    Raises:
        NotFoundError: the viewer has no creator page, or no such pack: that of another creator is not told from a missing one.
        InvalidInputError: the days are invalid.
    """
    creator = await _creator(session, viewer, pack_slug=pack_slug)
    period = periods.parse(first=first, last=last, days=days, zone=creator.time_zone)
    lists = await _lists(session, creator, period)
    by_day = {day: figures for day, _, _, figures in lists.get("day", ())}
    shown = tuple((day, by_day.get(day, Figures())) for day in _days(period))
    return Analytics(
        creator_id=creator.id,
        pack_id=creator.pack_id,
        period=period,
        total=Figures.total(figures for _, figures in shown),
        before=Figures.total(figures for day, figures in by_day.items() if day < period.first),
        by_day=shown,
        parts={dimension: _parts(lists, dimension) for dimension in Dimension},
        packs=tuple(PackFigures(value, title, figures) for _, value, title, figures in lists.get("pack", ())),
        near_terms=_parts(lists, _NEAR_TERMS),
        audience=_audience(lists),
        outstanding=Outstanding(int(creator.pending), int(creator.paid_out)),
        counted_at=creator.counted_at,
        pack_title=creator.pack_title or "",
    )


async def own_packs(session: AsyncSession, found: Analytics) -> tuple[tuple[str, str], ...]:
    """List the address and title of the creator's packs, newest first."""
    rows = await session.execute(_OWN_PACKS, {"creator": found.creator_id, "most": PACKS_SHOWN})
    return tuple((row.slug, row.title) for row in rows)


async def stops(session: AsyncSession, found: Analytics) -> tuple[SoundStops, ...]:
    """Return where listeners stop the sounds of a pack, most played first, and its preview, of all time; empty for all packs."""
    if found.pack_id is None:
        return ()
    rows = await session.execute(_STOPS, {"pack": found.pack_id})
    return tuple(_sound_stops(row) for row in rows)


def _sound_stops(row: Any) -> SoundStops:
    counts = [0] * _STOP_PARTS
    for part, stops in zip(row.parts or (), row.counts or (), strict=True):
        counts[part] = stops
    id_, peaks = str(row.id or ""), tuple(row.peaks or b"")
    return SoundStops(id_, row.title, float(row.seconds), int(row.plays), sum(counts), _shares(counts), peaks)


async def _creator(session: AsyncSession, viewer: Viewer, *, pack_slug: str = "") -> Any:
    """Return a row of the viewer's creator page: its id and time zone, the pack if one is named, when the last event was counted, and tokens due."""
    values = {"user": viewer.user_id, "slug": printable_slug(pack_slug), "hours": policy.REFUND_HOURS}
    row = (await session.execute(_CREATOR, values)).one_or_none()
    if row is None:
        raise NotFoundError("Figures begin with your first pack.")
    if pack_slug and row.pack_id is None:
        raise NotFoundError("You have no pack with this address.")
    return row


async def _lists(session: AsyncSession, creator: Any, period: Period) -> _Lists:
    """Return rows of (day, value, title, figures) by list: "day", "pack", "audience", each dimension, and search terms that nearly led here."""
    values = {
        "subject": creator.pack_id or creator.id, "creator": creator.id, "packs_of": None if creator.pack_id else creator.id,
        "first": period.first, "last": period.last, "before": period.first - timedelta(days=period.days),
        "most": PARTS_SHOWN, "most_packs": PACKS_SHOWN, "least": policy.MIN_NEAR_TERM_SHOWN,
    }  # fmt: skip
    found: _Lists = {}
    for name, day, value, title, *sums, _ in await session.execute(_FIGURES, values):
        found.setdefault(name, []).append((day, value, title, Figures(*sums)))
    return found


def _parts(lists: _Lists, name: str) -> tuple[Part, ...]:
    return tuple(Part(value, figures) for _, value, _, figures in lists.get(name, ()))


def _audience(lists: _Lists) -> Mapping[AudienceTrait, tuple[tuple[str, int], ...]]:
    groups = lists.get("audience", ())
    return {
        trait: tuple((value, sums.listeners) for _, value, kind, sums in groups if kind == trait)
        for trait in AudienceTrait
    }


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range(period.days)]


def _shares(counts: list[int]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(count / total for count in counts) if total else ()
