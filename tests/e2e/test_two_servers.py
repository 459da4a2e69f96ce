"""Two servers on one database with Valkey: answers can be followed and stopped at either."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.browser import go, model_server, open_page, sign_in
from tests.support.chat_steps import ask, finished

pytestmark = pytest.mark.e2e
ADDRESS = re.compile(r"/chat/[0-9a-f-]{36}$")
CHAT = {"model": "sonnet"}  # the fast model generates conversation titles


@pytest.fixture(scope="module")
def servers(site: str, anthropic_server: AnthropicSimulator, valkey_url: str) -> Iterator[tuple[str, str]]:
    with (
        model_server("first", anthropic_server, REDIS_URL=valkey_url) as first,
        model_server("second", anthropic_server, REDIS_URL=valkey_url) as second,
    ):
        yield first, second


@pytest.fixture
def pages(browser: Browser, servers: tuple[str, str], complaints: list[str]) -> Iterator[tuple[Page, Page]]:
    """One member, signed in at both servers."""
    opened = [open_page(browser, url, complaints) for url in servers]
    for _, page in opened:
        sign_in(page, "creator@askchopper.test")
    yield opened[0][1], opened[1][1]
    for context, _ in opened:
        context.close()


def test_answer_is_followed_and_stopped_at_other_server(pages: tuple[Page, Page], simulator: AnthropicSimulator):
    here, there = pages
    simulator.script(
        {"text": "one two three four five " * 60, "tokens_per_second": 20, "match": "Count", **CHAT},
        {"text": "And here is the rest.", "match": "cut off", **CHAT},
    )
    go(here, "/chat")
    ask(here, "Count for a while")
    expect(here.get_by_label("Answer", exact=True).last).to_contain_text("three four five one")
    expect(here).to_have_url(ADDRESS)
    path = "/chat/" + here.url.rpartition("/")[2]
    go(there, path)
    followed = there.get_by_label("Answer", exact=True).last
    expect(followed).to_contain_text("three four five one")
    there.get_by_role("button", name="Stop").click()
    assert simulator.disconnects(1)
    for page in pages:
        answer = page.get_by_label("Answer", exact=True).last
        expect(answer).not_to_have_attribute("aria-busy", "true")
        expect(page.get_by_role("button", name="Continue").last).to_be_visible()
    there.get_by_role("button", name="Continue").last.click()
    finished(followed)
    expect(followed).to_contain_text("And here is the rest.")
    expect(here.get_by_label("Answer", exact=True).last).to_contain_text("And here is the rest.")


def test_shutdown_does_not_wait_for_readers(
    browser: Browser, servers: tuple[str, str], anthropic_server: AnthropicSimulator, valkey_url: str
):
    anthropic_server.reset()
    anthropic_server.script(
        {"text": "one two three four five " * 200, "tokens_per_second": 20, "match": "Count", **CHAT}
    )
    context = None
    with model_server("leaving", anthropic_server, REDIS_URL=valkey_url) as url:
        context, page = open_page(browser, url, [])
        sign_in(page, "creator@askchopper.test")
        go(page, "/chat")
        expect(ask(page, "Count for a very long while")).to_contain_text("three four five one")
        began = time.monotonic()
    assert time.monotonic() - began < 15  # the end of the block stops it
    context.close()
    context, page = open_page(browser, servers[0], [])
    sign_in(page, "creator@askchopper.test")
    go(page, "/chat")
    page.get_by_role("link", name="Count for a very long while").first.click()
    answer = page.get_by_label("Answer", exact=True).last
    expect(answer).to_contain_text("The server stopped while this was being written.")
    expect(answer).to_contain_text("three four five one")
    expect(answer.get_by_role("button", name="Continue")).to_be_visible()
    context.close()
