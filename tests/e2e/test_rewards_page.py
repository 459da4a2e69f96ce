"""Rewards in the browser: the daily reward on a phone, a friend from the link to both rewards, sharing, an embedded player."""

import itertools
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SIZES, go, new_profile, pass_a_day, sign_in

_numbers = itertools.count(int(time.time()))


def _register(page: Page, path: str = "/register") -> str:
    """Create an account by the form."""
    email = f"friend{next(_numbers)}@example.test"
    go(page, path)
    page.get_by_label("Display name").fill("Robin Vale")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill("three plain words")
    page.get_by_role("main").get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="Account", exact=True).wait_for()
    return email


def test_daily_reward_is_claimed_once(phone: Page, complaints: list[str]):
    _register(phone)
    go(phone, "/rewards")
    phone.get_by_role("button", name="Claim daily reward").click()
    expect(phone.get_by_text("1 token on day 1 of your streak.")).to_be_visible()
    expect(phone.get_by_role("button", name="Claim daily reward")).to_have_count(0)
    expect(phone.get_by_role("list", name="Rewards")).to_contain_text("Daily reward")
    go(phone, "/rewards")
    expect(phone.get_by_text("Claimed. Come back tomorrow for the next one.")).to_be_visible()
    expect(phone.get_by_role("list", name="Badges").get_by_role("listitem")).to_have_count(25)
    phone.get_by_role("link", name="How it works").click()
    expect(phone.get_by_role("heading", name="Reward rules")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.soak
def test_a_week_of_days_with_one_missed(request: pytest.FixtureRequest, complaints: list[str], size: str):
    page: Page = request.getfixturevalue(size)
    email = _register(page)
    for streak, days in enumerate(
        (1, 1, 1, 2, 1, 1, 1), start=1
    ):  # the fourth comes after a missed day, which is forgiven
        for _ in range(days):
            pass_a_day(email)
        go(page, "/rewards")
        page.get_by_role("button", name="Claim daily reward").click()
        expect(page.get_by_text(f"day {streak} of your streak.")).to_be_visible()
        expect(page.get_by_role("button", name="Claim daily reward")).to_have_count(0)
    expect(page.get_by_text("Longest: 7.")).to_be_visible()
    badge = page.get_by_role("list", name="Badges").get_by_role("listitem").filter(has_text="Seven in a row")
    go(page, "/rewards")
    expect(badge).to_contain_text("Since")
    go(page, "/rewards/rules")
    for words in (
        "come back",
        "in one download",
        "hours earlier",
        "Find three packs in your key",
        "Own everything in one of your collections",
        "on Spotify",
    ):
        expect(page.get_by_role("main")).to_contain_text(words)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found] == []
    assert complaints == []


def test_a_friend_from_the_link_to_both_rewards(desktop: Page, browser: Browser, site: str, complaints: list[str]):
    _register(desktop)
    go(desktop, "/rewards")
    link = desktop.get_by_role("textbox", name="Referral link").input_value()
    with new_profile(browser, site, is_phone=True) as other:
        friend = other.new_page()
        _register(friend, "/r/" + link.rpartition("/")[2])
        go(friend, "/browse?view=grid&sort=-price")
        path = friend.get_by_role("main").locator("a[href^='/pack/']").first.get_attribute("href") or ""
        go(friend, path)
        friend.get_by_role("button", name=re.compile("^Buy for")).locator("visible=true").first.click()
        dialog = friend.get_by_role("dialog")
        dialog.get_by_role("button", name=re.compile(r"^Add \d+ tokens and buy$")).click()
        with friend.expect_download() as caught:
            dialog.get_by_role("link", name=re.compile("^Download, ")).click()
        assert caught.value.suggested_filename.endswith(".zip")
        friends_state = other.storage_state()
    # Both browsers have the same address here, so a person has to look at it first.
    go(desktop, "/rewards")
    expect(desktop.get_by_role("list", name="Rewards")).to_contain_text("Being checked")
    with new_profile(browser, site, is_phone=False) as third:
        moderator = third.new_page()
        sign_in(moderator, "admin@askchopper.test")
        go(moderator, "/moderation")
        moderator.get_by_label("Kind").select_option("reward")
        held = moderator.get_by_role("list", name="Waiting").get_by_role("listitem")
        expect(moderator.get_by_role("article")).to_contain_text("network")
        while held.count():
            before = held.count()
            moderator.get_by_role("article").get_by_role("button", name="Grant reward").click()
            expect(held).to_have_count(before - 1)
    go(desktop, "/rewards")
    expect(
        desktop.get_by_role("list", name="Rewards").get_by_role("listitem").filter(has_text="A friend bought something")
    ).to_contain_text("+10")
    with new_profile(browser, site, is_phone=True) as other:
        other.add_cookies(friends_state["cookies"])
        friend = other.new_page()
        go(friend, "/rewards")
        rewards = friend.get_by_role("list", name="Rewards").get_by_role("listitem")
        expect(rewards.filter(has_text="Joined through a friend")).to_contain_text("+")
    assert complaints == []


def test_share_dialog_and_embedded_player(desktop: Page, complaints: list[str]):
    go(desktop, "/pack/tiled-pool")
    desktop.get_by_role("button", name="Share").click()
    dialog = desktop.get_by_role("dialog", name="Share")
    expect(dialog.get_by_role("textbox", name="Link")).to_have_value(re.compile("/s/[A-Za-z0-9_-]{8}$"))
    link = dialog.get_by_role("textbox", name="Link").input_value()
    dialog.get_by_label("Embed player").select_option("large")
    code = dialog.get_by_role("textbox", name="Embed code")
    expect(code).to_have_value(re.compile("size=large"))
    expect(dialog.get_by_role("img", name="QR code of this page")).to_be_visible()
    found = re.search(r'src="([^"]+)"', code.input_value())
    assert found is not None
    desktop.goto(link)
    desktop.wait_for_url("**/pack/tiled-pool?utm_source=askchopper&utm_medium=link")
    desktop.goto(found[1])
    desktop.get_by_role("button", name=re.compile("^Play ")).click()
    expect(desktop.get_by_role("button", name=re.compile("^Pause "))).to_be_visible()
    assert complaints == []


@pytest.mark.soak
def test_any_public_page_is_shared(desktop: Page, complaints: list[str]):
    for path in ("/creator/juno-hale", "/learn/reverb", "/trends", "/collection/demo-late-night-drive"):
        go(desktop, path)
        desktop.get_by_role("main").get_by_role("button", name="Share", exact=True).click()
        dialog = desktop.get_by_role("dialog", name="Share")
        expect(dialog.get_by_role("textbox", name="Link")).to_have_value(re.compile(f"{path}$"))
        expect(dialog.get_by_role("img", name="QR code of this page")).to_be_visible()
        expect(dialog.get_by_role("list", name="Networks").get_by_role("link", name="Bluesky")).to_be_visible()
        expect(dialog.get_by_role("textbox", name="Embed code")).to_have_count(0)
        desktop.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
    assert complaints == []
