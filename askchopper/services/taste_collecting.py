"""Collects taste signals afterwards from purchases, refunds, downloads, past plays and questions.

Runs as a job, so that purchases and questions are not slowed down. Rows are read by their time-ordered ids, with an
overlap for transactions that commit late; each source row counts once.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy, settings
from askchopper.services import taste_signals
from askchopper.services.search import query_parser
from askchopper.services.search.taste_traits import traits_of_filters
from askchopper.taste_vocabulary import TasteSignal

BATCH = 5_000
OVERLAP = timedelta(minutes=2)
_QUESTION_LENGTH = 400  # a longer text is not a question

_UNTIL = text("SELECT collected_until FROM taste_collections WHERE source = :source FOR UPDATE")
_SET_UNTIL = text("""
    INSERT INTO taste_collections (source, collected_until) VALUES (:source, :until)
    ON CONFLICT (source) DO UPDATE SET collected_until = excluded.collected_until
""")
# Each source: user, pack, sound, id and time of its rows, without a seller's own.
_OF_PACKS = """
    WITH found AS (
        SELECT s.{user} AS user_id, s.pack_id, s.file_id, s.id, s.{time} AS happened_at, c.user_id AS seller_id
        FROM {table} s JOIN packs p ON p.id = s.pack_id JOIN creators c ON c.id = p.creator_id
        WHERE s.id > :after AND s.{user} IS NOT NULL AND {condition} ORDER BY s.id LIMIT :limit
    ), added AS (
        INSERT INTO taste_signals (user_id, kind, pack_id, file_id, amount, source_id, created_at)
        SELECT user_id, '{kind}', pack_id, file_id, {amount}, id, happened_at FROM found f
        WHERE user_id <> seller_id {once}
        ON CONFLICT DO NOTHING
    ), bought AS (
        UPDATE recommendation_impressions i SET bought_at = f.happened_at FROM found f
        WHERE '{kind}' = 'purchase' AND i.user_id = f.user_id AND i.pack_id = f.pack_id AND i.bought_at IS NULL
            AND f.happened_at BETWEEN i.shown_at AND i.shown_at + make_interval(days => :days)
    )
    SELECT count(*) AS found, (SELECT id FROM found ORDER BY id DESC LIMIT 1) AS last_id FROM found
"""
_PLAY_AMOUNT = "(SELECT least(1, y.seconds_heard / :full_play) FROM plays y WHERE y.id = f.id)"
# A play that was reported since is counted already, perhaps as a replay.
_UNCOUNTED = "AND NOT EXISTS (SELECT FROM taste_signals t WHERE t.source_id = f.id)"
SOURCES = {
    "purchases": _OF_PACKS.format(
        table="purchases", user="buyer_id", time="created_at", condition="true", kind=TasteSignal.PURCHASE.value, amount="1", once=""
    ),
    "downloads": _OF_PACKS.format(
        table="downloads", user="user_id", time="created_at", condition="true", kind=TasteSignal.DOWNLOAD.value, amount="1", once=""
    ),
    "plays": _OF_PACKS.format(
        table="plays", user="user_id", time="created_at", condition="true", kind="play", amount=_PLAY_AMOUNT, once=_UNCOUNTED
    ),
}  # fmt: skip
# A refund has no row of its own: those of the last days, as none is possible later.
_REFUNDS = text("""
    INSERT INTO taste_signals (user_id, kind, pack_id, file_id, source_id, created_at)
    SELECT s.buyer_id, 'refund', s.pack_id, s.file_id, s.id, s.created_at FROM purchases s
    WHERE s.id > :after AND s.status = 'refunded'
        AND EXISTS (SELECT FROM taste_signals t WHERE t.source_id = s.id AND t.kind = 'purchase')
    ON CONFLICT DO NOTHING
""")
_QUESTIONS = text("""
    SELECT m.id, m.words, m.created_at, c.user_id FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.id > :after AND m.role = 'user' AND NOT c.is_temporary AND c.deleted_at IS NULL AND c.uses_memory
        AND NOT EXISTS (SELECT FROM memory_settings p WHERE p.user_id = c.user_id AND p.is_paused)
    ORDER BY m.id LIMIT :limit
""")


async def collect() -> int:
    """Collect new signals, at most ``BATCH`` rows per source; returns the number of rows read, without refunds.

    Taste profiles are updated by a separate job.
    """
    count = 0
    for source in SOURCES:
        async with database.transaction(timeout_seconds=database.JOB_TRANSACTION_SECONDS) as session:
            count += await _collect_packs(session, source)
    async with database.transaction(timeout_seconds=database.JOB_TRANSACTION_SECONDS) as session:
        oldest = datetime.now(UTC) - timedelta(hours=2 * policy.REFUND_HOURS)
        await session.execute(_REFUNDS, {"after": first_id(oldest)})
        count += await _collect_questions(session)
    return count


def first_id(moment: datetime) -> uuid.UUID:
    """Return the lowest possible id of a row created at this time; ids start with milliseconds, see ``models.base.new_id``."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return uuid.UUID(int=(milliseconds & (2**48 - 1)) << 80)


def moment_of(row_id: uuid.UUID) -> datetime:
    """Return the creation time that a time-ordered id encodes."""
    return datetime.fromtimestamp((row_id.int >> 80) / 1000, UTC)


async def _collect_packs(session: AsyncSession, source: str) -> int:
    values: dict[str, Any] = {"after": await _after(session, source), "limit": BATCH, "days": policy.IMPRESSION_DAYS}
    if source == "plays":
        values["full_play"] = policy.TASTE_FULL_PLAY_SECONDS
    row = (await session.execute(text(SOURCES[source]), values)).one()
    await _advance(session, source, row.found, row.last_id)
    return int(row.found)


async def _collect_questions(session: AsyncSession) -> int:
    values = {"after": await _after(session, "questions"), "limit": BATCH}
    rows = (await session.execute(_QUESTIONS, values)).all()
    for row in rows:
        traits = traits_of_question(row.words)
        if traits:
            await taste_signals.record(session, row.user_id, TasteSignal.CHAT, traits=traits, source_id=row.id)
    await _advance(session, "questions", len(rows), rows[-1].id if rows else None)
    return len(rows)


def traits_of_question(words: str) -> tuple[taste_signals.Trait, ...]:
    """Return the taste traits named in a question, such as genre or key; none for a text that is too long for a question."""
    if len(words) > _QUESTION_LENGTH:
        return ()
    return traits_of_filters(query_parser.parse(words).filters())


async def _after(session: AsyncSession, source: str) -> uuid.UUID:
    """Return the id after which to read a source. A watermark in the future, from a fast clock, is capped at now."""
    now = datetime.now(UTC)
    until = (await session.execute(_UNTIL, {"source": source})).scalar_one_or_none()
    if until is None:
        days = settings.get().taste_half_life_days * policy.TASTE_KEPT_HALF_LIVES
        return first_id(now - timedelta(days=min(days, 3_650)))
    return first_id(min(until, now) - OVERLAP)


async def _advance(session: AsyncSession, source: str, found: int, last_id: Any) -> None:
    """Store the watermark of a source: the last row of a full batch, so that a backlog is read in several runs, or else now."""
    now = datetime.now(UTC)
    until = moment_of(last_id) + OVERLAP if found >= BATCH else now
    await session.execute(_SET_UNTIL, {"source": source, "until": min(until, now)})
