"""A client of the HTTP API inside the test's own process, signed in as somebody or nobody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from factories import sign_in

from askchopper import settings
from askchopper.api.app import create_app
from askchopper.schemas.accounts import Viewer

ORIGIN = "http://127.0.0.1:3000"
JSON = {"Accept": "application/json"}


@asynccontextmanager
async def api_client(viewer: Viewer | None = None, *, address: str = "192.0.2.1") -> AsyncIterator[httpx.AsyncClient]:
    """Open a client; ``address`` is where it comes from."""
    transport = httpx.ASGITransport(create_app(), client=(address, 5000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        if viewer is not None:
            client.cookies.set(settings.get().session_cookie, await sign_in(viewer))
        yield client
