"""Moderation and administration at three widths, by keyboard, and without scrolling sideways."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import WIDTHS, go, open_page, sign_in

AT_WIDTHS = pytest.mark.parametrize("width", WIDTHS)
ADMIN_PAGES = ("", "/members", "/jobs", "/site", "/search", "/glossary", "/knowledge", "/metrics", "/taste", "/audit")


@pytest.fixture
def reported(browser: Browser, site: str) -> list[str]:
    """Ids of two packs that a new member reported."""
    with browser.new_context(base_url=site, extra_http_headers={"Origin": site}) as context:
        fields = {
            "email": f"reader{time.time_ns()}@example.test",
            "password": "three plain words",
            "display_name": "Attentive Reader",
        }
        assert context.request.post("/auth/register", form=fields).ok
        packs = context.request.get("/api/v1/packs?limit=2").json()["items"]
        for pack in packs:
            new = {"target": "pack", "id": pack["id"], "reason": "copyright", "text": "This is a recording of mine."}
            assert context.request.post("/api/v1/reports", data=new).status == 204
    return [pack["title"] for pack in packs]


def check_width(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@AT_WIDTHS
def test_reports_are_dismissed_by_keyboard(browser: Browser, site: str, reported: list[str], width: int):
    context, page = open_page(browser, site, [])
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, "admin@askchopper.test")
    go(page, "/moderation")
    page.get_by_label("Kind").select_option("report")
    opened = page.get_by_role("article").get_by_role("heading", level=2)
    expect(opened).to_be_visible()
    first = opened.text_content() or ""
    assert first in reported
    check_width(page, width)
    page.locator("body").press("j")
    expect(opened).not_to_have_text(first)
    page.locator("body").press("k")
    expect(opened).to_have_text(first)
    for title in reported:
        page.get_by_role("checkbox", name=f"Select {title}").focus()
        page.keyboard.press("Space")
        expect(page.get_by_role("checkbox", name=f"Select {title}")).to_be_checked()
    check_width(page, width)
    page.get_by_role("button", name="Approve selected").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Queue is empty.")).to_be_visible()
    context.close()


@AT_WIDTHS
def test_pages_of_the_administration(browser: Browser, site: str, complaints: list[str], width: int):
    context, page = open_page(browser, site, complaints)
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, "admin@askchopper.test")
    for path in ADMIN_PAGES:
        go(page, f"/admin{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_width(page, width)
    go(page, "/admin")
    page.get_by_role("navigation", name="Administration").get_by_role("link", name="Members").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Members")).to_be_visible()
    go(page, "/admin/search")
    word = f"zzz{width}"
    page.get_by_label("A search for").fill(word)
    page.get_by_label("also finds").fill("techno")
    page.keyboard.press("Enter")
    page.get_by_label("Search synonyms").fill(word)
    delete = page.get_by_role("button", name=f"Delete {word} techno")
    expect(delete).to_be_visible()
    delete.focus()
    page.keyboard.press("Enter")
    expect(delete).to_have_count(0)
    go(page, "/admin/audit")
    expect(page.get_by_role("main")).to_contain_text("search.synonym")
    assert complaints == []
    context.close()
