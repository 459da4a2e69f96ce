"""The members' documents and their passages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from askchopper.vocabulary import DocumentKind, DocumentState

# A shorter document is sent whole, which answers better than any choice of passages.
WHOLE_TOKENS = 20_000


@dataclass(frozen=True)
class DocumentSummary:
    """A document of the viewer.

    ``problem`` says why it failed; ``pages`` is None without pages; ``facts`` holds the measurements of a sound or the dimensions
    of an image.
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
        """Whether the document is short enough to be sent to the model completely."""
        return self.state is DocumentState.READY and self.tokens_estimate <= WHOLE_TOKENS


@dataclass(frozen=True)
class PagedText:
    """The text of a page; ``page`` is None if the document has no pages."""

    page: int | None
    text: str


@dataclass(frozen=True)
class Passage:
    """A passage, with its heading as the first line; ``score`` is only comparable within one result."""

    id: str
    document_id: str
    document_title: str
    page: int | None
    position: int
    text: str
    score: float


@dataclass(frozen=True)
class ModelImage:
    """An image as sent to the model."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class DocumentsUse:
    """Number and total size of a member's documents."""

    count: int
    size_bytes: int
