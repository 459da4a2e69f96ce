"""Tool registry: the tools of this package and of the operator's MCP servers.

Runs a tool with validated arguments, a time limit, and a message for every failure.
"""

import asyncio
import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from askchopper.errors import AskChopperError, InvalidInputError, NotFoundError, UnavailableError
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant.tools import (
    account,
    artists,
    catalogue,
    external,
    knowledge,
    memory,
    pack_files,
    theory,
    trends,
    web_search,
)
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool

_MODULES = (catalogue, account, knowledge, memory, pack_files, theory, trends, artists, web_search)
TOOLS: dict[str, Tool] = {tool.name: tool for module in _MODULES for tool in module.TOOLS}
MAX_RESULT_CHARACTERS = 24_000


def schemas(viewer: Viewer) -> list[dict[str, Any]]:
    """Return the schemas of all tools offered to the viewer, in a stable order, so that the prompt cache applies."""
    others = sorted(external.tools_for(viewer).values(), key=lambda tool: tool.name)
    return [*(schema_of(tool) for tool in TOOLS.values() if _is_offered(tool)), *(tool.schema() for tool in others)]


def find(viewer: Viewer, name: str) -> Tool | None:
    """Return a tool that the viewer may use, of this package or of the operator's MCP servers; None if there is none."""
    own = TOOLS.get(name)
    if own is not None:
        return own if _is_offered(own) else None
    return external.tools_for(viewer).get(name)


def _is_offered(tool: Tool) -> bool:
    return tool.name != web_search.NAME or web_search.is_offered()


@lru_cache(maxsize=64)
def schema_of(tool: Tool) -> dict[str, Any]:
    """Return the schema of a tool for the model."""
    return tool.schema()


def read_arguments(viewer: Viewer, name: str, given: dict[str, Any]) -> tuple[Tool, Arguments]:
    """Find a tool and validate its arguments.

    Raises:
        NotFoundError: there is no such tool.
        InvalidInputError: the arguments do not match its schema.
    """
    tool = find(viewer, name)
    if tool is None:
        raise NotFoundError(f"There is no tool called {name[:60]}.")
    try:
        return tool, tool.arguments.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise InvalidInputError(f"Wrong arguments: {wrong}") from error


async def use(viewer: Viewer, tool: Tool, arguments: Arguments, *, page: PageContext) -> Outcome:
    """Run a tool on behalf of a member. A result of more than ``MAX_RESULT_CHARACTERS`` is cut and loses its sources.

    Raises:
        AskChopperError: it failed; the message is for the model and the reader.
    """
    try:
        async with asyncio.timeout(tool.seconds):
            outcome = await tool.run(viewer, arguments, page)
    except TimeoutError as error:
        raise UnavailableError("This step took too long and was cancelled.") from error
    except AskChopperError:
        raise
    except Exception as error:
        log.exception("chat.tool_failed", tool=tool.name)
        raise UnavailableError("It failed on our side.") from error
    if len(outcome.text) > MAX_RESULT_CHARACTERS:
        return replace(outcome, content={"cut": outcome.text[:MAX_RESULT_CHARACTERS]}, sources=())
    return outcome


def details(given: dict[str, Any]) -> str:
    """Return a tool call's arguments as indented JSON, at most 2,000 characters, for its expanded chip in the chat."""
    return json.dumps(given, ensure_ascii=False, indent=1)[:2000]
