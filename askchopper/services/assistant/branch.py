"""The branch of a conversation that is shown: its last messages, each with the versions that stand in its place."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import NotFoundError
from askchopper.models.tables import answer_feedback, conversations, messages
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ConversationLine, Thread
from askchopper.services.assistant.conversations import (
    COLUMNS,
    FEEDBACK,
    IS_OWN,
    MESSAGE_COLUMNS,
    NO_CONVERSATION,
    as_id,
    message_line,
)

MAX_SHOWN = 60  # messages; earlier ones are asked for
MOST_SHOWN = 1200


async def get_thread(session: AsyncSession, viewer: Viewer, *, conversation_id: str, limit: int = MAX_SHOWN) -> Thread:
    """Return a conversation with the last messages of the branch that is shown.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    known_id = as_id(conversation_id, NO_CONVERSATION)
    asked = {"conversation": known_id, "member": viewer.user_id, "most": limit}
    rows = (await session.execute(_THREAD, asked)).all()
    if not rows:
        raise NotFoundError(NO_CONVERSATION)
    row, branch = rows[0], [one for one in rows if one.id is not None]
    path = tuple(message_line(one, [str(each) for each in one.siblings]) for one in branch[-limit:])
    line = ConversationLine(str(row.of_id), row.of_title, row.of_is_pinned, row.of_is_temporary, row.of_talked_at)
    return Thread(line, path, has_earlier=len(branch) > limit)


# The branch that is shown, from its end up; one message more than wanted says that there are earlier ones.
_END = (
    select(messages.c.id, messages.c.parent_id, literal(1).label("height"))
    .select_from(conversations.join(messages, messages.c.id == conversations.c.head_id))
    .where(*IS_OWN)
    .cte("branch", recursive=True)
)
_above = messages.alias("above")
_BRANCH = _END.union_all(
    select(_above.c.id, _above.c.parent_id, _END.c.height + 1)
    .join(_END, _above.c.id == _END.c.parent_id)
    .where(_END.c.height <= bindparam("most", type_=Integer))
)
_other = messages.alias("other")


def _versions(*condition: ColumnElement[bool]) -> Any:
    """Select the ids of the messages that stand in one place of a conversation, the oldest first."""
    return (
        select(func.array_agg(aggregate_order_by(_other.c.id, _other.c.created_at, _other.c.id)))
        .where(_other.c.role == messages.c.role, *condition)
        .scalar_subquery()
    )


_THREAD = (
    select(
        *MESSAGE_COLUMNS, FEEDBACK, *(column.label(f"of_{column.name}") for column in COLUMNS),
        # Two statements in one, since an index finds either, but not both at once.
        func.coalesce(
            _versions(_other.c.parent_id == messages.c.parent_id),
            _versions(_other.c.parent_id.is_(None), _other.c.conversation_id == messages.c.conversation_id),
        ).label("siblings"),
    )
    .select_from(
        conversations.outerjoin(_BRANCH, true())
        .outerjoin(messages, messages.c.id == _BRANCH.c.id)
        .outerjoin(answer_feedback, answer_feedback.c.message_id == messages.c.id)
    )
    .where(*IS_OWN)
    .order_by(_BRANCH.c.height.desc())
)  # fmt: skip
