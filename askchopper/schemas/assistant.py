"""What passes between the assistant and its doors: conversations, messages, and the typed parts of an answer.

Parts are kept as they were said. What they show of packs and sounds (price, who owns it) is read when they are drawn.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from askchopper.vocabulary import AnswerStatus, ChatRole, Writer

CITE_OPEN, CITE_CLOSE = "\ue200", "\ue201"  # around the number of a source, in text; taken out of what models write


@dataclass(frozen=True)
class TextPart:
    """Words in markdown; the number of a source stands between ``CITE_OPEN`` and ``CITE_CLOSE``."""

    markdown: str
    kind: str = "text"


@dataclass(frozen=True)
class ToolPart:
    """A tool that was used. ``arguments`` are few words for the chip, ``details`` all of them as JSON."""

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
    """Packs and sounds to hear, as ``pack:`` and an address word or ``sound:`` and an id."""

    refs: tuple[str, ...]
    kind: str = "items"


@dataclass(frozen=True)
class ProposalPart:
    """Something to buy. Nothing is bought before its reader says so, at the price of that moment."""

    ref: str
    is_declined: bool = False
    kind: str = "proposal"


@dataclass(frozen=True)
class SourcePart:
    """A numbered place in one of the reader's documents."""

    number: int
    document_id: str
    title: str
    quote: str
    passage_id: str = ""
    page: int | None = None
    kind: str = "source"


@dataclass(frozen=True)
class NoticePart:
    """A line of the house between the words."""

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
    """Write a part as it is kept."""
    return asdict(part)


def load(kept: Mapping[str, Any]) -> Part:
    """Read a part that was kept."""
    values = dict(kept)
    if values["kind"] == "items":
        values["refs"] = tuple(values["refs"])
    return _KINDS[values["kind"]](**values)


@dataclass(frozen=True)
class ConversationSummary:
    """A conversation in the history; ``found`` are the words around what was searched for."""

    id: str
    title: str
    is_pinned: bool
    is_temporary: bool
    talked_at: datetime
    found: str = ""


@dataclass(frozen=True)
class MessageDetail:
    """A message on the path that is shown; ``place`` of ``siblings`` versions, counted from 1."""

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
    updated_at: datetime | None = None


@dataclass(frozen=True)
class ConversationState:
    """How far a conversation is: the last message that is shown, its status, and the answer that is being written, if any."""

    last_id: str
    status: str
    running_id: str


@dataclass(frozen=True)
class Thread:
    """A conversation with the messages that are shown."""

    conversation: ConversationSummary
    messages: tuple[MessageDetail, ...]
    has_earlier: bool = False

    @property
    def running_id(self) -> str:
        """Id of the answer that is being written; empty if there is none."""
        return next((line.id for line in self.messages if line.status is AnswerStatus.RUNNING), "")


@dataclass(frozen=True)
class Asked:
    """A question that was taken, and the answer that will be written.

    Args:
        conversation_id: where both stand.
        question_id: of the question.
        answer_id: of the answer.
        is_new: False when it was taken before.
        is_continued: whether there is a beginning of the answer.
        run: the number that the answer's row has while this writer may write to it.
    """

    conversation_id: uuid.UUID
    question_id: uuid.UUID
    answer_id: uuid.UUID
    is_new: bool = True
    is_continued: bool = False
    run: int = 0


@dataclass(frozen=True)
class UsageDay:
    """What a member's answers of one day took."""

    day: date
    answers: int
    input_tokens: int
    output_tokens: int
    cost_microdollars: int


@dataclass(frozen=True)
class PageContext:
    """What is on the reader's screen beside the conversation.

    Args:
        path: of the page.
        sound_id: of the sound in the player; the browser says it, so it is looked up before it is believed.
        is_playing: whether it sounds.
    """

    path: str = ""
    sound_id: str = ""
    is_playing: bool = False


@dataclass(frozen=True)
class StreamEvent:
    """One step of an answer on its way to readers; ``id`` is the place to go on from."""

    id: str
    name: str
    data: Any = field(default=None)
