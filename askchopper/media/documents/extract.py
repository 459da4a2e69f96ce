"""The common result of all document readers."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

MAX_CHARACTERS = 1_000_000
MAX_CHUNK_CHARACTERS = 1200
_KEPT_CONTROLS = "\n\t"
_REFUSED_CATEGORIES = ("Cc", "Cs", "Co", "Cn")
_DIRECTIONS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))  # they disguise words
_SPACES = re.compile(r"[ \t\u00a0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


class DocumentError(ValueError):
    """The document cannot be read; the message says why and, if possible, what to do."""


@dataclass(frozen=True)
class Page:
    """The text of a page.

    Args:
        number: page number, from 1; None if the document has no pages.
        text: normalised text.
    """

    number: int | None
    text: str


@dataclass(frozen=True)
class Chunk:
    """A chunk of a text.

    Args:
        page: page number; None if the document has no pages.
        heading: the two innermost headings above the chunk; empty without headings.
        body: the text.
    """

    page: int | None
    heading: str
    body: str

    @property
    def text(self) -> str:
        """The heading and the text, cut at ``MAX_CHUNK_CHARACTERS``."""
        whole = f"{self.heading}\n{self.body}" if self.heading else self.body
        return whole[:MAX_CHUNK_CHARACTERS]


@dataclass(frozen=True)
class Extract:
    """The content of a document.

    Args:
        pages: text by page, without empty pages.
        chunks: text in chunks for retrieval.
        page_count: number of pages; None for documents without pages.
        facts: measurements of a sound, dimensions of an image, or rows and columns of a table; JSON-serialisable.
        picture: re-encoded image for the model; empty for other documents.
        picture_type: media type of ``picture``.
        is_wrapped: whether lines are wrapped, so that paragraphs have to be reassembled.
    """

    pages: tuple[Page, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    page_count: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    picture: bytes = field(default=b"", repr=False)
    picture_type: str = ""
    is_wrapped: bool = False

    @property
    def characters(self) -> int:
        """Number of characters of the text."""
        return sum(len(page.text) for page in self.pages)


def normalise_text(text: str) -> str:
    """Normalise text: NFC, one kind of line break, single spaces, no unprintable characters.

    Args:
        text: text as extracted.

    Returns:
        The text in NFC, without outer space.
    """
    unified = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\f", "\n\n")
        .replace("\u2028", "\n")
        .translate(_DIRECTIONS)
    )
    shown = "".join(
        each if each in _KEPT_CONTROLS or unicodedata.category(each) not in _REFUSED_CATEGORIES else " "
        for each in unified
    )
    lines = (_SPACES.sub(" ", line).strip() for line in unicodedata.normalize("NFC", shown).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def check_length(characters: int) -> None:
    """Reject text longer than the limit.

    Raises:
        DocumentError: the text is longer than the limit.
    """
    if characters > MAX_CHARACTERS:
        raise DocumentError(f"It has more than {MAX_CHARACTERS:,} characters. Split it and attach the part you need.")
