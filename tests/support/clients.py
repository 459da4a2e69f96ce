"""In-process client of the HTTP API, signed in or anonymous."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import httpx
from fastapi import FastAPI

from askchopper import settings
from askchopper.api.app import create_app
from askchopper.schemas.accounts import Viewer
from tests.support.factories import sign_in

ORIGIN = "http://127.0.0.1:3000"
JSON = {"Accept": "application/json"}


@lru_cache(maxsize=1)
def application() -> FastAPI:
    """Build the API once per process."""
    return create_app()


@asynccontextmanager
async def api_client(viewer: Viewer | None = None, *, address: str = "192.0.2.1") -> AsyncIterator[httpx.AsyncClient]:
    """Open a client; ``address`` is its client address."""
    transport = httpx.ASGITransport(application(), client=(address, 5000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        if viewer is not None:
            client.cookies.set(settings.get().session_cookie, await sign_in(viewer))
        yield client


async def cookie_of(viewer: Viewer) -> str:
    """Return the cookie header of a signed-in viewer."""
    return f"{settings.get().session_cookie}={await sign_in(viewer)}"


async def stream_app(path: str, *, cookie: str) -> int:
    """Read a response chunk by chunk and return its length; httpx would buffer it."""
    received = 0

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0)
        if received_request:
            await asyncio.sleep(3600)
        received_request.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        nonlocal received
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        received += len(message.get("body", b""))  # type: ignore[arg-type]

    received_request: list[bool] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"cookie", cookie.encode()), (b"host", b"127.0.0.1:3000")],
        "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 3000),
    }  # fmt: skip
    await application()(scope, receive, send)  # type: ignore[arg-type]
    return received
