"""Search in the browser: by phrase, filters and similarity; with mouse, keyboard and touch."""

import re
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import go, sign_in
from tests.support.soak import soak


def results(page: Page) -> Locator:
    return page.get_by_role("list", name="Results").get_by_role("listitem")


def search(page: Page, words: str) -> None:
    box = page.get_by_role("searchbox", name="Search").locator("visible=true")
    box.fill(words)
    box.press("Enter")


def chip(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=f"Remove filter {label}")


def bpm_of(row: Locator) -> int:
    found = re.search(r"\b(\d{2,3})\b\s*BPM|\n(\d{2,3})\n", row.inner_text())
    assert found, row.inner_text()
    return int(found[1] or found[2])


def test_filter_120_to_140_bpm_beats_by_mouse(desktop: Page):
    go(desktop, "/browse")
    search(desktop, "120-140 BPM beats")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("120 to 140 BPM")
    expect(chip(desktop, "120 to 140 BPM")).to_be_visible()
    desktop.wait_for_url("**/browse?bpm_min=120&bpm_max=140")
    expect(results(desktop).first).to_be_visible()
    for row in results(desktop).all():
        bpm = bpm_of(row)
        assert 119.5 <= bpm < 140.5 or "half tempo" in row.inner_text() or "double tempo" in row.inner_text()
    desktop.get_by_label("Half and double tempo").locator("visible=true").click()
    expect(chip(desktop, "120 to 140 BPM, no half or double")).to_be_visible()
    expect(desktop.get_by_text("half tempo")).to_have_count(0)
    desktop.go_back()
    expect(chip(desktop, "120 to 140 BPM")).to_be_visible()
    chip(desktop, "120 to 140 BPM").click()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Browse")


def test_empty_search_offers_filter_to_remove(desktop: Page):
    go(desktop, "/browse")
    search(desktop, "C minor trap beats")
    for label in ("Trap", "C min"):
        expect(chip(desktop, label)).to_be_visible()
    expect(desktop.get_by_text("No sounds match. Try removing a filter:")).to_be_visible()
    offer = desktop.get_by_role("link", name=re.compile(r"^Remove “"))
    count = int(re.search(r"· (\d+)", offer.inner_text())[1])
    offer.click()
    expect(results(desktop)).to_have_count(min(count, 24))


def test_phrase_with_all_filters_then_one_less(desktop: Page):
    go(desktop, "/browse")
    search(desktop, "hypnotic techno loops around 127 in e minor under 30 s")
    for label in ("Techno", "Hypnotic", "Loop", "123 to 131 BPM", "E min", "0:30 or shorter"):
        expect(chip(desktop, label)).to_be_visible()
    expect(results(desktop).first).to_be_visible()
    before = results(desktop).count()
    chip(desktop, "E min").click()
    expect(results(desktop)).not_to_have_count(before)
    desktop.get_by_role("button", name="Clear all").click()
    desktop.wait_for_url("**/browse")


def test_box_keeps_typed_words_when_some_become_filters(desktop: Page):
    go(desktop, "/")
    box = desktop.get_by_role("searchbox", name="Search")
    box.last.fill("hypnotic techno bass")
    box.last.press("Enter")
    desktop.wait_for_url("**/browse?q=bass&**")
    expect(chip(desktop, "Techno")).to_be_visible()
    expect(box.locator("visible=true")).to_have_value("hypnotic techno bass")


def test_order_is_named_after_what_was_asked(desktop: Page):
    go(desktop, "/browse?view=list")
    order = desktop.get_by_label("Sort by")
    expect(order).to_have_value("newest")
    search(desktop, "bass")
    expect(order).to_have_value("relevance")


def test_typo_is_corrected_and_can_be_reverted(desktop: Page):
    go(desktop, "/browse")
    search(desktop, "hypnotc")
    expect(desktop.get_by_text("Showing results for hypnotic.")).to_be_visible()
    expect(results(desktop).first).to_contain_text("tagged hypnotic")
    desktop.get_by_role("link", name="Search for “hypnotc” instead").click()
    expect(desktop.get_by_text("No sounds match")).to_be_visible()


@pytest.mark.soak
def test_completions_and_recent_searches_by_keyboard(desktop: Page):
    go(desktop, "/browse")
    desktop.keyboard.press("/")
    box = desktop.get_by_role("searchbox", name="Search").locator("visible=true")
    expect(box).to_be_focused()
    box.press_sequentially("deep h")
    expect(desktop.get_by_role("option", name="Deep house genre")).to_be_visible()
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("Enter")
    expect(chip(desktop, "Deep house")).to_be_visible()
    box.fill("")
    box.blur()
    box.focus()
    expect(desktop.get_by_role("option", name="Deep house recent")).to_be_visible()
    desktop.keyboard.press("Escape")
    expect(desktop.get_by_role("listbox", name="Suggestions")).to_have_count(0)


def test_similarity_search_by_keyboard(desktop: Page):
    go(desktop, "/browse?view=list&kind=loop&sort=popular")
    desktop.get_by_role("heading", level=1).click()
    desktop.keyboard.press("ArrowDown")
    desktop.wait_for_function("() => chopperPlayer.current().track")
    desktop.keyboard.press("ArrowDown")
    title = desktop.evaluate("() => chopperPlayer.current().track.title")
    desktop.keyboard.press("s")
    expect(desktop.get_by_role("heading", level=1)).to_have_text(f"Similar to {title}")
    expect(desktop.get_by_role("region", name="Similar to")).to_contain_text(title)
    expect(results(desktop).first).to_contain_text(re.compile(r"\d+%"))
    scores = [int(re.search(r"(\d+)%", row.inner_text())[1]) for row in results(desktop).all()]
    assert scores == sorted(scores, reverse=True)


def test_fits_what_is_playing(desktop: Page):
    go(desktop, "/browse?view=list&kind=loop&genre=techno")
    results(desktop).first.get_by_role("button", name=re.compile("^Play ")).click()
    desktop.get_by_role("link", name="Goes with this").locator("visible=true").click()
    desktop.wait_for_url("**fits=*")
    expect(chip(desktop, "Goes with this sound")).to_be_visible()
    expect(results(desktop).first).to_contain_text(re.compile(r"stretch|tempo|key fits|semitone"))
    assert results(desktop).count() >= 5


@pytest.mark.soak
def test_find_similar_keeps_other_filters(desktop: Page):
    go(desktop, "/browse?view=list&kind=one-shot")
    row = results(desktop).first
    row.get_by_role("link", name=re.compile("^Find similar to ")).click()
    expect(chip(desktop, "Similar sounds")).to_be_visible()
    expect(results(desktop).first).to_be_visible()
    desktop.get_by_role("region", name="Filters").get_by_role("link", name=re.compile("^Loop")).click()
    expect(chip(desktop, "Similar sounds")).to_be_visible()
    expect(chip(desktop, "Loop")).to_be_visible()


def _a_sound(path: Path) -> Path:
    """A kick every half second: 120 BPM."""
    rate = 44_100
    time = np.arange(rate // 2) / rate
    kick = np.sin(2 * np.pi * (50 + 80 * np.exp(-time * 30)) * time) * np.exp(-time * 12)
    samples = (np.tile(kick, 16) * 20_000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture
def forgiven(complaints: list[str]):
    """A rejected sound is a 422, which the console logs as an error."""
    yield
    complaints[:] = [line for line in complaints if "422" not in line]


@pytest.mark.usefixtures("forgiven")
def test_query_by_audio(desktop: Page, tmp_path: Path):
    go(desktop, "/browse")
    desktop.get_by_role("button", name="Search with a sound").locator("visible=true").click()
    sheet = desktop.get_by_role("dialog", name="Search with a sound").locator("visible=true")
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF" + struct.pack("<I", 40) + b"WAVEnonsense" * 20)
    with desktop.expect_response("**/api/v1/search/sounds*") as answer:
        sheet.locator("input[type=file]").set_input_files(broken)
    assert answer.value.status == 422
    expect(sheet.get_by_role("alert")).to_be_visible()
    sheet.locator("input[type=file]").set_input_files(_a_sound(tmp_path / "my kick.wav"))
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Similar to my kick", timeout=30_000)
    expect(results(desktop).first).to_contain_text(re.compile(r"\d+%"))


def test_saved_search_is_created_and_deleted(desktop: Page):
    sign_in(desktop)
    go(desktop, "/browse?genre=house&bpm_min=120&bpm_max=126")
    desktop.get_by_role("button", name="Save search").click()
    expect(desktop.get_by_text("Search saved.")).to_be_visible()
    expect(desktop.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    rail = desktop.get_by_role("region", name="Filters")
    expect(rail.get_by_role("link", name="House 120 to 126 BPM")).to_be_visible()
    go(desktop, "/wallet")
    desktop.get_by_role("searchbox", name="Search").locator("visible=true").click()
    desktop.get_by_role("option", name="House 120 to 126 BPM saved").click()
    desktop.wait_for_url("**/browse?*genre=house*")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("House 120 to 126 BPM")
    rail.get_by_role("button", name="Rename saved search House 120 to 126 BPM").click()
    name = rail.get_by_label("Name of the saved search")
    expect(name).to_be_focused()
    desktop.keyboard.press("Escape")
    expect(name).to_have_count(0)
    rail.get_by_role("button", name="Rename saved search House 120 to 126 BPM").click()
    name.fill("For the café scene")
    desktop.keyboard.press("Enter")
    expect(rail.get_by_role("link", name="For the café scene")).to_be_visible()
    rail.get_by_role("button", name="Remove saved search For the café scene").click()
    expect(rail.get_by_text("Saved searches")).to_have_count(0)
    desktop.get_by_role("button", name="Undo").click()
    expect(rail.get_by_role("link", name="For the café scene")).to_be_visible()
    expect(desktop.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    desktop.get_by_role("button", name="Saved", exact=True).click()
    expect(rail.get_by_text("Saved searches")).to_have_count(0)


@pytest.mark.soak
def test_deleted_saved_search_is_restored_on_a_phone(phone: Page):
    sign_in(phone)
    go(phone, "/browse?genre=techno&bpm_min=128")
    phone.get_by_role("button", name="Save search").click()
    phone.get_by_role("button", name="Filters", exact=True).click()
    sheet = phone.get_by_role("dialog", name="Filters")
    delete = sheet.get_by_role("button", name=re.compile("^Remove saved search Techno"))
    delete.click()
    expect(delete).to_have_count(0)
    sheet.get_by_role("button", name="Undo").click()  # the toast is below the sheet
    delete.click()
    expect(delete).to_have_count(0)


def test_search_on_a_phone(phone: Page):
    go(phone, "/browse")
    search(phone, "deep house loops under 30 s")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Deep house loops")
    expect(results(phone).first).to_be_visible()
    phone.get_by_role("button", name="Filters", exact=True).click()
    sheet = phone.get_by_role("dialog", name="Filters")
    sheet.get_by_role("link", name="C minor").click()
    expect(sheet.get_by_role("button", name=re.compile("^Show"))).to_be_visible()
    sheet.get_by_label("Compatible keys").click()
    sheet.get_by_role("button", name=re.compile("^Show")).click()
    expect(chip(phone, "C min and compatible")).to_be_visible()
    chip(phone, "C min and compatible").click()
    results(phone).first.get_by_role("button", name=re.compile("^Play ")).click()
    phone.get_by_role("button", name=re.compile("^Open the player")).click()
    phone.get_by_role("link", name="Similar", exact=True).click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Similar to")
    assert phone.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.soak
def test_tap_tempo(desktop: Page):
    go(desktop, "/browse?view=list")
    button = desktop.get_by_role("button", name="Tap the tempo").locator("visible=true")
    button.evaluate(
        "(node) => node.addEventListener('pointerdown', () => (window.taps ??= []).push(performance.now()))"
    )
    for _ in range(6):
        button.dispatch_event("pointerdown")
        desktop.wait_for_timeout(480)
    desktop.wait_for_url("**bpm_min=*")
    taps = desktop.evaluate("window.taps")
    tapped = 60_000 / ((taps[-1] - taps[0]) / (len(taps) - 1))  # a busy machine taps slower than it was told to
    low, high = (int(re.search(rf"bpm_{end}=(\d+)", desktop.url)[1]) for end in ("min", "max"))
    assert low - 3 <= tapped <= high + 3


@pytest.mark.parametrize(
    "query",
    [
        "bpm_min=fast",
        "q=%00%ff",
        soak("bpm_min=140&bpm_max=120"),
        soak("key=H"),
        soak("genre=polka"),
        soak("like=x"),
        soak("sort=random()"),
        soak("duration_max=1e308"),
    ],
)
def test_invalid_url_shows_message_and_results(desktop: Page, query: str):
    go(desktop, f"/browse?{query}")
    expect(desktop.get_by_role("heading", level=1)).to_be_visible()
    if not query.startswith("q="):
        expect(desktop.locator("main").get_by_role("alert")).to_be_visible()
    expect(
        desktop.get_by_role("group", name="Results").or_(desktop.get_by_role("list", name="Results")).first
    ).to_be_visible()


@pytest.mark.soak
def test_every_example_of_the_landing_page_finds_sounds(desktop: Page):
    go(desktop, "/")
    links = desktop.get_by_role("main").locator('a[href^="/browse?q="]')
    links.first.wait_for()
    addresses = [link.get_attribute("href") or "" for link in links.all()]
    assert len(addresses) == 3
    for address in addresses:
        go(desktop, address)
        expect(results(desktop).nth(4)).to_be_visible()


def test_results_follow_what_plays_on_the_landing_page(desktop: Page):
    go(desktop, "/")
    region = desktop.get_by_role("region", name="Results as you listen")
    expect(region).to_have_count(0)
    plays = desktop.get_by_role("main").get_by_role("button", name=re.compile("^Play "))
    plays.first.click()
    expect(region.get_by_role("listitem")).to_have_count(3)
    expect(region.get_by_role("listitem").first).to_contain_text(re.compile(r"\d+%"))
    shown = region.inner_text()
    region.get_by_role("button", name=re.compile("^Play ")).first.click()
    desktop.wait_for_function("() => chopperPlayer.current().isPlaying")
    expect(region).to_contain_text(shown.splitlines()[0])  # a shown sound does not replace the list


@pytest.mark.parametrize("slug", ["no-such-pack", soak("No%20such%20päck"), soak("x" * 150)])
def test_unknown_pack_is_said_to_be_missing(desktop: Page, complaints: list[str], slug: str):
    go(desktop, f"/pack/{slug}")
    expect(desktop.get_by_text("We can't find this pack.")).to_be_visible()
    complaints.clear()  # the browser logs the status 404
