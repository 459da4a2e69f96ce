"""The HTTP client of a member who is connected to the Spotify simulator."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.simulators.spotify.client import SpotifySimulator
from tests.support.factories import make_user
from tests.support.spotify_connection import connected


@pytest.fixture
async def client(db: None, spotify: SpotifySimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with connected(await make_user()) as opened:
        yield opened
