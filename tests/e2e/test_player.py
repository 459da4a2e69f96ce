"""The player: gapless loops, the sheet on a phone, the command menu; and a page without JavaScript."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import go

_RATE_HZ = 44_100


def _play_loop(page: Page, query: str) -> dict[str, Any]:
    go(page, f"/browse?view=list&kind=loop&q={query}")
    button = page.locator("[data-row] [data-track]").first
    button.click()
    page.wait_for_function("() => chopperPlayer.position() > 0.2")
    return json.loads(button.get_attribute("data-track") or "")


def test_loop_repeats_sample_accurately(desktop: Page):
    loop = _play_loop(desktop, "workbench+groove")
    desktop.wait_for_function("() => chopperPlayer.source().startsWith('blob:')")
    length = desktop.evaluate("""() => new Promise((done) => {
        const copy = new Audio(chopperPlayer.source());
        copy.onloadedmetadata = () => done(copy.duration);
    })""")
    turns = round(length / loop["seconds"])
    assert turns > 10
    assert abs(length / turns - loop["seconds"]) < 1 / _RATE_HZ
    stops = desktop.evaluate("""() => new Promise((done) => {
        const seen = [];
        const look = setInterval(() => { const s = chopperPlayer.current(); if (!s.isPlaying || s.isWaiting) seen.push(s); }, 20);
        setTimeout(() => { clearInterval(look); done(seen.length); }, 4500);
    })""")
    assert stops == 0, "the sound stopped or waited at a turn"
    assert 0 <= desktop.evaluate("chopperPlayer.position()") < loop["seconds"]


@pytest.mark.soak
def test_loop_without_repeat_ends(desktop: Page):
    loop = _play_loop(desktop, "workbench+groove")
    desktop.keyboard.press("l")
    desktop.evaluate("(seconds) => chopperPlayer.seek(seconds - 0.5)", loop["seconds"])
    desktop.wait_for_function(
        "(id) => !chopperPlayer.current().isPlaying || chopperPlayer.current().track.id !== id", arg=loop["id"]
    )


def test_failed_sound_plays_when_network_returns(desktop: Page, complaints: list[str]):
    go(desktop, "/browse?view=list&kind=one-shot")
    button = desktop.locator("[data-row] [data-track]").first
    expect(button).to_be_visible()
    desktop.context.set_offline(True)
    button.click()
    expect(desktop.get_by_role("region", name="Player").get_by_role("alert")).to_be_visible()
    desktop.context.set_offline(False)
    button.click()
    desktop.wait_for_function("() => chopperPlayer.position() > 0")
    complaints.clear()


def test_phone_sheet_opens_plays_and_closes(phone: Page):
    loop = _play_loop(phone, "groove")
    phone.get_by_role("button", name="Open the player").click()
    sheet = phone.get_by_role("dialog", name="Playing")
    expect(sheet.get_by_text(loop["title"]).first).to_be_visible()
    sheet.get_by_role("button", name="Pause").click()
    expect(sheet.get_by_role("button", name="Play", exact=True)).to_be_visible()
    sheet.get_by_role("button", name="Next").click()
    phone.wait_for_function("(id) => chopperPlayer.current().track.id !== id", arg=loop["id"])
    phone.set_viewport_size({"width": 1024, "height": 740})
    expect(phone.locator("#player-sheet")).not_to_have_attribute("open", "")
    phone.set_viewport_size({"width": 360, "height": 740})
    phone.get_by_role("button", name="Open the player").click()
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()
    phone.get_by_role("button", name="Open the player").click()
    sheet.get_by_role("link", name="View pack").click()
    phone.wait_for_url("**/pack/**")
    expect(sheet).to_be_hidden()


def test_command_menu_opens_pages_and_packs(desktop: Page):
    go(desktop, "/browse")
    desktop.keyboard.press("Control+k")
    menu = desktop.get_by_role("dialog", name="Commands")
    desktop.keyboard.type("tiled")
    expect(menu.get_by_role("option", name="Tiled Pool")).to_be_visible()
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/pack/tiled-pool")
    expect(menu).to_be_hidden()
    desktop.keyboard.press("Control+k")
    for _ in range(3):
        desktop.keyboard.press("ArrowDown")
    desktop.keyboard.type("wal")
    expect(menu.get_by_role("option", name="Wallet")).to_have_attribute("aria-selected", "true")
    desktop.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_broken_page_shows_error_and_link(desktop: Page, complaints: list[str]):
    desktop.add_init_script("window.ResizeObserver = class { constructor() { throw new Error('broken on purpose') } }")
    go(desktop, "/browse?view=list")
    expect(desktop.get_by_role("heading", name="Something went wrong")).to_be_visible()
    assert all("broken on purpose" in complaint for complaint in complaints)
    expect(desktop.get_by_role("link", name="Go to homepage")).to_have_attribute("href", "/")
    desktop.close()
    complaints.clear()


def test_newest_packs_are_prerendered(browser: Browser, site: str):
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    newest = page.request.get("/api/v1/packs", params={"sort": "newest", "limit": 5}).json()["items"]
    links = [page.get_by_role("link", name=pack["title"], exact=True) for pack in newest]
    assert any(link.first.is_visible() for link in links), newest  # other stories publish packs meanwhile
    expect(page.get_by_role("heading", level=1)).to_contain_text("Find the sound")
    context.close()
