"""Branches of a conversation: the visible thread with sibling versions, and the ancestors of a message."""

import uuid
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, Uuid, bindparam, func, literal, null, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import NotFoundError
from askchopper.models.assistant import answer_feedback, conversations, messages
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ConversationSummary, MessageDetail, Thread
from askchopper.schemas.identifiers import require_id
from askchopper.services.assistant.conversations import (
    COLUMNS,
    FEEDBACK,
    IS_OWN,
    MESSAGE_COLUMNS,
    NO_CONVERSATION,
    message_line,
)

MAX_SHOWN = 60  # messages; earlier ones are loaded on request
MOST_SHOWN = 1200


async def get_thread(session: AsyncSession, viewer: Viewer, *, conversation_id: str, limit: int = MAX_SHOWN) -> Thread:
    """Return a conversation with the last ``limit`` messages of its visible branch, oldest first.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    known_id = require_id(conversation_id, NO_CONVERSATION)
    asked = {"conversation": known_id, "member": viewer.user_id, "most": limit}
    rows = (await session.execute(_THREAD, asked)).all()
    if not rows:
        raise NotFoundError(NO_CONVERSATION)
    row, branch = rows[0], [one for one in rows if one.id is not None]
    path = tuple(message_line(one, [str(each) for each in one.siblings]) for one in branch[-limit:])
    line = ConversationSummary(
        str(row.of_id), row.of_title, row.of_is_pinned, row.of_is_temporary, row.of_talked_at, "", row.of_uses_memory
    )
    return Thread(line, path, has_earlier=len(branch) > limit)


async def get_above(session: AsyncSession, viewer: Viewer, *, message_id: uuid.UUID, limit: int) -> list[MessageDetail]:
    """Return one of the viewer's messages with its ancestors, at most ``limit``, oldest first.

    Raises:
        NotFoundError: the viewer has no such message.
    """
    asked = {"message": message_id, "member": viewer.user_id, "most": limit - 1}
    if rows := (await session.execute(_ABOVE, asked)).all():
        return [message_line(row, [str(row.id)]) for row in rows]
    raise NotFoundError(NO_CONVERSATION)


def _select_ancestors(end: Select[Any, Any, int]) -> CTE:
    """Select the ids from a branch's leaf upwards: up to ``most``, plus one that shows whether there are more."""
    branch = end.cte("branch", recursive=True)
    above = messages.alias("above")
    return branch.union_all(
        select(above.c.id, above.c.parent_id, branch.c.height + 1)
        .join(branch, above.c.id == branch.c.parent_id)
        .where(branch.c.height <= bindparam("most", type_=Integer))
    )


_END = select(messages.c.id, messages.c.parent_id, literal(1).label("height"))
_ABOVE_IDS = _select_ancestors(
    _END.join(conversations, conversations.c.id == messages.c.conversation_id).where(
        messages.c.id == bindparam("message", type_=Uuid),
        conversations.c.user_id == bindparam("member"),
        conversations.c.deleted_at.is_(None),
    )
)
_ABOVE = (
    select(*MESSAGE_COLUMNS, null().label("feedback"))
    .join(_ABOVE_IDS, messages.c.id == _ABOVE_IDS.c.id)
    .order_by(_ABOVE_IDS.c.height.desc())
)
# One message more than requested shows that there are earlier ones.
_SHOWN_IDS = _select_ancestors(_END.join(conversations, messages.c.id == conversations.c.head_id).where(*IS_OWN))
_other = messages.alias("other")


def _select_siblings(*condition: ColumnElement[bool]) -> Any:
    """Select the ids of all versions of a message, including itself, oldest first."""
    return (
        select(func.array_agg(aggregate_order_by(_other.c.id, _other.c.created_at, _other.c.id)))
        .where(_other.c.role == messages.c.role, *condition)
        .scalar_subquery()
    )


_THREAD = (
    select(
        *MESSAGE_COLUMNS, FEEDBACK, *(column.label(f"of_{column.name}") for column in COLUMNS),
        # A union, since an index serves either condition but not both.
        func.coalesce(
            _select_siblings(_other.c.parent_id == messages.c.parent_id),
            _select_siblings(_other.c.parent_id.is_(None), _other.c.conversation_id == messages.c.conversation_id),
        ).label("siblings"),
    )
    .select_from(
        conversations.outerjoin(_SHOWN_IDS, true())
        .outerjoin(messages, messages.c.id == _SHOWN_IDS.c.id)
        .outerjoin(answer_feedback, answer_feedback.c.message_id == messages.c.id)
    )
    .where(*IS_OWN)
    .order_by(_SHOWN_IDS.c.height.desc())
)  # fmt: skip
