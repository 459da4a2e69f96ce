"""Definition of the assistant's tools. One definition serves the chat and MCP clients."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext, ProposalPart
from askchopper.schemas.web_search import WebResult
from askchopper.vocabulary import McpScope

_UNSPOKEN = {"ref", "pack", "like", "what", "limit"}  # ids, and values that the results show anyway


class Arguments(BaseModel):
    """Base class of tool arguments. Unknown arguments are rejected."""

    model_config = ConfigDict(extra="forbid", str_max_length=300, str_strip_whitespace=True)

    def in_short(self) -> str:
        """Return the arguments as a label of at most 80 characters for the chip."""
        given = self.model_dump(mode="json", exclude_defaults=True)
        said = (_short(value) for name, value in given.items() if name not in _UNSPOKEN)
        return ", ".join(words for words in said if words)[:80]


@dataclass(frozen=True)
class Outcome:
    """Result of a tool.

    Args:
        content: result for the model, serialised to JSON.
        summary: a few words for the chip.
        refs: refs of the packs and sounds in it, best first.
        proposal: a purchase to offer.
        sources: web pages in it, which the model may cite.
        artists: names of the artists in it; the answer must not claim that packs are by or with them.
    """

    content: dict[str, Any]
    summary: str
    refs: tuple[str, ...] = ()
    proposal: ProposalPart | None = None
    sources: tuple[WebResult, ...] = ()
    artists: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The content as sent to the model."""
        return json.dumps(self.content, ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Tool:
    """A tool of the assistant.

    Args:
        name: name by which the model calls it.
        doing: label of the chip while the tool runs.
        label: label of the chip afterwards.
        icon: icon of the chip.
        seconds: time limit in seconds.
        description: tells the model when to use it.
        arguments: class that validates its arguments.
        run: implementation; runs with the member's permissions.
        scope: MCP scope that a token needs to use it over MCP; None for a tool of the chat only.
        input_schema: JSON schema of a tool whose arguments an external MCP server validates; None to derive it from
            ``arguments``.
    """

    name: str
    doing: str
    label: str
    icon: str
    seconds: float
    description: str
    arguments: type[Arguments]
    run: Callable[[Viewer, Any, PageContext], Awaitable[Outcome]]
    scope: McpScope | None = McpScope.CATALOGUE
    input_schema: dict[str, Any] | None = None

    def schema(self) -> dict[str, Any]:
        """Return the tool schema for the model's API."""
        if self.input_schema is not None:
            return {"name": self.name, "description": self.description, "input_schema": self.input_schema}
        schema = self.arguments.model_json_schema()
        schema.pop("title", None)
        schema.pop("description", None)
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
        return {"name": self.name, "description": self.description, "input_schema": schema}


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(one) for one in cast("list[Any]", value))
    return f"{value:g}" if isinstance(value, float) else str(value)
