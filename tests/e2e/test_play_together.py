"""Two sounds together: in time, in tune, one pair at a time, and what happens when it cannot be."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.test_search_page import results
from tests.support import click_tracks
from tests.support.browser import go

_MAX_ERROR_SECONDS = 0.02
_REFERENCE_HZ, _PARTNER_HZ = 1_000.0, 440.0
_IS_TOGETHER = "() => window.chopperMix?.taps() && !chopperMix.state().isPreparing"

# Records both voices for a while; returns, for each, the onsets of its bursts and their frequency.
_MEASURE = """async (seconds) => {
  const { context, reference, partner } = chopperMix.taps();
  const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
  reference.connect(merger, 0, 0);
  partner.connect(merger, 0, 1);
  const recorder = context.createScriptProcessor(4096, 2, 1);
  merger.connect(recorder).connect(context.destination);
  const blocks = [[], []];
  recorder.onaudioprocess = ({ inputBuffer }) =>
    blocks.forEach((list, channel) => list.push(inputBuffer.getChannelData(channel).slice()));
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  recorder.disconnect();
  merger.disconnect();
  const rate = context.sampleRate;
  return blocks.map((list) => {
    const heard = Float32Array.from(list.flatMap((block) => [...block]));
    const peak = heard.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const onsets = [], tones = [];
    for (let at = 0; at < heard.length - 0.2 * rate; at++) {
      if (Math.abs(heard[at]) < 0.35 * peak) continue;
      const from = at + Math.round(0.02 * rate), to = from + Math.round(0.08 * rate), crossings = [];
      for (let i = from; i < to; i++)
        if (heard[i] < 0 && heard[i + 1] >= 0) crossings.push(i + heard[i] / (heard[i] - heard[i + 1]));
      onsets.push(at / rate);
      tones.push(((crossings.length - 1) * rate) / (crossings.at(-1) - crossings[0]));
      at += Math.round(0.17 * rate);
    }
    return { peak, onsets, tone: tones.sort((a, b) => a - b)[tones.length >> 1] };
  });
}"""


def _track(row: Locator) -> dict[str, Any]:
    return json.loads(row.locator("[data-track]").first.get_attribute("data-track") or "")


def _beats(track: dict[str, Any]) -> int:
    return round(track["seconds"] * float(track["bpm"]) / 60)


def _open_matches(page: Page, place: int = 0) -> tuple[dict[str, Any], Locator]:
    """Play a tonal loop and open what goes with it; returns the loop and the rows that are heard with it.

    ``place`` is that of the loop among those of a key.
    """
    go(page, "/browse?view=list&kind=loop&key=F%23+minor")
    row = results(page).nth(place)
    reference = _track(row)
    row.get_by_role("button", name=re.compile("^Play ")).first.click()
    page.wait_for_function("() => chopperPlayer.position() > 0.1")
    go(page, f"/browse?view=list&kind=loop&fits={reference['id']}")
    rows = results(page).filter(has=page.get_by_role("button", name=re.compile("^Play together")))
    expect(rows.first).to_be_visible()
    return reference, rows


def _open_changed_match(page: Page) -> tuple[dict[str, Any], Locator]:
    """Open a loop's matches; returns the loop and a match that must be both transposed and stretched."""
    for place in range(8):
        reference, rows = _open_matches(page, place)
        changed = rows.filter(has_text=re.compile(r"[+-]\d semitones?, stretch [+-]\d+%"))
        if changed.count():
            return reference, changed.first
    pytest.fail("no loop has a match that must be transposed and stretched")


def _press(row: Locator) -> None:
    row.get_by_role("button", name=re.compile("^Play together")).click()


def test_voices_are_on_the_same_beat_and_in_tune(desktop: Page, complaints: list[str]):
    reference, row = _open_changed_match(desktop)
    partner = _track(row)
    sounds = {
        reference["id"]: click_tracks.render(reference["seconds"], _beats(reference), _REFERENCE_HZ),
        partner["id"]: click_tracks.render(partner["seconds"], _beats(partner), _PARTNER_HZ),
    }

    def answer(route: Route) -> None:
        file_id = route.request.url.split("/")[-2]
        if file_id in sounds:
            route.fulfill(body=sounds[file_id], content_type="audio/wav")
        else:
            route.fallback()

    desktop.route("**/api/v1/files/*/preview", answer)
    _press(row)
    desktop.wait_for_function(_IS_TOGETHER)
    semitones = desktop.evaluate("chopperMix.state().match.semitones")
    desktop.wait_for_timeout(300)
    first, second = desktop.evaluate(_MEASURE, 2 * reference["seconds"])
    complaints[:] = [one for one in complaints if "ScriptProcessorNode" not in one]
    errors = [min(abs(own - other) for other in second["onsets"]) for own in first["onsets"][1:-1]]
    assert len(errors) >= _beats(reference), "bursts are missing"
    assert max(errors) <= _MAX_ERROR_SECONDS, f"{1000 * max(errors):.1f} ms apart"
    assert second["tone"] == pytest.approx(_PARTNER_HZ * 2 ** (semitones / 12), rel=0.006)
    assert first["tone"] == pytest.approx(_REFERENCE_HZ, rel=0.002)
    assert second["peak"] > 0.2


def test_mixer_fades_matches_and_ends(desktop: Page):
    reference, row = _open_changed_match(desktop)
    _press(row)
    mixer = desktop.get_by_role("group", name="Mixer").locator("visible=true")
    expect(mixer.get_by_role("status")).to_have_text(re.compile(r"[+-]\d semitones?, \d+% (slower|faster)"))
    assert desktop.evaluate("chopperPlayer.current().isPlaying")
    fader = mixer.get_by_role("slider", name="Mix")
    fader.focus()
    desktop.keyboard.press("End")
    expect(fader).to_have_attribute("aria-valuetext", re.compile("100%"))
    desktop.wait_for_function(
        "() => chopperMix.taps().reference.gain.value < 0.01 && chopperMix.taps().partner.gain.value > 0.99"
    )
    mixer.get_by_role("button", name="Match key").click()
    expect(mixer.get_by_role("status")).to_have_text(re.compile(r"^\d+% (slower|faster)$"))
    mixer.get_by_role("button", name="Match tempo", exact=True).click()
    expect(mixer.get_by_role("status")).to_have_text("No change")
    mixer.get_by_role("button", name="Match tempo and key").click()
    expect(mixer.get_by_role("button", name="Match key")).to_have_attribute("aria-pressed", "true")
    expect(mixer.get_by_role("status")).to_have_text(re.compile("semitone"))
    desktop.get_by_role("region", name="Player").get_by_role("button", name="Pause").click()
    desktop.wait_for_function("() => chopperMix.taps().context.state === 'suspended'")
    desktop.get_by_role("region", name="Player").get_by_role("button", name="Play", exact=True).click()
    desktop.wait_for_function("() => chopperMix.taps().context.state === 'running'")
    desktop.evaluate("window.closing = chopperMix.taps().context")
    desktop.keyboard.press("Escape")
    expect(mixer).to_have_count(0)
    desktop.wait_for_function("() => closing.state === 'closed'")
    desktop.wait_for_function("() => chopperPlayer.current().isPlaying")
    assert desktop.evaluate("chopperPlayer.current().track.id") == reference["id"]


@pytest.mark.soak
def test_of_ten_quick_presses_the_last_one_plays(desktop: Page):
    _, rows = _open_matches(desktop)
    desktop.evaluate("""() => {
        window.opened = [];
        const Original = AudioContext;
        window.AudioContext = class extends Original { constructor(options) { super(options); opened.push(this); } };
        const buttons = [...document.querySelectorAll("[aria-label^='Play together']")];
        for (let press = 0; press < 10; press++) buttons[press % 6].click();
        window.last = buttons[9 % 6].getAttribute("aria-label");
    }""")
    desktop.wait_for_function(_IS_TOGETHER)
    assert desktop.evaluate("`Play together: ${chopperMix.state().partner.title}` === last")
    expect(rows.get_by_role("button", pressed=True)).to_have_count(1)
    assert desktop.evaluate("chopperPlayer.current().isPlaying")
    desktop.wait_for_function("() => opened.filter((one) => one.state !== 'closed').length === 1")
    # A new pair with the same reference: what plays continues.
    stops = desktop.evaluate("""async () => {
        const button = [...document.querySelectorAll("[aria-label^='Play together'][aria-pressed=false]")].at(-1);
        button.click();
        let stops = 0;
        for (let turn = 0; turn < 60; turn++) {
          await new Promise((done) => setTimeout(done, 25));
          if (!chopperPlayer.current().isPlaying || chopperMix.taps()?.context.state !== "running") stops++;
        }
        return stops;
    }""")
    assert stops == 0
    desktop.wait_for_function("() => opened.filter((one) => one.state !== 'closed').length === 1")
    # Another sound ends the pair and closes everything.
    rows.nth(2).get_by_role("button", name=re.compile("^Play (?!together)")).click()
    expect(desktop.get_by_role("group", name="Mixer")).to_have_count(0)
    desktop.wait_for_function("() => opened.every((one) => one.state === 'closed')")
    assert desktop.evaluate("chopperPlayer.current().isPlaying || chopperPlayer.current().isWaiting")


@pytest.mark.soak
def test_browser_without_worklets_plays_unmatched(desktop: Page):
    desktop.add_init_script("delete window.AudioWorkletNode")
    _, rows = _open_matches(desktop)
    _press(rows.first)
    mixer = desktop.get_by_role("group", name="Mixer").locator("visible=true")
    expect(mixer.get_by_role("status")).to_have_text("This browser cannot match: plays unmatched")
    assert desktop.evaluate("chopperPlayer.current().isPlaying")
    desktop.close()


@pytest.mark.soak
def test_missing_preview_is_reported_and_can_be_tried_again(desktop: Page, complaints: list[str]):
    reference, rows = _open_matches(desktop)
    partner = _track(rows.first)
    desktop.route(f"**/api/v1/files/{partner['id']}/preview", lambda route: route.fulfill(status=404))
    _press(rows.first)
    mixer = desktop.get_by_role("group", name="Mixer").locator("visible=true")
    expect(mixer.get_by_role("alert")).to_have_text(f"The preview of {partner['title']} could not be loaded.")
    assert desktop.evaluate("chopperPlayer.current().track.id") == reference["id"]
    desktop.unroute_all()
    mixer.get_by_role("button", name="Try again").click()
    desktop.wait_for_function(_IS_TOGETHER)
    complaints[:] = [one for one in complaints if "404" not in one]


@pytest.mark.soak
def test_phone_sheet_has_the_mixer(phone: Page):
    _, rows = _open_matches(phone)
    _press(rows.first)
    phone.wait_for_function(_IS_TOGETHER)
    phone.get_by_role("button", name="Open the player").click()
    sheet = phone.get_by_role("dialog", name="Playing")
    expect(sheet.get_by_role("slider", name="Mix")).to_be_visible()
    expect(sheet.get_by_role("button", name="Match tempo and key")).to_be_visible()
    sheet.get_by_role("button", name="Stop playing together").click()
    expect(sheet.get_by_role("slider", name="Mix")).to_have_count(0)
    phone.wait_for_function("() => chopperPlayer.current().isPlaying")
