"""The MCP servers of this process: those in the operator's file and the built-in ones."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from askchopper import settings
from askchopper.integrations.mcp_servers import configuration
from askchopper.integrations.mcp_servers.configuration import ConfigurationError, ServerConfiguration
from askchopper.integrations.mcp_servers.supervisor import McpServer
from askchopper.observability import log

_servers: dict[str, McpServer] = {}


@asynccontextmanager
async def running(own: Iterable[ServerConfiguration] = ()) -> AsyncGenerator[None]:
    """Run the configured servers for the lifetime of this process. An invalid file is logged and has no other effect.

    Args:
        own: servers of the product; a server of that name in the operator's file replaces one.
    """
    listed = {one.name: one for one in (*own, *_configured())}
    _servers.update({name: McpServer(one) for name, one in listed.items()})
    tasks = [asyncio.create_task(server.run(), name=f"mcp-{name}") for name, server in _servers.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _servers.clear()


def _configured() -> tuple[ServerConfiguration, ...]:
    current = settings.get()
    if current.mcp_servers_path is None:
        return ()
    try:
        return configuration.read(current.mcp_servers_path, node_modules=Path(current.mcp_node_modules))
    except ConfigurationError as error:
        log.error("mcp.configuration_failed", error=str(error))
        return ()


def find(name: str) -> McpServer | None:
    """Return a configured server of this process; None if there is none of that name."""
    return _servers.get(name)


def every() -> tuple[McpServer, ...]:
    """Return all servers of this process."""
    return tuple(_servers.values())


def states() -> dict[str, Any]:
    """Return the state of every server, for the status page."""
    return {name: server.state() for name, server in sorted(_servers.items())}
