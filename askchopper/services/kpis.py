"""Key figures against the product's targets, for administrators: each has a definition and one SQL statement.

``docs/metrics.md`` contains the same SQL; a test compares both.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.metrics import Kpi
from askchopper.services.audit import require_admin
from askchopper.services.isolated_reads import read_or_none

DAYS = 30


@dataclass(frozen=True)
class Definition:
    """A key figure. ``sql`` returns ``part`` and ``whole`` over the last ``:days`` days; their ratio is shown."""

    name: str
    definition: str
    sql: str


DEFINITIONS = (
    Definition(
        "Metadata completeness",
        "Published packs with a description, a cover and a tag, whose loops all have a tempo.",
        """
        SELECT count(*) FILTER (WHERE is_complete) AS part, count(*) AS whole FROM (
            SELECT p.description <> '' AND p.cover_key <> '' AND EXISTS (SELECT FROM pack_tags t WHERE t.pack_id = p.id)
                AND NOT EXISTS (SELECT FROM audio_files f WHERE f.pack_id = p.id AND f.kind = 'loop' AND f.bpm IS NULL) AS is_complete
            FROM packs p WHERE p.status = 'published' AND :days > 0
        ) packs
        """,
    ),
    Definition(
        "Search success",
        "Visitors of a day who searched and then opened, played or bought something that the search showed; of days that are over.",
        """
        SELECT coalesce(sum(followed), 0) AS part, coalesce(sum(searches), 0) AS whole FROM search_outcomes WHERE day > current_date - :days
        """,
    ),
    Definition(
        "Discovery rate",
        "Members who played something and heard a creator whom they had never played before.",
        """
        WITH heard AS MATERIALIZED (
            SELECT DISTINCT y.user_id, p.creator_id FROM plays y JOIN packs p ON p.id = y.pack_id
            WHERE y.user_id IS NOT NULL AND y.created_at > now() - make_interval(days => :days)
        )
        SELECT count(DISTINCT heard.user_id) FILTER (WHERE earlier.pack_id IS NULL) AS part, count(DISTINCT heard.user_id) AS whole
        FROM heard LEFT JOIN LATERAL (
            SELECT y.pack_id FROM plays y JOIN packs p ON p.id = y.pack_id
            WHERE y.user_id = heard.user_id AND p.creator_id = heard.creator_id AND y.created_at <= now() - make_interval(days => :days)
            LIMIT 1
        ) earlier ON true
        """,
    ),
    Definition(
        "Questions answered",
        "Questions about music to the assistant that were answered; partly counts as half.",
        """
        SELECT coalesce(sum(CASE outcome WHEN 'answered' THEN questions WHEN 'partly' THEN questions / 2.0 ELSE 0 END), 0) AS part,
            coalesce(sum(questions), 0) AS whole
        FROM question_outcomes WHERE day > current_date - :days
        """,
    ),
    Definition(
        "Spotify connected",
        "Members who did something, and whose Spotify is connected.",
        """
        SELECT count(t.user_id) AS part, count(*) AS whole
        FROM (SELECT DISTINCT user_id FROM activity WHERE user_id IS NOT NULL AND created_at > now() - make_interval(days => :days)) a
        LEFT JOIN spotify_tokens t ON t.user_id = a.user_id AND t.refresh_token IS NOT NULL
        """,
    ),
    *(
        Definition(
            f"Retention, week {week}",
            f"Members who joined in the last {DAYS} days at least {7 * (week + 1)} days ago, and did something {7 * week} to {7 * week + 6} days after that.",
            f"""
        SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM activity a WHERE a.user_id = u.id
                AND a.created_at >= u.created_at + interval '{7 * week} days' AND a.created_at < u.created_at + interval '{7 * week + 7} days')) AS part,
            count(*) AS whole
        FROM users u
        WHERE u.created_at > now() - make_interval(days => :days) AND u.created_at <= now() - interval '{7 * week + 7} days'
        """,  # noqa: S608 - constants
        )
        for week in (1, 2, 3)
    ),
)


async def measure(viewer: Viewer | None, *, days: int = DAYS) -> tuple[Kpi, ...]:
    """Compute every figure over the last days. A figure that fails or times out has no ``part``; the others are unaffected.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    require_admin(viewer)
    return tuple([await _measure(one, days) for one in DEFINITIONS])


async def _measure(one: Definition, days: int) -> Kpi:
    async def read(session: AsyncSession) -> Kpi:
        row = (await session.execute(text(one.sql), {"days": days})).one()
        return Kpi(one.name, one.definition, float(row.part), int(row.whole))

    return await read_or_none(one.name, read) or Kpi(one.name, one.definition, None, 0)
