"""The Spotify remote over HTTP against the simulator: every command, every error, and the number of calls to Spotify."""

import asyncio
import time
from typing import Any

import pytest

from askchopper.schemas.spotify import Item, Playback
from askchopper.services.spotify import playback_cache
from tests.simulators.spotify.client import SpotifySimulator
from tests.support.factories import make_user
from tests.support.spotify_connection import connect, connected

pytestmark = pytest.mark.integration
API = "/api/v1/spotify"


async def now(client) -> dict[str, Any]:
    return (await client.get(f"{API}/current-track")).json()["playback"]


async def test_current_playback(client, spotify: SpotifySimulator):
    found = await now(client)
    assert found["item"]["title"] == "The Long Way Down"
    assert found["item"]["art_url"].startswith(spotify.url)
    assert found["item"]["link"].startswith("https://open.spotify.com/")
    assert found["device"]["name"] == "Studio monitors"
    assert 92_000 <= found["progress_ms"] < 99_000
    assert (found["is_playing"], found["kind"], found["blocked"]) == (True, "track", {})


async def test_every_command_reaches_the_player(client, spotify: SpotifySimulator):
    async def send(method: str, path: str, **body: Any) -> dict[str, Any]:
        answer = await client.request(method, f"{API}/{path}", json=body or None)
        assert answer.status_code == 204, answer.text
        return spotify.state

    assert (await send("PUT", "pause"))["playing"] is False
    assert (await send("PUT", "play"))["playing"] is True
    assert (await send("POST", "next"))["index"] == 1
    assert (await send("POST", "previous"))["index"] == 0
    assert (await send("PUT", "seek", position_ms=30_000))["position"] >= 30_000
    assert (await send("PUT", "volume", volume_percent=20))["volume"] == 20
    assert (await send("PUT", "shuffle", state=True))["shuffle"] is True
    assert (await send("PUT", "repeat", state="track"))["repeat"] == "track"
    assert (await send("PUT", "transfer", device_id="device2"))["device"] == "device2"
    assert (await send("POST", "queue", uri="spotify:track:track2"))["queued"] == 1
    assert (await send("PUT", "play", context_uri="spotify:playlist:list0"))["index"] == 1
    assert (await now(client))["device"]["name"] == "Phone"


async def test_lists(client):
    devices = (await client.get(f"{API}/devices")).json()["items"]
    assert [one["name"] for one in devices] == ["Studio monitors", "Phone"]
    queue = (await client.get(f"{API}/queue")).json()["items"]
    assert queue[0]["title"] == "Paper Lanterns"
    assert (await client.get(f"{API}/genre")).json() == {"genre": "deep-house"}


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("premium", 403, "premium"),
        ("restricted", 403, "restricted"),
        ("not_listed", 403, "not_listed"),
        ("scope", 403, "scope"),
        ("rate_limit", 429, "rate_limit"),
        ("quota", 429, "quota"),
        ("server", 503, "unavailable"),
        ("unavailable", 503, "unavailable"),
        ("cut", 503, "unavailable"),
        ("refused", 409, "refused"),
    ],
)
async def test_each_error_has_its_kind(client, spotify: SpotifySimulator, fault: str, status: int, kind: str):
    spotify.fail(fault, on="next", times=9)
    answer = await client.post(f"{API}/next")
    assert (answer.status_code, answer.json()["kind"]) == (status, kind)
    assert answer.json()["detail"].endswith(".")
    assert "127.0.0.1" not in answer.text


async def test_rate_limit_backoff_is_respected(client, spotify: SpotifySimulator):
    spotify.fail("rate_limit", on="next", retry_after=23)
    first = await client.post(f"{API}/next")
    assert first.headers["retry-after"] == "23"
    assert first.json()["retry_after_seconds"] == 23
    before = len(spotify.seen())
    second = await client.put(f"{API}/pause")
    assert second.status_code == 429
    assert 20 <= second.json()["retry_after_seconds"] <= 23
    assert len(spotify.seen()) == before


async def test_malformed_response_is_not_idle_playback(client, spotify: SpotifySimulator):
    spotify.fail("garbage", on="me/player")
    assert (await client.get(f"{API}/current-track")).json()["kind"] == "unavailable"
    playback_cache.reset()
    spotify.fail("empty", on="me/player")
    assert (await now(client))["kind"] == "nothing"


async def test_slow_spotify_times_out(client, spotify: SpotifySimulator):
    spotify.fail("slow", on="next", seconds=7)
    answer = await client.post(f"{API}/next")
    assert (answer.status_code, answer.json()["kind"]) == (503, "unavailable")


async def test_no_active_device_lists_others_and_wakes_last(client, spotify: SpotifySimulator):
    spotify.set(devices="idle")
    answer = await client.put(f"{API}/play")
    assert (answer.status_code, answer.json()["kind"]) == (404, "no_device")
    assert [one["name"] for one in answer.json()["devices"]] == ["Studio monitors", "Phone"]
    assert (await client.put(f"{API}/transfer", json={"device_id": "device2"})).status_code == 204
    await now(client)  # remembers its last device
    spotify.set(devices="idle")
    assert (await client.put(f"{API}/play")).status_code == 204
    assert spotify.state["device"] == "device2"


async def test_no_device_at_all(client, spotify: SpotifySimulator):
    spotify.set(devices="none")
    answer = await client.put(f"{API}/play")
    assert answer.json()["devices"] == []
    assert "Open Spotify" in answer.json()["detail"]
    assert (await now(client))["kind"] == "nothing"


async def test_unknown_device(client):
    answer = await client.put(f"{API}/transfer", json={"device_id": "someoneelses"})
    assert (answer.status_code, answer.json()["kind"]) == (404, "no_device")


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("seek", "PUT", {"position_ms": -1}),
        ("seek", "PUT", {"position_ms": 10**12}),
        ("seek", "PUT", {"position_ms": "12"}),
        ("volume", "PUT", {"volume_percent": 101}),
        ("volume", "PUT", {"volume_percent": True}),
        ("repeat", "PUT", {"state": "always"}),
        ("transfer", "PUT", {"device_id": "../me"}),
        ("transfer", "PUT", {"device_id": "x" * 200}),
        ("queue", "POST", {"uri": "https://evil.example"}),
        ("play", "PUT", {"context_uri": "spotify:track:a&x=1"}),
        ("play", "PUT", {"uris": []}),
        ("play", "PUT", {"uris": ["spotify:track:a"], "context_uri": "spotify:album:a"}),
        ("like", "PUT", {"uri": ""}),
        ("play", "PUT", {"foo": 1}),
        ("seek", "PUT", {"position_ms": 1, "foo": 1}),
        ("volume", "PUT", {"volume_percent": 1, "foo": 1}),
        ("shuffle", "PUT", {"state": True, "foo": 1}),
        ("repeat", "PUT", {"state": "off", "foo": 1}),
        ("transfer", "PUT", {"device_id": "device2", "foo": 1}),
        ("queue", "POST", {"uri": "spotify:track:a", "foo": 1}),
        ("like", "PUT", {"uri": "spotify:track:a", "foo": 1}),
    ],
)
async def test_invalid_values_never_reach_spotify(
    client, spotify: SpotifySimulator, path: str, method: str, body: dict
):
    before = len(spotify.seen())
    answer = await client.request(method, f"{API}/{path}", json=body)
    assert answer.status_code == 422
    assert len(spotify.seen()) == before


async def test_unknown_field_is_named_briefly(client):
    answer = await client.put(f"{API}/play", json={"foo": 1})
    assert (answer.status_code, answer.json()["field"]) == (422, "foo")
    assert answer.json()["detail"] == "foo: There is no such field."
    answer = await client.put(f"{API}/play", json={"x" * 50_000: 1})
    assert answer.status_code == 422
    assert len(answer.text) < 1000


async def test_genre_rate_limit(client, spotify: SpotifySimulator, limits_on: None):
    answers = [await client.get(f"{API}/genre") for _ in range(61)]
    assert [answer.status_code for answer in answers].count(200) == 60
    assert answers[-1].status_code == 429


async def test_advert_podcast_and_private_session(client, spotify: SpotifySimulator):
    spotify.set(kind="ad")
    found = await now(client)
    assert (found["kind"], found["item"]) == ("ad", None)
    assert found["blocked"]["next"] == "Not during an advert."
    playback_cache.reset()
    spotify.set(kind="episode", device={"is_private_session": True, "supports_volume": False})
    found = await now(client)
    assert (found["item"]["title"], found["item"]["artist"]) == ("How samplers were built", "Tape Hiss Weekly")
    assert found["note"].startswith("Private session")
    assert "volume" in found["blocked"]


async def test_restricted_device_blocks_every_command(client, spotify: SpotifySimulator):
    spotify.set(device={"is_restricted": True})
    assert set((await now(client))["blocked"]) == {"play", "previous", "next", "seek", "volume", "shuffle", "repeat"}


async def test_disallowed_actions_have_a_reason(client, spotify: SpotifySimulator):
    spotify.set(disallows={"skipping_prev": True, "toggling_shuffle": True})
    assert set((await now(client))["blocked"]) == {"previous", "shuffle"}


async def test_tabs_share_one_snapshot(client, spotify: SpotifySimulator):
    await asyncio.gather(*(now(client) for _ in range(10)))
    await now(client)
    assert len(spotify.seen("/v1/me/player", "GET")) == 1
    await client.post(f"{API}/next")
    assert (await now(client))["item"]["title"] == "Paper Lanterns"
    assert len(spotify.seen("/v1/me/player", "GET")) == 2


async def test_command_invalidates_snapshots_of_other_processes(client, spotify: SpotifySimulator):
    assert (await now(client))["is_playing"]
    (user_id,) = playback_cache._entries
    elsewhere = playback_cache.entry(user_id).snapshot
    assert (await client.put(f"{API}/pause")).status_code == 204
    playback_cache.entry(user_id).snapshot = elsewhere  # what another process has cached
    assert not (await now(client))["is_playing"]
    playback_cache.entry(user_id).snapshot = elsewhere
    assert (await client.delete(f"{API}/connection")).status_code == 204
    assert (await client.get(f"{API}/current-track")).json()["kind"] == "not_connected"


async def test_snapshot_expires_at_end_of_track(client, spotify: SpotifySimulator):
    length = (await now(client))["item"]["duration_ms"]
    await client.put(f"{API}/seek", json={"position_ms": length - 600})
    assert (await now(client))["item"]["title"] == "The Long Way Down"
    await asyncio.sleep(0.8)
    assert (await now(client))["item"]["title"] == "Paper Lanterns"


@pytest.mark.parametrize("length", [0, 92_000], ids=["of unknown length", "at its end"])
def test_snapshot_of_track_is_shared(length: int):
    item = Item("spotify:track:a", "A", "B", duration_ms=length)
    playback = Playback(kind="track", is_playing=True, item=item, progress_ms=92_000)
    assert playback_cache.Snapshot(playback, time.monotonic()).is_good


async def test_cache_bypass_rate_limit(client, spotify: SpotifySimulator, limits_on: None):
    await now(client)
    answers = [await client.get(f"{API}/current-track", params={"refresh": True}) for _ in range(61)]
    assert [answer.status_code for answer in answers].count(200) == 60
    assert len(spotify.seen("/v1/me/player", "GET")) == 61


async def test_playlist_paging(db: None, spotify: SpotifySimulator):
    spotify.set(playlists=120)
    async with connected(await make_user(), **{"for": "playlists"}) as client:
        names, cursor = [], ""
        while cursor is not None:
            answer = (await client.get(f"{API}/playlists", params={"cursor": cursor} if cursor else {})).json()
            names += [one["name"] for one in answer["items"]]
            cursor = answer["next_cursor"]
        for bad in ("-1", "x", "100001"):
            assert (await client.get(f"{API}/playlists", params={"cursor": bad})).status_code == 422
    assert len(names) == len(set(names)) == 120


async def test_tabs_share_one_failure(client, spotify: SpotifySimulator):
    spotify.fail("server", on="me/player", times=50)
    answers = await asyncio.gather(*(client.get(f"{API}/current-track") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert len(spotify.seen("/v1/me/player", "GET")) == 1
    await client.post(f"{API}/next")
    await client.get(f"{API}/current-track")
    assert len(spotify.seen("/v1/me/player", "GET")) == 2


@pytest.mark.parametrize("kind", ["quota", "rate_limit"])
async def test_reconnect_clears_backoff(db: None, spotify: SpotifySimulator, kind: str):
    async with connected(await make_user()) as client, connected(await make_user()) as other:
        spotify.fail(kind, on="next")
        assert (await client.post(f"{API}/next")).json()["kind"] == kind
        assert (await client.put(f"{API}/pause")).json()["kind"] == kind
        assert not spotify.seen("/v1/me/player/pause")
        assert (await other.put(f"{API}/pause")).status_code == 204
        assert (await client.delete(f"{API}/connection")).status_code == 204
        await connect(client)
        assert (await client.put(f"{API}/pause")).status_code == 204


@pytest.mark.parametrize("body", [{"error": "bad gateway"}, {"error": None}, [], None, "slow down"])
@pytest.mark.parametrize(("status", "kind"), [(502, "unavailable"), (429, "rate_limit"), (400, "refused")])
async def test_unusual_error_responses_are_parsed(client, spotify: SpotifySimulator, body: Any, status: int, kind: str):
    spotify.fail("odd", on="next", status=status, body=body, headers={"retry-after": "7"})
    answer = await client.post(f"{API}/next")
    assert answer.json()["kind"] == kind
    assert answer.json().get("retry_after_seconds") == (7 if kind == "rate_limit" else None)


async def test_unusual_token_error_triggers_refresh(client, spotify: SpotifySimulator):
    spotify.fail("odd", on="next", status=401, body={"error": "expired"})
    assert (await client.post(f"{API}/next")).status_code == 204


async def test_no_device_is_reported_although_device_list_fails(client, spotify: SpotifySimulator):
    spotify.fail("no_device", on="next")
    spotify.fail("server", on="me/player/devices")
    assert (await client.post(f"{API}/next")).json()["kind"] == "no_device"


async def test_command_rate_limit(client, spotify: SpotifySimulator, limits_on: None):
    answers = [await client.put(f"{API}/pause") for _ in range(61)]
    assert [answer.status_code for answer in answers].count(204) == 60
    assert answers[-1].status_code == 429
    assert "kind" not in answers[-1].json()


async def test_members_do_not_share_a_player(db: None, spotify: SpotifySimulator):
    async with connected(await make_user()) as first, connected(await make_user()) as second:
        await now(first)
        await now(second)
    tokens = {request["token"] for request in spotify.seen("/v1/me/player", "GET")}
    assert len(tokens) == 2


async def test_like_needs_library_scope(db: None, spotify: SpotifySimulator):
    member = await make_user()
    async with connected(member) as client:
        refused = await client.put(f"{API}/like", json={"uri": "spotify:track:track0"})
        assert refused.json()["permission"] == "library"
        async with connected(member, **{"for": "library"}) as again:
            assert (await again.put(f"{API}/like", json={"uri": "spotify:track:track0"})).status_code == 204
    assert spotify.state["liked"] == ["spotify:track:track0"]


async def test_liked_state_is_requested_once_per_track(db: None, spotify: SpotifySimulator):
    async with connected(await make_user()) as client:
        assert (await now(client))["is_liked"] is None  # scope not granted yet
    playback_cache.reset()
    async with connected(await make_user(), **{"for": "library"}) as client:
        for command in ("pause", "play"):
            assert (await now(client))["is_liked"] is False
            await client.put(f"{API}/{command}")
        await client.put(f"{API}/like", json={"uri": "spotify:track:track0"})
        assert (await now(client))["is_liked"] is True
        assert len(spotify.seen("/v1/me/library/contains")) == 1
        assert (await client.delete(f"{API}/like", params={"uri": "spotify:track:track0"})).status_code == 204
        assert (await now(client))["is_liked"] is False
        assert spotify.state["liked"] == []
        assert (await client.delete(f"{API}/like", params={"uri": "../me"})).status_code == 422
        await client.post(f"{API}/next")
        spotify.fail("server", on="me/library/contains")
        found = await now(client)  # playback is shown anyway
        assert (found["item"]["title"], found["is_liked"]) == ("Paper Lanterns", None)
