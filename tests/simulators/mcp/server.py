"""An MCP server over stdio that behaves, or misbehaves, as its first argument says. Speaks the protocol through the SDK."""

import asyncio
import os
import sys

from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
TOOLS = [
    types.Tool(name=name, description=f"{name} it", input_schema=SCHEMA)
    for name in ("echo", "hang", "die", "flood", "fail", "forbidden", "variable")
]


async def list_tools(_context: object, _params: object) -> types.ListToolsResult:
    return types.ListToolsResult(tools=TOOLS)


async def call_tool(_context: object, params: types.CallToolRequestParams) -> types.CallToolResult:
    given = (params.arguments or {}).get("text", "")
    match params.name:
        case "hang":
            await asyncio.sleep(3600)
        case "die":
            os._exit(1)
        case "flood":
            given = "x" * 5_000_000
        case "fail":
            return types.CallToolResult(content=[types.TextContent(type="text", text="no")], is_error=True)
        case "variable":
            given = ",".join(
                f"{name}={os.environ.get(name, '')}" for name in ("GREETING", "ANTHROPIC_API_KEY", "DATABASE_URL")
            )
        case _:
            pass
    return types.CallToolResult(content=[types.TextContent(type="text", text=given)])


async def main() -> None:
    server = Server("misbehaving", version="1", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if mode == "garbage":
        sys.stdout.write("this is no JSON-RPC\n" * 1_000)
        sys.stdout.flush()
    if mode in {"garbage", "silent"}:
        asyncio.run(asyncio.sleep(3600))
    if mode == "exits":
        sys.exit(3)
    if mode == "chatty":
        sys.stderr.write("noise " * 200_000)
    asyncio.run(main())
