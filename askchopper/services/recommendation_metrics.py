"""Metrics for administrators: recommendation performance, member retention, and repeated questions."""

import unicodedata
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.metrics import Funnel, Metrics, Repeats, Sessions
from askchopper.services.audit import require_admin
from askchopper.services.isolated_reads import read_or_none
from askchopper.services.taste_collecting import first_id

DAYS = 30
SESSION_GAP_MINUTES = 30
_QUESTION_LENGTH = 500

_FUNNEL = text("""
    SELECT count(*) AS shown, count(opened_at) AS opened, count(played_at) AS played, count(bought_at) AS bought,
        count(DISTINCT user_id) AS members
    FROM recommendation_impressions WHERE shown_at > now() - make_interval(days => :days)
""")
# A gap of ``SESSION_GAP_MINUTES`` ends a visit; a visit with a single event lasts 0 seconds.
_SESSIONS = text("""
    WITH events AS (
        SELECT user_id, created_at AS at FROM activity WHERE user_id IS NOT NULL AND created_at > now() - make_interval(days => :days)
        UNION ALL
        SELECT user_id, created_at FROM taste_signals WHERE kind IN ('play', 'replay', 'skip', 'search', 'dismissal')
            AND created_at > now() - make_interval(days => :days)
        UNION ALL
        SELECT user_id, shown_at FROM recommendation_impressions WHERE shown_at > now() - make_interval(days => :days)
        UNION ALL
        SELECT c.user_id, m.created_at FROM messages m JOIN conversations c ON c.id = m.conversation_id
        WHERE m.role = 'user' AND NOT c.is_temporary AND m.id > :first_message
    ), marked AS (
        SELECT user_id, at, coalesce(
            at - lag(at) OVER (PARTITION BY user_id ORDER BY at) > make_interval(mins => :gap), true)::integer AS is_first
        FROM events
    ), numbered AS (
        SELECT user_id, at, sum(is_first) OVER (PARTITION BY user_id ORDER BY at) AS visit FROM marked
    ), visits AS (
        SELECT user_id, extract(epoch FROM max(at) - min(at))::float8 AS seconds FROM numbered GROUP BY user_id, visit
    )
    SELECT count(*) AS visits, count(DISTINCT user_id) AS members, avg(seconds) AS mean,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS p90
    FROM visits
""")
_QUESTIONS = text("""
    SELECT c.user_id, m.words, m.created_at FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.role = 'user' AND NOT c.is_temporary AND m.id > :first_message ORDER BY m.created_at
""")
STATEMENTS = (_FUNNEL, _SESSIONS, _QUESTIONS)  # shown in docs/metrics.md


async def measure(viewer: Viewer | None, *, days: int = DAYS) -> Metrics:
    """Return the metrics of the last ``days`` days; a metric is None if its query failed.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    require_admin(viewer)
    return Metrics(
        days,
        await read_or_none("funnel", lambda session: _funnel(session, days)),
        await read_or_none("sessions", lambda session: _sessions(session, days)),
        await read_or_none("repeats", lambda session: repeated_questions(session, days=days)),
    )


async def _funnel(session: AsyncSession, days: int) -> Funnel:
    found = (await session.execute(_FUNNEL, {"days": days})).one()
    return Funnel(found.shown, found.opened, found.played, found.bought, found.members)


async def repeated_questions(session: AsyncSession, *, days: int = DAYS) -> Repeats:
    """Count the questions of the last days, and how many repeat one of the same member within the preceding ``days``."""
    window = timedelta(days=days)
    # Twice as far back, so that the first questions of the period can be repeats, too.
    rows = await session.execute(_QUESTIONS, {"first_message": first_id(datetime.now(UTC) - 2 * window)})
    start = datetime.now(UTC) - window
    last: dict[tuple[object, str], datetime] = {}
    questions = repeated = 0
    for row in rows:
        words = normalised(row.words)
        if not words:
            continue
        before = last.get((row.user_id, words))
        if row.created_at > start:
            questions += 1
            repeated += before is not None and row.created_at - before <= window
        last[row.user_id, words] = row.created_at
    return Repeats(questions, repeated)


def normalised(question: str) -> str:
    """Normalise a question for comparison: ignore case, accents, punctuation and spacing."""
    folded = unicodedata.normalize("NFKD", question[:_QUESTION_LENGTH]).casefold()
    kept = "".join(sign if sign.isalnum() else " " for sign in folded if not unicodedata.combining(sign))
    return " ".join(kept.split())


async def _sessions(session: AsyncSession, days: int) -> Sessions:
    first = first_id(datetime.now(UTC) - timedelta(days=days))
    row = (await session.execute(_SESSIONS, {"days": days, "gap": SESSION_GAP_MINUTES, "first_message": first})).one()
    return Sessions(row.visits, row.members, row.median, row.mean, row.p90)


WINDOW_DAYS = policy.IMPRESSION_DAYS
