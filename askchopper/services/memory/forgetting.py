"""Durable deletion: a deleted fact is not learnt again from earlier messages, and no summary quotes its message."""

import hashlib
import re
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.services.memory import taste_facts

_NO_WORD = re.compile(r"[\W_]+")


async def delete(session: AsyncSession, user_id: uuid.UUID, observation_ids: Sequence[uuid.UUID]) -> int:
    """Delete a member's observations, see ``forget``; they can be restored for ``policy.MEMORY_UNDO_MINUTES``.

    Returns their number.
    """
    if not observation_ids:
        return 0
    await forget(session, user_id, observation_ids)
    deleted = await session.execute(_DELETE, {"user": user_id, "ids": list(observation_ids)})
    return len(deleted.all())


async def forget(session: AsyncSession, user_id: uuid.UUID, observation_ids: Sequence[uuid.UUID]) -> None:
    """Record observations as forgotten, so that they are not learnt again from earlier messages.

    Also withdraws their taste signals, deletes the facts that they replaced and the gists that may quote their messages,
    and stops running answers that were given them.
    """
    if not observation_ids:
        return
    given = {"user": user_id, "ids": list(observation_ids)}
    await taste_facts.withdraw(session, user_id, observation_ids)
    rows = (await session.execute(_LINEAGE, given)).all()
    prints = sorted({fingerprint(user_id, row.content) for row in rows})
    await session.execute(_FORGET_FACTS, {"user": user_id, "prints": prints})
    await session.execute(_FORGET_MESSAGES, given)
    await session.execute(_DROP_GISTS, given)
    await session.execute(_STOP_ANSWERS, {"user": user_id, "refs": [str(one) for one in observation_ids]})


async def forget_text(session: AsyncSession, user_id: uuid.UUID, content: str) -> None:
    """Record a text as forgotten, so that it is not learnt again from earlier messages."""
    await session.execute(_FORGET_FACTS, {"user": user_id, "prints": [fingerprint(user_id, content)]})


async def drop_history(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Delete replaced and withdrawn facts of a member, and record them as forgotten."""
    rows = (await session.execute(_DROP_HISTORY, {"user": user_id})).all()
    prints = sorted({fingerprint(user_id, row.content) for row in rows})
    await session.execute(_FORGET_FACTS, {"user": user_id, "prints": prints})


async def restore(session: AsyncSession, user_id: uuid.UUID, observation_ids: Sequence[uuid.UUID]) -> int:
    """Undo a deletion, except of facts replaced since. Returns the number of restored observations."""
    given = {"user": user_id, "ids": list(observation_ids)}
    rows = (await session.execute(_RESTORE, given)).all()
    prints = [fingerprint(user_id, row.content) for row in rows]
    await session.execute(_REMEMBER_FACTS, {"user": user_id, "prints": prints})
    await session.execute(
        _REMEMBER_MESSAGES,
        {"user": user_id, "messages": [row.source_message_id for row in rows if row.source_message_id]},
    )
    await taste_facts.record(session, user_id, [row.id for row in rows])
    return len(rows)


async def is_forgotten(
    session: AsyncSession, user_id: uuid.UUID, contents: Sequence[str], *, message_id: uuid.UUID, said_at: datetime
) -> set[str]:
    """Return the ``contents`` deleted after they were said; all of them if the message itself is forgotten."""
    prints = {content: fingerprint(user_id, content) for content in contents}
    row = await session.execute(_IS_FORGOTTEN_MESSAGE, {"message": message_id})
    if row.one_or_none() is not None:
        return set(contents)
    given = {"user": user_id, "prints": list(prints.values()), "said_at": said_at}
    forgotten = {row.fingerprint for row in await session.execute(_FORGOTTEN_FACTS, given)}
    return {content for content, known in prints.items() if known in forgotten}


async def purge(session: AsyncSession) -> int:
    """Delete observations past their undo period, and old history. Returns the number of observations."""
    purged = await session.execute(
        _PURGE, {"undo_minutes": policy.MEMORY_UNDO_MINUTES, "history_days": policy.MEMORY_HISTORY_DAYS}
    )
    return len(purged.all())


def fingerprint(user_id: uuid.UUID, content: str) -> str:
    """Hash a fact regardless of case, spaces and punctuation, salted per member, so that the deleted text is not stored."""
    words = _NO_WORD.sub(" ", content.casefold()).strip()
    return hashlib.sha256(f"{user_id}:{words}".encode()).hexdigest()


_DELETE = text("""
    UPDATE memory_observations SET ended_at = now(), ended_as = 'deleted', version = version + 1
    WHERE user_id = :user AND id = ANY(:ids) AND ended_at IS NULL RETURNING id
""")
# The facts that a deleted fact replaced: they are deleted too, since deleting "around 140" must not restore "around 120".
_LINEAGE = text("""
    WITH chosen AS (
        SELECT id, content, subject FROM memory_observations WHERE user_id = :user AND id = ANY(:ids)
    ), earlier AS (
        DELETE FROM memory_observations o USING chosen
        WHERE o.user_id = :user AND o.ended_as = 'replaced' AND o.subject = chosen.subject RETURNING o.content
    )
    SELECT content FROM chosen UNION SELECT content FROM earlier
""")
_DROP_HISTORY = text(
    "DELETE FROM memory_observations WHERE user_id = :user AND ended_as IN ('replaced', 'withdrawn') RETURNING content"
)
_FORGET_FACTS = text("""
    INSERT INTO forgotten_facts (user_id, fingerprint) SELECT :user, unnest(CAST(:prints AS text[]))
    ON CONFLICT (user_id, fingerprint) DO UPDATE SET forgotten_at = now()
""")
_FORGET_MESSAGES = text("""
    INSERT INTO forgotten_messages (message_id, user_id)
    SELECT DISTINCT source_message_id, user_id FROM memory_observations
    WHERE user_id = :user AND id = ANY(:ids) AND source_message_id IS NOT NULL
    ON CONFLICT (message_id) DO UPDATE SET forgotten_at = now()
""")
_DROP_GISTS = text("""
    DELETE FROM conversation_gists g USING messages m, memory_observations o
    WHERE o.user_id = :user AND o.id = ANY(:ids) AND m.id = o.source_message_id AND g.conversation_id = m.conversation_id
""")
# A running answer was given the fact; its process sees the request at its next save.
_STOP_ANSWERS = text("""
    UPDATE messages m SET stop_requested_at = now() FROM conversations c
    WHERE c.id = m.conversation_id AND c.user_id = :user AND m.status = 'running' AND m.used->'memories' ?| CAST(:refs AS text[])
""")
_RESTORE = text("""
    UPDATE memory_observations o SET ended_at = NULL, ended_as = NULL, version = version + 1
    WHERE o.user_id = :user AND o.id = ANY(:ids) AND o.ended_as = 'deleted' AND NOT EXISTS (
        SELECT 1 FROM memory_observations n WHERE n.user_id = o.user_id AND n.ended_at IS NULL
            AND (n.subject = o.subject OR (n.entity_id = o.entity_id AND n.content = o.content))
    ) AND NOT EXISTS (
        SELECT 1 FROM memory_observations d WHERE d.user_id = o.user_id AND d.id = ANY(:ids) AND d.ended_as = 'deleted'
            AND d.position > o.position
            AND (d.subject = o.subject OR (d.entity_id = o.entity_id AND d.content = o.content))
    ) RETURNING o.id, o.content, o.source_message_id
""")
_REMEMBER_FACTS = text("DELETE FROM forgotten_facts WHERE user_id = :user AND fingerprint = ANY(:prints)")
_REMEMBER_MESSAGES = text("""
    DELETE FROM forgotten_messages f WHERE f.user_id = :user AND f.message_id = ANY(CAST(:messages AS uuid[])) AND NOT EXISTS (
        SELECT 1 FROM memory_observations o WHERE o.source_message_id = f.message_id AND o.ended_as = 'deleted'
    )
""")
_IS_FORGOTTEN_MESSAGE = text("SELECT 1 FROM forgotten_messages WHERE message_id = :message")
_FORGOTTEN_FACTS = text("""
    SELECT fingerprint FROM forgotten_facts
    WHERE user_id = :user AND fingerprint = ANY(:prints) AND forgotten_at >= :said_at
""")
_PURGE = text("""
    DELETE FROM memory_observations WHERE ended_at IS NOT NULL AND (
        (ended_as IN ('deleted', 'withdrawn') AND ended_at < now() - make_interval(mins => :undo_minutes))
        OR ended_at < now() - make_interval(days => :history_days)
    ) RETURNING id
""")
