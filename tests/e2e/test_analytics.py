"""A creator sees the way from a search to a play on the page of figures, at three widths and by keyboard."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import go, open_page, sign_in

pytestmark = pytest.mark.e2e
CREATOR = "creator@askchopper.test"


def step(page: Page, name: str) -> int:
    """Return the figure of a step of the funnel."""
    row = page.get_by_role("list", name="From a list to a sale").get_by_role("listitem").filter(has_text=name)
    return int(row.locator(".fact").inner_text().replace(",", ""))


def own_pack(page: Page) -> tuple[str, str]:
    """Return title and path of the figures of a pack of the creator."""
    go(page, "/studio/analytics?days=365")
    link = page.get_by_role("list", name="Packs").get_by_role("link").first
    return link.inner_text(), link.get_attribute("href") or ""


def test_search_view_and_play_become_figures(browser: Browser, desktop: Page, site: str):
    sign_in(desktop, CREATOR)
    title, path = own_pack(desktop)
    go(desktop, path)
    before = {name: step(desktop, name) for name in ("Shown in a list", "Page opened", "Played")}

    context, buyer = open_page(browser, site, [])
    sign_in(buyer, "demo@askchopper.test")
    go(buyer, f"/browse?q=%22{title.replace(' ', '+')}%22&view=grid")
    expect(buyer.get_by_role("link", name=title).first).to_be_visible()
    with buyer.expect_request("**/api/v1/views"):  # once the row was visible
        buyer.wait_for_timeout(1000)
    buyer.get_by_role("link", name=title).first.click()
    buyer.wait_for_url("**/pack/**")
    buyer.get_by_role("button", name=re.compile("^Play ")).first.click()
    buyer.wait_for_timeout(4500)
    with buyer.expect_request("**/api/v1/plays"):
        buyer.get_by_role("button", name=re.compile("^Play ")).last.click()
    context.close()

    def counted() -> bool:
        go(desktop, path)
        return all(step(desktop, name) > value for name, value in before.items())

    assert counted() or counted()  # views are written within a second
    led = desktop.get_by_role("table", name="Search terms that led here")
    expect(led.get_by_role("row").filter(has_text=title.lower())).to_have_count(1)
    expect(
        desktop.get_by_role("table", name="Where they came from").get_by_role("row", name=re.compile("^Search"))
    ).to_be_visible()


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_figures_by_keyboard_at_every_width(browser: Browser, site: str, width: int):
    context, page = open_page(browser, site, [])
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, CREATOR)
    _, path = own_pack(page)
    chart = page.get_by_role("img", name=re.compile("^Earned by day from .* in total"))
    expect(chart).to_be_visible()
    plays = page.get_by_role("group", name="Chart").get_by_role("link", name="Plays")
    plays.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name=re.compile("^Plays by day"))).to_be_visible()
    table = page.get_by_text("Show as table")
    table.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Day")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    go(page, f"{path}?from=2020-01-01&to=2026-01-01")
    expect(page.get_by_role("alert").filter(has_text="at most one year")).to_be_visible()
    with page.expect_download() as download:
        page.locator("summary", has_text="CSV").click()
        page.get_by_role("list", name="Export").get_by_role("link", name="Days").click()
    assert download.value.suggested_filename.startswith("analytics-days-")
    go(page, "/studio/analytics/no-such-pack")
    expect(page.get_by_text("You have no pack with this address.")).to_be_visible()
    context.close()


def test_member_without_packs_is_shown_the_way(desktop: Page):
    sign_in(desktop, "demo@askchopper.test")
    go(desktop, "/studio/analytics")
    expect(desktop.get_by_text("Figures begin when people see and play your first pack.")).to_be_visible()
    expect(desktop.get_by_role("link", name="Open the studio")).to_be_visible()
