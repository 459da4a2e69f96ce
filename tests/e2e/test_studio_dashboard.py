"""The studio's dashboard: period, chart and order of packs are in the URL; on a phone too."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import go, sign_in

CREATOR = "creator@askchopper.test"


def test_period_chart_and_order(desktop: Page):
    sign_in(desktop, CREATOR)
    go(desktop, "/studio")
    chart = desktop.get_by_role("img", name=re.compile("^Earnings by day from .* tokens in total"))
    expect(chart).to_be_visible()
    desktop.get_by_role("link", name="90 days").click()
    expect(desktop.get_by_text("than the 90 days before").first).to_be_visible()
    desktop.get_by_role("group", name="Chart").get_by_role("link", name="Plays").click()
    expect(desktop.get_by_role("img", name=re.compile("^Plays by day"))).to_be_visible()
    heads = desktop.get_by_role("group", name="Columns")
    heads.get_by_role("link", name="Pack").click()
    names = desktop.get_by_role("list", name="Packs").get_by_role("listitem")
    expect(heads.get_by_role("link", name="Pack ascending")).to_be_visible()
    first = names.first.get_by_role("link").last.inner_text()
    heads.get_by_role("link", name="Pack ascending").click()
    expect(names.last).to_contain_text(first)
    expect(desktop).to_have_url(re.compile(r"days=90.*chart=plays.*sort=-name"))


@pytest.mark.soak
def test_packs_have_figures_on_a_phone(phone: Page):
    sign_in(phone, CREATOR)
    go(phone, "/studio")
    phone.get_by_label("Sort packs by").select_option("-plays")
    expect(phone.get_by_role("list", name="Packs").get_by_role("listitem").first).to_contain_text(
        re.compile(r"[\d,]+ plays?, \d+ sales?, [\d,]+ tokens?")
    )


def test_discarded_draft_comes_back(desktop: Page):
    sign_in(desktop, CREATOR)
    go(desktop, "/studio/upload")
    desktop.get_by_role("button", name="Details").first.click()
    title = f"Second thoughts {int(time.time())}"
    desktop.get_by_label("Title", exact=True).fill(title)
    desktop.get_by_label("Title", exact=True).blur()
    desktop.wait_for_url("**/studio/upload?draft=*")
    expect(desktop.get_by_label("Title", exact=True)).to_have_value(title)
    go(desktop, "/studio")
    row = desktop.get_by_role("list", name="Packs").get_by_role("listitem").filter(has_text=title)
    row.locator("summary").click()
    row.get_by_role("button", name="Discard").click()
    expect(row).to_have_count(0)
    desktop.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)


def test_upload_page_of_a_visitor_asks_to_sign_in(desktop: Page):
    go(desktop, "/studio/upload")  # an error in the console would fail the test
    desktop.wait_for_url("**/login?next=*")
