"""Stores questions. The question and its pending answer are inserted in one transaction, once per idempotency key."""

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, bindparam, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError, KeyReusedError, NotFoundError
from askchopper.models.assistant import conversations, messages
from askchopper.models.base import new_id
from askchopper.moderation_vocabulary import Switch
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.knowledge import DocumentSummary
from askchopper.services import limits, switches
from askchopper.services.assistant import answer_lifecycle
from askchopper.services.assistant import conversations as threads
from askchopper.services.knowledge import documents
from askchopper.services.memory import facts
from askchopper.vocabulary import AnswerStatus, ChatRole, DocumentState, Writer

TITLE_LENGTH = 60
_BINARY_SHARE = 0.05
_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True)
class Question:
    """A question as submitted.

    Args:
        text: raw input.
        key: idempotency key made by the browser.
        conversation_id: empty to start a conversation.
        document_ids: attached documents of the viewer.
        is_temporary: whether a new conversation stays out of the history.
    """

    text: str
    key: str
    conversation_id: str = ""
    document_ids: Sequence[str] = ()
    is_temporary: bool = False


async def ask(session: AsyncSession, viewer: Viewer, question: Question) -> Asked:
    """Store a question.

    Returns:
        Ids of question and answer; ``is_new`` is False if the same key was submitted before.

    Raises:
        InvalidInputError: the text is empty, too long or binary, the key is invalid, or too many documents are attached.
        NotFoundError: the viewer has no such conversation or document.
        ConflictError: an answer is still running in this conversation, or a document is not ready.
        KeyReusedError: the key was used with another text.
        RateLimitedError: too many questions in a minute.
        SwitchedOffError: the assistant is switched off.
    """
    text, key = normalise_question(question.text), _checked_key(question.key)
    conversation = await _open(session, viewer, question, key)
    if conversation.asked_id is not None:
        return await _asked_before(session, conversation.id, conversation.asked_id, text)
    if conversation.is_running:
        await threads.refuse_while_running(session, conversation.id)
    attached = await _attached(session, viewer, question.document_ids)
    await _count(viewer, has_documents=bool(attached))
    title = "" if conversation.title else title_of(text)
    return await _write(
        session, conversation.id, parent_id=conversation.head_id, text=text, key=key, title=title,
        document_ids=[uuid.UUID(line.id) for line in attached],
    )  # fmt: skip


async def edit(session: AsyncSession, viewer: Viewer, *, message_id: str, text: str, key: str) -> Asked:
    """Edit a question and ask it again. The earlier version and its answers are kept, the facts learnt from it withdrawn.

    Raises:
        NotFoundError: the viewer has no such question.
        InvalidInputError, ConflictError, KeyReusedError, RateLimitedError, SwitchedOffError: see ``ask``.
    """
    words, known_key = normalise_question(text), _checked_key(key)
    row = await threads.own_message(session, viewer, message_id)
    if row.role != ChatRole.USER:
        raise NotFoundError("There is no such question.")
    conversation = await _lock_and_check(session, row.conversation_id, known_key)
    if conversation is None:
        raise NotFoundError(threads.NO_CONVERSATION)
    if conversation.asked_id is not None:
        return await _asked_before(session, row.conversation_id, conversation.asked_id, words)
    if conversation.is_running:
        await threads.refuse_while_running(session, row.conversation_id)
    await _count(viewer, has_documents=bool(row.document_ids))
    await facts.withdraw(session, viewer.user_id, message_id=row.id)
    return await _write(
        session, row.conversation_id, parent_id=row.parent_id, text=words, key=known_key, title="",
        document_ids=list(row.document_ids),
    )  # fmt: skip


async def regenerate(session: AsyncSession, viewer: Viewer, *, message_id: str) -> Asked:
    """Start another answer to the question of an answer. The earlier answer is kept; facts learnt from the question are withdrawn.

    Raises:
        NotFoundError: the viewer has no such answer.
        ConflictError: an answer is still being written.
        RateLimitedError: too many questions in a minute.
        SwitchedOffError: the assistant is switched off.
    """
    row = await threads.own_message(session, viewer, message_id)
    if row.role != ChatRole.ASSISTANT:
        raise NotFoundError("There is no such answer.")
    await threads.lock(session, row.conversation_id)
    await threads.refuse_while_running(session, row.conversation_id)
    question = await threads.own_message(session, viewer, str(row.parent_id))
    await _count(viewer, has_documents=bool(question.document_ids))
    await facts.withdraw(session, viewer.user_id, message_id=question.id)
    answer_id = await _write_answer(session, row.conversation_id, row.parent_id)
    return Asked(row.conversation_id, row.parent_id, answer_id)


async def continue_answer(session: AsyncSession, viewer: Viewer, *, message_id: str) -> Asked:
    """Continue an answer that ended prematurely.

    Raises:
        NotFoundError: the viewer has no such answer.
        ConflictError: the answer is complete or not the latest, or another is still running.
        RateLimitedError: too many questions in a minute.
        SwitchedOffError: the assistant is switched off.
    """
    row = await threads.own_message(session, viewer, message_id)
    conversation = await threads.lock(session, row.conversation_id)
    await threads.refuse_while_running(session, row.conversation_id)
    if not AnswerStatus(row.status).can_continue or conversation.head_id != row.id:
        raise ConflictError("This answer cannot be continued.")
    question = await threads.own_message(session, viewer, str(row.parent_id))
    await _count(viewer, has_documents=bool(question.document_ids))
    run = await answer_lifecycle.resume(session, row.id)
    return Asked(row.conversation_id, row.parent_id, row.id, is_continued=True, run=run)


def normalise_question(text: str) -> str:
    """Normalise a question for storage: NFC, no control characters, at most ``policy.MAX_QUESTION_CHARACTERS``.

    Raises:
        InvalidInputError: empty, too long, or binary.
    """
    if len(text) > policy.MAX_QUESTION_CHARACTERS * 4:
        raise InvalidInputError(_TOO_LONG, field="text")
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in unified if c in _KEPT_CONTROLS or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"})
    if len(unified) - len(kept) > max(4, len(unified) * _BINARY_SHARE):
        raise InvalidInputError("This looks like the bytes of a file. Attach the file instead.", field="text")
    cleaned = kept.strip()
    if not any(unicodedata.category(c)[0] in "LNPS" for c in cleaned):
        raise InvalidInputError("Write something to ask.", field="text")
    if len(cleaned) > policy.MAX_QUESTION_CHARACTERS:
        raise InvalidInputError(_TOO_LONG, field="text")
    return cleaned


_TOO_LONG = f"A question can have at most {policy.MAX_QUESTION_CHARACTERS:,} characters. Attach longer text as a file."


def title_of(text: str) -> str:
    """Return a conversation title from the question's first words."""
    line = " ".join(text.split())
    if len(line) <= TITLE_LENGTH:
        return line
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


async def _open(session: AsyncSession, viewer: Viewer, question: Question, key: str) -> Any:
    """Lock and return the conversation of a question, creating it if needed; see ``_lock_and_check`` for the row.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    if question.conversation_id:
        known_id = require_id(question.conversation_id, threads.NO_CONVERSATION)
    else:
        # The first question's key names the conversation, so that a repeated request creates only one.
        known_id = uuid.uuid5(viewer.user_id, f"conversation:{key}")
        await session.execute(
            upsert(conversations)
            .values(
                id=known_id, user_id=viewer.user_id, title="", is_named=False, is_pinned=False,
                is_temporary=question.is_temporary,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip
    row = await _lock_and_check(session, known_id, key)
    if row is None or row.user_id != viewer.user_id or row.deleted_at is not None:
        raise NotFoundError(threads.NO_CONVERSATION)
    return row


async def _lock_and_check(session: AsyncSession, conversation_id: uuid.UUID, key: str) -> Any:
    """Lock a conversation and return its row with ``asked_id``, the question with this key, and ``is_running``; None if missing.

    Uses two queries, since one that waits for the lock would read a snapshot from before the wait.
    """
    if await threads.lock(session, conversation_id) is None:
        return None
    return (await session.execute(_LOOK, {"conversation_id": conversation_id, "key": key})).one_or_none()


async def _asked_before(session: AsyncSession, conversation_id: uuid.UUID, question_id: uuid.UUID, text: str) -> Asked:
    answers = messages.alias()
    answer_id, words = (
        await session.execute(
            select(answers.c.id, messages.c.words)
            .join(messages, messages.c.id == answers.c.parent_id)
            .where(messages.c.id == question_id)
            .order_by(answers.c.created_at)
            .limit(1)
        )
    ).one()
    if words != text:
        raise KeyReusedError("This key was used for another question.", field="key")
    return Asked(conversation_id, question_id, answer_id, is_new=False)


async def _attached(session: AsyncSession, viewer: Viewer, document_ids: Sequence[str]) -> tuple[DocumentSummary, ...]:
    wanted = list(dict.fromkeys(str(one) for one in document_ids))
    if len(wanted) > policy.MAX_QUESTION_DOCUMENTS:
        raise InvalidInputError(
            f"Attach at most {policy.MAX_QUESTION_DOCUMENTS} files to a question.", field="documents"
        )
    found = await documents.find_documents(session, viewer, document_ids=wanted)
    if len(found) < len(wanted):
        raise NotFoundError("A file that you attached no longer exists.")
    for line in found:
        if line.state is DocumentState.READING:
            raise ConflictError(f"{line.title} is still being read. Send again in a moment.")
        if line.state is DocumentState.FAILED:
            raise ConflictError(f"{line.title} could not be read. Remove it to send.")
    return found


async def _count(viewer: Viewer, *, has_documents: bool) -> None:
    await switches.require(Switch.ASSISTANT)
    whom = str(viewer.user_id)
    pairs = [(limits.CHAT, whom)]
    if has_documents:
        pairs.append((limits.CHAT_DOCUMENT, whom))
    await limits.hit(*pairs)


async def _write(
    session: AsyncSession,
    conversation_id: uuid.UUID,
    *,
    parent_id: uuid.UUID | None,
    text: str,
    key: str,
    title: str,
    document_ids: list[uuid.UUID],
) -> Asked:
    question_id, answer_id = new_id(), new_id()
    question = {
        **_blank(conversation_id), "id": question_id, "parent_id": parent_id, "role": ChatRole.USER, "words": text, "key": key,
        "document_ids": document_ids,
    }  # fmt: skip
    await session.execute(_INSERT, [question, _blank_answer(conversation_id, question_id, answer_id)])
    await _point_to(session, conversation_id, answer_id, title=title)
    return Asked(conversation_id, question_id, answer_id)


async def _write_answer(session: AsyncSession, conversation_id: uuid.UUID, question_id: uuid.UUID) -> uuid.UUID:
    answer_id = new_id()
    await session.execute(_INSERT, [_blank_answer(conversation_id, question_id, answer_id)])
    await _point_to(session, conversation_id, answer_id)
    return answer_id


async def _point_to(session: AsyncSession, conversation_id: uuid.UUID, head_id: uuid.UUID, *, title: str = "") -> None:
    await session.execute(_POINT, {"conversation_id": conversation_id, "new_head_id": head_id, "new_title": title})


def _blank_answer(conversation_id: uuid.UUID, question_id: uuid.UUID, answer_id: uuid.UUID) -> dict[str, Any]:
    return {
        **_blank(conversation_id), "id": answer_id, "parent_id": question_id, "role": ChatRole.ASSISTANT,
        "status": AnswerStatus.RUNNING,
    }  # fmt: skip


def _blank(conversation_id: uuid.UUID) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id, "status": AnswerStatus.COMPLETE, "writer": Writer.MODEL, "words": "",
        "segments": [], "used": {}, "document_ids": [], "follow_ups": [], "declined": [], "key": None, "problem": "", "model": "",
        "run": 0, "rounds": 0, "input_tokens": 0, "output_tokens": 0, "cost_microdollars": 0,
    }  # fmt: skip


# Built once: compiling would delay the first word of every answer.
_MINE = messages.c.conversation_id == conversations.c.id
_LOOK = select(
    conversations.c.id, conversations.c.user_id, conversations.c.title, conversations.c.head_id,
    conversations.c.deleted_at,
    select(messages.c.id).where(_MINE, messages.c.key == bindparam("key")).scalar_subquery().label("asked_id"),
    exists().where(_MINE, messages.c.status == AnswerStatus.RUNNING).label("is_running"),
).where(conversations.c.id == bindparam("conversation_id"))  # fmt: skip
_INSERT = insert(messages).values(created_at=func.clock_timestamp(), updated_at=func.clock_timestamp())
_POINT = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(
        head_id=bindparam("new_head_id"),
        talked_at=func.now(),
        title=func.coalesce(func.nullif(bindparam("new_title", type_=String), ""), conversations.c.title),
    )
)


def _checked_key(key: str) -> str:
    if not 8 <= len(key) <= 100 or not key.isascii() or not key.isprintable():
        raise InvalidInputError("A question needs a key of 8 to 100 plain characters. Reload the page.", field="key")
    return key
