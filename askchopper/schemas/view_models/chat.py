"""View models of the chat: messages and history with formatted values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from askchopper.schemas.assistant import ConversationSummary, MessageDetail
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
    """A message without the body of an answer. The body is a separate var, so that other changes send small deltas.

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


@dataclass(frozen=True)
class ConversationRow:
    """A conversation in the history; ``heading`` is set where a new group starts."""

    id: str
    title: str
    found: str
    heading: str
    is_pinned: bool


@dataclass(frozen=True)
class DocumentView:
    """A document of the member with its state as a word."""

    id: str
    title: str
    state: str
    word: str
    problem: str
    size: str
    pages: str


def message_view(line: MessageDetail, titles: Mapping[str, str]) -> MessageView:
    """Format a message; ``titles`` maps the ids of its existing documents."""
    at = line.place - 1
    is_question = line.role is ChatRole.USER
    return MessageView(
        id=line.id,
        is_question=is_question,
        text=line.words if is_question else "",
        status=line.status.value,
        is_running=line.status is AnswerStatus.RUNNING,
        can_continue=line.status.can_continue,
        is_offline=line.writer is Writer.OFFLINE,
        problem=line.problem,
        place=f"{line.place} of {len(line.siblings)}" if len(line.siblings) > 1 else "",
        before=line.siblings[at - 1] if at > 0 else "",
        after=line.siblings[at + 1] if at + 1 < len(line.siblings) else "",
        feedback=line.feedback,
        files=", ".join(titles.get(one, "a deleted file") for one in line.document_ids),
    )


def history_lines(lines: Sequence[ConversationSummary], today: date | None = None) -> list[ConversationRow]:
    """Format the history with group headings."""
    now = today or datetime.now(UTC).date()
    written: list[ConversationRow] = []
    last = ""
    for line in lines:
        group = "Pinned" if line.is_pinned else _age((now - line.talked_at.astimezone(UTC).date()).days)
        heading = group if group != last else ""
        written.append(ConversationRow(line.id, line.title or UNTITLED, line.found, heading, line.is_pinned))
        last = group
    return written


def document_view(line: DocumentSummary) -> DocumentView:
    """Format a document."""
    return DocumentView(
        id=line.id,
        title=line.title,
        state=line.state.value,
        word=_READING_WORDS[line.state],
        problem=line.problem,
        size=catalogue.size(line.size_bytes),
        pages=f"{line.pages} pages" if line.pages and line.pages > 1 else "",
    )


def _age(days: int) -> str:
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    if days < 8:
        return "Last week"
    return "Earlier"
