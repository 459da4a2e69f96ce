"""Uploads: our API and a raw Starlette route on the same server, alternating, with the same client."""

import asyncio
import http.client
import json
import os
import shutil
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from askchopper import observability
from askchopper.database import transaction
from askchopper.services import access_tokens, accounts, sessions
from askchopper.vocabulary import Role
from bench.protocol import ROUNDS, BenchError, Samples
from bench.scratch import database_of
from bench.servers import HOST, Server, program

LARGE, SMALL = 100 * 2**20, 10 * 2**20
_PARALLEL = 3
_SAMPLE_SECONDS = 0.02
_SERVE = """
import asyncio, sys
from granian.constants import Interfaces
from granian.server.embed import Server
{app}
asyncio.run(Server(app, port=int(sys.argv[1]), interface=Interfaces.ASGI, log_enabled=False).serve())
"""
_OURS = "from askchopper.api.app import create_app\napp = create_app()"
_RAW = """
import hashlib, os, tempfile
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
async def take(request):
    digest = hashlib.sha256()
    with tempfile.TemporaryFile(dir=os.environ["DATA_DIR"]) as out:
        async for piece in request.stream():
            digest.update(piece)
            out.write(piece)
    return JSONResponse({"sha256": digest.hexdigest()})
async def health(request):
    return Response()
app = Starlette(routes=[Route("/take", take, methods=["PUT"]), Route("/health", health)])
"""


async def measure() -> dict[str, Samples]:
    """Alternate between both servers; every file for ours is different, since the same sound is stored once."""
    observability.configure(level="ERROR")
    with TemporaryDirectory(prefix="acb-", dir="/tmp") as folder:
        async with database_of():
            values = {**os.environ, "DATA_DIR": folder, "LOG_LEVEL": "WARNING"}
            client = _Client(await _token(), os.urandom(LARGE))
            async with (
                program("uploads", _SERVE.format(app=_OURS), values) as ours,
                program("raw", _SERVE.format(app=_RAW), values) as raw,
            ):
                return await _measure(client, ours, raw, Path(folder))


async def _measure(client: "_Client", ours: Server, raw: Server, folder: Path) -> dict[str, Samples]:
    large, small, resumed, parallel = Samples(), Samples(), Samples(), Samples()
    await asyncio.gather(client.upload(ours, SMALL), client.raw(raw, SMALL))
    async with _watched(ours) as growth:
        for _ in range(ROUNDS):
            for samples, size in ((large, LARGE), (small, SMALL)):
                samples.ours.append(await _timed(client.upload(ours, size)))
                samples.peer.append(await _timed(client.raw(raw, size)))
            resumed.ours.append(await _timed(client.upload(ours, LARGE, pieces=2)))
            together = await _timed(asyncio.gather(*(client.upload(ours, LARGE) for _ in range(_PARALLEL))))
            parallel.ours.append(together / _PARALLEL)
            for samples in (resumed, parallel):
                samples.peer.append(large.ours[-1])
            await asyncio.to_thread(shutil.rmtree, folder / "files" / "uploads")
    large.note = f"{LARGE / 2**20 / statistics.median(large.ours):.0f} MiB/s; the raw route neither checks nor fsyncs"
    return {"large": large, "small": small, "resumed": resumed, "parallel": parallel, "growth": growth}


class _Client:
    """Sends files over blocking connections in threads, which minimises client overhead."""

    def __init__(self, token: str, body: bytes) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._body = memoryview(bytearray(body))

    async def upload(self, server: Server, size: int, *, pieces: int = 1) -> None:
        """Upload a new file to our API."""
        await asyncio.to_thread(self._upload, server, size, pieces)

    async def raw(self, server: Server, size: int) -> None:
        """Upload the same bytes to the raw route."""
        await asyncio.to_thread(self._ask, server, "PUT", "/take", [self._body[:size]], {})

    def _upload(self, server: Server, size: int, pieces: int) -> None:
        wanted = json.dumps({"name": "Loop.wav", "size": size}).encode()
        address = self._ask(server, "POST", "/api/v1/uploads", [wanted], {"Content-Type": "application/json"})["id"]
        unique = uuid.uuid4().bytes
        step = size // pieces
        for start in range(0, size, step):
            parts = [self._body[start : start + step]]
            if start == 0:
                parts = [unique, self._body[len(unique) : step]]
            answer = self._ask(server, "PUT", f"/api/v1/uploads/{address}", parts, {"Upload-Offset": str(start)})
        if answer["state"] != "stored":
            raise BenchError(f"The upload did not end: {answer}")

    def _ask(self, server: Server, method: str, path: str, parts: list[Any], headers: dict[str, str]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
        with closing(connection):
            length = str(sum(len(part) for part in parts))
            connection.request(method, path, iter(parts), {**self._headers, "Content-Length": length, **headers})
            answer = connection.getresponse()
            body = answer.read()
        if answer.status >= 300:
            raise BenchError(f"{method} {path} was refused with {answer.status}: {body!r}")
        return json.loads(body)


async def _timed(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


@asynccontextmanager
async def _watched(server: Server) -> AsyncIterator[Samples]:
    """Monitor the resident memory of a server; the samples receive its growth at the end."""
    before, growth = server.rss_mib, Samples()
    peak = before

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, server.rss_mib)
            await asyncio.sleep(_SAMPLE_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield growth
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    growth.ours = [peak - before]
    growth.note = f"including three concurrent ones; at rest {before:.0f} MiB"


async def _token() -> str:
    """Create a member; returns a bearer token."""
    async with transaction() as session:
        user_id = await accounts.create_user(
            session, email=f"{uuid.uuid4()}@example.test", display_name="Sender", password=uuid.uuid4().hex, role=Role.MEMBER
        )  # fmt: skip
        _, viewer = await sessions.open_session(session, user_id=user_id, user_agent="bench")
        return await access_tokens.create(session, viewer, name="bench")
