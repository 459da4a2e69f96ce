"""Main job: preview a pack, register, top up, buy, download and check the licence, on desktop and phone."""

import itertools
import re
import time
import zipfile

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import go, sign_in, sign_in_by_form
from tests.support.soak import soak

_numbers = itertools.count(int(time.time()))


class Journey:
    """Counts the clicks and the typed fields of a story."""

    def __init__(self) -> None:
        self.clicks = self.fields = 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def fill(self, target: Locator, text: str) -> None:
        self.fields += 1
        target.fill(text)


def _new_member_buys(page: Page, title: str) -> Journey:
    """From the landing page to a downloaded zip, without an account or tokens."""
    journey = Journey()
    go(page, "/")
    journey.click(page.get_by_role("main").get_by_role("link", name=title, exact=True).first)
    page.wait_for_url("**/pack/*")
    journey.click(page.get_by_role("button", name="Buy for").locator("visible=true").first)
    dialog = page.get_by_role("dialog", name=f"Buy {title}")
    journey.fill(dialog.get_by_label("Display name"), "Nia Okafor")
    journey.fill(dialog.get_by_label("Email"), f"nia{next(_numbers)}@example.test")
    journey.fill(dialog.get_by_label("Password", exact=True), "three plain words")
    journey.click(dialog.get_by_role("button", name="Create account"))
    journey.click(dialog.get_by_role("button", name=re.compile(r"^Add \d+ tokens and buy$")))
    with page.expect_download() as caught:
        journey.click(dialog.get_by_role("link", name=re.compile("^Download, ")))
    assert caught.value.suggested_filename.endswith(".zip")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name=re.compile("^Download, ")).locator("visible=true").first).to_be_visible()
    return journey


def _download_and_verify(page: Page, title: str) -> None:
    go(page, "/library")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    with page.expect_download() as caught:
        page.get_by_role("link", name=f"Download pack {title}").click()
    with zipfile.ZipFile(caught.value.path()) as pack:
        names = [name.rpartition("/")[2] for name in pack.namelist()]
        assert pack.testzip() is None
    assert "LICENSE.txt" in names
    assert any(name.endswith(".csv") for name in names)
    assert sum(name.endswith((".wav", ".flac")) for name in names) >= 6
    page.get_by_role("button", name=f"Sounds of {title}").click()
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download ", exact=False).nth(1).click()
    assert caught.value.suggested_filename.startswith("askchopper_")
    page.get_by_role("link", name="Licence", exact=True).last.click()
    expect(page.get_by_text("Valid licence")).to_be_visible()
    expect(page.get_by_text("Nia Okafor (n***@example.test)")).to_be_visible()


def test_main_job_on_desktop(desktop: Page):
    go(desktop, "/")
    expect(desktop.get_by_role("heading", level=1)).to_contain_text("Find the sound")
    frames: list[str] = []
    desktop.on("websocket", lambda socket: socket.on("framesent", lambda payload: frames.append(str(payload))))
    go(desktop, "/pack/tiled-pool")
    desktop.get_by_role("button", name="Play Wet feet drums").wait_for()
    desktop.wait_for_timeout(500)
    before = len(frames)
    desktop.get_by_role("button", name="Play Wet feet drums").click()
    expect(desktop.get_by_role("region", name="Player")).to_be_visible()
    desktop.wait_for_function("() => chopperPlayer.position() > 0.3")
    assert len(frames) == before, "pressing play must not cause a websocket frame"
    journey = _new_member_buys(desktop, "Tiled Pool")
    assert (journey.clicks, journey.fields) <= (6, 3)
    _download_and_verify(desktop, "Tiled Pool")


def test_main_job_on_a_phone(phone: Page):
    go(phone, "/browse")
    expect(phone.get_by_role("navigation", name="Tabs")).to_be_visible()
    _new_member_buys(phone, "Wet Tarmac")
    _download_and_verify(phone, "Wet Tarmac")


def test_member_buys_a_sound_with_two_clicks(desktop: Page):
    sign_in(desktop)
    go(desktop, "/browse?view=list&genre=house")
    button = desktop.get_by_role("list", name="Results").get_by_role("button", name=re.compile("^Buy .+ for")).first
    label = button.get_attribute("aria-label") or ""
    title = re.sub("^Buy (.+) for .+ tokens$", r"\1", label)
    button.click()
    dialog = desktop.get_by_role("dialog", name=f"Buy {title}")
    dialog.get_by_role("button", name=re.compile(r"^Buy for \d+ token")).click()
    expect(dialog.get_by_role("link", name=re.compile("^Download, "))).to_be_visible()
    dialog.get_by_role("button", name="Refund").click()
    expect(dialog).to_be_hidden()
    expect(desktop.get_by_role("button", name=label)).to_be_visible()


def test_playback_continues_across_pages(desktop: Page):
    go(desktop, "/pack/tiled-pool")
    desktop.get_by_role("button", name="Play Nine chords").click()
    desktop.wait_for_function("() => chopperPlayer.position() > 0.3")
    desktop.get_by_role("link", name="Browse").first.click()
    expect(desktop.get_by_role("heading", name="Browse")).to_be_visible()
    at = desktop.evaluate("chopperPlayer.position()")
    desktop.wait_for_timeout(600)
    assert desktop.evaluate("chopperPlayer.current().isPlaying")
    assert desktop.evaluate("chopperPlayer.position()") != at
    expect(desktop.get_by_role("region", name="Player")).to_contain_text("Nine chords")


def test_audition_and_buy_by_keyboard(desktop: Page):
    sign_in(desktop)
    go(desktop, "/pack/tiled-pool")
    desktop.get_by_role("button", name="Play Wet feet drums").wait_for()
    desktop.keyboard.press("ArrowDown")
    desktop.wait_for_function("() => chopperPlayer.current().isPlaying")
    first = desktop.evaluate("chopperPlayer.current().track.title")
    desktop.keyboard.press("ArrowDown")
    desktop.wait_for_function(f"() => chopperPlayer.current().track.title !== {first!r}")
    desktop.keyboard.press("m")
    assert desktop.evaluate("chopperPlayer.current().isMuted")
    desktop.evaluate("document.activeElement.blur()")
    desktop.keyboard.press("Space")
    desktop.wait_for_function("() => !chopperPlayer.current().isPlaying")
    desktop.keyboard.press("b")
    dialog = desktop.get_by_role("dialog", name="Buy Tiled Pool")
    expect(dialog).to_be_visible()
    desktop.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    desktop.keyboard.press("/")
    desktop.keyboard.type("lib m")
    assert desktop.get_by_role("searchbox", name="Search").first.input_value() == "lib m", "keys are dead in fields"


def test_filters_are_in_the_url_and_history(desktop: Page):
    go(desktop, "/browse?view=list")
    rail = desktop.get_by_role("region", name="Filters")
    rail.get_by_role("link", name="House", exact=False).last.click()
    desktop.wait_for_url("**genre=*house*")
    chip = desktop.get_by_role("button", name="Remove filter", exact=False).first
    expect(chip).to_be_visible()
    rail.get_by_role("link", name="Loop").click()
    desktop.wait_for_url("**kind=loop*")
    desktop.go_back()
    desktop.wait_for_function("() => !location.search.includes('kind=')")
    chip.click()
    desktop.wait_for_function("() => !location.search.includes('genre')")
    expect(desktop.get_by_role("list", name="Results").get_by_role("listitem").first).to_be_visible()


def test_wrong_password_keeps_email_and_shows_message(desktop: Page, complaints: list[str]):
    go(desktop, "/login")
    desktop.get_by_label("Email").fill("demo@askchopper.test")
    desktop.get_by_label("Password", exact=True).fill("wrong password")
    desktop.get_by_role("button", name="Sign in").click()
    expect(desktop.get_by_role("alert")).to_be_visible()
    assert desktop.get_by_label("Email").input_value() == "demo@askchopper.test"
    complaints.clear()  # the browser logs the 401


def test_sign_out_in_one_tab_ends_the_other(desktop: Page):
    sign_in_by_form(desktop)
    other = desktop.context.new_page()
    go(other, "/wallet")
    desktop.get_by_role("button", name="Account").click()
    desktop.get_by_role("menuitem", name="Sign out").click()
    desktop.get_by_role("link", name="Sign in").first.wait_for()
    other.get_by_role("button", name="Get tokens").click()
    other.wait_for_url("**/login**")


@pytest.mark.parametrize("path", ["/no/such/page", soak("/pack/nothing-here"), soak("/creator/nobody")])
def test_unknown_urls_are_404_with_links(desktop: Page, complaints: list[str], path: str):
    answer = desktop.goto(path)
    assert answer is not None
    assert answer.status == 404
    expect(desktop.get_by_role("alert").get_by_role("link", name="Browse packs")).to_be_visible()
    complaints.clear()  # the browser logs the 404
