"""View models of the chat: messages and history with formatted values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from askchopper import routes
from askchopper.plurals import counted
from askchopper.schemas.assistant import ConversationSummary, MessageDetail, PageContext
from askchopper.schemas.knowledge import DocumentSummary
from askchopper.schemas.view_models import catalogue
from askchopper.vocabulary import AnswerStatus, ChatRole, DocumentState, Writer

UNTITLED = "New chat"
_READING_WORDS = {
    DocumentState.READING: "Reading…",
    DocumentState.READY: "Ready",
    DocumentState.FAILED: "Could not read",
}


@dataclass(frozen=True)
class MessageView:
    """A message without an answer's body, which is a separate var, so that other changes send small deltas.

    ``before`` and ``after`` are the ids of its sibling versions, ``place`` says "2 of 3".
    """

    id: str
    is_question: bool
    text: str = ""
    status: str = AnswerStatus.COMPLETE.value
    is_running: bool = False
    can_continue: bool = False
    is_offline: bool = False
    problem: str = ""
    place: str = ""
    before: str = ""
    after: str = ""
    feedback: int = 0
    files: str = ""
    used: str = ""  # the context that an answer was generated with, in words


@dataclass(frozen=True)
class ConversationRow:
    """A conversation in the history; ``heading`` is set on the first row of a group."""

    id: str
    title: str
    found: str
    heading: str
    is_pinned: bool


@dataclass(frozen=True)
class DocumentView:
    """A document of the member with its state as text."""

    id: str
    title: str
    state: str
    word: str
    problem: str
    size: str
    pages: str


def message_view(message: MessageDetail, titles: Mapping[str, str]) -> MessageView:
    """Format a message; ``titles`` maps ids of existing documents to their titles."""
    at = message.place - 1
    is_question = message.role is ChatRole.USER
    return MessageView(
        id=message.id,
        is_question=is_question,
        text=message.words if is_question else "",
        status=message.status.value,
        is_running=message.status is AnswerStatus.RUNNING,
        can_continue=message.status.can_continue,
        is_offline=message.writer is Writer.OFFLINE,
        problem=message.problem,
        place=f"{message.place} of {len(message.siblings)}" if len(message.siblings) > 1 else "",
        before=message.siblings[at - 1] if at > 0 else "",
        after=message.siblings[at + 1] if at + 1 < len(message.siblings) else "",
        feedback=message.feedback,
        files=", ".join(titles.get(one, "a deleted file") for one in message.document_ids),
        used=_used_words(message.used),
    )


def _used_words(used: Mapping[str, Any]) -> str:
    """Describe the context that an answer used: "2 memories, your taste, 1 earlier conversation, the pack in view"."""
    memories, earlier = len(used.get("memories", ())), len(used.get("conversations", ()))
    words = [
        _count(memories, "memory", "memories"),
        "your taste" if used.get("taste") else "",
        _count(earlier, "earlier conversation"),
        *given_words(used),
    ]
    return ", ".join(word for word in words if word)


def given_words(used: Mapping[str, Any]) -> list[str]:
    """List the context of an answer other than the member's memory."""
    words = [
        "the pack in view" if used.get("page") else "",
        "what was loaded in the player" if used.get("player") else "",
        _count(used.get("documents", 0), "document"),
    ]
    return [word for word in words if word]


def left_out_words(used: Mapping[str, Any]) -> str:
    """Describe the context that did not fit: "3 less relevant memories, 12 earlier messages"."""
    words = [
        _count(used.get("left_out", 0), "less relevant memory", "less relevant memories"),
        _count(used.get("documents_left_out", 0), "document"),
        _count(used.get("messages_left_out", 0), "earlier message"),
    ]
    return ", ".join(word for word in words if word)


def _count(number: int, one: str, many: str = "") -> str:
    return counted(number, one, many) if number else ""


def history_rows(conversations: Sequence[ConversationSummary], today: date | None = None) -> list[ConversationRow]:
    """Format the history with group headings."""
    now = today or datetime.now(UTC).date()
    written: list[ConversationRow] = []
    last = ""
    for conversation in conversations:
        group = "Pinned" if conversation.is_pinned else _age((now - conversation.talked_at.astimezone(UTC).date()).days)
        heading = group if group != last else ""
        written.append(
            ConversationRow(
                conversation.id, conversation.title or UNTITLED, conversation.found, heading, conversation.is_pinned
            )
        )
        last = group
    return written


def document_view(document: DocumentSummary) -> DocumentView:
    """Format a document."""
    return DocumentView(
        id=document.id,
        title=document.title,
        state=document.state.value,
        word=_READING_WORDS[document.state],
        problem=document.problem,
        size=catalogue.size(document.size_bytes),
        pages=f"{document.pages} pages" if document.pages and document.pages > 1 else "",
    )


def _age(days: int) -> str:
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    if days < 8:
        return "Last week"
    return "Earlier"


def page_context(given: object) -> PageContext:
    """Parse the page context sent by the browser, which is untrusted: texts are cut, and a path of another site becomes empty."""
    values = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    path = str(values.get("path", ""))[:200]
    return PageContext(
        path=path if routes.is_local_path(path) else "",
        sound_id=str(values.get("sound", ""))[:120],
        is_playing=values.get("isPlaying") is True,
    )
