"""A member plays sounds until the landing page changes its mind and says why; the taste page shows and corrects it."""

import json
import re
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import forget_limits, go, settle, sign_in

PASSWORD = "correct horse 9"
RULES = {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}
PLAYED_MILLISECONDS = 4_500
JOB_SECONDS = 30


def register(page: Page) -> None:
    forget_limits()
    go(page, "/register")
    page.get_by_label("Display name").fill("Techno Listener")
    page.get_by_label("Email").fill(f"listener{time.time_ns()}@example.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="Account", exact=True).wait_for()


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def check_accessible(page: Page) -> None:
    settle(page)
    found = Axe().run(page, options={"rules": RULES}).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []


def listen(page: Page, pack: str, sounds: int) -> None:
    """Play sounds of a pack for a few seconds each; a play is reported when the next one starts or the page is left."""
    go(page, f"/pack/{pack}")
    rows = (
        page.locator("[data-row]")
        .filter(has=page.get_by_role("button", name=re.compile("^(Play|Pause) ")))
        .filter(has_text="Loop")
    )
    for number in range(sounds):
        rows.nth(number).get_by_role("button", name=re.compile("^Play ")).click()
        page.wait_for_timeout(PLAYED_MILLISECONDS)


def wait_for_recommendations(page: Page) -> Locator:
    """Load the landing page until the job has ranked packs."""
    give_up = time.monotonic() + JOB_SECONDS
    while True:
        go(page, "/")
        page.wait_for_timeout(1_000)
        found = region(page, "For you")
        if found.count() or time.monotonic() > give_up:
            return found


def test_playing_changes_the_landing_page_which_says_why(desktop: Page, tmp_path: Path, complaints: list[str]):
    register(desktop)
    go(desktop, "/taste")
    expect(desktop.get_by_text("Nothing yet. Play a few sounds")).to_be_visible()
    check_accessible(desktop)
    go(desktop, "/")
    expect(region(desktop, "For you")).to_have_count(0)

    listen(desktop, "freight-elevator", 3)
    found = wait_for_recommendations(desktop)
    expect(found).to_be_visible()
    techno = found.get_by_role("listitem").filter(has_text="Sodium Light")
    expect(techno).to_contain_text(re.compile("you played this week"))
    check_accessible(desktop)

    # Opened from here, which is counted.
    techno.get_by_role("link", name="Sodium Light").first.click()
    desktop.wait_for_url("**/pack/sodium-light?from=for-you")
    expect(desktop.get_by_role("heading", name="Sodium Light", level=1)).to_be_visible()

    # Dismissed, undone, and dismissed for good.
    found = wait_for_recommendations(desktop)
    shown = found.get_by_role("listitem").first
    title = shown.get_by_role("link").first.inner_text()
    found.get_by_role("button", name=re.compile(f"^Not my thing.*{title}")).click()
    expect(found.get_by_role("listitem").filter(has_text=title)).to_have_count(0)
    desktop.get_by_role("button", name="Undo").click()
    expect(desktop.get_by_text("It can be recommended again.")).to_be_visible()

    go(desktop, "/taste")
    for name in ("Tempo", "Keys", "Genres", "Creators"):
        expect(region(desktop, name)).to_be_visible()
    genres = region(desktop, "Genres")
    expect(genres.get_by_role("listitem").filter(has_text="Techno")).to_contain_text(re.compile(r"Because of \d plays"))
    expect(region(desktop, "Creators").get_by_role("button", name=re.compile("^Play "))).not_to_have_count(0)
    check_accessible(desktop)

    genres.locator("summary", has_text="Correct Techno").click()
    genres.get_by_role("button", name="Not my taste").click()
    expect(genres.get_by_text("Not your taste")).to_be_visible()
    genres.locator("summary", has_text="Correct Techno").click()
    genres.get_by_role("button", name="Remove correction").click()
    expect(genres.get_by_text("Not your taste")).to_have_count(0)

    with desktop.expect_download() as started:
        desktop.get_by_role("button", name="Export").click()
    saved = tmp_path / "taste.json"
    started.value.save_as(saved)
    assert json.loads(saved.read_text())["format"] == "askchopper-taste"

    desktop.get_by_role("button", name="Reset", exact=True).click()
    desktop.get_by_role("button", name="Reset my taste").click()
    expect(desktop.get_by_text("Nothing yet. Play a few sounds")).to_be_visible()
    desktop.get_by_label("Taste profile to import").set_input_files(saved)
    dialog = desktop.get_by_role("dialog", name="Import a taste profile")
    expect(dialog).to_contain_text("replace your current taste")
    dialog.get_by_role("button", name="Replace my taste").click()
    expect(region(desktop, "Genres")).to_contain_text("Techno")
    desktop.get_by_label("Taste profile to import").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": b'{"entities": []}'}
    )
    expect(dialog.get_by_role("alert")).to_have_text("This is not a taste profile from Ask Chopper.")
    complaints.clear()  # the browser logs the refusal


def reasons(page: Page, wanted: str) -> list[str]:
    """Load the landing page until a recommendation has the words; returns the reasons that it gives."""
    give_up = time.monotonic() + JOB_SECONDS
    while True:
        found = wait_for_recommendations(page).get_by_role("listitem").all_inner_texts()
        if any(wanted in one for one in found) or time.monotonic() > give_up:
            return found


@pytest.mark.soak
def test_landing_page_on_a_phone_changes_its_mind(phone: Page):
    register(phone)
    listen(phone, "freight-elevator", 2)
    before = reasons(phone, "you played this week")
    assert any(re.search("(Techno|Juno Hale).* you played this week", one, re.DOTALL) for one in before), before
    assert not any(re.search("(Ambient|Casper Lindgaard,).* you played", one) for one in before), before
    listen(phone, "ice-road", 4)
    after = reasons(phone, "Casper Lindgaard, whose sounds you played")
    assert any(re.search("(Ambient|Casper Lindgaard,).* you played this week", one) for one in after), after


@pytest.mark.soak
def test_administrators_see_figures_and_read_a_profile_with_a_reason(desktop: Page, complaints: list[str]):
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/admin/metrics")
    expect(region(desktop, "Recommendations")).to_contain_text("Shown")
    check_accessible(desktop)
    go(desktop, "/admin/taste")
    desktop.get_by_label("Email").fill("demo@askchopper.test")
    desktop.get_by_label("Reason").fill("Story of a test")
    desktop.get_by_role("button", name="View profile").click()
    expect(region(desktop, "Genres")).to_be_visible()
    check_accessible(desktop)
    sign_in(desktop)
    go(desktop, "/taste")
    expect(desktop.get_by_text("Story of a test").first).to_be_visible()
    for path in ("/admin/metrics", "/admin/taste"):
        answer = desktop.request.get(path)
        assert answer.status == 404
    complaints.clear()  # the browser logs a 404 of its own


@pytest.mark.soak
def test_taste_page_on_a_phone(phone: Page):
    sign_in(phone)
    go(phone, "/taste")
    expect(region(phone, "Tempo")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= phone.viewport_size["width"]  # type: ignore[index]
    check_accessible(phone)
    phone.locator("summary", has_text="Correct ").first.click()
    expect(phone.get_by_role("button", name="More of this").locator("visible=true")).to_be_visible()
    check_accessible(phone)
