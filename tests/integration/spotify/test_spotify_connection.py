"""Spotify connection: failures of the OAuth callback, storage, refresh and rotation of tokens."""

import asyncio
import logging
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest
from cryptography.fernet import Fernet

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.services.spotify import connection, player, tokens
from askchopper.services.spotify.errors import NoConsentError, NotConnectedError
from askchopper.settings import environment
from tests.simulators.spotify.client import CLIENT_ID, SpotifySimulator
from tests.support.clients import api_client
from tests.support.factories import make_user
from tests.support.spotify_connection import at_spotify, connect, connected

pytestmark = pytest.mark.integration
EXPIRE = "UPDATE spotify_tokens SET expires_at = now() - interval '1 minute'"


async def status(viewer):
    async with read_only() as session:
        return await connection.status(session, viewer)


async def test_connects_with_pkce_and_returns_to_page(db: None, spotify: SpotifySimulator):
    member = await make_user()
    async with api_client(member) as client:
        assert await connect(client, "/browse?q=a%20b&view=list") == "/browse?q=a+b&view=list&spotify=connected"
    found = await status(member)
    assert found.is_connected
    assert found.word == "connected"
    assert "user-modify-playback-state" in found.scopes
    assert "playlist-read-private" not in found.scopes
    exchange = spotify.seen("/api/token")[0]
    assert "code_verifier=" in exchange["body"]
    assert f"client_id={CLIENT_ID}" in exchange["body"]


async def test_client_secret_is_sent_if_configured(db: None, spotify: SpotifySimulator):
    spotify.set(secret="very secret")
    member = await make_user()
    with environment(SPOTIFY_CLIENT_SECRET="very secret"):
        async with connected(member):
            assert spotify.seen("/api/token")[0]["token"].startswith("Basic ")
    with environment(SPOTIFY_CLIENT_SECRET="wrong"):
        async with api_client(await make_user()) as client:
            assert await connect(client, "/library") == "/library?spotify=refused"


async def test_disconnect_clears_request_in_flight(db: None, spotify: SpotifySimulator, as_owner):
    member = await make_user()
    async with connected(member) as client:
        await client.delete("/api/v1/spotify/connection")
    await connection.remember_device(member.user_id, "device1")  # the request started earlier
    assert as_owner("SELECT device_id FROM spotify_tokens") == [("",)]


async def test_denied_consent_is_explained(db: None, spotify: SpotifySimulator):
    spotify.set(consent="deny")
    async with api_client(await make_user()) as client:
        assert await connect(client, "/wallet") == "/wallet?spotify=denied"


async def test_forged_and_unknown_state_connect_nothing(db: None, spotify: SpotifySimulator):
    member = await make_user()
    async with api_client(member) as client:
        answer = await client.get("/spotify/callback", params={"state": "x" * 43, "code": "y"})
        assert answer.headers["location"] == "/?spotify=mismatched"
    assert not (await status(member)).is_connected


async def test_callback_works_once(db: None, spotify: SpotifySimulator):
    async with api_client(await make_user()) as client:
        asked = await client.get("/spotify/login", params={"next": "/library"})
        back = await at_spotify(asked.headers["location"])
        assert (await client.get(back)).headers["location"] == "/library?spotify=connected"
        assert (await client.get(back)).headers["location"] == "/library?spotify=replayed"
    assert len(spotify.seen("/api/token")) == 1


@pytest.mark.parametrize("is_same_member", [True, False])
async def test_callback_in_other_browser_is_rejected(db: None, spotify: SpotifySimulator, is_same_member: bool):
    member = await make_user()
    other = member if is_same_member else await make_user()
    async with api_client(member) as first, api_client(other) as second, api_client() as nobody:
        asked = await first.get("/spotify/login", params={"next": "/library"})
        back = await at_spotify(asked.headers["location"])
        for client in (second, nobody):
            assert (await client.get(back)).headers["location"] == "/?spotify=other-browser"
        assert (await first.get(back)).headers["location"] == "/library?spotify=connected"
    assert (await status(other)).is_connected == is_same_member


async def test_callback_expires_after_ten_minutes(db: None, spotify: SpotifySimulator, as_owner):
    async with api_client(await make_user()) as client:
        asked = await client.get("/spotify/login", params={"next": "/library"})
        as_owner("UPDATE spotify_logins SET expires_at = now() - interval '1 second'")
        answer = await client.get(await at_spotify(asked.headers["location"]))
        assert answer.headers["location"] == "/library?spotify=expired"


@pytest.mark.parametrize(
    "query", ["", "state=a", "code=a", "state=a&state=b&code=c", "state=a&code=b&code=c", "state=&code="]
)
async def test_missing_and_duplicate_parameters(db: None, spotify: SpotifySimulator, query: str):
    async with api_client(await make_user()) as client:
        answer = await client.get(f"/spotify/callback?{query}")
        assert answer.headers["location"] == "/?spotify=incomplete"


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/a\nb"]
)
async def test_next_stays_on_this_site(db: None, spotify: SpotifySimulator, target: str):
    async with api_client(await make_user()) as client:
        assert await connect(client, target) == "/?spotify=connected"


async def test_cross_site_login_is_rejected(db: None, spotify: SpotifySimulator):
    async with api_client(await make_user()) as client:
        answer = await client.get("/spotify/login", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.headers["location"] == "/?spotify=cross-site"


async def test_login_requires_session_and_leaves_localhost(db: None, spotify: SpotifySimulator):
    async with api_client() as nobody:
        answer = await nobody.get("/spotify/login", params={"next": "/browse"})
        assert answer.headers["location"] == "/login?next=%2Fspotify%2Flogin%3Fnext%3D%252Fbrowse"
        local = await nobody.get("http://localhost:3000/spotify/login?next=/browse")
        assert local.headers["location"] == "http://127.0.0.1:3000/spotify/login?next=%2Fbrowse"


async def test_missing_client_id_is_reported(db: None):
    async with api_client(await make_user()) as client:
        answer = await client.get("/spotify/login", params={"next": "/browse"})
        assert answer.headers["location"] == "/browse?spotify=not-configured"


@pytest.mark.parametrize(
    ("fault", "code"), [("server", "unavailable"), ("invalid_grant", "refused"), ("garbage", "unavailable")]
)
async def test_failing_token_endpoint(db: None, spotify: SpotifySimulator, fault: str, code: str):
    spotify.set(token_fault=fault)
    async with api_client(await make_user()) as client:
        assert (await connect(client, "/library")).startswith(f"/library?spotify={code}")


async def test_scopes_are_requested_on_demand(db: None, spotify: SpotifySimulator):
    member = await make_user()
    async with connected(member) as client:
        refused = await client.get("/api/v1/spotify/playlists")
        assert (refused.status_code, refused.json()["kind"], refused.json()["permission"]) == (
            403,
            "scope",
            "playlists",
        )
        await connect(client, "/", **{"for": "playlists"})
        listed = (await client.get("/api/v1/spotify/playlists")).json()["items"]
        assert [one["name"] for one in listed] == ["Late drives", "Dust and tape", "Studio warm-up"]
    assert {"user-read-playback-state", "playlist-read-private"} <= set((await status(member)).scopes)


async def test_tokens_are_stored_encrypted(db: None, spotify: SpotifySimulator, as_owner, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("spotipy").disabled = False
    member = await make_user()
    seen: list[str] = []
    async with connected(member) as client:
        seen += [(await client.get(f"/api/v1/spotify/{path}")).text for path in ("current-track", "devices", "queue")]
        seen.append((await client.post("/spotify/refresh-token")).text)
    secrets = [request["token"].removeprefix("Bearer ") for request in spotify.seen("/v1/me/player")] + spotify.state[
        "refresh"
    ]
    assert all(len(secret) > 20 for secret in secrets)
    rows = str(
        as_owner(
            "SELECT row_to_json(t)::text, encode(access_token, 'escape'), encode(refresh_token, 'escape') FROM spotify_tokens t"
        )
    )
    logins = str(as_owner("SELECT row_to_json(t)::text FROM spotify_logins t"))
    for secret in secrets:
        assert secret not in rows + logins + caplog.text + "".join(seen)


@pytest.mark.parametrize("is_rotating", [True, False])
async def test_concurrent_commands_refresh_token_once(db: None, spotify: SpotifySimulator, as_owner, is_rotating: bool):
    member = await make_user()
    spotify.set(rotate=is_rotating)
    spotify.set(rotate=True)  # the first exchange always returns a refresh token
    async with connected(member) as client:
        spotify.set(rotate=is_rotating)
        as_owner(EXPIRE)
        answers = await asyncio.gather(*(client.post("/api/v1/spotify/next") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {204}
        assert len(spotify.seen("/api/token")) == 2
        as_owner(EXPIRE)  # the rotated token was stored and is valid next time
        assert (await client.put("/api/v1/spotify/pause")).status_code == 204
        assert len(spotify.seen("/api/token")) == 3


async def test_slow_token_endpoint_leaves_database_connections(db: None, spotify: SpotifySimulator, as_owner):
    members = [await make_user() for _ in range(8)]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(member)) for member in members]
        as_owner(EXPIRE)
        spotify.set(latency_ms=1000)
        calls = [asyncio.create_task(client.put("/api/v1/spotify/pause")) for client in clients]
        open_ones: set[int] = set()
        while not all(call.done() for call in calls):
            await asyncio.sleep(0.05)
            waiting = as_owner(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction' AND now() - state_change > interval '500 ms'"
            )
            open_ones.add(waiting[0][0])
        assert {call.result().status_code for call in calls} == {204}
        assert 1 <= max(open_ones) <= tokens.REFRESHES_AT_ONCE
        assert len(spotify.seen("/api/token")) == 16  # one connection and one refresh each


async def test_rejected_access_token_is_refreshed_and_call_retried(db: None, spotify: SpotifySimulator):
    async with connected(await make_user()) as client:
        spotify.expire()
        answers = await asyncio.gather(*(client.post("/api/v1/spotify/next") for _ in range(8)))
        assert {answer.status_code for answer in answers} == {204}
        assert len(spotify.seen("/api/token")) == 2


async def test_revoked_connection_ends_with_reason(db: None, spotify: SpotifySimulator, as_owner):
    member = await make_user()
    async with connected(member) as client:
        spotify.expire(refresh=True)
        for _ in range(2):
            answer = await client.put("/api/v1/spotify/pause")
            assert (answer.status_code, answer.json()["kind"]) == (409, "ended")
        found = await status(member)
        assert (found.word, found.ended_because) == ("ended", "revoked")
        assert as_owner("SELECT access_token, refresh_token FROM spotify_tokens") == [(None, None)]
        assert "spotify=connected" in await connect(client)
        assert (await client.put("/api/v1/spotify/pause")).status_code == 204


async def test_token_endpoint_outage_keeps_connection(db: None, spotify: SpotifySimulator, as_owner):
    member = await make_user()
    async with connected(member) as client:
        as_owner(EXPIRE)
        spotify.set(token_fault="server")
        answer = await client.put("/api/v1/spotify/pause")
        assert (answer.status_code, answer.json()["kind"]) == (503, "unavailable")
        spotify.set(token_fault="")
        assert (await client.put("/api/v1/spotify/pause")).status_code == 204


async def test_disconnect_deletes_tokens(db: None, spotify: SpotifySimulator, as_owner):
    member = await make_user()
    async with connected(member) as client:
        async with transaction() as session:
            await connection.disconnect(session, member)
        assert as_owner("SELECT access_token, refresh_token, scopes FROM spotify_tokens") == [(None, None, "")]
        assert as_owner("SELECT count(*) FROM spotify_logins") == [(0,)]
        assert (await client.put("/api/v1/spotify/pause")).json()["kind"] == "not_connected"


async def test_own_app(db: None, spotify: SpotifySimulator):
    member = await make_user()
    with environment(SPOTIFY_CLIENT_ID="", SPOTIFY_CLIENT_SECRET="of the site"):
        assert (await status(member)).word == "off"
        async with transaction() as session:
            await connection.set_own_app(session, member, client_id=" MemberClientId00000000 ")
        assert (await status(member)).word == "none"
        async with connected(member) as client:
            assert (await client.put("/api/v1/spotify/pause")).status_code == 204
        exchange = spotify.seen("/api/token")[0]
        assert "client_id=MemberClientId00000000" in exchange["body"]
        assert exchange["token"] == ""  # the site's secret is not sent for other apps
        async with transaction() as session:
            await connection.set_own_app(session, member, client_id="AnotherClientId0000000")
        assert not (await status(member)).is_connected
        async with transaction() as session:
            with pytest.raises(InvalidInputError):
                await connection.set_own_app(session, member, client_id="x'; DROP TABLE users")


async def test_key_rotation_and_lost_key(db: None, spotify: SpotifySimulator):
    old, new, other = (Fernet.generate_key().decode() for _ in range(3))
    member = await make_user()
    with environment(TOKEN_ENCRYPTION_KEYS=old):
        async with connected(member):
            pass
    with environment(TOKEN_ENCRYPTION_KEYS=f"{new},{old}"):
        assert await connection.rotate_keys() == (1, 0)
    with environment(TOKEN_ENCRYPTION_KEYS=new):
        await player.pause(member)
    with environment(TOKEN_ENCRYPTION_KEYS=other):
        assert await connection.rotate_keys() == (0, 1)
        assert (await status(member)).ended_because == "key-lost"
    with environment(TOKEN_ENCRYPTION_KEYS=new):  # restored
        assert (await status(member)).is_connected
        await player.pause(member)


async def test_process_without_newest_key_keeps_connection(db: None, spotify: SpotifySimulator):
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    member = await make_user()
    with environment(TOKEN_ENCRYPTION_KEYS=f"{new},{old}"):
        async with connected(member) as client:
            with environment(TOKEN_ENCRYPTION_KEYS=old):  # not restarted yet
                answer = await client.put("/api/v1/spotify/pause")
                assert (answer.status_code, answer.json()["kind"]) == (409, "ended")
                assert (await status(member)).ended_because == "key-lost"
            assert (await client.put("/api/v1/spotify/pause")).status_code == 204
            assert (await status(member)).word == "connected"


@pytest.mark.parametrize("word", ["invalid_client", "unauthorized_client"])
async def test_deleted_own_app_ends_connection(db: None, spotify: SpotifySimulator, word: str):
    member = await make_user()
    async with transaction() as session:
        await connection.set_own_app(session, member, client_id="c" * 32)
    async with connected(member) as client:
        spotify.expire()
        spotify.set(token_fault=word)
        for _ in range(2):
            answer = await client.put("/api/v1/spotify/pause")
            assert (answer.status_code, answer.json()["kind"]) == (409, "ended")
        assert "no longer accepts your own app" in answer.json()["detail"]
        assert (await status(member)).ended_because == "app-gone"


async def test_rejected_site_app_is_reported_and_keeps_connection(db: None, spotify: SpotifySimulator):
    member = await make_user()
    async with connected(member) as client:
        spotify.expire()
        spotify.set(token_fault="invalid_client")
        answer = await client.put("/api/v1/spotify/pause")
        assert (answer.status_code, answer.json()["kind"]) == (503, "app")
        spotify.set(token_fault="")
        assert (await client.put("/api/v1/spotify/pause")).status_code == 204


async def test_login_started_with_other_app_is_rejected(db: None, spotify: SpotifySimulator):
    member = await make_user()
    async with api_client(member) as client:
        back = await at_spotify((await client.get("/spotify/login", params={"next": "/"})).headers["location"])
        async with transaction() as session:
            await connection.set_own_app(session, member, client_id="c" * 32)
        assert (await client.get(back)).headers["location"] == "/?spotify=mismatched"
    assert not (await status(member)).is_connected


async def test_proxy_host_is_not_redirected(db: None, spotify: SpotifySimulator):
    async with api_client(await make_user()) as client:
        with environment(SPOTIFY_REDIRECT_URI="https://shop.example/spotify/callback"):
            answer = await client.get("http://localhost:3000/spotify/login")
    assert urlsplit(answer.headers["location"]).hostname != "shop.example"


async def test_ciphertext_is_bound_to_member(db: None, spotify: SpotifySimulator, as_owner):
    member, thief = await make_user(), await make_user()
    async with connected(member), connected(thief) as client:
        as_owner(
            "UPDATE spotify_tokens t SET access_token = o.access_token, refresh_token = o.refresh_token"
            f" FROM spotify_tokens o WHERE t.user_id = '{thief.user_id}' AND o.user_id = '{member.user_id}'"
        )
        assert (await client.put("/api/v1/spotify/pause")).json()["kind"] == "ended"


async def test_assistant_sees_only_shared_playback(db: None, spotify: SpotifySimulator):
    member = await make_user()
    with pytest.raises(NotConnectedError):
        await player.now_playing(member)
    async with connected(member):
        with pytest.raises(NoConsentError):
            await player.now_playing(member)
        async with transaction() as session:
            await connection.share_with_assistant(session, member, is_shared=True)
        found = await player.now_playing(member)
        assert found is not None
        assert (found.title, found.artist, found.genre) == ("The Long Way Down", "Marlow Vance", "deep-house")
