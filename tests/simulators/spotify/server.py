"""Simulator of the parts of Spotify that the remote uses, on loopback, in its own process: accounts with PKCE, and a small player.

    python -m tests.simulators.spotify.server --port 8902

It prints its port and serves until its input ends (with ``--port``: until it is interrupted). Any client id is valid.
The control interface:

    POST /control/set     settings and player: {"consent", "premium", "kind", "private", "devices", "rotate", "secret", ...}
    POST /control/fail    {"fault", "on", "times", "retry_after", "seconds"}: the next failures
    GET  /control/seen    all requests: {"n", "at", "method", "path", "query", "body", "token"}
    GET  /control/state   the player
    POST /control/expire  every current access token is rejected; {"refresh": true}: refresh tokens too
    POST /control/reset   reset everything
"""

import argparse
import asyncio
import base64
import hashlib
import json
import secrets
import sys
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlencode

from tests.simulators.anthropic.serving import Connection, Request
from tests.simulators.spotify.pages import art, consent
from tests.simulators.spotify.player import TITLES, Player, track, with_art
from tests.simulators.spotify.refusals import FAULTS, RefusedError, failure

PLAYLISTS = ("Late drives", "Dust and tape", "Studio warm-up")


class Simulator:
    def __init__(self, consent: str) -> None:
        self.consent_at_first = consent
        self.reset()

    def reset(self) -> None:
        self.player = Player()
        self.settings: dict[str, Any] = {
            "consent": self.consent_at_first, "premium": True, "rotate": True, "secret": "", "latency_ms": 0,
            "expires_in": 3600, "scope": "", "token_fault": "", "genres": ["deep house"], "playlists": 3,
        }  # fmt: skip
        self.codes: dict[str, dict[str, str]] = {}
        self.access: dict[str, str] = {}  # token -> scope
        self.refresh: dict[str, str] = {}
        self.faults: list[dict[str, Any]] = []
        self.seen: list[dict[str, Any]] = []

    async def handle(self, connection: Connection, request: Request) -> None:
        self.base = f"http://{request.headers.get('host', '127.0.0.1')}"
        if request.path.startswith("/control/"):
            connection.json(self.controlled(request.path.removeprefix("/control/"), request))
            return
        self.seen.append(
            {"n": len(self.seen), "at": time.monotonic(), "method": request.method, "path": request.path, "query": request.query,
             "body": request.body.decode("utf-8", "replace"), "token": request.headers.get("authorization", "")}
        )  # fmt: skip
        if wait := self.settings["latency_ms"]:
            await asyncio.sleep(wait / 1000)
        try:
            await self.route(connection, request)
        except RefusedError as refused:
            connection.json(refused.body, refused.status, refused.headers)

    async def route(self, connection: Connection, request: Request) -> None:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["authorize"]:
                self.authorise(connection, request)
            case "GET", ["agree"]:
                self.go_back(connection, request.query, self.code_for(request.query))
            case "GET", ["cancel"]:
                self.go_back(connection, request.query, {"error": "access_denied"})
            case "POST", ["api", "token"]:
                connection.json(self.token(request))
            case "GET", ["art", name]:
                raw(connection, 200, "image/svg+xml", art(name))
            case _, ["v1", *rest]:
                await self.web(connection, request, rest)
            case _:
                raise RefusedError(404, {"error": {"status": 404, "message": "Not found"}})

    # Accounts.

    def authorise(self, connection: Connection, request: Request) -> None:
        query = request.query
        missing = [name for name in ("client_id", "redirect_uri", "state", "code_challenge") if not query.get(name)]
        if missing or query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            raise RefusedError(400, {"error": "invalid_request", "missing": missing})
        if "//localhost" in query["redirect_uri"]:
            raise RefusedError(400, {"error": "INVALID_CLIENT: Insecure redirect URI"})
        match self.settings["consent"]:
            case "auto":
                self.go_back(connection, query, self.code_for(query))
            case "deny":
                self.go_back(connection, query, {"error": "access_denied"})
            case _:
                raw(connection, 200, "text/html", consent(query))

    def code_for(self, query: dict[str, str]) -> dict[str, str]:
        code = secrets.token_urlsafe(12)
        self.codes[code] = dict(query)
        return {"code": code}

    def go_back(self, connection: Connection, query: dict[str, str], answer: dict[str, str]) -> None:
        where = f"{query['redirect_uri']}?{urlencode({**answer, 'state': query.get('state', '')})}"
        raw(connection, 303, "text/plain", "", {"location": where})

    def token(self, request: Request) -> dict[str, Any]:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        client_id = self.client(request, form)
        match self.settings["token_fault"]:
            case "server":
                raise RefusedError(503, {"error": "server_error"})
            case "invalid_grant":
                raise RefusedError(400, {"error": "invalid_grant", "error_description": "Refresh token revoked"})
            case "invalid_client" | "unauthorized_client" as word:
                raise RefusedError(400, {"error": word, "error_description": "Invalid client"})
            case "garbage":
                return {"token_type": "Bearer"}
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(form.get("code", ""), None)
            if asked is None or asked["client_id"] != client_id or asked["redirect_uri"] != form.get("redirect_uri"):
                raise RefusedError(400, {"error": "invalid_grant", "error_description": "Invalid authorization code"})
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
                raise RefusedError(400, {"error": "invalid_grant", "error_description": "code_verifier was incorrect"})
            return self.give(asked.get("scope", ""), with_refresh=True)
        scope = self.refresh.get(form.get("refresh_token", ""))
        if scope is None:
            raise RefusedError(400, {"error": "invalid_grant", "error_description": "Refresh token revoked"})
        if self.settings["rotate"]:
            del self.refresh[form["refresh_token"]]
        return self.give(scope, with_refresh=self.settings["rotate"])

    def client(self, request: Request, form: dict[str, str]) -> str:
        given = request.headers.get("authorization", "")
        if given.startswith("Basic "):
            client_id, _, secret = base64.b64decode(given[6:]).decode().partition(":")
            if self.settings["secret"] and secret != self.settings["secret"]:
                raise RefusedError(400, {"error": "invalid_client"})
            return client_id
        if not form.get("client_id"):
            raise RefusedError(400, {"error": "invalid_client"})
        return form["client_id"]

    def give(self, scope: str, *, with_refresh: bool) -> dict[str, Any]:
        granted = self.settings["scope"] or scope
        access, refresh = f"BQ-access-{secrets.token_urlsafe(16)}", f"AQ-refresh-{secrets.token_urlsafe(16)}"
        self.access[access] = granted
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.settings["expires_in"],
            "scope": granted,
        }
        if with_refresh:
            self.refresh[refresh] = granted
            answer["refresh_token"] = refresh
        return answer

    # Web API.

    async def web(self, connection: Connection, request: Request, rest: list[str]) -> None:
        name = "/".join(rest)
        scope = self.access.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if scope is None:
            raise failure("expired")
        if fault := self.next_fault(name):
            if fault["fault"] in FAULTS:
                raise failure(fault["fault"], fault.get("retry_after"))
            if await self.misbehave(connection, fault):
                return
        if request.method == "GET":
            found = self.read(name, scope, request.query)
            if found is None:
                raw(connection, 204, "application/json", "")
            else:
                connection.json(found)
            return
        if not self.settings["premium"] and rest[:2] == ["me", "player"]:
            raise failure("premium")
        body = json.loads(request.body) if request.body else {}
        self.command(request.method, name, request.query, body, scope)
        raw(connection, 204, "application/json", "")

    def next_fault(self, name: str) -> dict[str, Any] | None:
        for fault in self.faults:
            if fault.get("on", "") in {"", name, name.removeprefix("me/player/")}:
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    async def misbehave(self, connection: Connection, fault: dict[str, Any]) -> bool:
        match fault["fault"]:
            case "garbage":
                raw(connection, 200, "application/json", "<html>oops")
            case "odd":  # JSON, but not in Spotify's usual format
                raw(connection, fault["status"], "application/json", json.dumps(fault["body"]), fault.get("headers"))
            case "empty":
                raw(connection, 204, "application/json", "")
            case "cut":
                connection.break_off()
            case "slow":
                await asyncio.sleep(fault.get("seconds", 1))
                return False
        return True

    def read(self, name: str, scope: str, query: dict[str, str]) -> Any:
        if name.startswith("me/player") and "user-read-playback-state" not in scope:
            raise failure("scope")
        match name.split("/"):
            case ["me", "player"]:
                return self.player.answer(self.base)
            case ["me", "player", "devices"]:
                return {"devices": self.player.devices}
            case ["me", "player", "queue"]:
                coming = [*self.player.queue, *(track((self.player.index + n) % len(TITLES)) for n in range(1, 4))]
                return {
                    "currently_playing": self.player.item(),
                    "queue": [with_art(one, self.base, 0) for one in coming],
                }
            case ["me", "playlists"]:
                if "playlist-read-private" not in scope:
                    raise failure("scope")
                first, most = int(query.get("offset", 0)), int(query.get("limit", 20))
                names = [*PLAYLISTS, *(f"Crate {n}" for n in range(4, self.settings["playlists"] + 1))]
                found = [None, *(playlist(n, name, self.base) for n, name in enumerate(names))]
                rest = f"{self.base}/v1/me/playlists?offset={first + most}&limit={most}"
                return {"items": found[first : first + most], "next": rest if len(found) > first + most else None}
            case ["me", "library", "contains"]:
                if "user-library-read" not in scope:
                    raise failure("scope")
                return [uri in self.player.liked for uri in query.get("uris", "").split(",")]
            case ["artists", artist_id]:
                return {"id": artist_id, "name": "Artist", "genres": self.settings["genres"]}
            case _:
                raise RefusedError(404, {"error": {"status": 404, "message": "Not found"}})

    def command(  # noqa: C901, PLR0912 - a table in the form of a match
        self, method: str, name: str, query: dict[str, str], body: dict[str, Any], scope: str
    ) -> None:
        player = self.player
        if name == "me/library":
            if "user-library-modify" not in scope:
                raise failure("scope")
            named = query.get("uris", "").split(",")
            player.liked = [uri for uri in player.liked if uri not in named] + (named if method == "PUT" else [])
            return
        if wanted := query.get("device_id") or next(iter(body.get("device_ids", [])), ""):
            self.wake(wanted)
        active = player.active()
        if active is None:
            raise failure("no_device")
        if active["is_restricted"]:
            raise failure("restricted")
        at = player.position()
        match method, name.removeprefix("me/player").strip("/"):
            case "PUT", "":
                player.go(at)
                player.is_playing = player.is_playing or body.get("play", False)
            case "PUT", "play":
                is_resume = not (body.get("context_uri") or body.get("uris") or wanted)
                if is_resume and player.is_playing:
                    raise failure("restricted")  # as Spotify does
                if body.get("context_uri") or body.get("uris"):
                    player.index, at = 1, 0
                player.go(at)
                player.is_playing = True
            case "PUT", "pause":
                if not player.is_playing:
                    raise failure("restricted")
                player.go(at)
                player.is_playing = False
            case "POST", ("next" | "previous") as which:
                if player.kind == "ad":
                    raise failure("restricted")
                step = 1 if which == "next" else -1
                player.index = (player.index + step) % len(TITLES) if which == "next" or at < 3000 else player.index
                player.go(0)
            case "PUT", "seek":
                player.go(min(float(query["position_ms"]), player.item()["duration_ms"] - 1))
            case "PUT", "volume":
                if not active["supports_volume"]:
                    raise failure("restricted")
                active["volume_percent"] = int(query["volume_percent"])
            case "PUT", "shuffle":
                player.shuffle = query["state"] == "true"
            case "PUT", "repeat":
                player.repeat = query["state"]
            case "POST", "queue":
                player.queue.append(track(2))
            case _:
                raise RefusedError(404, {"error": {"status": 404, "message": "Not found"}})

    def wake(self, device_id: str) -> None:
        if device_id not in {one["id"] for one in self.player.devices}:
            raise RefusedError(404, {"error": {"status": 404, "message": "Device not found"}})
        for one in self.player.devices:
            one["is_active"] = one["id"] == device_id

    # Control interface.

    def controlled(self, word: str, request: Request) -> object:
        value = json.loads(request.body or b"{}")
        match word:
            case "set":
                self.set(value)
            case "fail":
                self.faults.append(value)
            case "seen":
                return self.seen
            case "state":
                return {"playing": self.player.is_playing, "index": self.player.index, "position": self.player.position(),
                        "volume": (self.player.active() or {}).get("volume_percent"), "shuffle": self.player.shuffle,
                        "repeat": self.player.repeat, "liked": self.player.liked, "queued": len(self.player.queue),
                        "device": (self.player.active() or {}).get("id"), "access": len(self.access), "refresh": list(self.refresh)}  # fmt: skip
            case "expire":
                self.access.clear()
                if value.get("refresh"):
                    self.refresh.clear()
            case "reset":
                self.reset()
        return {}

    def set(self, value: dict[str, Any]) -> None:
        for name, new in value.items():
            if name in self.settings:
                self.settings[name] = new
            elif name == "devices":
                for one in self.player.devices:
                    one["is_active"] = False
                if new == "none":
                    self.player.devices = []
            elif name == "device":
                (self.player.active() or {}).update(new)
            elif name == "position_ms":
                self.player.go(new)
            else:
                setattr(self.player, name, new)


def playlist(number: int, name: str, base: str) -> dict[str, Any]:
    return {"uri": f"spotify:playlist:list{number}", "name": name, "owner": {"display_name": "You"},
            "images": [{"url": f"{base}/art/{number}.svg", "width": None}], "items": {"total": 12 * number + 7}}  # fmt: skip


def raw(connection: Connection, status: int, kind: str, text: str, headers: dict[str, str] | None = None) -> None:
    body = text.encode()
    connection.head(status, {"content-type": kind, "content-length": str(len(body)), **(headers or {})})
    connection.transport.write(body)


async def main(port: int, consent_word: str) -> None:
    simulator = Simulator(consent_word)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(simulator.handle), "127.0.0.1", port)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    if not port:
        done = asyncio.Event()
        threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(done.set)), daemon=True).start()
        await done.wait()
    else:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--consent", choices=("page", "auto", "deny"), default="page")
    options = parser.parse_args()
    try:
        asyncio.run(main(options.port, options.consent))
    except KeyboardInterrupt:
        sys.exit(0)
