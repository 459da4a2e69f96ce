"""What passes between the doors and the documents of members."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from askchopper.vocabulary import DocumentKind, DocumentState

# A document up to this goes to the assistant whole, which answers better than any choice of passages.
WHOLE_TOKENS = 20_000


@dataclass(frozen=True)
class DocumentSummary:
    """A document of the viewer.

    ``problem`` says why it failed; ``pages`` is None where there are none; ``facts`` holds what was measured of a sound, or
    the sizes of a picture.
    """

    id: str
    title: str
    kind: DocumentKind
    media_type: str
    size_bytes: int
    state: DocumentState
    problem: str
    pages: int | None
    characters: int
    tokens_estimate: int
    facts: dict[str, Any]
    created_at: datetime

    @property
    def is_whole(self) -> bool:
        """Whether it is short enough to be sent whole."""
        return self.state is DocumentState.READY and self.tokens_estimate <= WHOLE_TOKENS


@dataclass(frozen=True)
class PagedText:
    """The text of a page; ``page`` is None where there are no pages."""

    page: int | None
    text: str


@dataclass(frozen=True)
class Passage:
    """A piece of a document, with its heading as the first line; ``score`` compares those of one answer only."""

    id: str
    document_id: str
    document_title: str
    page: int | None
    position: int
    text: str
    score: float


@dataclass(frozen=True)
class ModelImage:
    """A picture as a model gets it."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class DocumentsUse:
    """How much a member's documents take."""

    count: int
    size_bytes: int
