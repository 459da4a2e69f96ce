"""Middleware: request id, origin check, body limit, security headers, last-resort error handler, access log.

Pure ASGI, so that streams are not buffered and websockets are covered. ``Guard`` wraps both the API and the whole site; only the outer one
is active.
"""

import asyncio
import contextlib
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askchopper import policy, routes, settings
from askchopper.api import content_policy, live_connections, metrics, traffic
from askchopper.api.dependencies import SAFE_METHODS, client_ip, session_token
from askchopper.api.problems import limit_headers, problem, problem_of, reference_of
from askchopper.errors import AskChopperError, BusyError
from askchopper.observability import bind, log, unbind
from askchopper.services import limits

MAX_BODY_BYTES = 1_048_576
# Time limit of a body. Each LEAST_BYTES_PER_SECOND received extend it by one second.
BODY_SECONDS = 20.0
LEAST_BYTES_PER_SECOND = 8_192
_NO_STORE = ("/api/", "/mcp", "/auth/", "/spotify/", "/status", "/metrics", "/health")
_COUNTED = ("/api/", "/auth/", "/mcp")
_QUIET = ("/health", "/assets/", "/fonts/", "/media/covers/")
_SECRET_PATH = re.compile(r"^(/media/download/).+")
_PERMISSIONS = "camera=(), microphone=(self), geolocation=(), payment=(), usb=(), browsing-topics=()"


class Guard:
    """Outermost middleware of the site."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request or handshake and pass it on."""
        if scope["type"] not in {"http", "websocket"} or scope.get("askchopper.guarded"):
            await self.app(scope, receive, send)
            return
        scope["askchopper.guarded"] = True
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        await self._http(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin")
        if origin is not None and not _is_own(origin):
            log.warning("http.websocket_origin_rejected", origin=origin[:100])
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        address = client_ip(HTTPConnection(scope))
        try:
            with (
                traffic.socket(address),
                live_connections.of_session(session_token(HTTPConnection(scope)), _closing(send)),
            ):
                await self.app(scope, traffic.paced(receive, address), send)
        except BusyError:
            log.warning("http.sockets_refused")
            await receive()
            await send({"type": "websocket.close", "code": 1013})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        bind(request=reference_of(scope))
        answer = _Answer(scope, send)
        metrics.requests.in_flight += 1
        try:
            traffic.note_proxy(Headers(scope=scope))
            refusal = _refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, answer.send)
            else:
                address = client_ip(HTTPConnection(scope))
                if scope["path"].startswith(_COUNTED):
                    await traffic.pay_for_request(address)
                with traffic.request(address), _ended_with_session(scope):
                    await self.app(scope, _capped(scope, receive), answer.send)
        except Exception as error:
            if answer.status:
                raise  # too late for an error response; aborting the connection shows the client that something is missing
            await _last_answer(scope, error)(scope, receive, answer.send)
        finally:
            seconds = time.perf_counter() - started
            metrics.requests.in_flight -= 1
            metrics.requests.add(status=answer.status or 500, seconds=seconds, route=_route(scope))
            _write_log(scope, answer.status, seconds)
            unbind()


class _Answer:
    """The response: adds headers to its first message and records its status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.status = 0
        self._send = send
        self._limits_met = limits.observe()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = reference_of(self.scope)
            add_headers(self.scope, headers)
            if "RateLimit" not in headers:
                headers.update(limit_headers(self._limits_met))
        await self._send(message)


def _refusal(scope: Scope) -> ASGIApp | None:
    if scope["method"] in SAFE_METHODS:
        return None
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    is_foreign = not _is_own(origin) if origin is not None else _is_from_elsewhere(headers)
    if is_foreign:
        log.warning("http.origin_rejected", origin=(origin or "")[:100], path=_path(scope))
        return problem(
            scope, status=403, title="Not allowed", detail="This request came from another site and was refused."
        )
    if scope["path"].rstrip("/") == "/_upload":
        # The framework's own upload route has neither authentication nor a size limit.
        return problem(scope, status=403, title="Not allowed", detail="Files are not accepted here.")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _limit(scope):
        return problem(scope, status=413, title="Too large", detail=_too_large(scope))
    return None


def _limit(scope: Scope) -> int:
    if scope["method"] == "PUT" and scope["path"].startswith(f"{routes.API}/uploads/"):
        return policy.MAX_FILE_BYTES
    if scope["method"] == "PUT" and scope["path"].startswith((f"{routes.API}/drafts/", f"{routes.API}/me/picture")):
        return policy.MAX_COVER_BYTES
    if scope["method"] == "POST" and scope["path"] == f"{routes.API}/search/sounds":
        return policy.MAX_QUERY_SOUND_BYTES
    if scope["path"] == routes.MEMORY_IMPORT:
        return policy.MAX_MEMORY_IMPORT_BYTES
    return MAX_BODY_BYTES


def _too_large(scope: Scope) -> str:
    return f"A request can be up to {_limit(scope) >> 20} MB."


def _is_from_elsewhere(headers: Headers) -> bool:
    # Without an Origin it is a script, or a browser that sends Sec-Fetch-Site instead.
    return headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"}


def _is_own(origin: str) -> bool:
    return origin in settings.get().origins


def _capped(scope: Scope, receive: Receive) -> Receive:
    """Return a ``receive`` that limits the size, duration and minimum rate of a body."""
    received, most, started = 0, _limit(scope), time.monotonic()
    is_complete = False

    async def capped() -> Message:
        nonlocal received, is_complete
        if is_complete:
            return await receive()  # waits for the end of the connection
        seconds = started + BODY_SECONDS + received / LEAST_BYTES_PER_SECOND - time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, "The request did not arrive in time. Try again.") from error
        received += len(message.get("body", b""))
        is_complete = not message.get("more_body", False)
        if received > most:
            raise HTTPException(413, _too_large(scope))
        return message

    return capped


def _last_answer(scope: Scope, error: Exception) -> ASGIApp:
    if isinstance(error, AskChopperError):
        return problem_of(scope, error)
    if isinstance(error, HTTPException):
        return problem(scope, status=error.status_code, title="Refused", detail=error.detail)
    log.error("http.failed", path=_path(scope), exc_info=error)
    return problem(
        scope,
        status=500,
        title="Something went wrong",
        detail=f"Something went wrong on our side. Quote {reference_of(scope)} if you write to us.",
    )


def _closing(send: Send) -> live_connections.Close:
    async def close() -> None:
        with contextlib.suppress(RuntimeError):  # closed already
            await send({"type": "websocket.close", "code": 1012, "reason": "session ended"})

    return close


def _ended_with_session(scope: Scope) -> contextlib.AbstractContextManager[None]:
    """Abort an event stream when its session ends; other requests are short."""
    if "text/event-stream" not in Headers(scope=scope).get("accept", ""):
        return contextlib.nullcontext()
    task = asyncio.current_task()

    async def cancel() -> None:
        if task is not None:
            task.cancel()

    return live_connections.of_session(session_token(HTTPConnection(scope)), cancel)


def add_headers(scope: Scope, headers: MutableHeaders) -> None:
    """Add the security headers to a response, and forbid storing private ones."""
    config = settings.get()
    headers["X-Content-Type-Options"] = "nosniff"
    if not scope["path"].startswith(f"{routes.EMBED_PACK}/"):  # its own policy lets other sites frame it
        headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = _PERMISSIONS
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Content-Security-Policy", content_policy.header(scope))
    if config.is_production:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if scope["path"].startswith(_NO_STORE):
        headers.setdefault("Cache-Control", "no-store")


def _write_log(scope: Scope, status: int, seconds: float) -> None:
    path = _path(scope)
    if path.startswith(_QUIET) and status < 400:
        return
    log.info(
        "http.request_completed",
        method=scope["method"],
        path=path,
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )


def _route(scope: Scope) -> str:
    """Return the path pattern of the request's API route; ``pages`` for all other requests."""
    pattern = getattr(scope.get("route"), "path", "")
    return pattern if pattern and "{rest:path}" not in pattern else "pages"


def _path(scope: Scope) -> str:
    path: str = scope["path"][:200]
    return _SECRET_PATH.sub(r"\1[redacted]", path)
