"""A moderator works through the review queue by keyboard: next, previous, play, return, approve; and takes, writes, undoes."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import go, sign_in
from tests.support.review_steps import forget_drafts, register, send_in
from tests.support.studio_sounds import beat

LOOK_MILLISECONDS = 700  # a pack has to be visible for a while before a shortcut approves it
_PLAYING = "() => window.chopperPlayer.current().isPlaying"


@pytest.fixture
def waiting(browser: Browser, site: str) -> Iterator[tuple[str, str]]:
    """Two packs in review, the only ones."""
    forget_drafts()
    stamp = int(time.time()) % 100_000
    titles = (f"Slip One {stamp}", f"Slip Two {stamp}")
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        register(page, site, "Slip Maker")  # the first pack that is published ends the reviews of the next ones
        for title, bpm in zip(titles, (122, 126), strict=True):
            send_in(page, title, bpm=bpm, content=beat(bpm=bpm, seed=int(time.time() * 10) % 10**6))
    yield titles
    forget_drafts(*titles)


def _select(page: Page, title: str) -> None:
    box = page.get_by_role("checkbox", name=f"Select {title}")
    box.click()  # the server says that it is checked
    expect(box).to_be_checked()


def _check_that_keys_can_be_switched_off(page: Page) -> None:
    opened = page.get_by_role("article").get_by_role("heading", level=2)
    page.evaluate("() => localStorage.setItem('askchopper.keys', 'off')")
    go(page, "/moderation")
    expect(page.get_by_text("Single keys are switched off in your settings.")).to_be_visible()
    before = opened.text_content()
    page.keyboard.press("j")
    page.wait_for_timeout(LOOK_MILLISECONDS)
    assert opened.text_content() == before
    page.evaluate("() => localStorage.removeItem('askchopper.keys')")


def test_review_queue_by_keyboard(desktop: Page, waiting: tuple[str, str]):
    first, second = waiting
    page, press = desktop, desktop.keyboard.press
    opened = page.get_by_role("article").get_by_role("heading", level=2)
    sign_in(page, "admin@askchopper.test")
    go(page, "/")
    _check_that_keys_can_be_switched_off(page)
    go(page, "/moderation")
    page.get_by_label("Kind").select_option("pack")
    expect(opened).to_have_text(first)
    expect(page.get_by_label("Shortcuts", exact=True).first).to_contain_text("approve")

    press("j")
    expect(opened).to_have_text(second)
    expect(page.get_by_role("status").filter(has_text=f"2 of 2: {second}")).to_be_attached()
    press("j")  # there is no third pack
    press("k")
    expect(opened).to_have_text(first)

    press("Space")
    page.wait_for_function(_PLAYING)
    press("Space")
    page.wait_for_function(f"() => !({_PLAYING})()")
    press("j")
    expect(opened).to_have_text(second)
    press("Space")  # the sound of the open pack, not the previously loaded one
    page.wait_for_function(_PLAYING)
    assert "slip" in page.evaluate("() => window.chopperPlayer.current().track.title").lower()
    expect(page.get_by_role("article").locator("[data-current]").first).to_be_visible()
    press("k")
    expect(opened).to_have_text(first)

    page.wait_for_timeout(LOOK_MILLISECONDS)
    reason = page.get_by_label("Note to creator")
    press("r")
    expect(reason).to_be_focused()
    page.keyboard.type("jkar: too quiet")  # shortcuts are inactive while typing
    expect(reason).to_have_value("jkar: too quiet")
    expect(opened).to_have_text(first)
    press("Tab")
    press("r")
    expect(page.get_by_text(f"{first} went back to its creator.")).to_be_visible()
    expect(opened).to_have_text(second)

    press("a")  # too early: the pack has not been visible long enough
    page.wait_for_timeout(LOOK_MILLISECONDS)
    expect(opened).to_have_text(second)
    press("a")
    expect(page.get_by_text(f"{second} is being published.")).to_be_visible()
    expect(page.get_by_text("Queue is empty.")).to_be_visible()


def test_take_write_undo_and_decide_about_several(desktop: Page, waiting: tuple[str, str], complaints: list[str]):
    first, second = waiting
    page, press = desktop, desktop.keyboard.press
    opened = page.get_by_role("article").get_by_role("heading", level=2)
    sign_in(page, "admin@askchopper.test")
    go(page, "/moderation")
    page.get_by_label("Kind").select_option("pack")
    expect(opened).to_have_text(first)
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_role("list", name="Waiting").get_by_role("listitem").first).to_contain_text("Claimed by you")
    page.get_by_label("Message", exact=True).fill("Known from <b>before</b>")
    page.get_by_label("Only moderators see it").check()
    page.get_by_role("button", name="Send message").click()
    note = page.get_by_role("list", name="Messages").get_by_role("listitem")
    expect(note).to_contain_text("Moderators only")
    expect(note).to_contain_text("Known from <b>before</b>")
    expect(page.get_by_text("New: the first pack is reviewed").first).to_be_visible()

    page.get_by_label("Template", exact=True).select_option(label="Too loud")
    expect(page.get_by_label("Note to creator")).to_have_value(re.compile("Some sounds clip"))
    page.get_by_role("button", name="Send back").click()
    expect(opened).to_have_text(second)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is in the queue again.")).to_be_visible()
    expect(opened).to_have_text(first)

    opened.click()
    press("x")
    _select(page, second)
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Return selected").click()
    results = page.get_by_role("list", name="Results").get_by_role("listitem")
    expect(results.first).to_contain_text("Say in a sentence what has to change.")  # nothing is lost
    _select(page, first)
    _select(page, second)
    page.get_by_role("button", name="Approve selected").click()
    expect(results.first).to_contain_text("Approved")
    expect(page.get_by_text("Queue is empty.")).to_be_visible()
    assert complaints == []
