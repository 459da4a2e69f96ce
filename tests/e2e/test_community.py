"""Comments, ratings, reports and blocks in the browser, by two members and a moderator."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SIZES, go, new_profile, sign_in

ALBUM = "/browse?view=grid&sort=oldest"


def _pack_page(page: Page, index: int = 0) -> str:
    """Open a pack of the demo content, another one for each story."""
    go(page, ALBUM)
    link = page.get_by_role("main").locator("a[href^='/pack/']").nth(3 * index)
    path = link.get_attribute("href") or ""
    go(page, path)
    expect(page.get_by_role("heading", name="Comments")).to_be_visible()
    return path


@pytest.mark.parametrize("device", SIZES)
def test_comment_at_a_moment_answer_and_block(
    request: pytest.FixtureRequest, browser: Browser, site: str, complaints: list[str], device: str
):
    page: Page = request.getfixturevalue(device)
    words = f"The hat at the start is lovely {time.time():.0f}"
    sign_in(page, "demo@askchopper.test")
    path = "/pack/freight-elevator" if device == "desktop" else "/pack/sodium-light"
    go(page, path)
    page.get_by_role("button", name=re.compile("^Play all")).click()
    pin = page.get_by_role("checkbox", name=re.compile("^At 0:0"))
    expect(pin).to_be_visible()
    pin.check()
    page.get_by_role("textbox", name="Comment", exact=True).fill(words)
    page.get_by_role("button", name="Post comment").click()
    mine = page.get_by_role("list", name="Comments").get_by_role("article").filter(has_text=words)
    expect(mine).to_be_visible()
    expect(page.get_by_role("textbox", name="Comment", exact=True)).to_have_value("")
    page.get_by_role("region", name="Player").get_by_role("button", name="Pause").first.click()
    mine.get_by_role("button", name=re.compile(r"^Play 0[:.]")).click()
    expect(page.get_by_role("region", name="Player").get_by_role("button", name="Pause").first).to_be_visible()
    mine.get_by_role("button", name="Edit").click()
    mine.get_by_role("textbox", name="Edit comment").fill(f"{words}, and the clap")
    mine.get_by_role("button", name="Save").click()
    expect(mine).to_contain_text("edited")

    with new_profile(browser, site, is_phone=device == "phone") as other_profile:
        other = other_profile.new_page()
        sign_in(other, "creator@askchopper.test")
        go(other, path)
        seen = other.get_by_role("list", name="Comments").get_by_role("article").filter(has_text=words)
        seen.get_by_role("button", name="Reply").click()
        seen.get_by_role("textbox", name="Reply").fill(f"Agreed {words}")
        seen.get_by_role("button", name="Post reply").click()
        expect(
            other.get_by_role("article", name=re.compile("^Reply by ")).filter(has_text=f"Agreed {words}")
        ).to_be_visible()
        go(page, path)
        answer = page.get_by_role("article", name=re.compile("^Reply by ")).filter(has_text=f"Agreed {words}")
        expect(answer.get_by_text("Creator", exact=True)).to_be_visible()
        answer.get_by_role("button", name=re.compile("^Block ")).click()
        expect(answer).to_be_hidden()
        go(other, path)
        expect(other.get_by_text("Play a sound to comment on a specific moment.")).to_be_visible()
        expect(other.get_by_text(f"{words}, and the clap")).to_be_hidden()
        go(page, "/creator/juno-hale")
        expect(page.get_by_text("We can't find this creator.")).to_be_visible()
    go(page, "/settings")
    page.get_by_role("button", name=re.compile("^Unblock ")).click()
    expect(page.get_by_text("No one. You can block someone")).to_be_visible()
    go(page, path)
    mine = (
        page.get_by_role("list", name="Comments").get_by_role("article").filter(has_text=f"{words}, and the clap").first
    )
    mine.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_text("This comment was deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{words}, and the clap")).to_be_visible()
    assert complaints == []


@pytest.mark.soak
def test_nothing_is_lost_when_a_comment_is_refused(desktop: Page, complaints: list[str]):
    sign_in(desktop, "demo@askchopper.test")
    _pack_page(desktop, 2)
    box = desktop.get_by_role("textbox", name="Comment", exact=True)
    box.fill("Buy at https://spam.example/now")
    desktop.get_by_role("button", name="Post comment").click()
    expect(desktop.get_by_text("Links are for members")).to_be_visible()
    expect(box).to_have_value("Buy at https://spam.example/now")
    assert complaints == []


def test_rating_after_a_purchase_and_its_report(desktop: Page, browser: Browser, site: str, complaints: list[str]):
    words = f"Used it on a whole set {time.time():.0f}"
    go(desktop, "/browse?price_max=0&view=grid")
    path = desktop.get_by_role("main").locator("a[href^='/pack/']").first.get_attribute("href") or ""
    sign_in(desktop, "demo@askchopper.test")
    go(desktop, path)
    get = desktop.get_by_role("button", name="Get for free").locator("visible=true")
    if get.count():
        get.first.click()
        desktop.get_by_role("dialog").get_by_role("button", name=re.compile("Get|Buy")).click()
        expect(desktop.get_by_role("dialog").get_by_role("link", name=re.compile("^Download"))).to_be_visible()
        desktop.keyboard.press("Escape")
        go(desktop, path)
    group = desktop.get_by_role("radiogroup", name="Your rating")
    group.get_by_role("radio", name="4 stars").check()
    desktop.get_by_role("textbox", name="Review").fill(words)
    desktop.get_by_role("button", name=re.compile("^(Rate it|Change rating)$")).click()
    review = desktop.get_by_role("list", name="Reviews").get_by_role("article").filter(has_text=words)
    expect(review).to_contain_text("Bought it")
    expect(review).to_contain_text("4 of 5 stars")
    with new_profile(browser, site, is_phone=False) as other_profile:
        other = other_profile.new_page()
        sign_in(other, "admin@askchopper.test")
        go(other, path)
        seen = other.get_by_role("list", name="Reviews").get_by_role("article").filter(has_text=words)
        seen.get_by_role("button", name="Report").click()
        dialog = other.get_by_role("dialog", name="Report")
        dialog.get_by_role("radio", name="False or misleading").check()
        dialog.get_by_role("button", name="Send report").click()
        expect(dialog).to_be_hidden()
        go(other, "/moderation")
        other.get_by_label("Kind").select_option("comment")
        row = other.get_by_role("list", name="Waiting").get_by_role("listitem").filter(has_text="Review of").last
        row.get_by_role("button").click()
        item = other.get_by_role("article").filter(has_text=words)
        expect(item).to_contain_text("1 member")
        item.get_by_role("textbox", name="Note to creator").fill("Off topic.")
        item.get_by_role("button", name="Hide").click()
        expect(item).to_be_hidden()
        go(other, path)
        expect(other.get_by_text(words)).to_have_count(1)  # a moderator sees it, marked
        expect(other.get_by_text("Hidden until a moderator reviews it.")).to_be_visible()
    desktop.get_by_role("button", name="Delete rating").click()
    expect(desktop.get_by_role("button", name="Rate it")).to_be_visible()
    assert complaints == []
