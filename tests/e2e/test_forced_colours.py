"""High contrast (forced colours): every control has an edge, the focus and what is selected are marked, waveforms are visible."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import go
from tests.support.soak import soak

PAGES = [
    "/browse?view=list&kind=loop",
    "/pack/tiled-pool",
    *map(soak, ("/", "/browse", "/creator/juno-hale", "/chat", "/login")),
]
_SHOWN = "(one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1"
WITHOUT_EDGE = f"""
  [...document.querySelectorAll("button, a[class*=rounded-ctl], input, select")].filter({_SHOWN}).filter((one) => {{
    const style = getComputedStyle(one);
    return style.outlineStyle === "none" && parseFloat(style.borderTopWidth) === 0 && one.type !== "range" && one.tagName !== "SELECT";
  }}).map((one) => one.outerHTML.slice(0, 120))
"""
OUTLINE = "(one) => [getComputedStyle(one).outlineStyle, parseFloat(getComputedStyle(one).outlineWidth)]"
# Lightness of the opaque pixels of the first waveform, and of the page behind it.
WAVE = f"""
  () => {{
    const canvas = [...document.querySelectorAll("main [role=slider] canvas")].find({_SHOWN});
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let lightness = null;
    for (let i = 0; i < pixels.length && lightness === null; i += 4)
      if (pixels[i + 3] === 255) lightness = (pixels[i] + pixels[i + 1] + pixels[i + 2]) / 3;
    const ground = getComputedStyle(document.documentElement).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number);
    return [lightness, ground.reduce((sum, part) => sum + part) / 3];
  }}
"""


@pytest.fixture
def contrast(desktop: Page) -> Page:
    """A desktop page with forced colours."""
    desktop.emulate_media(forced_colors="active")
    return desktop


@pytest.mark.parametrize("path", PAGES)
def test_controls_have_an_edge_and_the_focus_is_marked(contrast: Page, path: str):
    go(contrast, path)
    assert contrast.evaluate(WITHOUT_EDGE) == []
    for _ in range(8):
        contrast.keyboard.press("Tab")
        focused = contrast.evaluate("document.activeElement.outerHTML.slice(0, 150)")
        if focused.startswith("<body"):
            break  # after the last control of a short page
        assert contrast.evaluate(f"({OUTLINE})(document.activeElement)") == ["solid", 3], focused


def test_what_is_selected_is_marked(contrast: Page):
    go(contrast, "/browse?view=list&kind=loop")
    chosen = contrast.locator("main a[aria-current]")
    plain = contrast.locator("main a[href*='kind=one-shot']").first
    assert chosen.first.evaluate(OUTLINE) == ["solid", 2]
    assert plain.evaluate(OUTLINE) == ["solid", 1]
    go(contrast, "/pack/tiled-pool")
    radio = contrast.locator("label:has(input[name=licence]:checked)")
    assert radio.evaluate(OUTLINE) == ["solid", 2]
    expect(contrast.locator("label:has(input[name=licence])")).to_have_count(2)


def test_waveforms_are_visible(contrast: Page):
    go(contrast, "/pack/tiled-pool")
    drawn, ground = contrast.evaluate(WAVE)
    assert abs(drawn - ground) > 125


def test_the_words_of_the_main_button_can_be_read(contrast: Page):
    go(contrast, "/pack/tiled-pool")
    buy = contrast.get_by_role("button", name="Buy for").first
    adjusted, words, ground = buy.evaluate(
        "(one) => { const style = getComputedStyle(one); return [style.forcedColorAdjust, style.color, style.backgroundColor]; }"
    )
    assert adjusted == "none"  # so that nothing is drawn behind the words
    assert words != ground
