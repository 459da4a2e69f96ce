"""What a tool of the assistant is. Chat uses the definitions now, and other clients over MCP may use the same ones."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext, ProposalPart

_UNSPOKEN = {"ref", "pack", "like", "what", "limit"}  # ids, and what the results show anyway


class Arguments(BaseModel):
    """Base of all arguments; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=300, str_strip_whitespace=True)

    def in_short(self) -> str:
        """Say the arguments in a few words, for the chip."""
        given = self.model_dump(mode="json", exclude_defaults=True)
        said = (_short(value) for name, value in given.items() if name not in _UNSPOKEN)
        return ", ".join(words for words in said if words)[:80]


@dataclass(frozen=True)
class Outcome:
    """What a tool found.

    Args:
        content: for the model; it becomes JSON.
        summary: for people, a few words.
        refs: packs and sounds in it, the best first.
        proposal: something for the reader to decide on.
    """

    content: dict[str, Any]
    summary: str
    refs: tuple[str, ...] = ()
    proposal: ProposalPart | None = None

    @property
    def text(self) -> str:
        """The content as the model reads it."""
        return json.dumps(self.content, ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Tool:
    """One tool.

    Args:
        name: for the model.
        doing: for people, while it runs.
        label: for people, once it was done.
        icon: of the chip.
        seconds: how long it may take.
        description: for the model, when to use it.
        arguments: what it takes.
        run: does it, on behalf of a member and with that member's rights only.
    """

    name: str
    doing: str
    label: str
    icon: str
    seconds: float
    description: str
    arguments: type[Arguments]
    run: Callable[[Viewer, Any, PageContext], Awaitable[Outcome]]

    def schema(self) -> dict[str, Any]:
        """Describe it as the model's API wants it."""
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
