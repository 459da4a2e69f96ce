"""What one request of the remote costs: statements at the database, and calls at Spotify."""

import pytest

from tests.simulators.spotify.client import SpotifySimulator
from tests.support.factories import make_user
from tests.support.spotify_connection import connected

pytestmark = pytest.mark.integration
API = "/api/v1/spotify"


def calls(spotify: SpotifySimulator, since: int) -> list[tuple[str, str]]:
    return [(request["method"], request["path"]) for request in spotify.seen()[since:]]


async def test_next_track_costs_one_call_and_three_statements(
    db: None, spotify: SpotifySimulator, limits_on: None, count_queries: list[str]
):
    async with connected(await make_user()) as client:
        await client.get(f"{API}/current-track")
        sent = len(spotify.seen())
        count_queries.clear()
        assert (await client.post(f"{API}/next")).status_code == 204
        session_lookup, *statements = count_queries
        assert "FROM sessions" in session_lookup
        assert [statement.split()[0] for statement in statements] == ["SELECT", "SELECT", "UPDATE"]
        assert ["limit_take" in statements[0], "FROM spotify_tokens" in statements[1]] == [True, True]
        assert calls(spotify, sent) == [("POST", "/v1/me/player/next")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("current-track", ["GET /v1/me/player", "GET /v1/me/library/contains"]),
        ("devices", ["GET /v1/me/player/devices"]),
        ("queue", ["GET /v1/me/player/queue"]),
        ("playlists", ["GET /v1/me/playlists"]),
        ("genre", ["GET /v1/me/player", "GET /v1/me/library/contains", "GET /v1/artists/artist0"]),
    ],
)
async def test_every_read_loads_the_token_row_once(
    db: None, spotify: SpotifySimulator, count_queries: list[str], path: str, expected: list[str]
):
    member = await make_user()
    async with connected(member, **{"for": "playlists"}), connected(member, **{"for": "library"}) as client:
        sent = len(spotify.seen())
        count_queries.clear()
        assert (await client.get(f"{API}/{path}")).status_code == 200
        reads = [one for one in count_queries if one.startswith("SELECT") and "FROM spotify_tokens" in one]
        assert len(reads) == 1
        assert [" ".join(call) for call in calls(spotify, sent)] == expected


async def test_playing_without_a_device_loads_the_token_row_once(
    db: None, spotify: SpotifySimulator, count_queries: list[str]
):
    async with connected(await make_user()) as client:
        await client.get(f"{API}/current-track")
        spotify.set(devices="idle")
        count_queries.clear()
        assert (await client.put(f"{API}/play")).status_code == 204
        assert len([one for one in count_queries if "spotify_tokens" in one]) == 2  # one read, one invalidation
