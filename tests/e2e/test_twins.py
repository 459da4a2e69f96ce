"""A sound that resembles another creator's is shown beside it in the moderation queue: heard, decided, and undone."""

import io
import time
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import go, sign_in, site_folder
from tests.support.review_steps import forget_drafts, register, run_as_owner, send_in
from tests.support.studio_sounds import wav

pytestmark = pytest.mark.e2e
VIEW_MILLISECONDS = 700  # an item has to be visible for a while before a shortcut decides
_PLAYING = "title => { const now = window.chopperPlayer.current(); return now.isPlaying && now.track.title === title; }"


def _known_loop() -> tuple[str, int, np.ndarray]:
    """Return the title, tempo and mono samples of a loop on sale."""
    ((title, bpm, key),) = run_as_owner(
        "SELECT f.title, round(f.bpm)::int, f.master_key FROM audio_files f JOIN packs p ON p.id = f.pack_id"
        " WHERE p.slug = 'corner-shop-jack' AND f.kind = 'loop' AND f.bpm IS NOT NULL ORDER BY f.position LIMIT 1"
    )
    samples, rate = soundfile.read(site_folder["site"] / "files" / str(key))
    assert rate == 44_100
    return str(title), int(str(bpm)), samples if samples.ndim == 1 else samples.mean(axis=1)


@pytest.fixture
def twin(browser: Browser, site: str) -> Iterator[tuple[str, str]]:
    """Titles of a pack in review whose loop is a quieter copy of one on sale, and of that one."""
    known, bpm, samples = _known_loop()
    title = f"Borrowed {time.time_ns() % 100_000}"
    quieter = samples * (0.6 / max(np.abs(samples).max(), 1e-9)) * (0.9 + time.time() % 0.1)
    assert soundfile.info(io.BytesIO(wav(quieter))).frames == len(samples)
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        register(page, site, "Quiet Borrower")
        send_in(page, title, bpm=bpm, content=wav(quieter))
    yield title, known
    forget_drafts(title)


def _open_twin(page: Page, title: str) -> Locator:
    sign_in(page, "admin@askchopper.test")
    go(page, "/moderation")
    page.get_by_label("Kind").select_option("twin")
    expect(page.get_by_role("article").get_by_role("heading", level=2)).to_have_text(title)
    return page.get_by_role("list", name="Near duplicates").get_by_role("listitem").first


def _check_waveforms(pair: Locator, page: Page) -> None:
    """Both begin at the same place, and as the sounds are equally long, end at the same place."""
    waves = pair.get_by_role("slider")
    expect(waves).to_have_count(2)
    first, second = (waves.nth(number).bounding_box() for number in (0, 1))
    assert first
    assert second
    assert first["width"] > 100
    assert abs(first["x"] - second["x"]) < 1
    assert abs(first["width"] - second["width"]) <= 0.02 * first["width"]
    assert second["y"] > first["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _play_both(page: Page, pair: Locator, theirs: str) -> None:
    plays = pair.get_by_role("button", name="Play")
    plays.last.click()
    page.wait_for_function(_PLAYING, arg=theirs)
    pair.get_by_role("button", name="Play").first.click()  # the other one is now "Pause"
    page.wait_for_function("theirs => window.chopperPlayer.current().track.title !== theirs", arg=theirs)
    page.wait_for_function("() => window.chopperPlayer.current().isPlaying")


def test_twins_are_heard_and_decided_by_keyboard(desktop: Page, twin: tuple[str, str], complaints: list[str]):
    title, known = twin
    pair = _open_twin(desktop, title)
    expect(pair).to_contain_text("% similar")
    expect(pair).to_contain_text(f"Known: {known}")
    _check_waveforms(pair, desktop)
    _play_both(desktop, pair, known)

    article = desktop.get_by_role("article")
    article.get_by_role("heading", level=2).click()
    desktop.wait_for_timeout(VIEW_MILLISECONDS)
    desktop.keyboard.press("r")
    expect(desktop.get_by_label("Note to creator")).to_be_focused()
    desktop.keyboard.type("This loop is on sale in another pack.")
    desktop.keyboard.press("Tab")
    desktop.keyboard.press("r")
    expect(desktop.get_by_text(f"{title} went back to its creator.")).to_be_visible()
    undo = desktop.get_by_role("button", name="Undo")
    undo.focus()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_text("It is in the queue again.")).to_be_visible()
    expect(article.get_by_role("heading", level=2)).to_have_text(title)
    _check_waveforms(desktop.get_by_role("list", name="Near duplicates").get_by_role("listitem").first, desktop)
    assert complaints == []


@pytest.mark.soak
def test_twins_on_a_phone(phone: Page, twin: tuple[str, str], complaints: list[str]):
    title, known = twin
    pair = _open_twin(phone, title)
    _check_waveforms(pair, phone)
    _play_both(phone, pair, known)
    article = phone.get_by_role("article")
    article.get_by_label("Note to creator").fill("This loop is on sale in another pack.")
    article.get_by_role("button", name="Send back").click()
    expect(phone.get_by_text(f"{title} went back to its creator.")).to_be_visible()
    phone.get_by_role("button", name="Undo").click()
    expect(article.get_by_role("heading", level=2)).to_have_text(title)
    assert complaints == []
