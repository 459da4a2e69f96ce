"""Playback that few players report: without an item, the member's own files, queues that go round, commands without effect."""

from typing import Any

import pytest

from tests.simulators.spotify.client import SpotifySimulator

pytestmark = pytest.mark.integration
API = "/api/v1/spotify"


async def now(client) -> dict[str, Any]:
    return (await client.get(f"{API}/current-track", params={"refresh": True})).json()["playback"]


ITEMLESS = {
    "is_playing": True,
    "item": None,
    "currently_playing_type": "unknown",
    "actions": {"disallows": {"resuming": True}},
}
OWN_FILE = {
    "name": "my bounce 03", "uri": "spotify:local:Me::my+bounce+03:129", "is_local": True, "id": None, "duration_ms": 129_000,
    "artists": [{"name": "Me", "id": None}],
}  # fmt: skip


@pytest.mark.parametrize("private", [False, True])
async def test_playing_without_item(client, spotify: SpotifySimulator, private: bool):
    place = {"id": "device1", "name": "iPhone", "is_active": True, "is_private_session": private}
    spotify.fail("odd", on="me/player", status=200, body={**ITEMLESS, "device": place})
    found = await now(client)
    assert (found["kind"], found["is_playing"], found["item"]) == ("unknown", True, None)
    assert "play" not in found["blocked"]
    assert bool(found["note"]) == private


async def test_own_file_has_no_heart(client, spotify: SpotifySimulator):
    assert (await now(client))["item"]["is_likeable"] is True
    spotify.fail(
        "odd",
        on="me/player",
        status=200,
        body={"is_playing": True, "item": OWN_FILE, "currently_playing_type": "track"},
    )
    found = await now(client)
    assert (found["item"]["title"], found["item"]["is_likeable"], found["is_liked"]) == ("my bounce 03", False, None)


@pytest.mark.parametrize(
    ("titles", "shown"),
    [("A" * 20, "A"), ("ABC" * 6 + "AB", "ABC"), ("AAB" + "C" * 17, "AAB" + "C" * 17), ("AA", "AA")],
)
async def test_queue_that_goes_round_is_listed_once(client, spotify: SpotifySimulator, titles: str, shown: str):
    rows = [{"name": title, "uri": f"spotify:track:{title}", "artists": []} for title in titles]
    spotify.fail("odd", on="me/player/queue", status=200, body={"currently_playing": rows[-1], "queue": rows})
    listed = (await client.get(f"{API}/queue")).json()["items"]
    assert "".join(one["title"] for one in listed) == shown


async def test_command_without_effect_is_no_error(client, spotify: SpotifySimulator):
    for path, is_playing in (("pause", False), ("pause", False), ("play", True), ("play", True)):
        assert (await client.put(f"{API}/{path}")).status_code == 204
        assert spotify.state["playing"] is is_playing
    spotify.fail("restricted", on="me/player/pause")
    refused = await client.put(f"{API}/pause")
    assert (refused.status_code, refused.json()["kind"]) == (403, "restricted")
