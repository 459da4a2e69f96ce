"""Server memory per idle connected client, on our landing page and in a blank app."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect

from bench.protocol import ROUNDS, BenchError, Samples
from bench.servers import HOST, Server, blank, product

CLIENTS = 100
_WARM_UP = 50
_AT_ONCE = 10
_SETTLE_SECONDS = 2
_HYDRATE = {
    "name": "reflex___state____state.hydrate_and_load",
    "payload": {},
    "router_data": {"pathname": "/", "asPath": "/"},
}


async def measure() -> dict[str, Samples]:
    """Let a hundred more clients connect in every round, and divide the growth.

    All stay to the end: memory that earlier clients gave back would hide what the next ones cost.
    """
    async with product() as ours, blank() as peer, AsyncExitStack() as clients:
        for server in (ours, peer):
            await _growth(server, _WARM_UP, clients)
        samples = Samples()
        for _ in range(ROUNDS):
            samples.ours.append(await _growth(ours, CLIENTS, clients))
            samples.peer.append(await _growth(peer, CLIENTS, clients))
        samples.note = f"{CLIENTS} more clients per round; servers end at {ours.rss_mib:.0f} and {peer.rss_mib:.0f} MiB"
        return {"client": samples}


async def _growth(server: Server, count: int, clients: AsyncExitStack) -> float:
    before = server.rss_mib
    gate = asyncio.Semaphore(_AT_ONCE)
    await asyncio.gather(*(clients.enter_async_context(_client(server, gate)) for _ in range(count)))
    await asyncio.sleep(_SETTLE_SECONDS)
    return (server.rss_mib - before) * 1024 / count


@asynccontextmanager
async def _client(server: Server, gate: asyncio.Semaphore) -> AsyncIterator[None]:
    """Connect as a browser does, wait until the page's state has arrived, then only answer pings."""
    address = f"ws://{HOST}:{server.port}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}"
    async with gate:
        socket = await connect(address, origin=server.url, compression=None, max_size=2**22, proxy=None)  # type: ignore[arg-type]
        await socket.recv()
        await socket.send("40/_event," + json.dumps({"event": _HYDRATE}))
        async with asyncio.timeout(20):
            await _hydrated(socket)
    answering = asyncio.create_task(_answer_pings(socket))
    try:
        yield
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        await socket.close()


async def _hydrated(socket: ClientConnection) -> None:
    async for message in socket:
        text = message if isinstance(message, str) else message.decode()
        if text == "2":
            await socket.send("3")
        if '"is_hydrated_rx_state_":true' in text.replace(" ", ""):
            return
    raise BenchError("A server closed a client's socket.")


async def _answer_pings(socket: ClientConnection) -> None:
    with contextlib.suppress(Exception):
        async for message in socket:
            if message == "2":
                await socket.send("3")
