"""Latency from a tap to the command at Spotify, token refreshes under load, requests of an idle tab. Uses the simulator."""

import asyncio
import os
import statistics
import sys
import time

import httpx
from playwright.async_api import Request

from askchopper.settings import PROJECT_DIR
from bench.browser import DESKTOP, chromium, visitor
from bench.protocol import OUT, ROUNDS, BenchError, Samples
from bench.servers import Server, product

sys.path.insert(0, str(PROJECT_DIR / "tests"))
from tests.simulators.spotify.client import SpotifySimulator, running

_TAPS = 20
_AT_ONCE = 20
_IDLE_SECONDS = 30.0
_API = "/api/v1/spotify"
_HIDE = (
    "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"
)


async def measure() -> dict[str, Samples]:
    """Connect a new member, then tap, expire and wait."""
    with running() as spotify:
        os.environ.update(spotify.settings)
        async with (
            product(OUT / "spotify", is_seeded=False) as ours,
            httpx.AsyncClient(base_url=ours.url, trust_env=False, timeout=30) as member,
        ):
            await _connect(member)
            sent, seen = Samples(), Samples()
            for _ in range(ROUNDS):
                at_spotify, answered = await _tap(member, spotify)
                sent.ours.append(at_spotify)
                seen.ours.append(answered)
            refreshes = Samples(ours=[await _expire(member, spotify)])
            visible, hidden = await _idle(member, ours)
    return {"sent": sent, "answered": seen, "refreshes": refreshes, "idle": visible, "hidden": hidden}


async def _connect(member: httpx.AsyncClient) -> None:
    name = f"bench-{time.time_ns()}@example.test"
    form = {"display_name": "Bench", "email": name, "password": "a long enough one 9"}
    made = await member.post("/auth/register", data=form, headers={"Accept": "application/json"})
    asked = await member.get("/spotify/login")
    async with httpx.AsyncClient(trust_env=False) as outside:
        back = await outside.get(asked.headers.get("location", ""))
    done = await member.get(back.headers["location"])
    if made.status_code != 200 or "spotify=connected" not in done.headers.get("location", ""):
        raise BenchError("The member could not be connected.")


async def _tap(member: httpx.AsyncClient, spotify: SpotifySimulator) -> tuple[float, float]:
    """Return the median milliseconds until a command reached Spotify, and until the response."""
    sent: list[float] = []
    answered: list[float] = []
    for turn in range(_TAPS):
        before = len(spotify.seen())
        started = time.monotonic()  # one clock for all processes of the machine
        answer = await member.put(f"{_API}/{'pause' if turn % 2 else 'play'}")
        answered.append((time.monotonic() - started) * 1000)
        if answer.status_code != 204:
            raise BenchError(f"A command was answered with {answer.status_code}.")
        sent.append((spotify.seen()[before]["at"] - started) * 1000)
    return statistics.median(sent), statistics.median(answered)


async def _expire(member: httpx.AsyncClient, spotify: SpotifySimulator) -> float:
    before = len(spotify.seen("/api/token"))
    spotify.expire()
    answers = await asyncio.gather(*(member.post(f"{_API}/next") for _ in range(_AT_ONCE)))
    if {answer.status_code for answer in answers} != {204}:
        raise BenchError("A command failed while the token was refreshed.")
    return float(len(spotify.seen("/api/token")) - before)


async def _idle(member: httpx.AsyncClient, server: Server) -> tuple[Samples, Samples]:
    """Count the requests of a visible tab, per 5 seconds, and of a hidden one."""
    asked: list[str] = []

    def remember(request: Request) -> None:
        if "/spotify/" in request.url:
            asked.append(request.url)

    cookies = [{"name": name, "value": value, "url": server.url} for name, value in member.cookies.items()]
    async with chromium() as browser, visitor(browser, DESKTOP, cookies) as context:
        page = await context.new_page()
        await page.goto(server.url, wait_until="networkidle")
        await page.get_by_role("region", name="Spotify").get_by_role("button", name="Next track").wait_for()
        page.on("request", remember)
        await page.wait_for_timeout(_IDLE_SECONDS * 1000)
        visible = len(asked) / _IDLE_SECONDS * 5
        await page.evaluate(_HIDE)
        await page.wait_for_timeout(500)
        asked.clear()
        await page.wait_for_timeout(_IDLE_SECONDS * 500)
        return Samples(ours=[visible]), Samples(ours=[float(len(asked))])
