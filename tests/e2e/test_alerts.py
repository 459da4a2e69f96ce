"""Alerts lead to the place: a report to the queue, a damaged sound to its pack."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SIZES, go, sign_in, site_folder
from tests.support.review_steps import register, run_as_owner

pytestmark = pytest.mark.e2e


def _follow(page: Page, sentence: str) -> None:
    """Open the newest alert with a sentence by keyboard."""
    go(page, "/notifications")
    link = page.get_by_role("list", name="Notifications").get_by_role("link", name=sentence).first
    link.focus()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", SIZES)
def test_report_leads_a_moderator_to_the_queue(
    request: pytest.FixtureRequest, browser: Browser, site: str, size: str, complaints: list[str]
):
    page: Page = request.getfixturevalue(size)
    with browser.new_context(base_url=site, extra_http_headers={"Origin": site}) as context:
        reader = context.new_page()
        register(reader, site, f"Careful Reader {time.time_ns() % 10**6}")
        pack = context.request.get("/api/v1/packs?limit=1").json()["items"][0]
        new = {"target": "pack", "id": pack["id"], "reason": "copyright", "text": "This is a recording of mine."}
        assert context.request.post("/api/v1/reports", data=new).status == 204
    sign_in(page, "admin@askchopper.test")
    _follow(page, f"{pack['title']} was reported.")
    page.wait_for_url("**/moderation")
    page.get_by_label("Kind").select_option("report")
    item = page.get_by_role("article")
    expect(item.get_by_role("heading", level=2)).to_have_text(pack["title"])
    item.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Queue is empty.").or_(page.get_by_text("The queue is empty."))).to_be_visible()
    assert complaints == []


def test_damaged_sound_leads_its_creator_to_the_pack(desktop: Page, complaints: list[str]):
    ((file_id, sound, pack, key, creator),) = run_as_owner(
        "SELECT f.id::text, f.title, p.title, f.master_key, seller.email FROM users buyer JOIN purchases b ON b.buyer_id = buyer.id"
        " JOIN packs p ON p.id = b.pack_id JOIN audio_files f ON f.id = b.file_ids[1]"
        " JOIN creators c ON c.id = p.creator_id JOIN users seller ON seller.id = c.user_id"
        " WHERE buyer.email = 'demo@askchopper.test' AND b.status = 'completed' LIMIT 1"
    )
    master = site_folder["site"] / "files" / str(key)
    hidden = master.with_suffix(".hidden")
    master.rename(hidden)
    try:
        sign_in(desktop, "demo@askchopper.test")  # has bought the pack
        assert desktop.request.get(f"/api/v1/library/files/{file_id}/download").status == 503
        sign_in(desktop, str(creator))
        _follow(desktop, f"Our stored copy of {sound} in {pack} is damaged. Please upload the file again.")
        desktop.wait_for_url("**/studio/**")
        expect(desktop.get_by_role("heading", level=1)).to_have_text(str(pack))
        expect(desktop.get_by_role("main").get_by_role("button", name=f"Play {sound}")).to_be_visible()
        expect(desktop.get_by_text("Our copy of this file is damaged").first).to_be_visible()
    finally:
        hidden.rename(master)
        run_as_owner("UPDATE audio_files SET damaged_at = NULL; DELETE FROM notifications WHERE kind = 'damage'")
    assert complaints == []
