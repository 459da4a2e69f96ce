"""The operator's MCP servers within this process, and their tools for the assistant."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from askchopper import settings
from askchopper.errors import InvalidInputError, UnavailableError
from askchopper.integrations import mcp_servers
from askchopper.integrations.mcp_servers import McpServer, McpServerError, ServerTool
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.vocabulary import Role

MAX_ARGUMENT_CHARACTERS = 20_000
_MAX_NAME = 64  # of the vendor's API
_servers: dict[str, McpServer] = {}


class AnyArguments(Arguments):
    """Arguments that the server itself checks."""

    model_config = ConfigDict(extra="allow", str_max_length=MAX_ARGUMENT_CHARACTERS)


@asynccontextmanager
async def running() -> AsyncGenerator[None]:
    """Run the configured servers for the lifetime of this process. A wrong file is logged and costs nothing else."""
    tasks = [asyncio.create_task(server.run(), name=f"mcp-{name}") for name, server in _start().items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _servers.clear()


def _start() -> dict[str, McpServer]:
    current = settings.get()
    if current.mcp_servers_path is None:
        return {}
    try:
        found = mcp_servers.read(current.mcp_servers_path, node_modules=Path(current.mcp_node_modules))
    except mcp_servers.ConfigurationError as error:
        log.error("mcp.configuration_failed", error=str(error))
        return {}
    _servers.update({one.name: McpServer(one) for one in found})
    return _servers


def find(name: str) -> McpServer | None:
    """Return a configured server of this process."""
    return _servers.get(name)


def states() -> dict[str, Any]:
    """Return the state of every server, for the status page."""
    return {name: server.state() for name, server in sorted(_servers.items())}


def tools_for(viewer: Viewer) -> dict[str, Tool]:
    """Return the tools of servers that are running and that the viewer may use, by name."""
    found = [
        _tool(server, tool)
        for server in _servers.values()
        if server.is_ready and (server.configuration.is_for_members or viewer.role is Role.ADMIN)
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
    """Name of a tool for the model: unique, of letters that its API takes, and of a bounded length."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in f"{server}__{tool}")
    if len(plain) <= _MAX_NAME:
        return plain
    return f"{plain[: _MAX_NAME - 9]}_{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
