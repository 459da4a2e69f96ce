"""The facts of a member's memory: learn, list, edit, delete, undo."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.memory import Fact, Memory, Source
from askchopper.schemas.text import clean_line, searchable
from askchopper.services.memory import forgetting, graph, relevance, rules, taste_facts
from askchopper.vocabulary import MemoryKind, MemoryOrigin

PAGE_SIZE = 50
NO_MEMORY = "There is no such memory."
CHANGED = "This memory was changed in another tab. Reload the page."


async def learn(
    session: AsyncSession, user_id: uuid.UUID, facts: Sequence[Fact], *, message_id: uuid.UUID, said_at: datetime
) -> tuple[Memory, ...]:
    """Store facts that a member stated in a message; returns the new ones.

    A fact replaces an older one with the same subject. A fact that the member has deleted since stating it is not
    learnt again. Facts beyond the free space of the memory are not learnt.
    """
    if not facts:
        return ()
    await graph.lock(session, user_id)
    forgotten = await forgetting.is_forgotten(
        session, user_id, [fact.text for fact in facts], message_id=message_id, said_at=said_at
    )
    wanted = [fact for fact in facts if fact.text not in forgotten]
    count = (await session.execute(_COUNT, {"user": user_id})).scalar_one()
    wanted = wanted[: max(0, policy.MAX_MEMORIES - count)]
    entity_id = await graph.member_entity(session, user_id) if wanted else None
    added = [
        one
        for fact in wanted
        if (one := await _store(session, user_id, entity_id, fact, MemoryOrigin.CHAT, message_id, said_at)) is not None
    ]
    await taste_facts.record(session, user_id, added)
    return await find(session, user_id, added)


async def add(session: AsyncSession, viewer: Viewer, *, text_: str, kind: MemoryKind = MemoryKind.NOTE) -> Memory:
    """Store a fact that the member wrote on the memory page.

    Raises:
        InvalidInputError: it is empty, too long, not storable, known already, or the memory is full.
    """
    words = _checked(text_)
    await graph.lock(session, viewer.user_id)
    entity_id = await graph.member_entity(session, viewer.user_id)
    fact = rules.described(words, kind)
    row_id = await _store(session, viewer.user_id, entity_id, fact, MemoryOrigin.MEMBER, None, None)
    if row_id is None:
        raise InvalidInputError("This is already remembered.", field="text")
    await graph.refuse_if_full(session, viewer.user_id)
    await taste_facts.record(session, viewer.user_id, [row_id])
    return (await find(session, viewer.user_id, [row_id]))[0]


async def edit(
    session: AsyncSession, viewer: Viewer, *, memory_id: str, text_: str, version: int | None = None
) -> Memory:
    """Change the text of a memory; a fact with a subject keeps its earlier text as history.

    Raises:
        NotFoundError: the viewer has no such memory.
        InvalidInputError: the text is empty, too long, not storable, or that of another memory.
        ConflictError: it was changed since ``version``.
    """
    words, known_id = _checked(text_), require_id(memory_id, NO_MEMORY)
    await graph.lock(session, viewer.user_id)
    row = (await session.execute(_OWN, {"user": viewer.user_id, "id": known_id})).one_or_none()
    if row is None:
        raise NotFoundError(NO_MEMORY)
    if version is not None and version != row.version:
        raise ConflictError(CHANGED)
    if row.content != words:
        taken = {"user": viewer.user_id, "entity": row.entity_id, "content": words}
        if (await session.execute(_IS_KNOWN, taken)).one_or_none() is not None:
            raise InvalidInputError("This is already remembered.", field="text")
        fact = rules.described(words, MemoryKind(row.kind))
        await forgetting.forget_text(session, viewer.user_id, row.content)
        await session.execute(
            _EDIT,
            {"id": known_id, "content": words, "history_id": new_id(), "details": fact.details},
        )
        await taste_facts.withdraw(session, viewer.user_id, [known_id])
        await taste_facts.record(session, viewer.user_id, [known_id])
    return (await find(session, viewer.user_id, [known_id]))[0]


async def delete(session: AsyncSession, viewer: Viewer, *, memory_id: str) -> None:
    """Delete a memory. It can be restored for ``policy.MEMORY_UNDO_MINUTES``.

    Raises:
        NotFoundError: the viewer has no such memory.
    """
    known_id = require_id(memory_id, NO_MEMORY)
    await graph.lock(session, viewer.user_id)
    if not await forgetting.delete(session, viewer.user_id, [known_id]):
        raise NotFoundError(NO_MEMORY)


async def delete_all(session: AsyncSession, viewer: Viewer) -> tuple[str, ...]:
    """Delete all of the viewer's memories, their history and all relations; returns the memories' ids, for ``restore``."""
    await graph.lock(session, viewer.user_id)
    rows = (await session.execute(_ALL_IDS, {"user": viewer.user_id})).all()
    ids = [row.id for row in rows]
    await forgetting.delete(session, viewer.user_id, ids)
    await forgetting.drop_history(session, viewer.user_id)
    await session.execute(_DELETE_ALL_RELATIONS, {"user": viewer.user_id})
    return tuple(str(one) for one in ids)


async def forget_matching(session: AsyncSession, viewer: Viewer, *, about: str, before: datetime) -> tuple[str, ...]:
    """Delete the viewer's memories that match ``about``, or all if it is empty; returns their texts.

    Only memories older than ``before`` are deleted, so that repeating an old request deletes nothing new.
    """
    await graph.lock(session, viewer.user_id)
    rows = (await session.execute(_TEXTS, {"user": viewer.user_id, "before": before})).all()
    subjects = {fact.subject for fact in rules.find_facts(about) if fact.subject}
    wanted = relevance.stems(about)
    chosen = [
        row
        for row in rows
        if not about or row.subject in subjects or (wanted and wanted <= relevance.stems(row.content))
    ]
    await forgetting.delete(session, viewer.user_id, [row.id for row in chosen])
    return tuple(row.content for row in chosen)


async def restore(session: AsyncSession, viewer: Viewer, *, memory_ids: Sequence[str]) -> int:
    """Undo the deletion of memories; returns how many were restored. Memories replaced by newer ones stay deleted.

    Raises:
        NotFoundError: none of them can be restored, or an id is malformed.
    """
    ids = [require_id(one, NO_MEMORY) for one in memory_ids[: policy.MAX_MEMORIES]]
    await graph.lock(session, viewer.user_id)
    restored = await forgetting.restore(session, viewer.user_id, ids)
    if not restored:
        raise NotFoundError("This can no longer be undone.")
    return restored


async def withdraw(session: AsyncSession, user_id: uuid.UUID, *, message_id: uuid.UUID) -> int:
    """Retract the facts of a message that was edited; facts that they replaced remain history. Returns their number."""
    await graph.lock(session, user_id)
    withdrawn = (await session.execute(_WITHDRAW, {"user": user_id, "message": message_id})).all()
    await taste_facts.withdraw(session, user_id, [row.id for row in withdrawn])
    return len(withdrawn)


async def list_facts(
    session: AsyncSession,
    viewer: Viewer,
    *,
    text_: str = "",
    kind: MemoryKind | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Memory]:
    """List the viewer's memories, newest first, optionally only those of a kind, or with ``text_`` in text or entity name.

    Raises:
        InvalidInputError: the cursor is invalid.
    """  # fmt: skip
    size = max(1, min(limit, PAGE_SIZE))
    before, before_id = (None, None)
    if cursor:
        time, last_id = cursors.decode(cursor, length=2)
        before, before_id = cursors.as_time(time), cursors.as_id(last_id)
    given = {
        "user": viewer.user_id, "words": searchable(text_, max_length=100).lower(), "kind": kind.value if kind else None,
        "before": before, "before_id": before_id, "limit": size + 1,
    }  # fmt: skip
    rows = (await session.execute(_LIST, given)).all()
    items = tuple(memory_of(row) for row in rows[:size])
    last = rows[size - 1] if len(rows) > size else None
    return Page(items, cursors.encode(last.created_at.isoformat(), str(last.id)) if last else None)


async def latest(session: AsyncSession, user_id: uuid.UUID) -> tuple[Memory, ...]:
    """Return a page of a member's memories, newest first; the caller authorises."""
    given = {"user": user_id, "words": "", "kind": None, "before": None, "before_id": None, "limit": PAGE_SIZE}
    return tuple(memory_of(row) for row in await session.execute(_LIST, given))


async def count(session: AsyncSession, viewer: Viewer) -> int:
    """Count the viewer's memories."""
    return (await session.execute(_COUNT, {"user": viewer.user_id})).scalar_one()


async def find(session: AsyncSession, user_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> tuple[Memory, ...]:
    """Return the given memories that a member still has, in the given order."""
    if not ids:
        return ()
    rows = {row.id: row for row in await session.execute(_FIND, {"user": user_id, "ids": list(ids)})}
    return tuple(memory_of(rows[one]) for one in ids if one in rows)


def memory_of(row: Any) -> Memory:
    """Build a memory from its row."""
    source = None
    if row.source_message_id is not None and row.conversation_id is not None:
        source = Source(str(row.conversation_id), str(row.source_message_id), row.title or "")
    about = "" if row.about == graph.MEMBER_ENTITY else row.about
    return Memory(
        str(row.id), MemoryKind(row.kind), row.content, about, MemoryOrigin(row.origin), source, row.created_at, row.version,
        tuple(row.earlier or ()),
    )  # fmt: skip


async def _store(
    session: AsyncSession,
    user_id: uuid.UUID,
    entity_id: uuid.UUID | None,
    fact: Fact,
    origin: MemoryOrigin,
    message_id: uuid.UUID | None,
    said_at: datetime | None,
) -> uuid.UUID | None:
    """Store a fact; None if it is already known, or older than the current fact on its subject."""
    given = {
        "id": new_id(), "user": user_id, "entity": entity_id, "content": fact.text, "kind": fact.kind.value,
        "origin": origin.value, "subject": fact.subject or None, "details": fact.details,
        "message": message_id, "said_at": said_at,
    }  # fmt: skip
    if fact.subject:
        row = (await session.execute(_REPLACE, given)).one()
        if row.has_newer:
            return None
        await taste_facts.withdraw(session, user_id, row.replaced)
    return (await session.execute(_STORE, given)).scalar_one_or_none()


def _checked(words: str) -> str:
    return clean_line(words, label="The memory", field="text", max_length=policy.MAX_MEMORY_CHARACTERS)


_COUNT = text("SELECT count(*) FROM memory_observations WHERE user_id = :user AND ended_at IS NULL")
# Facts of one subject: the one that was said last counts, also if its message is read late.
_REPLACE = text("""
    WITH known AS (
        SELECT id, content, created_at FROM memory_observations
        WHERE user_id = :user AND subject = :subject AND ended_at IS NULL
    ), replaced AS (
        UPDATE memory_observations o SET ended_at = now(), ended_as = 'replaced', version = version + 1 FROM known
        WHERE o.id = known.id AND known.content <> :content
            AND known.created_at <= coalesce(CAST(:said_at AS timestamptz), now())
        RETURNING o.id
    )
    SELECT EXISTS (SELECT 1 FROM known WHERE id NOT IN (SELECT id FROM replaced)) AS has_newer,
        ARRAY(SELECT id FROM replaced) AS replaced
""")
_STORE = text("""
    INSERT INTO memory_observations
        (id, user_id, entity_id, content, kind, origin, subject, details, source_message_id, version, created_at)
    VALUES (:id, :user, :entity, :content, :kind, :origin, :subject, :details, :message, 1,
        coalesce(CAST(:said_at AS timestamptz), now()))
    ON CONFLICT DO NOTHING RETURNING id
""").bindparams(bindparam("details", type_=JSONB))
_OWN = text("SELECT * FROM memory_observations WHERE user_id = :user AND id = :id AND ended_at IS NULL FOR UPDATE")
_IS_KNOWN = text("""
    SELECT 1 FROM memory_observations
    WHERE user_id = :user AND entity_id = :entity AND content = :content AND ended_at IS NULL
""")
_EDIT = text("""
    WITH history AS (
        INSERT INTO memory_observations
            (id, user_id, entity_id, content, kind, origin, subject, details, source_message_id, version, created_at,
             ended_at, ended_as)
        SELECT :history_id, user_id, entity_id, content, kind, origin, subject, details, source_message_id, version, created_at,
            now(), 'replaced'
        FROM memory_observations WHERE id = :id AND subject IS NOT NULL
    )
    UPDATE memory_observations SET content = :content, details = :details, version = version + 1 WHERE id = :id
""").bindparams(bindparam("details", type_=JSONB))
_ALL_IDS = text("SELECT id FROM memory_observations WHERE user_id = :user AND ended_at IS NULL")
_TEXTS = text("""
    SELECT id, content, subject FROM memory_observations
    WHERE user_id = :user AND ended_at IS NULL AND created_at <= :before ORDER BY created_at DESC
""")
_DELETE_ALL_RELATIONS = text("DELETE FROM memory_relations WHERE user_id = :user")
_WITHDRAW = text("""
    UPDATE memory_observations SET ended_at = now(), ended_as = 'withdrawn', version = version + 1
    WHERE user_id = :user AND source_message_id = :message AND ended_at IS NULL AND origin = 'chat' RETURNING id
""")
_COLUMNS = """
    SELECT o.id, o.kind, o.content, o.origin, o.created_at, o.version, o.source_message_id, e.name AS about,
        c.id AS conversation_id, c.title,
        CASE WHEN o.subject IS NOT NULL THEN ARRAY(
            SELECT h.content FROM memory_observations h
            WHERE h.user_id = o.user_id AND h.subject = o.subject AND h.ended_as = 'replaced' AND h.content <> o.content
            GROUP BY h.content ORDER BY max(h.ended_at) DESC LIMIT 5
        ) END AS earlier
    FROM memory_observations o JOIN memory_entities e ON e.id = o.entity_id
    LEFT JOIN messages m ON m.id = o.source_message_id
    LEFT JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL
    WHERE o.user_id = :user AND o.ended_at IS NULL
"""
_FIND = text(f"{_COLUMNS} AND o.id = ANY(:ids)")
_LIST = text(f"""{_COLUMNS}
    AND (:words = '' OR strpos(lower(o.content), :words) > 0 OR strpos(lower(e.name), :words) > 0)
    AND (CAST(:kind AS text) IS NULL OR o.kind = :kind)
    AND (CAST(:before AS timestamptz) IS NULL OR (o.created_at, o.id) < (CAST(:before AS timestamptz), CAST(:before_id AS uuid)))
    ORDER BY o.created_at DESC, o.id DESC LIMIT :limit
""")
