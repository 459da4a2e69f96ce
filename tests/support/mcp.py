"""Test helpers for MCP: our server on a free port, and the official client."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from askchopper.api.app import create_app
from askchopper.api.mcp import server as mcp_server
from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import access_tokens
from askchopper.vocabulary import McpScope, TokenScope


async def make_key(viewer: Viewer, *scopes: McpScope, api: tuple[TokenScope, ...] = ()) -> str:
    """Make an access token for MCP."""
    async with transaction() as session:
        return await access_tokens.create(session, viewer, name="assistant", scopes=api, mcp_scopes=scopes)


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """Serve the API on a free port of the loopback interface."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(), host="127.0.0.1", port=port, log_level="error", lifespan="off")
    )
    async with mcp_server.serving():
        task = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - the library has no event for it
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def connected(base: str, key: str) -> AsyncIterator[Client]:
    """Connect the official client with a key."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client(f"{base}/mcp", http_client=http)) as client,
    ):
        yield client
