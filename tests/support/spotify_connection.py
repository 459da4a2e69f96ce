"""Members connected to the Spotify simulator through the OAuth redirects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx

from askchopper.schemas.accounts import Viewer
from tests.support.clients import api_client


async def at_spotify(url: str) -> str:
    """Open Spotify's consent page, which the simulator accepts immediately; returns the callback path."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


async def connect(client: httpx.AsyncClient, next_path: str = "/", **query: str) -> str:
    """Complete the sign-in and return the final path."""
    asked = await client.get("/spotify/login", params={"next": next_path, **query})
    answer = await client.get(await at_spotify(asked.headers["location"]))
    assert answer.status_code == 303
    return answer.headers["location"]


@asynccontextmanager
async def connected(viewer: Viewer, **query: str) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client with a connected account."""
    async with api_client(viewer) as client:
        assert "spotify=connected" in await connect(client, **query)
        yield client
