"""A new member of an installation with a mail server confirms their address by the mailed link, desktop and phone."""

import email
import email.policy
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.browser import SIZES, WAIT_SECONDS, go, model_server, open_page
from tests.support.smtp import smtp_server


@pytest.fixture(scope="module")
def mails() -> Iterator[list[str]]:
    """What the mail server of this file got."""
    with smtp_server() as received:
        yield received


@pytest.fixture(scope="module")
def mail_site(site: str, anthropic_server: AnthropicSimulator, mails: list[str]) -> Iterator[str]:
    """A second server on the same data, with a mail server."""
    with model_server("mail", anthropic_server) as url:
        yield url


def next_mail(page: Page, mails: list[str]) -> tuple[str, str]:
    """Wait for a mail; returns its subject and the path of its link."""
    for _ in range(10 * WAIT_SECONDS):
        if mails:
            break
        page.wait_for_timeout(100)
    message = email.message_from_string(mails.pop(0), policy=email.policy.default)
    body = message.get_body(("plain",))
    link = urlsplit(re.findall(r"https?://\S+", body.get_content())[0])
    return message["subject"], f"{link.path}?{link.query}#{link.fragment}"


def register(page: Page, address: str) -> None:
    go(page, "/register")
    for label, text in (("Display name", "New Member"), ("Email", address)):
        page.get_by_label(label).fill(text)
    page.get_by_label("Password", exact=True).fill("three random words 7")
    page.get_by_role("button", name="Create account").click()


@pytest.mark.parametrize("size", SIZES)
def test_address_is_confirmed_by_mail(
    browser: Browser, mail_site: str, mails: list[str], complaints: list[str], size: str
):
    context, page = open_page(browser, mail_site, complaints, is_phone=size == "phone")
    address = f"mailed{time.time_ns()}@example.test"
    register(page, address)
    expect(page.get_by_role("status").filter(has_text="mail")).to_be_visible()
    subject, link = next_mail(page, mails)
    assert subject == "Confirm your email address"
    go(page, link)
    page.get_by_role("button", name="Confirm and sign in").click()
    page.get_by_role("button", name="Account").wait_for()
    go(page, link)
    page.get_by_role("button", name="Confirm and sign in").click()
    expect(page.get_by_role("alert").filter(has_text="This link no longer works")).to_be_visible()
    assert [line for line in complaints if not line.endswith("/auth/confirm")] == []
    complaints.clear()  # the refusal of the second use
    context.clear_cookies()
    register(page, address)
    expect(page.get_by_role("status").filter(has_text="mail")).to_be_visible()
    assert next_mail(page, mails)[0] == "You have an account already"
    context.close()
