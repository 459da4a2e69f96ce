"""Accessibility: axe reports nothing on any page in its main states; no horizontal scroll at 320 pixels."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.browser import go, sign_in

PUBLIC = ["/", "/browse", "/browse?view=list&kind=loop", "/browse?q=nothing+fits+this", "/pack/tiled-pool",
          "/creator/juno-hale", "/login", "/register", "/forgot", "/reset"]  # fmt: skip
MEMBER = ["/wallet", "/library", "/settings", "/pack/sodium-light"]


def _check(page: Page) -> None:
    page.wait_for_timeout(400)  # transitions must have ended before colours are measured
    results = Axe().run(page)
    found = [
        (
            violation["id"],
            [node["target"] for node in violation["nodes"]][:3],
            violation["nodes"][0]["failureSummary"][:200],
        )
        for violation in results.response["violations"]
    ]
    assert found == []


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page(desktop: Page, path: str):
    go(desktop, path)
    _check(desktop)


@pytest.mark.parametrize("path", ["/", "/browse", "/pack/tiled-pool", "/login"])
def test_public_page_on_a_phone(phone: Page, path: str):
    go(phone, path)
    _check(phone)


def test_member_pages_menu_dialog_and_player(desktop: Page):
    sign_in(desktop)
    for path in MEMBER:
        go(desktop, path)
        _check(desktop)
    desktop.get_by_role("button", name="Account").click()
    _check(desktop)
    desktop.keyboard.press("Escape")
    desktop.get_by_role("button", name="Play", exact=False).first.click()
    desktop.get_by_role("region", name="Player").wait_for()
    _check(desktop)
    desktop.get_by_role("button", name="Buy for", exact=False).first.click()
    desktop.get_by_role("dialog", name=re.compile("^Buy ")).wait_for()
    _check(desktop)


@pytest.mark.parametrize("path", [*PUBLIC, "/verify/nothing"])
def test_no_horizontal_scroll_at_320_pixels(phone: Page, path: str, complaints: list[str]):
    phone.set_viewport_size({"width": 320, "height": 640})
    go(phone, path)
    phone.wait_for_timeout(300)
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    complaints.clear()


def test_studio_pages(desktop: Page):
    sign_in(desktop, "creator@askchopper.test")
    go(desktop, "/studio")
    _check(desktop)
    desktop.get_by_role("link", name="Freight Elevator").click()
    desktop.get_by_role("list", name="Sounds").wait_for()
    _check(desktop)
    for step in ("Continue to details", "Continue to price", "Continue to review"):
        desktop.get_by_role("button", name=step).click()
        desktop.wait_for_timeout(300)
        _check(desktop)


def test_review_queue(desktop: Page):
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/moderation")
    _check(desktop)
