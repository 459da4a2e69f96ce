"""Paying for tokens on Stripe's page: there and back, from the purchase dialog and from the wallet."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.simulators.stripe.client import StripeSimulator
from tests.support.browser import free_port, go, open_page, site_folder
from tests.support.database import ROOT

pytestmark = pytest.mark.e2e


@pytest.fixture
def member(browser: Browser, shop: str, complaints: list[str]) -> Iterator[Page]:
    """A new member without tokens."""
    context, page = open_page(browser, shop, complaints)
    form = {"email": f"payer{free_port()}@example.test", "display_name": "Pat Payer", "password": "three plain words"}
    assert page.request.post("/auth/register", form=form, headers={"Origin": shop}).ok
    yield page
    context.close()


def test_member_without_tokens_pays_and_has_the_pack(member: Page, stripe: StripeSimulator):
    go(member, "/pack/tiled-pool")
    member.get_by_role("button", name="Buy for").locator("visible=true").first.click()
    dialog = member.get_by_role("dialog", name="Buy Tiled Pool")
    add = dialog.get_by_role("button", name=re.compile(r"^Add \d+ tokens and buy$"))
    expect(add).to_be_visible()
    add.click()
    member.get_by_role("link", name="Back").click()  # nothing is charged; the dialog is as it was
    expect(add).to_be_visible()
    add.click()
    member.get_by_role("button", name="Card is declined").click()
    expect(member.get_by_text("Your card was declined")).to_be_visible()
    member.get_by_role("button", name="Pay", exact=True).click()
    expect(dialog.get_by_role("link", name=re.compile("^Download, "))).to_be_visible()
    assert [one["status"] for one in stripe.seen["deliveries"]][-1] == 200
    go(member, "/library")
    expect(member.get_by_role("link", name="Download pack Tiled Pool")).to_be_visible()


def test_wallet_waits_for_the_payment(member: Page, shop: str):
    go(member, "/wallet")
    member.get_by_role("button", name="Get tokens").click()
    member.get_by_role("link", name="Back").click()
    expect(member.get_by_text("You left the payment page. Nothing was charged.")).to_be_visible()
    member.get_by_role("button", name="Get tokens").click()
    member.get_by_role("button", name="Pay", exact=True).click()
    expect(member.get_by_text("Thank you. 100 tokens added to your wallet.")).to_be_visible()
    environment = {**os.environ, "DATA_DIR": str(site_folder["site"])}
    verified = subprocess.run(
        [sys.executable, "-m", "askchopper", "ledger", "verify"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stdout
