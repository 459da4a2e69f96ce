"""Members who act in ours or in a blank app, as the stages of load let them: tabs, clients of the API, and what became of their acts.

A member browses and searches (60 % of the acts), previews (20 %), opens a pack (8 %), likes (5 %), asks (4 %), buys (2 %) and uploads (1 %),
and after each sends the smallest event. In the blank app, whose state is a counter, other pages are loaded, and the rest is clicks.
"""

import asyncio
import os
import random
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from askchopper import routes
from bench.chat import ask, member_client
from bench.servers import Server
from bench.tabs import App, Tab, tab_of

AT_ONCE = 20  # tabs that are being opened
_WORDS, _GENRES = ("drums", "dark pad", "bass", "kick"), ("house", "techno", "ambient", "drum-and-bass")
_CLICK = "reflex___state____state.askchopper___states___artists____artist_state.toggle_report"
_ADD = "reflex___state____state.counter___counter____state.add"


@dataclass
class Results:
    """Milliseconds by kind, what failed, and what was refused because the server was busy."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list[str])
    refused: int = 0

    async def take(self, kind: str, work: Awaitable[Any]) -> None:
        """Time a request or event."""
        started = time.perf_counter()
        try:
            result = await work
            if isinstance(result, httpx.Response) and result.status_code in {429, 503}:
                self.refused += 1
                return
            if isinstance(result, httpx.Response) and result.status_code != 409:  # bought or sent before
                result.raise_for_status()
        except Exception as error:
            self.failures.append(f"{kind}: {type(error).__name__} {error}"[:160])
            return
        self.milliseconds[kind].append((time.perf_counter() - started) * 1000)

    def percentile(self, share: float, *kinds: str) -> float:
        """Return a percentile of some kinds; 0 without any."""
        values = sorted(value for kind in kinds for value in self.milliseconds[kind])
        return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0

    @property
    def failed_percent(self) -> float:
        """Failed requests and events, in percent."""
        done = sum(map(len, self.milliseconds.values()))
        return 100 * len(self.failures) / max(1, done + len(self.failures))

    @property
    def note(self) -> str:
        """The number of acts, and what failed."""
        kinds = sorted({" ".join(failure.split()[:2]) for failure in self.failures})
        failed = f", {len(self.failures)} failed: {', '.join(kinds)[:120]}" if kinds else ""
        refused = f", {self.refused} refused as busy" if self.refused else ""
        return f"{sum(map(len, self.milliseconds.values())):,} requests and events{refused}{failed}"


def ours(server: Server, slugs: list[str]) -> App:
    """Browse by words and filters, and the pages of packs."""
    lists = (*(routes.browse(q=word) for word in _WORDS), *(routes.browse(genre=genre) for genre in _GENRES))
    return App(server, routes.BROWSE, lists, tuple(map(routes.pack, slugs)), _CLICK)


def counter(server: Server) -> App:
    """The blank app with a counter and a page with a load event."""
    shelves = ("/shelf?n=one", "/shelf?n=two")
    return App(server, "/", shelves, shelves, _ADD)


class Member:
    """A member with a tab and a client of the API; without one, as in the blank app, every act is an event."""

    def __init__(
        self, app: App, tab: Tab, client: httpx.AsyncClient | None, slugs: list[str], files: list[str]
    ) -> None:
        """Act in an app."""
        self._app, self._tab, self._client = app, tab, client
        self._slugs, self._files = slugs, files

    async def act(self, results: Results, *, only_browse: bool = False) -> None:
        """Do one of the things that members do, and send the smallest event."""
        draw = random.uniform(0, 0.6) if only_browse else random.random()
        if draw < 0.68:
            places = self._app.lists if draw < 0.6 else self._app.details
            await results.take("page", self._tab.load(random.choice(places)))
        elif self._client is not None:
            kind, work = self._request(self._client, draw)
            await results.take(kind, work)
        await results.take("event", self._tab.click(self._app))

    def _request(self, client: httpx.AsyncClient, draw: float) -> tuple[str, Awaitable[Any]]:
        file, slug = random.choice(self._files), random.choice(self._slugs)
        if draw < 0.88:
            return "preview", client.get(f"/api/v1/files/{file}/preview", headers={"Range": "bytes=0-65535"})
        if draw < 0.93:
            return "like", client.put(f"/api/v1/packs/{slug}/like")
        if draw < 0.97:
            return "question", ask(client, f"What is sidechain compression? {uuid.uuid4().hex[:6]}")
        if draw < 0.99:
            return "buy", buy(client, slug)
        return "upload", _upload(client)


async def buy(client: httpx.AsyncClient, slug: str) -> httpx.Response:
    """Buy a pack at its price, with a key of its own."""
    price = (await client.get(f"/api/v1/packs/{slug}")).raise_for_status().json()["price_tokens"]
    return await purchase(client, slug, price)


async def purchase(client: httpx.AsyncClient, slug: str, price: int, tries: int = 10) -> httpx.Response:
    """Buy a pack at a price; a busy server is asked again with the same key."""
    wanted, headers = {"pack": slug, "price_tokens": price}, {"Idempotency-Key": uuid.uuid4().hex}
    while True:
        answer = await client.post("/api/v1/purchases", json=wanted, headers=headers)
        tries -= 1
        if answer.status_code != 503 or not tries:
            return answer
        await asyncio.sleep(random.uniform(0.5, 1.5))


async def _upload(client: httpx.AsyncClient) -> httpx.Response:
    content = os.urandom(1_000_000)
    begun = await client.post("/api/v1/uploads", json={"name": f"{uuid.uuid4().hex}.wav", "size": len(content)})
    begun.raise_for_status()
    return await client.put(begun.headers["location"], content=content, headers={"Upload-Offset": "0"})


@dataclass
class Site:
    """An app with members who may act in it."""

    app: App
    cookies: list[str]
    slugs: list[str] = field(default_factory=list[str])
    files: list[str] = field(default_factory=list[str])

    @asynccontextmanager
    async def member(self, number: int) -> AsyncIterator[Member]:
        """Open the tab of one of them."""
        async with AsyncExitStack() as stack:
            cookie = self.cookies[number % len(self.cookies)] if self.cookies else ""
            client = await stack.enter_async_context(member_client(self.app.server, cookie)) if cookie else None
            tab = await stack.enter_async_context(tab_of(self.app, cookie))
            yield Member(self.app, tab, client, self.slugs, self.files)

    async def arrive(self, stack: AsyncExitStack, numbers: range) -> list[Member]:
        """Open the tabs of several, which stay until the stack is closed."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def open_one(number: int) -> Member:
            async with gate:
                return await stack.enter_async_context(self.member(number))

        return await asyncio.gather(*map(open_one, numbers))


async def run(site: Site, users: int, seconds: float, *, only_browse: bool = False) -> Results:
    """Let members act for a while, once all have arrived."""
    async with AsyncExitStack() as stack:
        arrived = await site.arrive(stack, range(users))
        results, until = Results(), time.monotonic() + seconds
        await asyncio.gather(*(live(member, until, results, only_browse=only_browse) for member in arrived))
    return results


async def live(member: Member, until: float, results: Results, *, only_browse: bool = False) -> None:
    """Act every 3 to 8 seconds."""
    await asyncio.sleep(random.uniform(0, 5))
    while time.monotonic() < until:
        await member.act(results, only_browse=only_browse)
        await asyncio.sleep(random.uniform(3, 8))
