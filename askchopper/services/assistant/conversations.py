"""Conversations of a member: history, rename, pin, delete, feedback, branches."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.assistant import answer_feedback, conversations, messages
from askchopper.schemas import assistant as schema
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ConversationState, ConversationSummary, MessageDetail, ProposalPart
from askchopper.schemas.catalogue import Page
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.text import clean_line, paragraphs, searchable
from askchopper.services.assistant import answer_lifecycle
from askchopper.vocabulary import AnswerStatus, ChatRole, Writer

MAX_LIMIT = 60
FOUND_LENGTH = 90
NO_CONVERSATION = "There is no such conversation."
_NO_MESSAGE = "There is no such message."


async def list_conversations(
    session: AsyncSession, viewer: Viewer, *, text: str = "", cursor: str | None = None, limit: int = 40
) -> Page[ConversationSummary]:
    """List the viewer's conversations, pinned ones first, then by last activity. ``text`` searches titles and messages.

    Raises:
        InvalidInputError: the cursor is invalid or belongs to another list.
    """
    size = max(1, min(limit, MAX_LIMIT))
    words = searchable(text, max_length=100)
    place = (conversations.c.is_pinned, conversations.c.talked_at, conversations.c.id)
    found = _found_in(words)
    statement = select(*COLUMNS, found.label("found")).where(*_listed(viewer))
    if words:
        statement = statement.where(or_(conversations.c.title.ilike(_like(words)), found.is_not(None)))
    if cursor:
        is_pinned, talked_at, last_id = cursors.decode(cursor, length=3)
        statement = statement.where(
            func.row(*place) < func.row(bool(is_pinned), cursors.as_time(talked_at), cursors.as_id(last_id))
        )
    rows = (await session.execute(statement.order_by(*(column.desc() for column in place)).limit(size + 1))).all()
    items = tuple(_line(row, _around(row.found, words)) for row in rows[:size])
    if len(rows) <= size:
        return Page(items, None)
    last = rows[size - 1]
    return Page(items, cursors.encode(last.is_pinned, last.talked_at.isoformat(), str(last.id)))


async def get_state(session: AsyncSession, viewer: Viewer, conversation_id: str) -> ConversationState:
    """Return the status of a conversation without its messages.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    known_id = require_id(conversation_id, NO_CONVERSATION)
    row = (await session.execute(_STATE, {"conversation": known_id, "member": viewer.user_id})).one_or_none()
    if row is None:
        raise NotFoundError(NO_CONVERSATION)
    is_running = row.status == AnswerStatus.RUNNING
    last_id = str(row.head_id or "")
    return ConversationState(last_id, row.status or "", last_id if is_running else "")


async def get_message(session: AsyncSession, viewer: Viewer, *, message_id: str) -> tuple[MessageDetail, uuid.UUID]:
    """Return one of the viewer's messages and the id of its conversation.

    Raises:
        NotFoundError: the viewer has no such message.
    """
    row = await own_message(session, viewer, message_id)
    return message_line(row, [str(row.id)]), row.conversation_id


async def rename(session: AsyncSession, viewer: Viewer, *, conversation_id: str, title: str) -> None:
    """Rename a conversation.

    Raises:
        InvalidInputError: the title is empty, too long or not printable.
        NotFoundError: the viewer has no such conversation.
    """
    name = clean_line(title, label="The title", field="title", max_length=100)
    await _change(session, viewer, conversation_id, title=name, is_named=True)


async def pin(session: AsyncSession, viewer: Viewer, *, conversation_id: str, is_pinned: bool) -> None:
    """Pin or unpin a conversation.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    await _change(session, viewer, conversation_id, is_pinned=is_pinned)


async def use_memory(session: AsyncSession, viewer: Viewer, *, conversation_id: str, is_used: bool) -> None:
    """Set whether a conversation reads and writes the member's memory.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    await _change(session, viewer, conversation_id, uses_memory=is_used)


async def keep(session: AsyncSession, viewer: Viewer, *, conversation_id: str) -> None:
    """Save a temporary conversation to the history.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    await _change(session, viewer, conversation_id, is_temporary=False)


async def remove(session: AsyncSession, viewer: Viewer, *, conversation_id: str) -> None:
    """Delete a conversation. It can be restored for ``policy.CONVERSATION_UNDO_MINUTES``.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    await _change(session, viewer, conversation_id, deleted_at=func.now())


async def restore(session: AsyncSession, viewer: Viewer, *, conversation_id: str) -> None:
    """Restore a deleted conversation.

    Raises:
        NotFoundError: the viewer has no such conversation, or it was purged.
    """
    await own_conversation(session, viewer, conversation_id, is_deleted_too=True)
    await session.execute(
        update(conversations).where(conversations.c.id == uuid.UUID(conversation_id)).values(deleted_at=None)
    )


async def choose(session: AsyncSession, viewer: Viewer, *, message_id: str) -> uuid.UUID:
    """Switch to the newest branch that contains a message. Returns the id of the conversation.

    Raises:
        NotFoundError: the viewer has no such message.
        ConflictError: an answer is running.
    """
    row = await own_message(session, viewer, message_id)
    await lock(session, row.conversation_id)
    await refuse_while_running(session, row.conversation_id)
    rows = (
        await session.execute(
            select(messages.c.id, messages.c.parent_id)
            .where(messages.c.conversation_id == row.conversation_id)
            .order_by(messages.c.created_at, messages.c.id)
        )
    ).all()
    latest = {one.parent_id: one.id for one in rows}
    head: uuid.UUID = row.id
    while head in latest:
        head = latest[head]
    await session.execute(update(conversations).where(conversations.c.id == row.conversation_id).values(head_id=head))
    return row.conversation_id


async def rate(session: AsyncSession, viewer: Viewer, *, message_id: str, value: int, comment: str = "") -> None:
    """Store the viewer's feedback on an answer: 1 or -1 with a comment, or 0 to remove it.

    Raises:
        InvalidInputError: another value, or an invalid comment.
        NotFoundError: the viewer has no such answer.
    """
    row = await own_message(session, viewer, message_id)
    if row.role != ChatRole.ASSISTANT:
        raise NotFoundError(_NO_MESSAGE)
    if type(value) is not int or value not in {-1, 0, 1}:
        raise InvalidInputError("An answer is good or bad.", field="value")
    if value == 0:
        await session.execute(delete(answer_feedback).where(answer_feedback.c.message_id == row.id))
        return
    words = paragraphs(comment, label="The comment", field="comment", max_length=1000) if comment.strip() else ""
    rated = insert(answer_feedback).values(message_id=row.id, user_id=viewer.user_id, value=value, comment=words)
    await session.execute(
        rated.on_conflict_do_update(index_elements=["message_id"], set_={"value": value, "comment": words})
    )


async def decline(session: AsyncSession, viewer: Viewer, *, message_id: str, ref: str) -> None:
    """Record that the viewer declined a purchase proposal; does nothing if the answer has no such proposal.

    Raises:
        NotFoundError: the viewer has no such answer.
    """
    row = await own_message(session, viewer, message_id)
    if any(isinstance(part, ProposalPart) and part.ref == ref for part in map(schema.load, row.segments)):
        kept = func.array_append(func.array_remove(messages.c.declined, ref), ref)
        await session.execute(update(messages).where(messages.c.id == row.id).values(declined=kept))


async def purge_expired(session: AsyncSession) -> int:
    """Expire answers without a heartbeat, and purge expired temporary and deleted conversations; returns how many were purged."""
    await answer_lifecycle.expire(session)
    gone = await session.execute(
        delete(conversations)
        .where(
            or_(
                and_(
                    conversations.c.is_temporary,
                    conversations.c.talked_at < func.now() - timedelta(hours=policy.TEMPORARY_CONVERSATION_HOURS),
                ),
                conversations.c.deleted_at < func.now() - timedelta(minutes=policy.CONVERSATION_UNDO_MINUTES),
            )
        )
        .returning(conversations.c.id)
    )
    return len(gone.all())


async def own_conversation(
    session: AsyncSession, viewer: Viewer, conversation_id: str, *, is_deleted_too: bool = False
) -> Any:
    """Return the row of one of the viewer's conversations.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    known_id = require_id(conversation_id, NO_CONVERSATION)
    row = (await session.execute(_OWN, {"conversation": known_id, "member": viewer.user_id})).one_or_none()
    if row is None or (row.deleted_at is not None and not is_deleted_too):
        raise NotFoundError(NO_CONVERSATION)
    return row


async def own_message(session: AsyncSession, viewer: Viewer, message_id: str) -> Any:
    """Return the row of one of the viewer's messages.

    Raises:
        NotFoundError: the viewer has no such message.
    """
    row = (
        await session.execute(
            select(*MESSAGE_COLUMNS, FEEDBACK)
            .select_from(_WITH_FEEDBACK.join(conversations, conversations.c.id == messages.c.conversation_id))
            .where(
                messages.c.id == require_id(message_id, _NO_MESSAGE),
                conversations.c.user_id == viewer.user_id,
                conversations.c.deleted_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(_NO_MESSAGE)
    return row


async def lock(session: AsyncSession, conversation_id: uuid.UUID) -> Any:
    """Lock a conversation against other writers until the transaction ends; returns its row, or None."""
    return (await session.execute(_LOCK, {"conversation": conversation_id})).one_or_none()


async def refuse_while_running(session: AsyncSession, conversation_id: uuid.UUID) -> None:
    """Raise if an answer is still running, after expiring one without a heartbeat.

    Raises:
        ConflictError: an answer is running.
    """
    await answer_lifecycle.expire(session, conversation_id=conversation_id)
    running = await session.execute(
        select(exists().where(messages.c.conversation_id == conversation_id, messages.c.status == AnswerStatus.RUNNING))
    )
    if running.scalar_one():
        raise ConflictError("An answer is still being written. Wait for it, or stop it.")


def message_line(row: Any, siblings: list[str]) -> MessageDetail:
    return MessageDetail(
        id=str(row.id),
        role=ChatRole(row.role),
        status=AnswerStatus(row.status),
        writer=Writer(row.writer),
        words=row.words,
        parts=tuple(_part(kept, row.declined) for kept in row.segments),
        created_at=row.created_at,
        place=siblings.index(str(row.id)) + 1,
        siblings=tuple(siblings),
        document_ids=tuple(str(one) for one in row.document_ids),
        follow_ups=tuple(row.follow_ups),
        problem=row.problem,
        feedback=row.feedback or 0,
        updated_at=row.updated_at,
        used=row.used,
    )


def _part(kept: dict[str, Any], declined: list[str]) -> schema.Part:
    part = schema.load(kept)
    return replace(part, is_declined=True) if isinstance(part, ProposalPart) and part.ref in declined else part


async def _change(session: AsyncSession, viewer: Viewer, conversation_id: str, **values: Any) -> None:
    await own_conversation(session, viewer, conversation_id)
    await session.execute(
        update(conversations).where(conversations.c.id == uuid.UUID(conversation_id)).values(**values)
    )


def _listed(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    return (
        conversations.c.user_id == viewer.user_id,
        conversations.c.deleted_at.is_(None),
        conversations.c.is_temporary.is_(False),
        conversations.c.head_id.is_not(None),
    )


def _found_in(words: str) -> Any:
    return (
        select(messages.c.words)
        .where(messages.c.conversation_id == conversations.c.id, messages.c.words.ilike(_like(words)))
        .order_by(messages.c.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _like(words: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", words) + "%"


def _around(found: str | None, words: str) -> str:
    """Return an excerpt of the text around the first match."""
    if not found or not words:
        return ""
    at = max(0, found.lower().find(words.lower()) - FOUND_LENGTH // 3)
    cut = " ".join(found[at : at + FOUND_LENGTH].split())
    return f"{'…' if at else ''}{cut}{'…' if at + FOUND_LENGTH < len(found) else ''}"


def _line(row: Any, found: str = "") -> ConversationSummary:
    return ConversationSummary(
        str(row.id), row.title, row.is_pinned, row.is_temporary, row.talked_at, found, row.uses_memory
    )


COLUMNS = tuple(
    conversations.c[name]
    for name in (
        "id",
        "user_id",
        "title",
        "is_named",
        "is_pinned",
        "is_temporary",
        "uses_memory",
        "head_id",
        "talked_at",
        "deleted_at",
    )
)
MESSAGE_COLUMNS = tuple(
    messages.c[name]
    for name in (
        "id", "conversation_id", "parent_id", "role", "status", "writer", "words", "segments", "document_ids",
        "follow_ups", "declined", "used", "key", "problem", "created_at", "updated_at",
    )
)  # fmt: skip
_WITH_FEEDBACK = messages.outerjoin(answer_feedback, answer_feedback.c.message_id == messages.c.id)
FEEDBACK = answer_feedback.c.value.label("feedback")
# Built once: compiling would delay the first word of every answer.
_ID = bindparam("conversation", type_=Uuid)
_OWN = select(*COLUMNS).where(conversations.c.id == _ID, conversations.c.user_id == bindparam("member"))
IS_OWN = (
    conversations.c.id == _ID,
    conversations.c.user_id == bindparam("member"),
    conversations.c.deleted_at.is_(None),
)
_STATE = (
    select(conversations.c.head_id, messages.c.status)
    .select_from(conversations.outerjoin(messages, messages.c.id == conversations.c.head_id))
    .where(*IS_OWN)
)
_LOCK = select(*COLUMNS).where(conversations.c.id == _ID).with_for_update()
