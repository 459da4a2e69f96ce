"""Chat steps shared by browser tests."""

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import go, sign_in


def open_chat(page: Page, email: str = "demo@askchopper.test") -> None:
    sign_in(page, email)
    go(page, "/chat")


def ask(page: Page, text: str) -> Locator:
    """Ask, and return the locator of the new answer."""
    box = page.get_by_label("Message")
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_label("Your question").last).to_contain_text(text)
    return page.get_by_label("Answer", exact=True).last


def finished(answer: Locator) -> Locator:
    expect(answer).not_to_have_attribute("aria-busy", "true", timeout=20_000)
    return answer
