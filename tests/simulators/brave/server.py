"""Simulator of Brave's web search API: results, rate headers with each window, error bodies, and failures on demand.

It prints its port and serves until its input ends. ``POST /control`` takes ``{"reset": true}``, ``{"answers": {"part of a question": [rows]}}``,
``{"pace": n}`` and ``{"quota": n}`` (requests a second and a month), or ``{"fault": name, "times": n}`` for the next requests: ``rate``, ``quota``,
``key``, ``error``, ``slow``, ``trickle``, ``garbage``, ``list``, ``huge``, ``bomb``, ``cut``, ``redirect``. ``GET /control`` returns the requests so far.
"""

import gzip
import json
import sys
import threading
import time
import uuid
from collections import deque
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY = "BSA-simulator-key"
MONTH_SECONDS = 30 * 86_400
lock = threading.RLock()
state: dict[str, Any] = {}
NEWS = [
    {
        "title": "Northern clubs rediscover slow techno", "url": "https://news.example.org/slow-techno", "age": "2 days ago",
        "page_age": "2026-11-27T08:00:00", "description": "Promoters say that <strong>slower</strong> sets fill the floor again.",
        "meta_url": {"hostname": "news.example.org"},
    },
]  # fmt: skip


def reset() -> None:
    with lock:
        state.update(requests=[], answers={}, pace=50, quota=2_000, used=0, fault="", times=0, recent=deque(maxlen=200))


def row(title: str, url: str, description: str, **more: Any) -> dict[str, Any]:
    """Return a result as the API writes it, with pictures that nobody should load."""
    host = urlsplit(url).hostname or ""
    return {
        "title": title, "url": url, "is_source_local": False, "is_source_both": False, "description": description,
        "page_age": "2026-11-20T10:00:00", "age": "November 20, 2026", "language": "en", "family_friendly": True, "type": "search_result",
        "profile": {"name": host, "url": url, "long_name": host, "img": "https://imgs.search.brave.com/x"},
        "thumbnail": {"src": "https://imgs.search.brave.com/y"}, "meta_url": {"scheme": "https", "netloc": host, "hostname": host, "path": "/"},
    } | more  # fmt: skip


def default_rows(query: str) -> list[dict[str, Any]]:
    query = " ".join(query.split()[:3])
    return [
        row(f"{query}: how producers build it", "https://www.musicradar.example/tuition/how-to", f"A tutorial on the technique behind {query}, step by step."),
        row(f"A new plug-in for {query}", "https://soundonsound.example/reviews/plugin", "The synthesiser adds a sequencer and costs nothing."),
        row("Mara Voss announces her second album", "https://artists.example.net/mara-voss", f"The producer and DJ returns with an album of {query}."),
    ]  # fmt: skip


def payload(query: str) -> dict[str, Any]:
    with lock:
        given = next((rows for part, rows in state["answers"].items() if part.casefold() in query.casefold()), None)
    rows = default_rows(query) if given is None else given
    found = {
        "query": {"original": query, "show_strict_warning": False, "is_navigational": False, "more_results_available": True},
        "mixed": {"type": "mixed", "main": [{"type": "web", "index": at, "all": False} for at in range(len(rows))]},
        "type": "search", "web": {"type": "search", "results": rows, "family_friendly": True},
    }  # fmt: skip
    return found | ({} if given is not None else {"news": {"type": "news", "results": NEWS}})


def error(status: int, code: str, detail: str, **meta: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()), "type": "ErrorResponse", "time": int(time.time()),
        "error": {"id": str(uuid.uuid4()), "status": status, "detail": detail, "code": code, "meta": meta},
    }  # fmt: skip


def admit() -> tuple[int, dict[str, Any] | None, str]:
    """Count a request. Returns status, error body and fault."""
    with lock:
        now, fault = time.monotonic(), ""
        if state["times"] > 0:
            state["times"] -= 1
            fault = state["fault"]
        within = sum(at > now - 1 for at in state["recent"])
        if fault == "rate" or within >= state["pace"]:
            limits = {
                "plan": "Free",
                "rate_limit": state["pace"],
                "rate_current": within,
                "quota_limit": state["quota"],
                "component": "rate_limiter",
            }
            return 429, error(429, "RATE_LIMITED", "Request rate limit exceeded for plan", **limits), fault
        if fault == "quota" or state["used"] >= state["quota"] > 0:
            state["used"] = max(state["used"], state["quota"])
            return (
                429,
                error(429, "QUOTA_LIMITED", "Request quota limit exceeded for plan", component="rate_limiter"),
                fault,
            )
        state["recent"].append(now)
        state["used"] += 1
    return 200, None, fault


def rate_headers() -> dict[str, str]:
    with lock:
        within = sum(at > time.monotonic() - 1 for at in state["recent"])
        left = (max(0, state["pace"] - within), max(0, state["quota"] - state["used"]))
        return {
            "X-RateLimit-Limit": f"{state['pace']}, {state['quota']}",
            "X-RateLimit-Policy": f"{state['pace']};w=1, {state['quota']};w={MONTH_SECONDS}",
            "X-RateLimit-Remaining": f"{left[0]}, {left[1]}",
            "X-RateLimit-Reset": "1, 1252800",
        }


def inflated(size: int) -> bytes:
    """Return a response of one result with a text of ``size`` bytes."""
    around = json.dumps({"web": {"results": [row("Long", "https://example.org/long", "@")]}}).encode()
    return around.replace(b"@", b"x" * size)


@cache
def bomb() -> bytes:
    """Return a small compressed response that inflates to 30 MB."""
    return gzip.compress(inflated(30_000_000), 1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        if given.pop("reset", False):
            reset()
        with lock:
            state.update(given)
        if state["fault"] == "bomb":
            bomb()  # made before the request, whose time is bounded
        self.send({})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/control":
            with lock:
                self.send({"requests": state["requests"]})
        elif parts.path == "/res/v1/web/search":
            self.search(dict(parse_qsl(parts.query)))
        else:
            self.send(error(404, "NOT_FOUND", "No such endpoint"), 404)

    def search(self, asked: dict[str, str]) -> None:
        key = self.headers.get("X-Subscription-Token", "")
        with lock:
            state["requests"].append(
                {"asked": asked, "at": time.monotonic(), "agent": self.headers.get("User-Agent", "")}
            )
        if key != KEY or (state["fault"] == "key" and state["times"] > 0):
            self.send(
                error(
                    422,
                    "SUBSCRIPTION_TOKEN_INVALID",
                    "The provided subscription token is invalid.",
                    component="authentication",
                ),
                422,
            )
            return
        if (
            not asked.get("q")
            or len(asked["q"]) > 400
            or len(asked["q"].split()) > 50
            or not 1 <= int(asked.get("count", "20")) <= 20
        ):
            self.send(error(422, "VALIDATION", "Unable to validate request parameter(s)"), 422)
            return
        status, refusal, fault = admit()
        if refusal is not None:
            self.send(refusal, status, rate_headers())
        else:
            self.misbehave(fault, payload(asked["q"]))

    def misbehave(self, fault: str, found: dict[str, Any]) -> None:
        """Answer as a fault says: late, cut off, unreadable, or far too much."""
        if fault in {"slow", "trickle", "cut"}:
            self.dawdle(fault)
            return
        unreadable: dict[str, tuple[bytes, int, dict[str, str]]] = {
            "garbage": (b"<html><h1>502 Bad Gateway</h1></html>", 200, {"Content-Type": "text/html"}),
            "list": (b'["web", "results"]', 200, {}),
            "redirect": (b"", 302, {"Location": "http://127.0.0.1:1/"}),
        }
        if fault == "huge":
            self.body(inflated(10_000_000), 200, {})
        elif fault == "bomb":
            self.body(bomb(), 200, {"Content-Encoding": "gzip"})
        elif fault in unreadable:
            self.body(*unreadable[fault])
        elif fault == "error":
            self.send(error(503, "INTERNAL", "Service unavailable"), 503)
        else:
            self.send(found, 200, rate_headers())

    def dawdle(self, fault: str) -> None:
        self.close_connection = True
        if fault == "slow":
            time.sleep(20)  # noqa: TID251
            return
        self.head(200, {"Content-Length": "100000"})
        self.wfile.write(b'{"web": {"res')
        for _ in range(200 if fault == "trickle" else 0):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)  # noqa: TID251

    def send(self, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        written = json.dumps(content).encode()
        given = {"Content-Type": "application/json", **(headers or {})}
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            written, given["Content-Encoding"] = gzip.compress(written), "gzip"
        self.body(written, status, given)

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def body(self, content: bytes, status: int, headers: dict[str, str]) -> None:
        self.head(status, {**headers, "Content-Length": str(len(content))})
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Ignore clients that hang up: many tests do."""


def main() -> None:
    reset()
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main()
