"""Learning in the browser: from a misspelt term to a sound, the cards, trends, and answers without a model."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import go
from tests.support.chat_steps import ask, finished, open_chat

PLAYER = re.compile("^Pause ")


def test_misspelt_term_leads_to_a_sound(desktop: Page, complaints: list[str]):
    go(desktop, "/learn")
    expect(desktop.get_by_role("link", name="Scales and chords")).to_be_visible()
    desktop.get_by_label("Search terms").fill("sidechian")
    desktop.get_by_role("list", name="Found terms").get_by_role("link", name="Sidechain compression").click()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Sidechain compression")
    example = desktop.get_by_role("list", name="Examples").get_by_role("button", name=re.compile("^Play ")).first
    example.click()
    expect(desktop.get_by_role("list", name="Examples").get_by_role("button", name=PLAYER)).to_be_visible()
    after = desktop.get_by_role("list", name="Before and after").get_by_role("button").nth(1)
    after.click()
    expect(after).to_have_accessible_name(re.compile("Pause Sidechain compression, after"))
    player = desktop.get_by_role("region", name="Player")
    expect(player).to_contain_text("Sidechain compression, after")
    expect(player.get_by_role("link", name=re.compile("Find similar"))).to_have_count(0)
    after.click()
    assert complaints == []


@pytest.mark.soak
def test_topics_and_unknown_words(phone: Page, complaints: list[str]):
    go(phone, "/learn")
    phone.get_by_role("button", name="Rhythm", exact=True).click()
    expect(phone.get_by_role("link", name="Swing", exact=True)).to_be_visible()
    expect(phone.get_by_role("link", name="Reverb", exact=True)).to_be_hidden()
    phone.get_by_label("Search terms").fill("zzzqqq")
    expect(phone.get_by_text("No term matches that")).to_be_visible()
    go(phone, "/learn/nothing-of-the-kind")
    expect(phone.get_by_text("This term is not in our glossary.")).to_be_visible()
    assert all("404" in complaint for complaint in complaints)
    complaints.clear()


def test_camelot_card_shows_and_plays_what_fits(desktop: Page, complaints: list[str]):
    go(desktop, "/learn/cards/camelot")
    expect(desktop.get_by_role("button", name="8A, A minor")).to_have_attribute("aria-pressed", "true")
    wheel = desktop.get_by_role("group", name="Camelot wheel")
    wheel.get_by_role("button", name="4A, F minor").press("Enter")
    keys = desktop.get_by_role("list", name="Keys that fit")
    for name in ("F minor", "C minor", "Bb minor", "Ab major"):
        expect(keys.get_by_text(name, exact=True)).to_be_visible()
    keys.get_by_role("button", name="Play the chord of Ab major").click()
    expect(desktop.locator("body")).to_have_attribute("data-notes-played", "3")
    expect(desktop.get_by_role("link", name="All sounds in these keys")).to_have_attribute(
        "href", re.compile("key=F\\+minor.*compatible=strict")
    )
    assert complaints == []


def test_cards_compute(phone: Page, complaints: list[str]):
    go(phone, "/learn/cards/scales")
    phone.get_by_role("button", name="Eb", exact=True).click()
    expect(phone.get_by_role("list", name="Chords")).to_contain_text("Cb")
    phone.get_by_role("button", name="Play scale").click()
    expect(phone.locator("body")).to_have_attribute("data-notes-played", "8")
    go(phone, "/learn/cards/delay")
    phone.get_by_label("Tempo (BPM)").fill("128")
    expect(phone.get_by_text("351.6")).to_be_visible()
    phone.get_by_label("Tempo (BPM)").fill("0")
    expect(phone.get_by_text("Enter a tempo between 20 and 400 BPM.")).to_be_visible()
    go(phone, "/learn/cards/pitch-tempo")
    expect(phone.get_by_text("1.55 semitones")).to_be_visible()
    go(phone, "/learn/cards/progressions")
    phone.get_by_label("Genre").select_option("Trap")
    expect(phone.get_by_role("list", name="Progressions")).to_contain_text("Andalusian")
    go(phone, "/learn/cards/notes")
    phone.get_by_label("Note, frequency or MIDI number").fill("440")
    expect(phone.get_by_text("exactly A4")).to_be_visible()
    for card, words in (("tempo", "Drum and bass"), ("frequency", "Sub bass"), ("loudness", "Spotify")):
        go(phone, f"/learn/cards/{card}")
        expect(phone.get_by_text(words, exact=True).first).to_be_visible()
    assert complaints == []


def test_trends_play(desktop: Page, complaints: list[str]):
    go(desktop, "/trends")
    expect(desktop.get_by_role("list", name="Genres")).to_be_visible()
    sounds = desktop.get_by_role("list", name="Rising sounds")
    sounds.get_by_role("button", name=re.compile("^Play ")).first.click()
    expect(sounds.get_by_role("button", name=PLAYER)).to_be_visible()
    desktop.get_by_label("Genre", exact=True).select_option("Cinematic")
    desktop.wait_for_url("**/trends?genre=cinematic")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Trends in cinematic")
    expect(desktop.get_by_text("Too little was played here this week").or_(sounds)).to_be_visible()
    assert complaints == []


@pytest.mark.soak
def test_answers_without_a_model_teach(desktop: Page, complaints: list[str]):
    open_chat(desktop)
    answer = finished(ask(desktop, "what is sidechain compression"))
    expect(answer).to_contain_text("Try this now")
    answer.get_by_role("button", name=re.compile("^Play ")).first.click()
    expect(answer.get_by_role("button", name=PLAYER)).to_be_visible()
    link = answer.get_by_role("link", name="compression", exact=True)
    link.hover()
    card = desktop.get_by_role("dialog", name="Compression")
    expect(card).to_contain_text("A compressor turns a sound down")
    desktop.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(finished(ask(desktop, "chords in Eb minor"))).to_contain_text(
        "Ebm (i), Fdim (ii°), Gb (III), Abm (iv), Bbm (v), Cb (VI)"
    )
    expect(finished(ask(desktop, "what's trending in techno"))).to_contain_text("I only looked at this marketplace")
    assert complaints == []
