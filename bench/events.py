"""Time from click to changed page, ours and a counter app's; and websocket frames sent by Play: none."""

import statistics
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Browser, Page, WebSocket

from askchopper import database, launcher, observability, routes, settings
from askchopper.database import read_only
from askchopper.schemas.search_filters import Filters
from askchopper.services import accounts
from askchopper.services.catalogue import totals
from askchopper.services.search import queries
from askchopper.vocabulary import PackSort
from bench.browser import DESKTOP, chromium, visitor
from bench.protocol import ROUNDS, BenchError, Samples
from bench.servers import DATA_DIR, Server, blank, product
from tools.demo import seed

_CLICKS = 20
_PLAY_MILLISECONDS = 2_500
_PINGS = {"2", "3"}
# Clicks in the page itself and waits for the watched text to change, so that browser automation is not timed.
_CLICK = """
([target, watched]) => new Promise((resolve, reject) => {
  const read = () => document.querySelector(watched)?.textContent ?? "";
  const before = read(), started = performance.now();
  const observer = new MutationObserver(() => {
    if (read() === before) return;
    observer.disconnect();
    resolve(performance.now() - started);
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  setTimeout(() => { observer.disconnect(); reject(new Error("nothing changed after a click on " + target)); }, 8000);
  document.querySelector(target).click();
})
"""
_Clicker = Callable[[int], Awaitable[float]]


async def measure() -> dict[str, Samples]:
    """Alternate between ours and the counter for each kind of click, and press Play once at the end."""
    observability.configure(level="ERROR")
    async with product() as ours, blank("counter") as peer, chromium() as browser:
        slug, other_genres, cookie = await prepare(ours)
        async with (
            visitor(browser, DESKTOP) as guest,
            visitor(browser, DESKTOP, [cookie]) as member,
            visitor(browser, DESKTOP) as counting,
            visitor(browser, DESKTOP) as leafing,
        ):
            counter = await open_page(await counting.new_page(), peer.url, "#count")
            leaf = await open_page(await leafing.new_page(), f"{peer.url}/shelf?n=one", "#two")
            pack = await open_page(await guest.new_page(), ours.url + routes.pack(slug), "input[name=licence]")
            owned = await open_page(await member.new_page(), ours.url + routes.pack(slug), "[data-buy]")
            shelf = await open_page(await guest.new_page(), ours.url + routes.browse(view="grid"), "a[aria-current]")
            clickers: dict[str, _Clicker] = {
                "licence": lambda turn: _click(pack, f"input[name=licence][value={_LICENCES[turn % 2]}]", "[data-buy]"),
                "dialog": lambda _: _open_dialog(owned, "dialog[open]"),
                "dialog_offer": lambda _: _open_dialog(owned, "dialog[open] dl"),
                "filter": lambda turn: _click(shelf, f"a[href*='genre={other_genres[turn % 2]}']", "h1"),
            }
            counted: _Clicker = lambda _: _click(counter, "#count", "#count")  # noqa: E731
            # A filter changes the URL, so its peer is a link to a page with a load event.
            peers: dict[str, _Clicker] = {
                "licence": counted,
                "dialog": counted,
                "dialog_offer": counted,
                "filter": lambda turn: _click(leaf, ("#two", "#one")[turn % 2], "h1"),
            }
            figures = {name: Samples() for name in clickers}
            for name, clicker in clickers.items():
                await _p50(clicker)
                await _p50(peers[name])
                for _ in range(ROUNDS):
                    figures[name].ours.append(await _p50(clicker))
                    figures[name].peer.append(await _p50(peers[name]))
            figures["play_frames"] = await _press_play(browser, ours)
            return figures


_LICENCES = ("broadcast", "standard")


async def _p50(click: _Clicker) -> float:
    return statistics.median([await click(turn) for turn in range(_CLICKS)])


async def _click(page: Page, target: str, watched: str) -> float:
    return float(await page.evaluate(_CLICK, [target, watched]))


async def _open_dialog(page: Page, mark: str) -> float:
    took = float(await page.evaluate(_DIALOG, mark))
    await page.wait_for_selector("dialog[open] dl")
    await page.keyboard.press("Escape")
    await page.wait_for_function("!document.querySelector('dialog[open]')")
    await page.wait_for_timeout(60)
    return took


_DIALOG = """
(mark) => new Promise((resolve, reject) => {
  const started = performance.now();
  const observer = new MutationObserver(() => {
    if (!document.querySelector(mark)) return;
    observer.disconnect();
    resolve(performance.now() - started);
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
  setTimeout(() => { observer.disconnect(); reject(new Error("the dialog did not open")); }, 8000);
  document.querySelector("[data-buy]").click();
})
"""


async def open_page(page: Page, url: str, mark: str) -> Page:
    await page.goto(url, wait_until="networkidle")
    await page.wait_for_function("sessionStorage.getItem('token')")
    await page.wait_for_selector(mark, state="attached")
    return page


async def _press_play(browser: Browser, server: Server) -> Samples:
    """Count frames sent while a sound starts and plays, except keep-alive pings. The landing page would ask for similar sounds."""
    sent: list[Any] = []

    def listen(socket: WebSocket) -> None:
        def remember(payload: Any) -> None:
            sent.append(payload)

        socket.on("framesent", remember)

    async with visitor(browser, DESKTOP) as context:
        page = await context.new_page()
        page.on("websocket", listen)
        await open_page(page, server.url + routes.browse(view="list"), "button[data-track]")
        await page.wait_for_timeout(500)
        before = len(sent)
        await page.locator("button[data-track]").first.click()
        await page.wait_for_timeout(_PLAY_MILLISECONDS)
        if not await page.locator("[data-playing]").count():
            raise BenchError("Pressing Play played nothing.")
        frames = [frame for frame in sent[before:] if frame not in _PINGS]
    return Samples(ours=[float(len(frames))], note=f"{before} frames while the page loaded")


async def prepare(server: Server) -> tuple[str, list[str], Any]:
    """Choose a pack with two licences and two genres, and sign the demo buyer in."""
    with launcher.database(DATA_DIR):
        async with read_only() as session:
            popular = Filters(sort=PackSort.POPULAR)
            page = await queries.list_packs(session, None, filters=popular, limit=24)
            facets = await totals.genre_facets(session)
        slug = next(pack.slug for pack in page.items if pack.price_tokens)
        email = seed._PEOPLE[0][0]  # noqa: SLF001 - the demo's buyer
        token, _ = await accounts.authenticate(
            email=email, password=seed.PASSWORD, user_agent="bench", client_ip="127.0.0.1"
        )
        await database.dispose()
    cookie = {"name": settings.get().session_cookie, "value": token, "url": server.url}
    return slug, [facet.value for facet in facets[:2]], cookie
