"""Members who are connected to the stand-in of Spotify, the way browsers get there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx

from askchopper.schemas.accounts import Viewer
from tests.support.clients import api_client


async def at_spotify(url: str) -> str:
    """Go to Spotify's question, which the stand-in answers at once; returns the way back as a path."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


async def connect(client: httpx.AsyncClient, next_path: str = "/", **query: str) -> str:
    """Go to Spotify and back, and return where that led."""
    asked = await client.get("/spotify/login", params={"next": next_path, **query})
    answer = await client.get(await at_spotify(asked.headers["location"]))
    assert answer.status_code == 303
    return answer.headers["location"]


@asynccontextmanager
async def connected(viewer: Viewer, **query: str) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client that has connected."""
    async with api_client(viewer) as client:
        assert "spotify=connected" in await connect(client, **query)
        yield client
