"""Events and usage of a model request."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Token usage of a request; ``input_tokens`` includes cached ones."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_microdollars: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Add two usages."""
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class TextDelta:
    """A chunk of generated text."""

    text: str


@dataclass(frozen=True)
class SourceCited:
    """The preceding text cites a document.

    Args:
        source: name of the cited search result; empty for a whole document.
        document: index among the documents of the request; None for a search result.
        start: offset of the quote in the document's text; None for a search result.
        quote: the cited text.
    """

    source: str
    document: int | None
    start: int | None
    quote: str


@dataclass(frozen=True)
class ToolCallStarted:
    """The model has started a tool call; its arguments follow."""

    id: str
    name: str


@dataclass(frozen=True)
class ToolCall:
    """A complete tool call; ``arguments`` are unvalidated."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """The end of a request.

    Args:
        reason: the vendor's stop reason.
        content: the model's output, to be sent back unchanged with tool results.
        calls: tool calls of the model.
        usage: token usage of the request.
        request_id: the vendor's request id.
    """

    reason: str
    content: list[dict[str, Any]]
    calls: tuple[ToolCall, ...]
    usage: Usage
    request_id: str


ModelEvent = TextDelta | SourceCited | ToolCallStarted | Finished
