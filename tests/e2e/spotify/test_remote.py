"""The Spotify remote in a browser, against the simulator: the user flow, every state, two sizes, accessibility."""

import re

import pytest
from playwright.sync_api import Page, Response, expect

from tests.simulators.spotify.client import SpotifySimulator
from tests.support.browser import SIZES, go, kept_by_site
from tests.support.soak import soak
from tests.support.spotify_steps import (
    check,
    connect,
    connect_in_ui,
    disconnect,
    region,
    reload,
    wait_for,
)


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_connect_and_control_playback(page: Page, spotify: SpotifySimulator):
    go(page, "/")
    check(page)
    remote = connect_in_ui(page)
    assert "spotify=" not in page.url
    check(page)
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=1000)
    wait_for(lambda: not spotify.state["playing"])
    remote.get_by_role("button", name="Play", exact=True).click()
    wait_for(lambda: spotify.state["playing"])
    remote.get_by_role("button", name="Next track").click()
    expect(remote.get_by_text("Paper Lanterns")).to_be_visible()
    spotify.set(position_ms=500)
    remote.get_by_role("button", name="Previous track").click()
    expect(remote.get_by_text("The Long Way Down")).to_be_visible()
    remote.get_by_role("button", name="Shuffle").click()
    wait_for(lambda: spotify.state["shuffle"])
    expect(remote.get_by_role("button", name="Shuffle")).to_have_attribute("aria-pressed", "true")
    remote.get_by_role("button", name="Repeat").click()
    wait_for(lambda: spotify.state["repeat"] == "context")
    for name in ("Play", "Pause", "Next track", "Previous track", "Shuffle", "Repeat", "Devices", "Queue", "Playlists"):
        for box in [one.bounding_box() for one in remote.get_by_role("button", name=name, exact=True).all()]:
            assert box["width"] >= 44, name
            assert box["height"] >= 44, name
    for fold in ("Hide Spotify", "Show Spotify"):
        for link in [one.bounding_box() for one in remote.get_by_role("link", name="The Long Way Down").all()]:
            assert link["height"] >= 44
        remote.get_by_role("button", name=fold).click()


@pytest.mark.soak
def test_sliders_are_debounced(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    volume = remote.get_by_role("slider", name="Volume")
    volume.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    wait_for(lambda: spotify.state["volume"] == 45)
    assert len(spotify.seen("/v1/me/player/volume")) == 1
    seek = remote.get_by_role("slider", name="Seek")
    seek.focus()
    page.keyboard.press("Home")
    wait_for(lambda: spotify.state["position"] < 5000)
    assert len(spotify.seen("/v1/me/player/seek")) == 1
    assert re.match(r"0 minutes \d seconds of 3 minutes 41 seconds", seek.get_attribute("aria-valuetext") or "")


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_devices_queue_and_playlists(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    remote.get_by_role("button", name="Devices").click()
    expect(page.get_by_role("dialog", name="Devices")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Play on Phone").click()
    wait_for(lambda: spotify.state["device"] == "device2")
    remote.get_by_role("button", name="Queue").click()
    expect(page.get_by_role("dialog", name="Queue").get_by_text("Paper Lanterns")).to_be_visible()
    page.get_by_label("Add a track").fill("https://open.spotify.com/track/track2?si=abc")
    page.get_by_role("button", name="Add", exact=True).click()
    wait_for(lambda: spotify.state["queued"] == 1)
    expect(page.get_by_role("dialog", name="Queue").get_by_text("Slow Machines")).to_have_count(2)
    check(page)
    page.keyboard.press("Escape")
    remote.get_by_role("button", name="Playlists").click()
    page.get_by_role("button", name="Allow").click()  # requested only now
    expect(region(page).get_by_text("Spotify is connected.")).to_be_visible()
    region(page).get_by_role("button", name="Playlists").click()
    check(page)
    page.get_by_role("button", name="Play Late drives").click()
    wait_for(lambda: spotify.state["index"] == 1)


@pytest.mark.soak
def test_collapsed_state_is_remembered(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    remote.get_by_role("button", name="Hide Spotify").click()
    expect(remote.get_by_role("button", name="Show Spotify")).to_be_focused()
    remote = reload(page)
    expect(remote.get_by_role("button", name="Show Spotify")).to_be_visible()
    expect(remote.get_by_role("slider", name="Seek")).not_to_be_visible()
    check(page)


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.soak
def test_one_line_on_other_pages(page: Page, spotify: SpotifySimulator):
    connect(page)
    go(page, "/browse")
    remote = region(page)
    remote.get_by_role("button", name="Pause").click()
    wait_for(lambda: not spotify.state["playing"])
    check(page)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("premium", "Controls need Spotify Premium"),
        soak("rate_limit", "Too many requests"),
        soak("restricted", "Spotify does not allow this right now"),
        soak("quota", "Daily limit reached"),
        soak("server", "Spotify is not responding"),
        soak("not_listed", "Your Spotify account isn't on this app's list"),
    ],
)
def test_rejected_tap_is_reverted_and_explained(page: Page, spotify: SpotifySimulator, fault: str, text: str):
    remote = connect(page)
    spotify.fail(fault, on="pause")
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_text(text).first).to_be_visible()
    if fault in {"restricted", "server", "rate_limit"}:
        expect(remote.get_by_role("button", name="Pause")).to_be_visible()
    if fault == "rate_limit":
        expect(remote.get_by_role("button", name="Pause")).to_have_attribute("aria-disabled", "true")
        before = len(spotify.seen())
        remote.get_by_role("button", name="Next track").focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(600)
        assert len(spotify.seen()) == before
    check(page)


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.soak
def test_no_device_offers_available_ones(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    remote.get_by_role("button", name="Pause").click()
    wait_for(lambda: not spotify.state["playing"])
    spotify.set(devices="none")
    remote.get_by_role("button", name="Play", exact=True).click()
    expect(remote.get_by_text("Open Spotify on a device")).to_be_visible()
    expect(remote.get_by_role("button", name="Try again")).to_be_visible()
    check(page)


def test_ended_connection_can_be_renewed(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    spotify.expire(refresh=True)
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_text("Spotify ended the connection")).to_be_visible()
    check(page)
    remote = reload(page)
    remote.get_by_role("button", name="Reconnect").click()
    expect(region(page).get_by_text("Spotify is connected.")).to_be_visible()


@pytest.mark.soak
def test_advert_and_private_session(page: Page, spotify: SpotifySimulator):
    connect(page)
    spotify.set(kind="ad", device={"is_private_session": True})
    page.wait_for_timeout(5000)
    remote = reload(page)
    expect(remote.get_by_text("Advert", exact=True)).to_be_visible()
    expect(remote.get_by_text("private session")).to_be_visible()
    expect(remote.get_by_role("button", name="Next track")).to_have_attribute("aria-disabled", "true")
    check(page)


@pytest.mark.soak
def test_denied_consent_is_explained(page: Page, spotify: SpotifySimulator):
    go(page, "/")
    spotify.set(consent="deny")
    region(page).get_by_role("button", name="Connect Spotify", exact=True).click()
    expect(region(page).get_by_role("alert")).to_contain_text("You said no")
    check(page)
    reload(page)
    expect(region(page).get_by_role("alert")).to_have_count(0)


@pytest.mark.soak
def test_preview_offers_to_pause_spotify(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    page.get_by_role("button", name=re.compile("^Play ")).first.click()
    remote.get_by_role("button", name="Pause Spotify").click()
    wait_for(lambda: not spotify.state["playing"])
    expect(remote.get_by_role("button", name="Pause Spotify")).to_have_count(0)


@pytest.mark.soak
def test_fitting_packs_do_not_interrupt_playback(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    page.evaluate("window.isTheSame = true")
    remote.get_by_role("button", name="Packs that fit").click()
    page.wait_for_url("**/browse?genre=deep-house&from=spotify")
    assert page.evaluate("window.isTheSame")  # a page load would stop the preview


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.soak
def test_disconnect_asks_for_confirmation(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    first, keep = (remote.get_by_role("button", name=name) for name in ("Disconnect Spotify", "Keep"))
    for leave in ("Enter", "Escape"):
        first.focus()
        page.keyboard.press("Enter")
        expect(keep).to_be_focused()
        expect(remote.get_by_role("form", name="Disconnect Spotify?")).to_be_visible()
        check(page)
        page.keyboard.press(leave)
        expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(keep).to_be_focused()
    for name in ("Keep", "Disconnect"):
        box = remote.get_by_role("button", name=name, exact=True).bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 44
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(region(page).get_by_role("button", name="Connect Spotify", exact=True)).to_be_focused()


def test_settings_connect_disconnect_and_own_app(page: Page, spotify: SpotifySimulator):
    connect(page)
    go(page, "/settings")
    section = page.get_by_role("region", name="Spotify").filter(has_text="The assistant may see")
    section.get_by_role("switch").click()
    expect(section.get_by_role("switch")).to_be_checked()
    check(page)
    section.get_by_role("button", name="Disconnect Spotify").click()
    expect(section.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Escape")
    expect(section.get_by_role("button", name="Disconnect Spotify")).to_be_focused()
    disconnect(section)
    expect(section.get_by_role("button", name="Connect Spotify", exact=True)).to_be_visible()
    section.get_by_text("An app of your own").click()
    section.get_by_label("Client id").fill("OwnClientId000000000")
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_text("Saved")).to_be_visible()
    section.get_by_label("Client id").fill("")
    section.get_by_role("button", name="Save").click()


def test_tokens_reach_neither_browser_log_nor_database(page: Page, spotify: SpotifySimulator):
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: told.append(f"{request.url} {request.headers} {request.post_data}"))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: told.append(str(data))))

    def keep(answer: Response) -> None:
        told.append(f"{answer.url} {answer.headers}")
        if answer.headers.get("content-type", "").startswith(("text/html", "application/")) and answer.status < 300:
            told.append(answer.text())

    page.on("response", keep)
    go(page, "/")
    remote = connect_in_ui(page)
    remote.get_by_role("button", name="Devices").click()
    page.get_by_role("button", name="Play on Phone").click()
    spotify.expire()  # creates a second pair of tokens
    remote.get_by_role("button", name="Next track").click()
    expect(remote.get_by_text("Paper Lanterns")).to_be_visible()
    spotify.fail("server", on="pause")
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_role("alert")).to_be_visible()
    go(page, "/settings")
    page.wait_for_timeout(500)
    used = [request["token"].removeprefix("Bearer ") for request in spotify.seen("/v1/me/player")]
    secrets = {*used, *spotify.state["refresh"]}
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    everything = "".join(told) + page.content() + stored + kept_by_site()
    assert "spotify/current-track" in everything
    assert len(secrets) >= 3
    assert not [secret for secret in secrets if secret in everything or secret.encode().hex() in everything]


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.soak
def test_artist_that_plays_has_a_page(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    expect(remote.get_by_text("Marlow Vance")).to_be_visible()
    expect(remote.get_by_role("link", name=re.compile("^About "))).to_have_count(0)
    spotify.set(artist="Burial")
    remote.get_by_role("link", name="About Burial").click(timeout=20_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Burial")
    expect(page.get_by_role("heading", name="Packs in the style of Burial")).to_be_visible()
    check(page)
