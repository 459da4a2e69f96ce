"""The like button against a counter of a blank app, and the embedded player of a pack: its weight, and when it can be played on slow 4G."""

import statistics
from typing import Any

from playwright.async_api import Browser, Response

from askchopper import routes
from bench.browser import DESKTOP, chromium, visitor
from bench.events import open_page, prepare
from bench.pages import slow_page
from bench.protocol import ROUNDS, Samples
from bench.servers import Server, blank, product

_CLICKS = 20
_SETTLE_MILLISECONDS = 800
# Clicks in the page itself, and waits until the button says that it is pressed or not, or until its number changes.
_PRESS = """
(target) => new Promise((resolve, reject) => {
  const button = document.querySelector(target), read = () => (button.getAttribute("aria-pressed") ?? "") + button.textContent;
  const before = read(), started = performance.now();
  const observer = new MutationObserver(() => {
    if (read() === before) return;
    observer.disconnect();
    resolve(performance.now() - started);
  });
  observer.observe(button, { subtree: true, childList: true, characterData: true, attributes: true });
  setTimeout(() => { observer.disconnect(); reject(new Error("nothing changed after a click on " + target)); }, 8000);
  button.click();
})
"""
# The script is a module: it has run when the document is done.
_READY = "Math.max(window.__lcp, performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd)"


async def measure() -> dict[str, Samples]:
    """Alternate presses of a heart and of the counter, then load the player on a cold cache."""
    like, weight, ready = Samples(), Samples(), Samples()
    async with product() as ours, blank("counter") as peer, chromium() as browser:
        slug, _, cookie = await prepare(ours)
        async with visitor(browser, DESKTOP, [cookie]) as member, visitor(browser, DESKTOP) as counting:
            counter = await open_page(await counting.new_page(), peer.url, "#count")
            pack = await open_page(
                await member.new_page(), ours.url + routes.pack(slug), "[data-page-like] [data-like]"
            )
            for page, target in ((pack, "[data-page-like] [data-like]"), (counter, "#count")):
                await page.evaluate(_PRESS, target)
            for _ in range(ROUNDS):
                like.ours.append(await _p50(pack, "[data-page-like] [data-like]"))
                like.peer.append(await _p50(counter, "#count"))
        for _ in range(ROUNDS):
            size, words = await _weigh(browser, ours, slug)
            weight.ours.append(size)
            weight.note = words
            ready.ours.append(await _ready(browser, ours, slug))
        ready.note = (
            "as DevTools applies Lighthouse's slow 4G: 562 ms for each request, 1.4 Mb/s, processor four times slower"
        )
    return {"like": like, "embed_bytes": weight, "embed_ready": ready}


async def _p50(page: Any, target: str) -> float:
    return statistics.median([float(await page.evaluate(_PRESS, target)) for _ in range(_CLICKS)])


async def _weigh(browser: Browser, server: Server, slug: str) -> tuple[float, str]:
    """Return the encoded bytes of the large player with all that it loads, and of which."""
    async with visitor(browser, DESKTOP) as context:
        page = await context.new_page()
        received: list[Response] = []

        def remember(response: Response) -> None:
            received.append(response)

        page.on("response", remember)
        await page.goto(f"{server.url}{routes.embed_pack(slug)}?size=large", wait_until="networkidle")
        sizes = {one.url.removeprefix(server.url): (await one.request.sizes())["responseBodySize"] for one in received}
    return float(sum(sizes.values())), ", ".join(f"{path[:40]} {size:,}" for path, size in sizes.items())


async def _ready(browser: Browser, server: Server, slug: str) -> float:
    """Return the milliseconds until the largest element is painted and a press would play."""
    async with visitor(browser, DESKTOP) as context:
        page = await slow_page(context)
        await page.goto(f"{server.url}{routes.embed_pack(slug)}", wait_until="networkidle", timeout=60_000)
        await page.wait_for_timeout(_SETTLE_MILLISECONDS)
        return float(await page.evaluate(_READY))
