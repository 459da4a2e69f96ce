"""Figures of a creator or one pack, read from what the rollup counted. Money is that of the ledger."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.analytics_vocabulary import AudienceTrait, Dimension
from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, Figures, PackFigures, Part, Period, SoundStops
from askchopper.schemas.identifiers import printable_slug
from askchopper.services.analytics import periods

PARTS_SHOWN, PACKS_SHOWN = 50, 200
_STOP_PARTS = 50
_NAMES = tuple(Figures.__dataclass_fields__)
_SUMS = ", ".join(f"sum(f.{name}) AS {name}" for name in _NAMES)
_PART_NAMES = tuple(name for name in _NAMES if name != "listeners")
_PART_SUMS = ", ".join(f"sum(f.{name}) AS {name}" for name in _PART_NAMES)
_CREATOR = text("SELECT id, time_zone FROM creators WHERE user_id = :user")
_OWN_PACK = text("SELECT p.id, p.title FROM packs p WHERE p.slug = :slug AND p.creator_id = :creator")
_OWN_PACKS = text("""
    SELECT slug, title FROM packs WHERE creator_id = :creator AND published_at IS NOT NULL ORDER BY published_at DESC LIMIT :most
""")
_DAYS = text(f"""
    SELECT day, {", ".join(_NAMES)} FROM daily_figures f WHERE subject_id = :subject AND day BETWEEN :first AND :last
""")  # noqa: S608 - constants
_PARTS = text(f"""
    SELECT * FROM (
        SELECT dimension, value, {_PART_SUMS}, row_number() OVER (PARTITION BY dimension
            ORDER BY sum(f.bought) DESC, sum(f.played) DESC, sum(f.opened) DESC, sum(f.shown) DESC, value) AS place
        FROM daily_breakdowns f WHERE subject_id = :subject AND dimension = ANY(:dimensions) AND day BETWEEN :first AND :last
        GROUP BY dimension, value
    ) ranked WHERE place <= :most ORDER BY dimension, place
""")  # noqa: S608 - constants
_NEAR = text(f"""
    SELECT value, {_PART_SUMS} FROM daily_breakdowns f
    WHERE subject_id = :subject AND dimension = 'term' AND value <> '' AND day BETWEEN :first AND :last
    GROUP BY value HAVING sum(opened) + sum(played) + sum(bought) = 0 AND sum(shown) >= :least ORDER BY sum(shown) DESC, value LIMIT :most
""")  # noqa: S608 - constants
_PACKS = text(f"""
    SELECT p.slug, p.title, {_SUMS} FROM packs p JOIN daily_figures f ON f.subject_id = p.id AND f.day BETWEEN :first AND :last
    WHERE p.creator_id = :creator GROUP BY p.id ORDER BY sum(f.gross_tokens - f.refunded_tokens - f.fee_tokens) DESC, sum(f.played) DESC, p.title
    LIMIT :most
""")  # noqa: S608 - constants
_STOPS = text("""
    SELECT f.id, f.title, f.duration_seconds AS seconds, played.plays, f.peaks, s.part, s.stops
    FROM audio_files f
    CROSS JOIN LATERAL (SELECT sum(d.played) AS plays FROM daily_figures d WHERE d.subject_id = f.id) played
    LEFT JOIN stop_counts s ON s.subject_id = f.id
    WHERE f.pack_id = :pack AND played.plays > 0
    UNION ALL
    SELECT NULL, p.title, greatest(p.preview_seconds, p.duration_seconds), sum(s.stops) OVER (), p.preview_peaks, s.part, s.stops
    FROM packs p JOIN stop_counts s ON s.subject_id = p.id WHERE p.id = :pack
""")
_AUDIENCE = text(
    "SELECT trait, value, members FROM audience_groups WHERE creator_id = :creator ORDER BY trait, members DESC, value"
)
_COUNTED_AT = text("SELECT happened_at FROM pack_events ORDER BY id DESC LIMIT 1")


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
    creator_id, zone = await _creator(session, viewer)
    period = periods.parse(first=first, last=last, days=days, zone=zone)
    subject = (await own_pack(session, viewer, slug=pack_slug))[0] if pack_slug else creator_id
    by_day = await _by_day(session, subject, period)
    shown = tuple((day, by_day.get(day, Figures())) for day in _days(period))
    return Analytics(
        period=period,
        total=sum((figures for _, figures in shown), Figures()),
        before=sum((figures for day, figures in by_day.items() if day < period.first), Figures()),
        by_day=shown,
        parts=await parts(session, subject, period),
        packs=() if pack_slug else await _packs(session, creator_id, period),
        near_terms=await _near_terms(session, subject, period),
        counted_at=(await session.execute(_COUNTED_AT)).scalar_one_or_none(),
    )


async def own_pack(session: AsyncSession, viewer: Viewer, *, slug: str) -> tuple[uuid.UUID, str]:
    """Return id and title of a pack of the viewer.

    Raises:
        NotFoundError: the viewer has no such pack.
    """
    creator_id, _ = await _creator(session, viewer)
    row = (await session.execute(_OWN_PACK, {"slug": printable_slug(slug), "creator": creator_id})).one_or_none()
    if row is None:
        raise NotFoundError("You have no pack with this address.")
    return row.id, row.title


async def own_packs(session: AsyncSession, viewer: Viewer) -> tuple[tuple[str, str], ...]:
    """List the address and title of the viewer's packs, newest first."""
    creator_id, _ = await _creator(session, viewer)
    rows = await session.execute(_OWN_PACKS, {"creator": creator_id, "most": PARTS_SHOWN})
    return tuple((row.slug, row.title) for row in rows)


async def parts(
    session: AsyncSession,
    subject: uuid.UUID,
    period: Period,
    *,
    dimensions: tuple[Dimension, ...] = tuple(Dimension),
    most: int = PARTS_SHOWN,
) -> Mapping[Dimension, tuple[Part, ...]]:
    """Return the largest parts of each dimension."""
    values = {**_range(subject, period), "dimensions": [one.value for one in dimensions], "most": most}
    found: dict[Dimension, list[Part]] = {one: [] for one in dimensions}
    for row in await session.execute(_PARTS, values):
        found[Dimension(row.dimension)].append(Part(row.value, _figures(row)))
    return {dimension: tuple(rows) for dimension, rows in found.items()}


async def stops(session: AsyncSession, viewer: Viewer, *, slug: str) -> tuple[SoundStops, ...]:
    """Return where listeners stop the sounds of a pack, most played first, and its preview.

    Raises:
        NotFoundError: the viewer has no such pack.
    """
    pack_id, _ = await own_pack(session, viewer, slug=slug)
    sounds: dict[Any, SoundStops] = {}
    counts: dict[Any, list[int]] = {}
    for row in await session.execute(_STOPS, {"pack": pack_id}):
        counted = counts.setdefault(row.id, [0] * _STOP_PARTS)
        sounds[row.id] = SoundStops(
            str(row.id or ""), row.title, float(row.seconds), int(row.plays or 0), 0, (), tuple(row.peaks or b"")
        )
        if row.part is not None:
            counted[row.part] = row.stops
    return tuple(
        SoundStops(
            one.file_id, one.title, one.length_seconds, one.plays, sum(counts[key]), _shares(counts[key]), one.peaks
        )
        for key, one in sorted(sounds.items(), key=lambda item: -item[1].plays)
    )


async def audience(session: AsyncSession, viewer: Viewer) -> Mapping[AudienceTrait, tuple[tuple[str, int], ...]]:
    """Return what listeners of the last months like most, as groups that are large enough to name nobody."""
    creator_id, _ = await _creator(session, viewer)
    found: dict[AudienceTrait, list[tuple[str, int]]] = {trait: [] for trait in AudienceTrait}
    for row in await session.execute(_AUDIENCE, {"creator": creator_id}):
        found[AudienceTrait(row.trait)].append((row.value, row.members))
    return {trait: tuple(groups) for trait, groups in found.items()}


async def _creator(session: AsyncSession, viewer: Viewer) -> tuple[uuid.UUID, str]:
    row = (await session.execute(_CREATOR, {"user": viewer.user_id})).one_or_none()
    if row is None:
        raise NotFoundError("Figures begin with your first pack.")
    return row.id, row.time_zone


async def _by_day(session: AsyncSession, subject: uuid.UUID, period: Period) -> dict[date, Figures]:
    """Return the figures of the period's days and of as many days before."""
    values = {**_range(subject, period), "first": period.first - timedelta(days=period.days)}
    return {row.day: _figures(row) for row in await session.execute(_DAYS, values)}


async def _packs(session: AsyncSession, creator_id: uuid.UUID, period: Period) -> tuple[PackFigures, ...]:
    values = {"creator": creator_id, "first": period.first, "last": period.last, "most": PACKS_SHOWN}
    rows = await session.execute(_PACKS, values)
    return tuple(PackFigures(row.slug, row.title, _figures(row)) for row in rows)


async def _near_terms(session: AsyncSession, subject: uuid.UUID, period: Period) -> tuple[Part, ...]:
    rows = await session.execute(
        _NEAR, {**_range(subject, period), "most": PARTS_SHOWN, "least": policy.MIN_NEAR_TERM_SHOWN}
    )
    return tuple(Part(row.value, _figures(row)) for row in rows)


def _range(subject: uuid.UUID, period: Period) -> dict[str, Any]:
    return {"subject": subject, "first": period.first, "last": period.last}


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range(period.days)]


def _shares(counts: list[int]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(count / total for count in counts) if total else ()


def _figures(row: Any) -> Figures:
    counts = {name: int(getattr(row, name, 0) or 0) for name in _NAMES if name != "seconds"}
    return Figures(**counts, seconds=float(row.seconds or 0))
