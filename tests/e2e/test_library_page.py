"""Library page: filters and order in the URL, rows with cover and size on a phone, and free packs for a new member."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import go, sign_in

OWNER = "demo@askchopper.test"


def test_library_keeps_filters_in_the_url(desktop: Page):
    sign_in(desktop, OWNER)
    go(desktop, "/library")
    rows = desktop.get_by_role("list", name="Library").get_by_role("listitem")
    owned = rows.count()
    assert owned > 1
    title = rows.last.get_by_role("link").first.inner_text()
    desktop.get_by_label("Sort by").select_option("oldest")
    expect(rows.first.get_by_role("link").first).to_have_text(title)
    desktop.get_by_role("searchbox", name="Search what you own").fill(title)
    expect(rows).to_have_count(1)
    expect(desktop).to_have_url(re.compile(r"/library\?sort=oldest&q="))
    desktop.reload()
    expect(rows).to_have_count(1)
    expect(desktop.get_by_role("searchbox", name="Search what you own")).to_have_value(title)
    desktop.get_by_role("link", name="Single sounds").click()
    expect(desktop.get_by_text("Nothing you own matches that.")).to_be_visible()
    desktop.get_by_role("link", name="Show everything").click()
    expect(rows).to_have_count(owned)


@pytest.mark.soak
def test_library_rows_on_a_phone(phone: Page):
    sign_in(phone, OWNER)
    go(phone, "/library")
    row = phone.get_by_role("list", name="Library").get_by_role("listitem").first
    expect(row.locator("img")).to_be_visible()
    expect(row.get_by_role("link", name=re.compile(r"^Download pack .*, [\d.]+ [kM]B$"))).to_be_visible()
    row.get_by_role("button", name="Play").click()
    expect(row.get_by_role("slider", name="Seek").locator("visible=true")).to_have_count(1)
