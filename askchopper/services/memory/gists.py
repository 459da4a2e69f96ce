"""Summaries (gists) of conversations, and recall of earlier conversations by words and dates.

An extracted gist quotes the member's questions; the fast model may write a better one. Messages whose facts were deleted
are omitted.
"""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.memory import RecalledConversation
from askchopper.schemas.text import searchable
from askchopper.services.memory import choices, dates

MAX_RECALLED = 5
MAX_GIST = 400
_MAX_WORDS = 4_000
_QUOTES = 3
_FRAME = re.compile(
    r"\b(?:do you (?:still )?remember|remember|recall|when|what did|what have|did|have|had|we|i|you|me|us|our|talk(?:ed|ing)?|spoke|speak|discuss(?:ed)?"
    r"|ask(?:ed)?|said?|say|tell|told|about|that|the|a|an|time|last|earlier|before|previous(?:ly)?|conversations?|chats?|which|one|was|were|with|of|in|on|it|to"
    r"|find|show|looking|for|mentioned)\b",
    re.IGNORECASE,
)


async def extract(session: AsyncSession, conversation_id: uuid.UUID) -> None:
    """Build the gist of a conversation from its questions; delete the gist if no question may be quoted.

    The open point is the question whose answer is the last message and did not complete. Does nothing if the conversation
    does not use memory.
    """
    row = (await session.execute(_CONVERSATION, {"conversation": conversation_id})).one_or_none()
    if row is None:
        return
    questions = (await session.execute(_QUESTIONS, {"conversation": conversation_id})).all()
    quote_of = {one.id: " ".join(one.words.split()) for one in questions}
    quotes = list(quote_of.values())
    if not quotes:
        await session.execute(_DELETE, {"conversation": conversation_id})
        return
    telling = sorted(range(len(quotes)), key=lambda place: -min(len(quotes[place]), 160))[:_QUOTES]
    gist = " · ".join(_cut(quotes[place], MAX_GIST // _QUOTES) for place in sorted(telling))
    await write(
        session, conversation_id, gist=gist, words=" ".join([row.title, *quotes])[:_MAX_WORDS],
        message_id=questions[telling[0]].id, is_written=False,
        open_point=_cut(quote_of.get(row.open_id, ""), 200),
    )  # fmt: skip


async def write(
    session: AsyncSession, conversation_id: uuid.UUID, *, gist: str, words: str, message_id: uuid.UUID | None, is_written: bool,
    open_point: str = "",
) -> None:  # fmt: skip
    """Store the gist of a conversation, replacing an earlier one.

    ``words`` is the text in which a later recall searches; ``is_written`` means that the model wrote the gist.
    """
    await session.execute(
        _WRITE,
        {
            "conversation": conversation_id, "gist": gist[: 2 * MAX_GIST], "words": words, "message": message_id,
            "written": is_written, "open_point": open_point[:300],
        },
    )  # fmt: skip


async def list_resting(session: AsyncSession, *, has_model: bool, limit: int = 20) -> Sequence[uuid.UUID]:
    """List idle conversations whose latest messages have no gist, or (with a model) none written by the model."""
    rows = await session.execute(
        _RESTING,
        {
            "minutes": policy.CONVERSATION_REST_MINUTES,
            "rest_days": policy.MAX_REST_DAYS,
            "limit": limit,
            "has_model": has_model,
        },
    )
    return [row.id for row in rows]


async def recall(
    session: AsyncSession, viewer: Viewer, query: str, *, now: datetime, limit: int = MAX_RECALLED,
    except_id: uuid.UUID | None = None,
) -> tuple[RecalledConversation, ...]:  # fmt: skip
    """Find earlier conversations by words, by date, or both; without either, return the latest."""
    span, rest = dates.find(query, now)
    words = searchable(_FRAME.sub(" ", rest), max_length=200)
    terms = " or ".join(dict.fromkeys(re.findall(r"[^\W_]{2,}", words.lower())))
    given = {
        "user": viewer.user_id, "terms": terms, "since": span[0] if span else None, "until": span[1] if span else None,
        "limit": min(limit, 20), "except": except_id,
    }  # fmt: skip
    return tuple(_recalled(row) for row in await session.execute(_RECALL, given))


async def find(session: AsyncSession, viewer: Viewer, ids: Sequence[uuid.UUID]) -> tuple[RecalledConversation, ...]:
    """Return the gists of the given conversations that the viewer still has."""
    rows = await session.execute(_FIND, {"user": viewer.user_id, "ids": list(ids)})
    return tuple(_recalled(row) for row in rows)


async def left_open(session: AsyncSession, viewer: Viewer) -> RecalledConversation | None:
    """Return the latest conversation with an open point, which is its ``gist``; None without one or if reminders are off."""
    row = (
        await session.execute(_LEFT_OPEN, {"user": viewer.user_id, "open_days": policy.OPEN_POINT_DAYS})
    ).one_or_none()
    return _recalled(row) if row else None


def _recalled(row: Any) -> RecalledConversation:
    return RecalledConversation(str(row.conversation_id), str(row.message_id or ""), row.title, row.gist, row.talked_at)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + "…"


# A title may quote a message whose fact was deleted.
_TITLE = """CASE WHEN EXISTS (
        SELECT 1 FROM forgotten_messages f JOIN messages m ON m.id = f.message_id WHERE m.conversation_id = c.id
    ) THEN '' ELSE c.title END AS title"""
_CONVERSATION = text(f"""
    SELECT {_TITLE}, (
        SELECT m.parent_id FROM messages m WHERE m.id = c.head_id AND m.status IN ('cut', 'failed', 'stopped', 'interrupted')
    ) AS open_id
    FROM conversations c WHERE c.id = :conversation AND {choices.IS_USED}
""")  # noqa: S608 - constants
_QUESTIONS = text("""
    SELECT m.id, m.words FROM messages m
    WHERE m.conversation_id = :conversation AND m.role = 'user' AND btrim(m.words) <> ''
        AND NOT EXISTS (SELECT 1 FROM forgotten_messages f WHERE f.message_id = m.id)
    ORDER BY m.created_at DESC LIMIT 40
""")
_DELETE = text("DELETE FROM conversation_gists WHERE conversation_id = :conversation")
_WRITE = text("""
    INSERT INTO conversation_gists (conversation_id, user_id, gist, words, is_written, open_point, message_id, talked_at)
    SELECT c.id, c.user_id, :gist, :words, :written, :open_point, :message, c.talked_at
    FROM conversations c WHERE c.id = :conversation
    ON CONFLICT (conversation_id) DO UPDATE SET gist = excluded.gist, words = excluded.words, is_written = excluded.is_written,
        open_point = excluded.open_point, message_id = excluded.message_id, talked_at = excluded.talked_at, created_at = now()
""")
_RESTING = text(f"""
    SELECT c.id FROM conversations c LEFT JOIN conversation_gists g ON g.conversation_id = c.id
    WHERE {choices.IS_USED} AND c.talked_at < now() - make_interval(mins => :minutes) AND c.talked_at > now() - make_interval(days => :rest_days)
        AND (g.conversation_id IS NULL OR g.talked_at < c.talked_at OR (:has_model AND NOT g.is_written))
        AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.role = 'user'
            AND NOT EXISTS (SELECT 1 FROM forgotten_messages f WHERE f.message_id = m.id))
    ORDER BY c.talked_at DESC LIMIT :limit
""")  # noqa: S608 - constants
_RECALL = text(f"""
    WITH wanted AS (SELECT websearch_to_tsquery('english', :terms) AS query)
    SELECT g.conversation_id, g.gist, g.talked_at, {_TITLE}, coalesce((
        SELECT m.id FROM messages m, wanted
        WHERE m.conversation_id = c.id AND m.role = 'user' AND to_tsvector('english', m.words) @@ wanted.query
            AND NOT EXISTS (SELECT 1 FROM forgotten_messages f WHERE f.message_id = m.id)
        ORDER BY ts_rank(to_tsvector('english', m.words), wanted.query) DESC LIMIT 1
    ), g.message_id) AS message_id
    FROM conversation_gists g JOIN conversations c ON c.id = g.conversation_id, wanted
    WHERE g.user_id = :user AND {choices.IS_USED} AND (CAST(:except AS uuid) IS NULL OR c.id <> :except)
        AND (:terms = '' OR to_tsvector('english', g.words) @@ wanted.query OR word_similarity(:terms, g.words) > 0.6)
        AND (CAST(:since AS timestamptz) IS NULL OR (g.talked_at >= :since AND g.talked_at < :until))
    ORDER BY CASE WHEN :terms = '' THEN 0 ELSE ts_rank(to_tsvector('english', g.words), wanted.query) END DESC, g.talked_at DESC
    LIMIT :limit
""")  # noqa: S608 - constants
_FIND = text(f"""
    SELECT g.conversation_id, g.message_id, g.gist, g.talked_at, {_TITLE}
    FROM conversation_gists g JOIN conversations c ON c.id = g.conversation_id
    WHERE g.user_id = :user AND c.deleted_at IS NULL AND g.conversation_id = ANY(:ids)
""")  # noqa: S608 - constants
_LEFT_OPEN = text(f"""
    SELECT g.conversation_id, g.message_id, g.open_point AS gist, g.talked_at, {_TITLE}
    FROM conversation_gists g JOIN conversations c ON c.id = g.conversation_id
    WHERE g.user_id = :user AND g.open_point <> '' AND {choices.IS_USED} AND g.talked_at > now() - make_interval(days => :open_days)
        AND NOT EXISTS (SELECT 1 FROM memory_settings s WHERE s.user_id = :user AND NOT s.offers_open_points)
    ORDER BY g.talked_at DESC LIMIT 1
""")  # noqa: S608 - constants
