"""A creator uploads twelve sounds and a cover, fixes one and publishes; another member finds the pack and buys it."""

import io
import itertools
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SIZES, go, sign_in
from tests.support.studio_sounds import beat, chord, hit, silence

CREATOR = "creator@askchopper.test"
ANALYSIS_MILLISECONDS = 90_000
_numbers = itertools.count(int(time.time()) % 100_000)


def _files(number: int) -> list[dict[str, object]]:
    """Twelve sounds, one of them silent, and a cover; the bytes differ in each run."""
    sounds = {
        f"quay_{bpm}_beat_{n}.wav": beat(bpm=bpm + number % 7 / 10, seed=number + n)
        for n, bpm in enumerate((96, 120, 128, 140))
    }
    sounds |= {f"quay_hit_{n}.wav": hit(seed=number * 10 + n) for n in range(4)}
    sounds |= {f"quay_chord_{n}.wav": chord(root_hz=110 * 2 ** (n / 12) + number % 97 / 100) for n in range(3)}
    sounds["quay_muted.wav"] = silence(1 + number % 1000 / 1000)
    files = [{"name": name, "mimeType": "audio/wav", "buffer": content} for name, content in sounds.items()]
    return [*files, {"name": "cover.png", "mimeType": "image/png", "buffer": _picture(number)}]


def _picture(number: int) -> bytes:
    target = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((600, 600)).save(target, "PNG")
    return target.getvalue()


def _drop(page: Page, files: list[dict[str, object]]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(files)  # type: ignore[arg-type]


def _new_pack(page: Page, number: int) -> None:
    go(page, "/studio")
    page.get_by_role("button", name="New pack").click()
    page.wait_for_url("**/studio/upload")
    _drop(page, _files(number))
    page.wait_for_url("**/studio/upload?draft=*")
    sounds = page.get_by_role("list", name="Sounds").get_by_role("listitem")
    expect(sounds).to_have_count(12, timeout=ANALYSIS_MILLISECONDS)
    expect(page.get_by_text("11 ready")).to_be_visible(timeout=ANALYSIS_MILLISECONDS)


def _details(page: Page, title: str, *, suggested: str = "Quay") -> None:
    page.get_by_role("button", name="Continue to details").click()
    box = page.get_by_label("Title", exact=True)
    expect(box).to_have_value(suggested)
    box.fill(title)
    box.blur()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def _publish(page: Page) -> str:
    page.get_by_role("button", name="Continue to price").click()
    price = page.get_by_label("Price of the pack in tokens")
    price.fill("12")
    price.blur()
    page.get_by_role("button", name="Continue to review").click()
    expect(page.get_by_role("heading", name="Ready")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    link = page.get_by_role("link", name="Open the pack")
    expect(link).to_be_visible(timeout=60_000)
    address = link.get_attribute("href")
    assert address
    return address


@pytest.mark.parametrize("size", SIZES)
def test_from_dropped_files_to_sale(request: pytest.FixtureRequest, browser: Browser, site: str, size: str):
    page: Page = request.getfixturevalue(size)
    number = next(_numbers)
    title = f"Quay at Night {number}"
    sign_in(page, CREATOR)
    _new_pack(page, number)
    muted = page.get_by_role("listitem").filter(has_text="quay_muted.wav")
    expect(muted).to_contain_text("There is no sound in this file.")
    beats = page.get_by_role("listitem").filter(has_text="quay_128_beat_2.wav")
    expect(beats).to_contain_text("128")
    page.get_by_role("button", name="Remove quay_muted.wav").click()
    page.get_by_role("button", name="Undo").click()
    expect(muted).to_be_visible()
    page.get_by_role("button", name="Remove quay_muted.wav").click()
    expect(page.get_by_role("list", name="Sounds").get_by_role("listitem")).to_have_count(11)
    _details(page, title)
    address = _publish(page)

    with browser.new_context(base_url=site) as context:
        buyer = context.new_page()
        sign_in(buyer, "admin@askchopper.test")
        go(buyer, "/wallet")
        buyer.get_by_role("button", name="Get tokens").click()
        expect(buyer.get_by_text("tokens added.")).to_be_visible()
        go(buyer, f"/browse?q=quay+night+{number}&view=grid")
        buyer.get_by_role("link", name=title).first.click()
        buyer.wait_for_url(f"**{address}")
        buyer.get_by_role("button", name="Buy for 12 tokens").first.click()
        dialog = buyer.get_by_role("dialog", name=f"Buy {title}")
        dialog.get_by_role("button", name="Buy for 12 tokens").click()
        dialog.get_by_role("link", name="Go to library").click()
        with buyer.expect_download() as caught:
            buyer.get_by_role("link", name=f"Download pack {title}").click()
        assert caught.value.suggested_filename.endswith(".zip")
    go(page, "/studio")
    row = page.get_by_role("list", name="Packs").get_by_role("listitem").filter(has_text=title)
    expect(row).to_contain_text("Published")


def test_pack_is_created_by_keyboard(desktop: Page):
    number = next(_numbers)
    sign_in(desktop, CREATOR)
    go(desktop, "/studio")
    desktop.get_by_role("button", name="New pack").focus()
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/studio/upload")
    desktop.wait_for_function("() => document.activeElement?.tagName === 'H1'")  # a new page receives focus once
    button = desktop.get_by_role("button", name="Choose files")
    button.focus()
    with desktop.expect_file_chooser() as chooser:
        desktop.keyboard.press("Enter")
    chooser.value.set_files(_files(number)[:5])  # type: ignore[arg-type]
    expect(desktop.get_by_text("5 ready")).to_be_visible(timeout=ANALYSIS_MILLISECONDS)
    desktop.get_by_role("button", name="Continue to details").focus()
    desktop.keyboard.press("Enter")
    # The step's heading has focus, so that screen readers and Tab continue from there.
    desktop.wait_for_function("() => document.activeElement.textContent === 'Details'")
    title = desktop.get_by_label("Title", exact=True)
    title.focus()
    desktop.keyboard.press("Control+A")
    desktop.keyboard.type(f"Keys Only {number}")
    tempo = desktop.get_by_label("BPM of Beat 0")
    tempo.focus()
    desktop.keyboard.press("Control+A")
    desktop.keyboard.type("48")
    desktop.keyboard.press("Tab")
    expect(tempo).to_have_value("48")
    for words, heading in (("Continue to price", "Licence and price"), ("Continue to review", "Review")):
        desktop.get_by_role("button", name=words).focus()
        desktop.keyboard.press("Enter")
        desktop.wait_for_function("(name) => document.activeElement.textContent === name", arg=heading)
    expect(desktop.get_by_role("heading", name="Ready")).to_be_visible()
    desktop.get_by_role("button", name="Publish").focus()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("link", name="Open the pack")).to_be_visible(timeout=60_000)


@pytest.mark.soak
def test_reload_during_editing_loses_nothing(desktop: Page):
    number = next(_numbers)
    sign_in(desktop, CREATOR)
    go(desktop, "/studio/upload")
    _drop(desktop, _files(number)[:3])
    expect(desktop.get_by_role("list", name="Sounds").get_by_role("listitem")).to_have_count(3, timeout=20_000)
    desktop.reload()
    expect(desktop.get_by_text("3 ready")).to_be_visible(timeout=ANALYSIS_MILLISECONDS)
    _details(desktop, f"Reloaded {number}", suggested="Quay Beat")
    desktop.reload()
    expect(desktop.get_by_role("heading", level=1)).to_have_text(f"Reloaded {number}")


@pytest.mark.soak
def test_faulty_sound_is_replaced(desktop: Page):
    number = next(_numbers)
    sign_in(desktop, CREATOR)
    go(desktop, "/studio/upload")
    files = _files(number)
    _drop(desktop, [files[0], files[11]])
    sounds = desktop.get_by_role("list", name="Sounds").get_by_role("listitem")
    expect(desktop.get_by_text("1 ready")).to_be_visible(timeout=ANALYSIS_MILLISECONDS)
    with desktop.expect_file_chooser() as chooser:
        desktop.get_by_role("listitem").filter(has_text="quay_muted.wav").get_by_role(
            "button", name="Replace file"
        ).click()
    chooser.value.set_files([files[1]])  # type: ignore[arg-type]
    expect(desktop.get_by_text("2 ready")).to_be_visible(timeout=ANALYSIS_MILLISECONDS)
    expect(sounds).to_have_count(2)
    expect(sounds.filter(has_text="quay_120_beat_1.wav")).to_have_count(1)


def test_other_users_get_a_message(desktop: Page):
    go(desktop, "/studio")
    desktop.wait_for_url("**/login?next=*")
