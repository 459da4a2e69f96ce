"""The queue: add, play, move, remove, clear; what was played; and all of it after a reload."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_search_page import results
from tests.support.browser import go, reload

_UPCOMING = "() => chopperPlayer.current().queue.upcoming.map((track) => track.title)"


def _start(page: Page) -> Locator:
    """Play the first of a list of loops; returns the rows."""
    go(page, "/browse?view=list&kind=loop")
    rows = results(page)
    rows.first.get_by_role("button", name=re.compile("^Play ")).click()
    page.wait_for_function("() => chopperPlayer.position() > 0.1")
    return rows


def _title(row: Locator) -> str:
    track = row.locator("[data-track]").first.get_attribute("data-track") or ""
    return json.loads(track)["title"]


def _open_queue(page: Page) -> Locator:
    page.get_by_role("region", name="Player").get_by_role("button", name="Queue").locator("visible=true").click()
    panel = page.get_by_role("dialog", name="Queue").locator("visible=true")
    expect(panel).to_be_visible()
    return panel


def test_sounds_are_added_moved_removed_and_played(desktop: Page):
    rows = _start(desktop)
    titles = [_title(rows.nth(index)) for index in range(8)]
    rows.nth(5).get_by_role("button", name=f"Add to queue: {titles[5]}").click()
    rows.nth(6).hover()
    desktop.keyboard.press("q")
    assert desktop.evaluate(_UPCOMING)[:3] == [titles[5], titles[6], titles[1]]
    panel = _open_queue(desktop)
    added = panel.get_by_role("list", name="Added by you").get_by_role("listitem")
    expect(added).to_have_count(2)
    handle = panel.get_by_role("button", name=f"Move {titles[6]}", exact=True)
    handle.focus()
    desktop.keyboard.press("ArrowUp")
    expect(added.first).to_contain_text(titles[6])
    expect(handle).to_be_focused()
    desktop.keyboard.press("ArrowDown")
    assert desktop.evaluate(_UPCOMING)[:2] == [titles[5], titles[6]]
    grip = panel.get_by_role("button", name=f"Move {titles[2]}", exact=True).bounding_box()
    assert grip
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    desktop.mouse.move(x, y)
    desktop.mouse.down()
    for step in range(1, 5):
        desktop.mouse.move(x, y - step * 45)
    desktop.mouse.up()
    assert desktop.evaluate(_UPCOMING).index(titles[2]) == 0
    panel.get_by_role("button", name=f"Remove {titles[2]}").click()
    assert titles[2] not in desktop.evaluate(_UPCOMING)
    panel.get_by_role("button", name=f"Play: {titles[3]}").click()
    desktop.wait_for_function("(title) => chopperPlayer.current().track.title === title", arg=titles[3])
    assert desktop.evaluate(_UPCOMING)[:3] == [titles[5], titles[6], titles[4]]
    panel.get_by_role("button", name="Clear").click()
    expect(panel.get_by_text("The queue is empty.")).to_be_visible()
    panel.get_by_role("button", name="Recently played").click()
    recent = panel.get_by_role("list", name="Recently played").get_by_role("listitem")
    expect(recent).to_have_count(2)
    expect(recent.first).to_contain_text(titles[3])


@pytest.mark.soak
def test_previous_and_next_respect_the_queue(desktop: Page):
    rows = _start(desktop)
    titles = [_title(rows.nth(index)) for index in range(6)]
    rows.nth(4).get_by_role("button", name=re.compile("^Add to queue")).click()
    player = desktop.get_by_role("region", name="Player")
    heard: list[str] = []
    for name in ("Next", "Next", "Previous", "Next"):
        player.get_by_role("button", name=name, exact=True).click()
        heard.append(desktop.evaluate("chopperPlayer.current().track.title"))
    assert heard == [titles[4], titles[1], titles[0], titles[1]]


def test_reload_restores_the_player_paused_and_space_resumes(desktop: Page):
    rows = _start(desktop)
    titles = [_title(rows.nth(index)) for index in range(6)]
    rows.nth(4).get_by_role("button", name=re.compile("^Add to queue")).click()
    desktop.evaluate("chopperPlayer.pause(); chopperPlayer.seek(2)")
    desktop.get_by_role("slider", name="Volume").fill("40")
    previews: list[str] = []
    desktop.on("request", lambda request: previews.append(request.url) if request.url.endswith("/preview") else None)
    reload(desktop)
    player = desktop.get_by_role("region", name="Player")
    expect(player.get_by_role("link", name=titles[0], exact=True)).to_be_visible()
    assert not desktop.evaluate("chopperPlayer.current().isPlaying")
    assert abs(desktop.evaluate("chopperPlayer.position()") - 2) < 0.05
    assert desktop.evaluate(_UPCOMING)[:2] == [titles[4], titles[1]]
    assert desktop.evaluate("chopperPlayer.current().volume") == 0.4
    assert previews == [], "a player that is paused loads nothing"
    desktop.keyboard.press("Space")
    desktop.wait_for_function("() => chopperPlayer.current().isPlaying && chopperPlayer.position() > 2")
    assert desktop.evaluate("scrollY") == 0
    # What is stored is validated; the page stores last while it unloads.
    desktop.evaluate("""addEventListener("pagehide", () => {
        localStorage["askchopper.session"] = JSON.stringify({ version: 1, track: { id: "x", href: "//elsewhere" } });
    })""")
    reload(desktop)
    expect(desktop.get_by_role("region", name="Player")).to_have_count(0)


@pytest.mark.soak
def test_expired_address_of_a_preview_is_renewed(desktop: Page, complaints: list[str]):
    go(desktop, "/browse?view=list&kind=track")
    results(desktop).first.get_by_role("button", name=re.compile("^Play ")).click()
    desktop.wait_for_function("() => chopperPlayer.position() > 0.3")
    desktop.evaluate("""() => {
        const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () {
          HTMLMediaElement.prototype.play = play;
          this.dispatchEvent(new Event("error"));
          return play.call(this);
        };
        chopperPlayer.pause();
        window.stoppedAt = chopperPlayer.position();
        chopperPlayer.play();
    }""")
    desktop.wait_for_function("() => chopperPlayer.current().isPlaying && chopperPlayer.position() > stoppedAt")
    assert desktop.evaluate("chopperPlayer.current().error") == ""
    complaints.clear()


@pytest.mark.soak
def test_phone_sheet_has_the_queue(phone: Page):
    rows = _start(phone)
    title = _title(rows.nth(2))
    rows.nth(2).get_by_role("button", name=re.compile("^Add to queue")).click()
    phone.get_by_role("button", name="Open the player").click()
    sheet = phone.get_by_role("dialog", name="Playing")
    sheet.get_by_role("button", name="Queue").click()
    panel = phone.get_by_role("dialog", name="Queue").locator("visible=true")
    expect(panel.get_by_role("list", name="Added by you")).to_contain_text(title)
    panel.get_by_role("button", name=f"Play: {title}").click()
    phone.wait_for_function("(title) => chopperPlayer.current().track.title === title", arg=title)
