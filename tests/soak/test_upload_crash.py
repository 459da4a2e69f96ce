"""A server killed during an upload: the client resumes, and no partial file is ever visible."""

import asyncio
import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from askchopper import settings
from askchopper.integrations.blob_store import measure, store
from tests.simulators.vercel_blob.client import BlobSimulator, in_use
from tests.support.crash_server import POINTS
from tests.support.database import ROOT
from tests.support.factories import make_user, sign_in
from tests.support.soak import sampled

pytestmark = pytest.mark.integration
SCRIPT = "tests.support.crash_server"
SOUND = os.urandom(9_000_001)
SHA256 = hashlib.sha256(SOUND).hexdigest()


class Servers:
    """Starts servers, one at a time, always on the same port."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._running: int | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    async def start(self, point: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self.port} {point}\n".encode())
        self._running = int((await self.line()).removeprefix("started "))
        for _ in range(500):
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.02)
        pytest.fail("the server did not start")

    async def ended(self) -> str:
        self._running = None
        return await self.line()

    def kill(self) -> None:
        if self._running is not None:
            os.kill(self._running, signal.SIGKILL)

    async def line(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), 60)).decode().strip()


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", SCRIPT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )  # fmt: skip
    made = Servers(process)
    try:
        assert await made.line() == "ready"
        yield made
    finally:
        made.kill()
        process.kill()
        await process.wait()


@pytest.fixture(params=["local disk", "vercel"])
async def home(request: pytest.FixtureRequest, db: None, blob_simulator: BlobSimulator) -> AsyncIterator[None]:
    """The store; the servers inherit its settings."""
    if request.param == "local disk":
        yield
        return
    async with in_use(blob_simulator):
        yield


async def stored_whole() -> bool:
    """Return whether the file is in the store; fails if anything else is."""
    found = [file async for file in store().list_files("uploads/")]
    for file in found:
        if file.key.endswith(f"{SHA256}.wav"):
            assert await measure(store(), file.key) == (len(SOUND), SHA256)
    return any(file.key.endswith(f"{SHA256}.wav") for file in found)


async def send(client: httpx.AsyncClient, address: str) -> httpx.Response:
    """Resume the upload, as the browser does after a lost connection."""
    offset = int((await client.head(address)).headers["upload-offset"])
    return await client.put(address, content=SOUND[offset:], headers={"Upload-Offset": str(offset)})


async def clean() -> None:
    async for file in store().list_files("uploads/"):
        await store().delete(file.key)
    for part in store().parts():
        part.remove()


async def test_killed_server_leaves_no_partial_file(home: None, as_owner):
    async with servers() as server:
        for point in sampled(one for one in POINTS if one != "never"):
            await clean()
            as_owner("DELETE FROM uploads")
            member = await make_user()
            cookies = {settings.get().session_cookie: await sign_in(member)}
            address_of = f"http://127.0.0.1:{server.port}"
            await server.start(point)
            async with httpx.AsyncClient(base_url=address_of, cookies=cookies, trust_env=False) as client:
                begun = await client.post("/api/v1/uploads", json={"name": "Loop.wav", "size": len(SOUND)})
                with pytest.raises(httpx.TransportError):
                    await client.put(begun.headers["location"], content=SOUND)
            assert await server.ended() == "ended -9", point
            is_taken = as_owner("SELECT state FROM uploads") == [("stored",)]
            assert await stored_whole() or not is_taken, point

            await server.start("never")
            async with httpx.AsyncClient(base_url=address_of, cookies=cookies, trust_env=False, timeout=30) as client:
                done = await send(client, begun.headers["location"])
            assert (done.json()["state"], done.json()["sha256"]) == ("stored", SHA256), point
            assert await stored_whole(), point
            assert store().parts() == (), point
            server.kill()
            await server.ended()
