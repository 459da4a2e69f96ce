"""Page weight and largest contentful paint of the landing page and of others, compared with the framework's blank page."""

from collections import Counter
from collections.abc import Sequence

import httpx
from playwright.async_api import Browser, BrowserContext, Page, Response

from bench.browser import PHONE, chromium, visitor
from bench.protocol import ROUNDS, BenchError, Samples, interleave
from bench.servers import Server, blank, product
from tools.demo.catalogue import CREATORS
from tools.demo.seed import PASSWORD

Cookies = Sequence[dict[str, str]]

# Lighthouse's slow 4G and mid-range phone, as its DevTools throttling applies them.
_SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_474_560 / 8,
    "uploadThroughput": 675_000 / 8,
}
_CPU_RATE = 4
_DEMO = {"email": "demo@askchopper.test", "password": "chopper-demo"}
_CREATOR = {"email": CREATORS[0].email, "password": PASSWORD}
# Path and who looks at it.
_OTHERS: dict[str, tuple[str, dict[str, str] | None]] = {
    "learn": ("/learn", None), "trends": ("/trends", None), "browse": ("/browse", None), "taste": ("/taste", _DEMO), "memory": ("/memory", _DEMO),
    "rewards": ("/rewards", _DEMO), "analytics": ("/studio/analytics", _CREATOR),
}  # fmt: skip
_SETTLE_MILLISECONDS = 1_500

_OBSERVE = """
window.__lcp = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) { window.__lcp = entry.startTime; window.__lcpWhat = entry.element?.outerHTML?.slice(0, 90); }
}).observe({ type: "largest-contentful-paint", buffered: true });
"""


async def measure() -> dict[str, Samples]:
    """Load both pages with a cold cache: once per round for the bytes, and once throttled for the paint."""
    async with product() as ours, blank() as peer, chromium() as browser:
        await _weigh(browser, ours)  # the first request pays for imports and pools
        await _weigh(browser, peer)
        code, everything = Samples(), Samples()
        for _ in range(ROUNDS):
            for server, codes, totals in (
                (ours, code.ours, everything.ours),
                (peer, code.peer, everything.peer),
            ):
                weights, largest = await _weigh(browser, server)
                codes.append(_code(weights))
                totals.append(float(sum(weights.values())))
                if server is ours:
                    code.note, everything.note = _words(weights), largest
                else:
                    code.note += f"; peer {_words(weights)}"
        elements: dict[str, str] = {}
        lcp = await interleave(lambda: _paint(browser, ours, elements), lambda: _paint(browser, peer, elements))
        lcp.note = "; ".join(f"{name} paints {element!r}" for name, element in elements.items())
        others: dict[str, Samples] = {}
        for name, (path, account) in _OTHERS.items():
            cookies = await _sign_in(ours, account) if account else []
            weights, largest = await _weigh(browser, ours, path, cookies)
            others[f"{name}_code"] = Samples([_code(weights)], code.peer[:1], f"{_words(weights)}; {largest}")
            painted: dict[str, str] = {}
            others[f"{name}_lcp"] = await interleave(
                lambda path=path, cookies=cookies, painted=painted: _paint(browser, ours, painted, path, cookies),
                lambda: _paint(browser, peer, {}),
            )
            others[f"{name}_lcp"].note = f"paints {painted['ours']!r}"
        return {"code": code, "all": everything, "lcp": lcp, **others}


async def _sign_in(server: Server, account: dict[str, str]) -> list[dict[str, str]]:
    """Return the cookies of an account, for a browser."""
    async with httpx.AsyncClient(base_url=server.url, headers={"Origin": server.url}) as client:
        answer = await client.post("/auth/login", data=account)
        if answer.status_code >= 400:
            raise BenchError(f"{account['email']} cannot sign in: {answer.status_code}.")
        return [{"name": one.name, "value": one.value or "", "url": server.url} for one in client.cookies.jar]


def _code(weights: Counter[str]) -> float:
    return float(sum(count for kind, count in weights.items() if kind in {"html", "css", "js"}))


async def _weigh(browser: Browser, server: Server, path: str = "", cookies: Cookies = ()) -> tuple[Counter[str], str]:
    """Add up the encoded bodies of what a cold visit loads, by kind."""
    weights: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    async with visitor(browser, PHONE, [*cookies]) as context:
        page = await context.new_page()
        received: list[Response] = []

        def remember(response: Response) -> None:
            received.append(response)

        page.on("response", remember)
        await page.goto(server.url + path, wait_until="networkidle")
        await page.wait_for_timeout(_SETTLE_MILLISECONDS)
        for response in received:
            kind = await _kind(response)
            size = (await response.request.sizes())["responseBodySize"]
            weights[kind] += size
            sizes[response.url.removeprefix(server.url)] += size
    return weights, "largest: " + ", ".join(f"{path} {size / 1024:.1f} KiB" for path, size in sizes.most_common(8))


async def _kind(response: Response) -> str:
    content_type = (await response.header_value("content-type") or "").partition(";")[0]
    for mark, kind in (("html", "html"), ("css", "css"), ("javascript", "js"), ("font", "fonts"), ("image", "images")):
        if mark in content_type:
            return kind
    return "audio" if content_type.startswith("audio") else "other"


def _words(weights: Counter[str]) -> str:
    return ", ".join(f"{kind} {size / 1024:.1f} KiB" for kind, size in weights.most_common() if size)


async def _paint(
    browser: Browser, server: Server, elements: dict[str, str], path: str = "", cookies: Cookies = ()
) -> float:
    async with visitor(browser, PHONE, [*cookies]) as context:
        page = await slow_page(context)
        await page.goto(server.url + path, wait_until="networkidle", timeout=60_000)
        await page.wait_for_timeout(_SETTLE_MILLISECONDS)
        elements[server.name] = await page.evaluate("window.__lcpWhat || ''")
        return float(await page.evaluate("window.__lcp"))


async def slow_page(context: BrowserContext) -> Page:
    """Open a page on slow 4G and a mid-range phone that remembers its largest paint."""
    page = await context.new_page()
    await page.add_init_script(_OBSERVE)
    tools = await context.new_cdp_session(page)
    await tools.send("Network.enable")
    await tools.send("Network.emulateNetworkConditions", _SLOW_4G)
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": _CPU_RATE})
    return page
