"""Chromium for the benchmarks of pages."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, async_playwright

from askchopper.settings import PROJECT_DIR
from bench.protocol import BenchError

sys.path.insert(0, str(PROJECT_DIR / "scripts"))

PHONE = {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 1.75, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run the browser that the tests use."""
    from browser import find

    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=await asyncio.to_thread(find),
                args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
            )
        except Exception as error:
            raise BenchError(f"Chromium does not start: {str(error).splitlines()[0]}") from error
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visitor(browser: Browser, kind: dict, cookies: list[dict] | None = None) -> AsyncIterator[BrowserContext]:
    """A browser profile without history."""
    context = await browser.new_context(**kind)
    if cookies:
        await context.add_cookies(cookies)  # type: ignore[arg-type]
    try:
        yield context
    finally:
        await context.close()
