"""Fixtures for the Spotify remote in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.simulators.spotify.client import SpotifySimulator
from tests.support.spotify_steps import as_new, disconnected


@pytest.fixture
def spotify(spotify_peer: SpotifySimulator) -> Iterator[SpotifySimulator]:
    """The simulator, reset."""
    with as_new(spotify_peer) as ready:
        yield ready


@pytest.fixture
def page(request: pytest.FixtureRequest, site: str, spotify: SpotifySimulator, complaints: list[str]) -> Iterator[Page]:
    """A signed-in page without a connection, in the size that the test names."""
    opened: Page = request.getfixturevalue(getattr(request, "param", "desktop"))
    with disconnected(opened, site, complaints) as ready:
        yield ready
