"""Commands for MCP servers."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import typer

from askchopper import launcher, settings
from askchopper.integrations import mcp_servers
from askchopper.integrations.mcp_servers import ConfigurationError, McpServer
from askchopper.integrations.mcp_servers.supervisor import START_SECONDS
from askchopper.services.knowledge.web_search import backends

app = typer.Typer()


@app.command(name="mcp-check")
def mcp_check(*, as_json: bool = typer.Option(False, "--json", help="One JSON object a line.")) -> None:  # noqa: FBT003
    """Start the servers of MCP_SERVERS_FILE and the web search server once, and list their tools. Exit status 1 if one is unusable."""
    current = settings.get()
    own = backends.servers()
    if current.mcp_servers_path is None and not own:
        launcher.console.print("MCP_SERVERS_FILE is not set.")
        return
    try:
        path = current.mcp_servers_path
        listed = mcp_servers.read(path, node_modules=Path(current.mcp_node_modules)) if path else ()
        found = tuple({one.name: one for one in (*own, *listed)}.values())
    except ConfigurationError as error:
        launcher.console.print(str(error))
        raise typer.Exit(1) from error
    states = asyncio.run(_check([McpServer(one) for one in found]))
    for state in states:
        if as_json:
            typer.echo(json.dumps(state))
        else:
            words = ", ".join(state["tools"]) if state["ready"] else state["last_error"]
            typer.echo(f"{state['name']}\t{'ok' if state['ready'] else 'failed'}\t{state['seconds']} s\t{words}")
    if not all(state["ready"] for state in states):
        raise typer.Exit(1)


async def _check(servers: list[McpServer]) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*(_check_one(server) for server in servers)))


async def _check_one(server: McpServer) -> dict[str, Any]:
    started = time.monotonic()
    task = asyncio.create_task(server.run())
    try:
        while not server.is_ready and not server.last_error and time.monotonic() - started < START_SECONDS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        state = server.state()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return {"name": server.configuration.name, "seconds": round(time.monotonic() - started, 2), **state}
