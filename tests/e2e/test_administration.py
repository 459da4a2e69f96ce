"""An administrator suspends a member, reads the audit log, and ends the suspension; others get 404."""

import itertools
import time

from playwright.sync_api import Page, expect

from tests.support.browser import go, sign_in

_numbers = itertools.count(int(time.time()))


def test_suspend_and_reinstate(desktop: Page, complaints: list[str]):
    site = desktop.request.get("/health").url.removesuffix("/health")
    email = f"loud{next(_numbers)}@example.test"
    fields = {"email": email, "password": "three plain words", "display_name": "Loud Person"}
    assert desktop.request.post("/auth/register", form=fields, headers={"Origin": site}).ok
    assert desktop.request.get("/admin/members").status == 404
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/admin/members")
    desktop.get_by_role("searchbox", name="Search members").fill(email)
    row = desktop.get_by_role("list", name="Members").get_by_role("listitem")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Manage Loud Person").click()
    row.get_by_label("Reason").fill("Advertising in comments")
    row.get_by_role("button", name="Suspend").click()
    expect(row).to_contain_text("Suspended: Advertising in comments")
    login = {"email": email, "password": "three plain words"}
    json = {"Origin": site, "Accept": "application/json"}
    assert desktop.request.post("/auth/login", form=login, headers=json).status == 401
    row.get_by_role("button", name="End suspension").click()
    expect(row).not_to_contain_text("Suspended")
    go(desktop, "/admin/audit")
    log = desktop.get_by_role("list", name="Audit log")
    expect(log).to_contain_text("member.reinstated")
    desktop.get_by_label("Actions").select_option("Members")
    expect(log).to_contain_text("Advertising in comments")
    assert [complaint for complaint in complaints if "404" not in complaint and "401" not in complaint] == []
    complaints.clear()
