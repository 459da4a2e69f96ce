"""Knowledge of the world in the browser, desktop and phone: trends with cited pages, a term that plays, theory, artists, quota gone, Brave away."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.simulators.brave.client import BraveSimulator
from tests.support.browser import SIZES, forget_web_searches, go, open_page
from tests.support.chat_steps import ask, finished, open_chat

IN_SIZES = pytest.mark.parametrize("size", SIZES)
ONLY_HERE = "only looked at this marketplace"


@pytest.fixture(autouse=True)
def _fresh(site: str, brave: BraveSimulator) -> None:
    brave.reset()
    forget_web_searches()


@pytest.fixture
def open_web(browser: Browser, complaints: list[str]) -> Iterator:
    """Open a page of a site in a new profile of a size."""
    opened = []

    def open_one(site: str, size: str) -> Page:
        profile, page = open_page(browser, site, complaints, is_phone=size == "phone")
        opened.append(profile)
        return page

    yield open_one
    for profile in opened:
        profile.close()


@IN_SIZES
def test_trends_with_cited_pages(open_web, shop: str, brave: BraveSimulator, complaints: list[str], size: str):
    page = open_web(shop, size)
    open_chat(page)
    answer = finished(ask(page, "What's trending in techno?"))
    expect(answer).to_contain_text("Elsewhere, from pages of the last month")
    expect(answer).to_contain_text("soundonsound.example, 20 Nov 2026")
    source = answer.get_by_role("list", name="Sources").get_by_role("button").first
    expect(source).to_have_accessible_name(re.compile("^Source 1: "))
    source.click()
    dialog = page.get_by_role("dialog", name="Source")
    expect(dialog).to_contain_text("musicradar.example, 20 Nov 2026")
    expect(dialog.get_by_role("link", name="Open the page")).to_have_attribute("href", re.compile("^https://"))
    assert page.locator("img[src*='imgs.search.brave.com']").count() == 0
    assert complaints == []


@IN_SIZES
def test_model_cites_the_web(
    open_web,
    model_site: str,
    simulator: AnthropicSimulator,
    brave: BraveSimulator,
    complaints: list[str],
    size: str,
):
    search = {"name": "brave_web_search", "input": {"query": f"drill drums {size}"}}
    simulator.script({"tools": [search]}, {"quote": "The synthesiser adds a sequencer and costs nothing."})
    page = open_web(model_site, size)
    open_chat(page)
    answer = finished(ask(page, "What is new for drill?"))
    expect(answer).to_contain_text("Searched the web")
    answer.get_by_role("button", name="Source 1", exact=True).click()
    expect(page.get_by_role("dialog", name="Source")).to_contain_text("costs nothing")
    assert complaints == []


@IN_SIZES
def test_term_is_explained_and_heard(open_web, site: str, complaints: list[str], size: str):
    page = open_web(site, size)
    open_chat(page)
    answer = finished(ask(page, "What is sidechain compression?"))
    expect(answer).to_contain_text("Try this now")
    answer.get_by_role("link", name="before and after").click()
    card = page.get_by_role("list", name="Before and after").get_by_role("button").nth(1)
    card.click()
    expect(card).to_have_accessible_name(re.compile("^Pause "))
    card.click()
    assert complaints == []


@IN_SIZES
def test_chords_are_computed(open_web, site: str, complaints: list[str], size: str):
    page = open_web(site, size)
    open_chat(page)
    answer = finished(ask(page, "chords in Eb minor"))
    expect(answer).to_contain_text("Cb (VI)")
    expect(answer.get_by_role("link", name="Scales and chords")).to_be_visible()
    assert complaints == []


@IN_SIZES
def test_who_somebody_is_and_what_sounds_like_that(open_web, site: str, complaints: list[str], size: str):
    page = open_web(site, size)
    open_chat(page)
    answer = finished(ask(page, "Who is Burial, and what here sounds like that?"))
    expect(answer).to_contain_text("Untrue (2007)")
    expect(answer).to_contain_text("Burial is not affiliated with these packs.")
    answer.get_by_role("link", name="Burial", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Burial")
    expect(page.get_by_role("heading", name="Packs in the style of Burial")).to_be_visible()
    expect(page.get_by_role("link", name="Burial on Wikipedia")).to_be_visible()
    page.get_by_role("list", name="Similar artists").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Burial")
    assert complaints == []


@IN_SIZES
def test_quota_gone_and_away(open_web, shop: str, brave: BraveSimulator, complaints: list[str], size: str):
    genre = {"desktop": ("trance", "dubstep"), "phone": ("funk", "disco")}[size]
    page = open_web(shop, size)
    open_chat(page)
    brave.fail("error", times=1)
    answer = finished(ask(page, f"What's trending in {genre[0]}?"))
    expect(answer).to_contain_text(f"The web search does not answer right now, so I {ONLY_HERE}.")
    brave.fail("quota")
    answer = finished(ask(page, f"What's trending in {genre[1]}?"))
    expect(answer).to_contain_text(f"This month's web searches are used up, so I {ONLY_HERE}.")
    assert complaints == []


def test_mistake_is_reported_hidden_and_decided(open_web, site: str, desktop: Page, complaints: list[str]):
    open_chat(desktop)
    go(desktop, "/artist/kraftwerk")
    desktop.get_by_role("button", name="Report a mistake").click()
    desktop.get_by_label("What is wrong?").fill("A date is wrong")
    desktop.get_by_role("button", name="Report", exact=True).click()
    expect(desktop.get_by_text("We have no page on this artist.")).to_be_visible()
    admin = open_web(site, "desktop")
    open_chat(admin, "admin@askchopper.test")
    go(admin, "/admin/knowledge")
    expect(admin.get_by_role("list", name="Reported artists")).to_contain_text("A date is wrong")
    admin.get_by_role("button", name="Show again: Kraftwerk").click()
    expect(admin.get_by_text("No page is reported.")).to_be_visible()
    go(desktop, "/artist/kraftwerk")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Kraftwerk")
    go(desktop, "/admin/knowledge")
    expect(desktop.get_by_text("Page not found")).to_be_visible()
    complaints.clear()  # the statuses 404 of the two missing pages
