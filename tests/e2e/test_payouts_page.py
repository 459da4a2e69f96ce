"""A creator requests a payout of what their packs earned."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import forget_limits, go, sign_in

pytestmark = pytest.mark.e2e


def test_creator_requests_a_payout(desktop: Page):
    forget_limits()
    sign_in(desktop, "creator@askchopper.test")
    go(desktop, "/studio/earnings")
    expect(desktop.get_by_role("heading", name="Payouts")).to_be_visible()
    desktop.get_by_label("Pay to").fill("DE02 1203 0000 0000 2020 51")
    desktop.get_by_role("button", name="Request payout of").click()
    expect(desktop.get_by_role("list", name="Payouts").get_by_text("Waiting")).to_be_visible()
    expect(desktop.get_by_text("Your request is being reviewed.")).to_be_visible()
    desktop.get_by_text("By month").click()
    with desktop.expect_download() as caught:
        desktop.get_by_role("list", name="Statements by month").get_by_role("link").first.click()
    assert caught.value.suggested_filename.startswith("ask-chopper-earnings-20")
