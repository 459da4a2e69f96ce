"""The product's targets as figures, for administrators: each with its definition and the one statement that computes it.

``docs/metrics.md`` shows the same statements; a test compares them.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.metrics import Kpi
from askchopper.services.audit import require_admin

DAYS = 30


@dataclass(frozen=True)
class Definition:
    """A figure: ``sql`` returns ``part`` and ``whole`` of the last ``:days`` days, of which the share is shown."""

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
        WITH heard AS (
            SELECT y.user_id, p.creator_id, min(y.created_at) AS first_at, max(y.created_at) AS last_at
            FROM plays y JOIN packs p ON p.id = y.pack_id WHERE y.user_id IS NOT NULL GROUP BY y.user_id, p.creator_id
        )
        SELECT count(DISTINCT user_id) FILTER (WHERE first_at > now() - make_interval(days => :days)) AS part,
            count(DISTINCT user_id) AS whole
        FROM heard WHERE last_at > now() - make_interval(days => :days)
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


async def measure(session: AsyncSession, viewer: Viewer | None, *, days: int = DAYS) -> tuple[Kpi, ...]:
    """Return every figure of the last days.

    Raises:
        NotFoundError: the viewer is no administrator.
    """
    require_admin(viewer)
    found: list[Kpi] = []
    for one in DEFINITIONS:
        row = (await session.execute(text(one.sql), {"days": days})).one()
        found.append(Kpi(one.name, one.definition, float(row.part), int(row.whole)))
    return tuple(found)
