"""Conversations, messages and the typed parts of an answer.

Parts are stored as generated. Prices and ownership of the packs and sounds in them are read when they are rendered.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from askchopper.vocabulary import AnswerStatus, ChatRole, Writer

CITE_OPEN, CITE_CLOSE = "\ue200", "\ue201"  # encloses the number of a citation in text; removed from what models write


@dataclass(frozen=True)
class TextPart:
    """Markdown text; the number of a citation is enclosed by ``CITE_OPEN`` and ``CITE_CLOSE``."""

    markdown: str
    kind: str = "text"


@dataclass(frozen=True)
class ToolPart:
    """A tool call. ``arguments`` is a short label for the chip, ``details`` the arguments as JSON, at most 2,000 characters."""

    id: str
    label: str
    icon: str
    arguments: str
    details: str = ""
    state: str = "running"  # running, done or failed
    summary: str = ""
    kind: str = "tool"


@dataclass(frozen=True)
class ItemsPart:
    """Playable packs and sounds, as ``pack:<slug>`` or ``sound:<id>``."""

    refs: tuple[str, ...]
    kind: str = "items"


@dataclass(frozen=True)
class ProposalPart:
    """A purchase proposal. Nothing is bought until the member confirms, at the price current at that time."""

    ref: str
    is_declined: bool = False
    kind: str = "proposal"


@dataclass(frozen=True)
class SourcePart:
    """A numbered citation of a member's document, or of a web page, which has a ``url`` instead of a document."""

    number: int
    document_id: str
    title: str
    quote: str
    passage_id: str = ""
    page: int | None = None
    url: str = ""
    site: str = ""
    published_on: str = ""  # ISO; empty if the page has no date
    kind: str = "source"


@dataclass(frozen=True)
class NoticePart:
    """A notice from the application within the answer."""

    sentence: str
    kind: str = "notice"


Part = TextPart | ToolPart | ItemsPart | ProposalPart | SourcePart | NoticePart
_KINDS: dict[str, type[Part]] = {
    "text": TextPart,
    "tool": ToolPart,
    "items": ItemsPart,
    "proposal": ProposalPart,
    "source": SourcePart,
    "notice": NoticePart,
}


def dump(part: Part) -> dict[str, Any]:
    """Serialise a part for storage."""
    return asdict(part)


def load(kept: Mapping[str, Any]) -> Part:
    """Deserialise a stored part."""
    values = dict(kept)
    if values["kind"] == "items":
        values["refs"] = tuple(values["refs"])
    return _KINDS[values["kind"]](**values)


@dataclass(frozen=True)
class ConversationSummary:
    """A conversation in the history; ``found`` is an excerpt around the search match."""

    id: str
    title: str
    is_pinned: bool
    is_temporary: bool
    talked_at: datetime
    found: str = ""
    uses_memory: bool = True


@dataclass(frozen=True)
class MessageDetail:
    """A message of the displayed thread; ``place`` is its position among its ``siblings`` versions, from 1."""

    id: str
    role: ChatRole
    status: AnswerStatus
    writer: Writer
    words: str
    parts: tuple[Part, ...]
    created_at: datetime
    place: int = 1
    siblings: tuple[str, ...] = ()
    document_ids: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    problem: str = ""
    feedback: int = 0
    used: Mapping[str, Any] = field(default_factory=dict[str, Any])  # of the member's memory
    updated_at: datetime | None = None


@dataclass(frozen=True)
class ConversationState:
    """Status of a conversation: its last message, that message's status, and the running answer, if any."""

    last_id: str
    status: str
    running_id: str


@dataclass(frozen=True)
class Thread:
    """A conversation with the messages of its displayed branch."""

    conversation: ConversationSummary
    messages: tuple[MessageDetail, ...]
    has_earlier: bool = False

    @property
    def running_id(self) -> str:
        """Id of the running answer; empty if there is none."""
        return next((line.id for line in self.messages if line.status is AnswerStatus.RUNNING), "")


@dataclass(frozen=True)
class Asked:
    """A stored question and its pending answer.

    Args:
        conversation_id: id of the conversation.
        question_id: id of the question.
        answer_id: id of the answer.
        is_new: False if the key was submitted before.
        is_continued: whether an answer that ended early is continued.
        run: ownership counter of the answer's row, see ``services.assistant.answer_lifecycle``.
    """

    conversation_id: uuid.UUID
    question_id: uuid.UUID
    answer_id: uuid.UUID
    is_new: bool = True
    is_continued: bool = False
    run: int = 0


@dataclass(frozen=True)
class UsageDay:
    """Model usage and cost of a member's answers on one day."""

    day: date
    answers: int
    input_tokens: int
    output_tokens: int
    cost_microdollars: int


@dataclass(frozen=True)
class PageContext:
    """The page from which a question was asked.

    Args:
        path: path of the page.
        sound_id: id of the sound loaded in the player. It is untrusted, so the sound is looked up with the viewer's permissions.
        is_playing: whether the loaded sound is playing.
    """

    path: str = ""
    sound_id: str = ""
    is_playing: bool = False


@dataclass(frozen=True)
class StreamEvent:
    """An event of a running answer; ``id`` is the position to resume from."""

    id: str
    name: str
    data: Any = field(default=None)
