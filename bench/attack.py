"""What a member notices while one other address floods the server: with sounds to search with, wrong passwords and events.

The attacker sends from another loopback address, so that the limits count two clients. ``ATTACK_SECONDS`` is the length of each of the
attacks (10 by default; 600 for the long run).
"""

import asyncio
import io
import itertools
import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import numpy as np
import soundfile as sf
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from askchopper import observability, routes
from bench.protocol import Samples
from bench.servers import Server, product, stop
from tools.demo import seed

ATTACKER, MEMBER = "127.0.0.9", "127.0.0.1"
_SECONDS = float(os.environ.get("ATTACK_SECONDS", "10"))
_QUIET_SECONDS = 10.0
_EVENT = "reflex___state____state.askchopper___states___session____session_state.load"
_EMAIL = "demo@askchopper.test"
_SOCKETS, _UPLOADS, _GUESSES = 10, 8, 4
_PING, _PONG = "2", "3"  # of Engine.IO
_numbers = itertools.count()


async def measure() -> dict[str, Samples]:
    """Measure sign-ins and clicks of a member, at rest and under each attack."""
    observability.configure(level="ERROR")
    async with product(values={"RATE_LIMITS": "on"}) as server:
        found: dict[str, Samples] = {}
        quiet = await _member(server, _QUIET_SECONDS)
        for name in _ATTACKS:
            async with _running(name, server):
                busy = await _member(server, _SECONDS)
            found[f"{name}_sign_in"] = _p95(busy[0], quiet[0])
            found[f"{name}_click"] = _p95(busy[1], quiet[1])
        return found


def _p95(busy: list[float], quiet: list[float]) -> Samples:
    ours, peer = (statistics.quantiles(values, n=20)[-1] for values in (busy, quiet))
    return Samples([ours], [peer], note=f"{len(busy)} under attack, {len(quiet)} at rest")


async def _member(server: Server, seconds: float) -> tuple[list[float], list[float]]:
    """Return the milliseconds of sign-ins and of clicks."""
    sign_ins: list[float] = []
    clicks: list[float] = []
    until = time.monotonic() + seconds
    async with _client(server.url, MEMBER) as client, socket_of(server.url, MEMBER) as socket:
        while time.monotonic() < until:
            started = time.perf_counter()
            answer = await client.post(routes.AUTH_LOGIN, data={"email": _EMAIL, "password": seed.PASSWORD})
            sign_ins.append((time.perf_counter() - started) * 1000)
            answer.raise_for_status()
            for _ in range(3):
                clicks.append(await click(socket))
                await asyncio.sleep(0.1)
    return sign_ins, clicks


async def click(socket: ClientConnection) -> float:
    """Send an event; returns the milliseconds until its answer."""
    started = time.perf_counter()
    await socket.send(_frame())
    while not (message := str(await asyncio.wait_for(socket.recv(), 30))).startswith("42/_event"):
        if message == _PING:
            await socket.send(_PONG)  # without it the server closes the tab after two minutes
    return (time.perf_counter() - started) * 1000


def _frame() -> str:
    # Each at an address of its own, which is sent back: an event that changes nothing has no answer.
    where = {"pathname": "/", "asPath": f"/?n={next(_numbers)}", "query": {}}
    event = {"name": _EVENT, "payload": {}, "router_data": where, "token": ""}
    return f"42/_event,{json.dumps(['event', event])}"


async def _sounds(url: str) -> None:
    sound = _noise()

    async def send(client: httpx.AsyncClient) -> None:
        await client.post(f"{routes.API}/search/sounds?name=a.ogg", content=sound)

    await _loops(url, send, _UPLOADS)


async def _passwords(url: str) -> None:
    numbers = itertools.count()

    async def guess(client: httpx.AsyncClient) -> None:
        wrong = {"email": _EMAIL, "password": f"guess number {next(numbers)}"}
        await client.post(routes.AUTH_LOGIN, data=wrong, headers={"Accept": "application/json"})

    await _loops(url, guess, _GUESSES)


async def _events(url: str) -> None:
    async def flood() -> None:
        while True:
            try:
                async with socket_of(url, ATTACKER) as socket:
                    drain = asyncio.create_task(_drain(socket))
                    while not drain.done():
                        await socket.send(_frame())
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(0.05)

    await asyncio.gather(*(flood() for _ in range(_SOCKETS)))


async def _drain(socket: ClientConnection) -> None:
    with suppress(WebSocketException):
        async for _ in socket:
            pass


async def _loops(url: str, act: Callable[[httpx.AsyncClient], Awaitable[None]], count: int) -> None:
    async def repeat(client: httpx.AsyncClient) -> None:
        while True:
            try:
                await act(client)
            except httpx.HTTPError:
                await asyncio.sleep(0.05)

    async with _client(url, ATTACKER) as client:
        await asyncio.gather(*(repeat(client) for _ in range(count)))


@asynccontextmanager
async def _running(name: str, server: Server) -> AsyncIterator[None]:
    """Attack from a process of its own within the block."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.attack", name, server.url)
    await asyncio.sleep(2.0)
    try:
        yield
    finally:
        await stop(process)
        await asyncio.sleep(3.0)


def _client(url: str, address: str) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return httpx.AsyncClient(base_url=url, transport=transport, headers={"Accept": "application/json"}, timeout=60)


@asynccontextmanager
async def socket_of(server_url: str, address: str) -> AsyncIterator[ClientConnection]:
    """Open a tab's websocket from an address."""
    url = f"{server_url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}"
    async with connect(url, local_addr=(address, 0), origin=None, max_size=None, proxy=None) as socket:
        await socket.recv()
        await socket.send("40/_event,")
        await socket.recv()
        yield socket


def _noise() -> bytes:
    """A sound of half an hour in a small file, as the review sent it: pulses, so that the analyser has work."""
    file = io.BytesIO()
    samples = np.zeros(29 * 60 * 8_000, dtype=np.float32)
    samples[::4_000] = 0.5
    sf.write(file, samples, 8_000, format="FLAC")
    return file.getvalue()


_ATTACKS = {"sounds": _sounds, "events": _events, "passwords": _passwords}

if __name__ == "__main__":
    os.nice(19)  # an attacker has a machine of its own; on ours it takes only idle time
    asyncio.run(_ATTACKS[sys.argv[1]](sys.argv[2]))
