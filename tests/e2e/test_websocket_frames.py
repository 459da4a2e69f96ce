"""Frames that no browser sends, over a raw websocket to the running product: nothing breaks, and its log stays small."""

import asyncio
import json
import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.support.browser import site_folder

EVENT = "reflex___state____state.askchopper___states___session____session_state.load"
ERRORS = "reflex___state____state.reflex___state____frontend_event_exception_state.handle_frontend_exception"
ODD = ["", "x" * 5_000, "\0", "\ud800", -1, 1e308, None, True, [], {}, [[[]]], {"a": {"b": []}}]


def event(name: object, payload: object = None, **more: object) -> str:
    content = {"name": name, "payload": {} if payload is None else payload, "router_data": {"pathname": "/"}, **more}
    return f"42/_event,{json.dumps(['event', content])}"


def frames(seed: int, count: int) -> list[str]:
    """Malformed packets, unknown events, wrong types and wrong arguments, the same for the same seed."""
    chance = random.Random(seed)

    def odd() -> object:
        return chance.choice(ODD)

    kinds = (
        lambda: chance.choice(
            ["4", "42", "42/_event,", "42/_event,[", "42/_event,{}", "45-1[]", "7", "40/other,", "\ud83d"]
        ),
        lambda: f"42/_event,{json.dumps([odd(), odd()])}",
        lambda: event(odd(), odd()),
        lambda: event(f"{EVENT}.nothing", {"a": odd()}),
        lambda: event(EVENT, {"unknown": odd()}),
        lambda: event(EVENT, router_data=odd()),
        lambda: event(ERRORS, {"info": "x" * 20_000, "component_stack": ""}),
        lambda: f"42/_event,{json.dumps(['client_error', odd()])}",
    )
    return [chance.choice(kinds)() for _ in range(count)]


async def send(url: str, sent: list[str]) -> None:
    address = f"{url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}"
    with suppress(WebSocketException, OSError, TimeoutError):
        async with asyncio.timeout(20), connect(address, proxy=None) as socket:
            await socket.recv()
            await socket.send("40/_event,")
            for frame in sent:
                await socket.send(frame.encode("utf-8", "replace").decode())


async def answers(url: str) -> bool:
    """Whether a fresh tab still gets its state."""
    address = f"{url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}"
    async with asyncio.timeout(10), connect(address, proxy=None) as socket:
        await socket.recv()
        await socket.send("40/_event,")
        await socket.recv()
        await socket.send(event(EVENT, router_data={"pathname": "/", "asPath": "/", "query": {}}))
        async for received in socket:
            if str(received).startswith("42/_event"):
                return True
    return False


def test_malformed_frames_break_nothing(site: str):
    log = site_folder.get("site", Path()) / "server.log"
    before = log.stat().st_size if log.is_file() else 0

    async def flood() -> None:
        await asyncio.gather(*(send(site, frames(seed, 40)) for seed in range(6)))
        assert await answers(site)

    with ThreadPoolExecutor(1) as apart:  # the browser of other stories has a loop in this thread
        apart.submit(asyncio.run, flood()).result()
    assert httpx.get(f"{site}/health", trust_env=False).status_code == 200
    if log.is_file():
        assert log.stat().st_size - before < 1_000_000
        assert '"level": "critical"' not in log.read_text()[before:]
