"""The tools of the operator's MCP servers, for the assistant."""

import hashlib
import json

from pydantic import ConfigDict

from askchopper.errors import InvalidInputError, UnavailableError
from askchopper.integrations.mcp_servers import McpServer, McpServerError, ServerTool, manager
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.knowledge.web_search import backends
from askchopper.vocabulary import Role

MAX_ARGUMENT_CHARACTERS = 20_000
_MAX_NAME = 64  # limit of the vendor's API


class AnyArguments(Arguments):
    """Arguments that the external MCP server validates; only their length is limited here."""

    model_config = ConfigDict(extra="allow", str_max_length=MAX_ARGUMENT_CHARACTERS)


def tools_for(viewer: Viewer) -> dict[str, Tool]:
    """Return the tools of servers that are running and that the viewer may use, by name."""
    found = [
        _tool(server, tool)
        for server in manager.every()
        if server.is_ready
        and not backends.uses(server.configuration.name)  # brave_web_search asks it, with cache and quota
        and (server.configuration.is_for_members or viewer.role is Role.ADMIN)
        for tool in server.tools
    ]
    return {tool.name: tool for tool in found}


def _tool(server: McpServer, tool: ServerTool) -> Tool:
    name = server.configuration.name

    async def run(_viewer: Viewer, wanted: Arguments, _page: PageContext) -> Outcome:
        given = wanted.model_dump(mode="json")
        if len(json.dumps(given)) > MAX_ARGUMENT_CHARACTERS:
            raise InvalidInputError("The arguments are too long.")
        try:
            result = await server.call(tool.name, given)
        except McpServerError as error:
            raise UnavailableError(str(error)) from error
        if result.is_error:
            raise UnavailableError(f"{name}: {result.text[:300]}")
        return Outcome({"text": result.text}, f"{name}: {len(result.text):,} characters")

    return Tool(
        _name(name, tool.name), f"Asking {name}", f"Asked {name}", "plug", server.configuration.seconds + 1,
        tool.description or f"The tool {tool.name} of {name}.", AnyArguments, run, scope=None, input_schema=tool.input_schema,
    )  # fmt: skip


def _name(server: str, tool: str) -> str:
    """Return the name of an external tool for the model: unique, with characters and a length that its API accepts."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in f"{server}__{tool}")
    if len(plain) <= _MAX_NAME:
        return plain
    return f"{plain[: _MAX_NAME - 9]}_{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
