"""Supervises one MCP server in its own task: starts it, monitors it, restarts it with back-off, and stops it.

The SDK requires that a client is entered and exited in the same task; calls may come from any task. A server that is down, hangs, or sends
too much or wrong data costs a call at most its time limit.
"""

import asyncio
import contextlib
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from askchopper.integrations.mcp_servers.configuration import ServerConfiguration
from askchopper.observability import log

if TYPE_CHECKING:
    from mcp import Client

MAX_RESULT_CHARACTERS = 24_000
MAX_TOOLS = 64
MAX_DESCRIPTION = 1_000
MAX_CALLS = 8  # at once; others wait within their time limit
START_SECONDS = 20.0
HEALTH_SECONDS = 30.0
_BACK_OFF_SECONDS = (0.5, 2.0, 5.0, 15.0, 60.0)


class McpServerError(Exception):
    """A call failed; the message is a sentence."""


@dataclass(frozen=True)
class ServerTool:
    """A tool that a server offers."""

    name: str
    description: str
    input_schema: dict[str, Any]


@dataclass(frozen=True)
class CallResult:
    """The result of a tool call. ``text`` is cut at ``MAX_RESULT_CHARACTERS``; ``structured`` is then None."""

    text: str
    is_error: bool
    structured: dict[str, Any] | None = None


class McpServer:
    """A configured server and its state."""

    def __init__(self, configuration: ServerConfiguration) -> None:
        self.configuration = configuration
        self.tools: tuple[ServerTool, ...] = ()
        self.last_error = configuration.problem
        self.starts = 0
        self._client: Client | None = None
        self._is_broken, self._slots = asyncio.Event(), asyncio.Semaphore(MAX_CALLS)

    @property
    def is_ready(self) -> bool:
        """Whether the server can be called."""
        return self._client is not None

    def state(self) -> dict[str, Any]:
        """Return the server's state, for the status page."""
        return {
            "ready": self.is_ready,
            "tools": [tool.name for tool in self.tools],
            "starts": self.starts,
            "last_error": self.last_error,
        }

    async def run(self) -> None:
        """Keep the server running until the task is cancelled. Return at once if its configuration has a problem."""
        if self.configuration.problem:
            return
        failures = 0
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await self._serve()
            except Exception as error:
                self.last_error = f"{type(error).__name__}: {error}"[:300]
                log.warning("mcp.server_failed", server=self.configuration.name, error=self.last_error)
            finally:
                self._client = None
            is_settled = asyncio.get_running_loop().time() - started > _BACK_OFF_SECONDS[-1]
            failures = 0 if is_settled else failures + 1
            await asyncio.sleep(_BACK_OFF_SECONDS[min(failures, len(_BACK_OFF_SECONDS)) - 1])

    async def call(self, name: str, arguments: dict[str, Any]) -> CallResult:
        """Call a tool.

        Raises:
            McpServerError: the tool is not offered, or the server is down, too slow, or broke the protocol.
        """
        if all(tool.name != name for tool in self.tools):
            raise McpServerError(f"{self.configuration.name} has no tool {name[:60]}.")
        client = self._client
        if client is None:
            raise McpServerError(f"{self.configuration.name} is not running.")
        try:
            async with asyncio.timeout(self.configuration.seconds), self._slots:
                result = await client.call_tool(name, arguments, read_timeout_seconds=self.configuration.seconds)
        except TimeoutError as error:
            raise McpServerError(f"{self.configuration.name} took too long.") from error
        except Exception as error:  # the SDK lets errors of the transport through
            self.last_error = f"{type(error).__name__}: {error}"[:300]
            if "timed out" in str(error):
                raise McpServerError(f"{self.configuration.name} took too long.") from error
            self._is_broken.set()
            raise McpServerError(f"{self.configuration.name} failed.") from error
        words = "\n".join(getattr(part, "text", f"({part.type})") for part in result.content)
        is_long = len(words) > MAX_RESULT_CHARACTERS
        structured = None if is_long else result.structured_content
        return CallResult(words[:MAX_RESULT_CHARACTERS], bool(result.is_error), structured)

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(START_SECONDS):
                client = await self._connect(stack)
                listed = (await client.list_tools()).tools
            self.tools = tuple(
                ServerTool(tool.name, (tool.description or "")[:MAX_DESCRIPTION], dict(tool.input_schema))
                for tool in listed[:MAX_TOOLS]
                if self._is_allowed(tool.name)
            )
            self._is_broken.clear()
            self._client, self.last_error, self.starts = client, "", self.starts + 1
            log.info("mcp.server_ready", server=self.configuration.name, tools=len(self.tools))
            while not await self._wait_until_broken():
                async with asyncio.timeout(self.configuration.seconds):
                    await client.list_tools()  # a ping that every version of the protocol has
        raise McpServerError("The connection ended.")

    async def _wait_until_broken(self) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_broken.wait(), HEALTH_SECONDS)
        return self._is_broken.is_set()

    async def _connect(self, stack: AsyncExitStack) -> "Client":
        import httpx2  # noqa: PLC0415 - imports that take half a second, for installations that use them
        from mcp import Client, StdioServerParameters  # noqa: PLC0415
        from mcp.client.stdio import stdio_client  # noqa: PLC0415
        from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415

        wanted = self.configuration
        if wanted.url:
            http = await stack.enter_async_context(httpx2.AsyncClient(headers=wanted.headers, timeout=wanted.seconds))
            transport = streamable_http_client(wanted.url, http_client=http)
        else:
            # Discard the server's standard error, which would fill our log.
            silent = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: ASYNC230, PTH123, SIM115
            parameters = StdioServerParameters(
                command=wanted.command, args=list(wanted.arguments), env=wanted.environment
            )
            transport = stdio_client(parameters, errlog=silent)
        return await stack.enter_async_context(Client(transport))

    def _is_allowed(self, name: str) -> bool:
        allowed = self.configuration.allowed_tools
        return allowed is None or name in allowed
