"""Accounts in a browser: a provider, a second factor, another e-mail, a copy of one's data, and leaving."""

import json
import re
import time
import zipfile

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.simulators.oidc.client import OidcSimulator
from tests.support.browser import forget_limits, go, open_page, reload, site_folder

PASSWORD = "three random words 7"
JOB_SECONDS = 30


def register(page: Page) -> str:
    """Register a new member; returns their e-mail."""
    email = f"member{time.time_ns()}@example.test"
    forget_limits()
    go(page, "/register")
    for label, text in (("Display name", "New Member"), ("Email", email)):
        page.get_by_label(label).fill(text)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/")
    page.get_by_role("button", name="Account").wait_for()
    return email


def sign_out(page: Page) -> None:
    go(page, "/settings")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_url("**/")


def sign_in(page: Page, email: str) -> None:
    go(page, "/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def expect_refusal(complaints: list[str], path: str) -> None:
    """Take the console's message about a form that was refused on purpose."""
    assert [line for line in complaints if not line.endswith(path)] == []
    complaints.clear()


def test_member_leaves_and_changes_their_mind(desktop: Page):
    email = register(desktop)
    go(desktop, "/settings")
    desktop.get_by_role("button", name="Delete my account").click()
    notice = desktop.get_by_role("region", name="Planned deletion")
    expect(notice).to_contain_text("Your account will be deleted on")
    sign_out(desktop)
    sign_in(desktop, email)
    desktop.wait_for_url("**/settings")
    notice.get_by_role("button", name="Keep my account").click()
    expect(notice).to_have_count(0)
    expect(desktop.get_by_role("button", name="Delete my account")).to_be_visible()


@pytest.mark.soak
def test_member_exports_their_data(desktop: Page):
    email = register(desktop)
    go(desktop, "/settings")
    desktop.get_by_role("button", name="Export my data").click()
    expect(desktop.get_by_text("Your export is being made.")).to_be_visible()
    link = desktop.get_by_role("link", name=re.compile("^Download, "))
    give_up = time.monotonic() + JOB_SECONDS
    while not link.is_visible() and time.monotonic() < give_up:
        reload(desktop)
        desktop.wait_for_timeout(500)
    with desktop.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert json.loads(archive.read("account.json"))[0]["email"] == email


def test_member_comes_from_a_provider(browser: Browser, model_site: str, issuer: OidcSimulator):
    email = f"ada{time.time_ns()}@example.test"
    issuer.user(email, email=email, email_verified=True, name="Ada Provider")
    complaints: list[str] = []
    context, page = open_page(browser, model_site, complaints)
    go(page, "/login?next=/wallet")
    page.get_by_role("link", name="Sign in with Example ID").click()
    page.locator("input[name=sub]").fill(email)
    page.get_by_role("button", name=re.compile("Authorize", re.IGNORECASE)).click()
    page.wait_for_url(f"{model_site}/wallet")
    go(page, "/settings")
    methods = page.locator("#sign-in-methods")
    expect(methods).to_contain_text(f"Linked as {email}")
    expect(methods).to_contain_text("You have no password.")
    methods.get_by_role("button", name="Unlink Example ID").click()
    expect(page.get_by_text("Example ID is your only way to sign in.")).to_be_visible()
    context.close()
    assert [line for line in complaints if "jsdelivr" not in line] == []  # the style sheet of the issuer's page


def test_member_signs_in_with_a_second_factor(desktop: Page, complaints: list[str]):
    email = register(desktop)
    go(desktop, "/settings")
    section = desktop.locator("#two-factor")
    section.get_by_role("button", name="Set up two-factor authentication").click()
    expect(section.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    app = pyotp.TOTP(section.locator("code").inner_text().replace(" ", ""))
    section.get_by_role("textbox", name="Authentication code").fill(app.now())
    section.get_by_role("button", name="Turn on").click()
    codes = section.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    sign_out(desktop)
    sign_in(desktop, email)
    desktop.wait_for_url("**/login/code")
    code = desktop.get_by_role("textbox", name="Authentication code")
    code.fill("000000")
    desktop.get_by_role("button", name="Sign in").click()
    expect(desktop.get_by_role("alert")).to_contain_text("This code is wrong")
    expect_refusal(complaints, "/auth/second-step")
    code.fill(recovery)
    desktop.get_by_role("button", name="Sign in").click()
    desktop.wait_for_url("**/")
    desktop.get_by_role("button", name="Account").wait_for()


@pytest.mark.soak
def test_member_changes_their_email(desktop: Page):
    register(desktop)
    go(desktop, "/settings")
    email = f"new{time.time_ns()}@example.test"
    desktop.get_by_label("New email").fill(email)
    desktop.get_by_role("button", name="Change email").click()
    expect(desktop.get_by_text("We have sent a link to this address.")).to_be_visible()
    links = re.findall(r"/confirm-email#token=[\w-]+", (site_folder["site"] / "server.log").read_text())
    go(desktop, links[-1])
    desktop.get_by_role("button", name="Confirm").click()
    desktop.wait_for_url("**/settings")
    expect(desktop.locator("#email")).to_contain_text(email)
    expect(desktop.locator("#email")).to_contain_text("Verified")


@pytest.mark.soak
def test_member_chooses_their_mails(phone: Page, complaints: list[str]):
    register(phone)
    go(phone, "/settings")
    switch = phone.get_by_role("switch", name=re.compile("^News"))
    expect(switch).not_to_be_checked()
    switch.click()
    expect(switch).to_be_checked()
    reload(phone)
    expect(switch).to_be_checked()
    go(phone, "/unsubscribe#token=invented")
    phone.get_by_role("button", name="Unsubscribe").click()
    expect(phone.get_by_role("alert")).to_contain_text("This link no longer works.")
    expect_refusal(complaints, "/auth/unsubscribe")
