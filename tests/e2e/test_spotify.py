"""The Spotify remote in a browser, against the stand-in: the client's user flow, every state, two sizes, axe clean."""

import re
import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import forget_limits, go, sign_in
from playwright.sync_api import Locator, Page, expect
from spotify_standin import SpotifyStandin

SIZES = ["desktop", "phone"]
_FAILED = "Failed to load resource"


@pytest.fixture
def spotify(spotify_peer: SpotifyStandin) -> Iterator[SpotifyStandin]:
    """The stand-in, as new, agreeing to everything."""
    spotify_peer.reset()
    spotify_peer.set(consent="auto")
    yield spotify_peer
    spotify_peer.reset()


@pytest.fixture
def page(request: pytest.FixtureRequest, spotify: SpotifyStandin, complaints: list[str]) -> Iterator[Page]:
    """A signed-in page in the size that the test names, disconnected."""
    forget_limits()
    opened: Page = request.getfixturevalue(getattr(request, "param", "desktop"))
    sign_in(opened)
    opened.request.delete("/api/v1/spotify/connection", headers={"Origin": opened.url.rstrip("/")})
    go(opened, "/")
    yield opened
    # The browser logs every answer of 400 and more; here they are what is tested.
    complaints[:] = [one for one in complaints if _FAILED not in one]


def region(page: Page) -> Locator:
    return page.get_by_role("region", name="Spotify")


def connect(page: Page) -> Locator:
    """Connect as people do, and open the remote."""
    region(page).get_by_role("button", name="Connect Spotify").click()
    expect(region(page).get_by_text("Spotify is connected.")).to_be_visible()
    region(page).get_by_role("button", name="Dismiss").click()
    expect(region(page).get_by_text("The Long Way Down")).to_be_visible()
    if not region(page).get_by_role("slider", name="Seek").is_visible():
        region(page).get_by_role("button", name="Show Spotify").click()
    return region(page)


def check(page: Page) -> None:
    page.wait_for_timeout(350)
    found = [
        (violation["id"], [node["target"] for node in violation["nodes"]][:3])
        for violation in Axe().run(page).response["violations"]
    ]
    assert found == []


def wait_for(happens, seconds: float = 4) -> None:
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.05)  # noqa: TID251 - tests only


def reload(page: Page) -> Locator:
    page.reload()
    page.wait_for_load_state("networkidle")
    return region(page)


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_connects_and_controls_what_plays(page: Page, spotify: SpotifyStandin):
    check(page)
    remote = connect(page)
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


def test_sliders_rest_before_they_are_sent(page: Page, spotify: SpotifyStandin):
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
def test_devices_queue_and_playlists(page: Page, spotify: SpotifyStandin):
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
    check(page)
    page.keyboard.press("Escape")
    remote.get_by_role("button", name="Playlists").click()
    page.get_by_role("button", name="Allow").click()  # asked for only now
    expect(region(page).get_by_text("Spotify is connected.")).to_be_visible()
    region(page).get_by_role("button", name="Playlists").click()
    check(page)
    page.get_by_role("button", name="Play Late drives").click()
    wait_for(lambda: spotify.state["index"] == 1)


def test_what_is_collapsed_stays_collapsed(page: Page, spotify: SpotifyStandin):
    remote = connect(page)
    remote.get_by_role("button", name="Hide Spotify").click()
    expect(remote.get_by_role("button", name="Show Spotify")).to_be_focused()
    remote = reload(page)
    expect(remote.get_by_role("button", name="Show Spotify")).to_be_visible()
    expect(remote.get_by_role("slider", name="Seek")).not_to_be_visible()
    check(page)


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_one_line_on_other_pages(page: Page, spotify: SpotifyStandin):
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
        ("restricted", "Spotify does not allow this right now"),
        ("rate_limit", "Spotify asked for a pause"),
        ("quota", "Quota of the app used up"),
        ("server", "Spotify does not answer right now"),
        ("not_listed", "This app does not know you"),
    ],
)
def test_a_refused_tap_is_taken_back_and_explained(page: Page, spotify: SpotifyStandin, fault: str, text: str):
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
def test_no_device_offers_those_there_are(page: Page, spotify: SpotifyStandin):
    remote = connect(page)
    remote.get_by_role("button", name="Pause").click()
    wait_for(lambda: not spotify.state["playing"])
    spotify.set(devices="none")
    remote.get_by_role("button", name="Play", exact=True).click()
    expect(remote.get_by_text("Open Spotify on a device")).to_be_visible()
    expect(remote.get_by_role("button", name="Try again")).to_be_visible()
    check(page)


def test_an_ended_connection_can_be_made_again(page: Page, spotify: SpotifyStandin):
    remote = connect(page)
    spotify.expire(refresh=True)
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_text("Spotify ended the connection")).to_be_visible()
    check(page)
    remote = reload(page)
    remote.get_by_role("button", name="Reconnect").click()
    expect(region(page).get_by_text("Spotify is connected.")).to_be_visible()


def test_an_advert_and_a_private_session(page: Page, spotify: SpotifyStandin):
    connect(page)
    spotify.set(kind="ad", device={"is_private_session": True})
    page.wait_for_timeout(5000)
    remote = reload(page)
    expect(remote.get_by_text("Advert", exact=True)).to_be_visible()
    expect(remote.get_by_text("private session")).to_be_visible()
    expect(remote.get_by_role("button", name="Next track")).to_have_attribute("aria-disabled", "true")
    check(page)


def test_saying_no_at_spotify_is_explained(page: Page, spotify: SpotifyStandin):
    spotify.set(consent="deny")
    region(page).get_by_role("button", name="Connect Spotify").click()
    expect(region(page).get_by_role("alert")).to_contain_text("You said no")
    check(page)
    reload(page)
    expect(region(page).get_by_role("alert")).to_have_count(0)


def test_a_hidden_tab_asks_nothing_and_an_idle_one_little(page: Page, spotify: SpotifyStandin):
    connect(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/spotify/" in request.url else None)
    page.wait_for_timeout(11_000)
    assert 1 <= len(asked) <= 3
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    asked.clear()
    page.wait_for_timeout(7000)
    assert asked == []


def test_a_preview_offers_to_pause_spotify(page: Page, spotify: SpotifyStandin):
    remote = connect(page)
    page.get_by_role("button", name=re.compile("^Play ")).first.click()
    remote.get_by_role("button", name="Pause Spotify").click()
    wait_for(lambda: not spotify.state["playing"])
    expect(remote.get_by_role("button", name="Pause Spotify")).to_have_count(0)


def test_settings_connect_disconnect_and_take_an_own_app(page: Page, spotify: SpotifyStandin):
    connect(page)
    go(page, "/settings")
    section = page.get_by_role("region", name="Spotify").filter(has_text="The assistant may see")
    section.get_by_role("switch").click()
    expect(section.get_by_role("switch")).to_be_checked()
    check(page)
    section.get_by_role("button", name="Disconnect Spotify").click()
    expect(section.get_by_role("button", name="Connect Spotify")).to_be_visible()
    section.get_by_text("An app of your own").click()
    section.get_by_label("Client id").fill("OwnClientId000000000")
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_text("Saved")).to_be_visible()
    section.get_by_label("Client id").fill("")
    section.get_by_role("button", name="Save").click()


def test_no_token_comes_into_the_browser(page: Page, spotify: SpotifyStandin):
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))))
    page.on(
        "response",
        lambda answer: frames.append(answer.text()) if "/spotify/" in answer.url and answer.status == 200 else None,
    )
    connect(page)
    page.wait_for_timeout(1000)
    secrets = [request["token"].removeprefix("Bearer ") for request in spotify.seen("/v1/me/player")] + spotify.state[
        "refresh"
    ]
    everything = (
        "".join(frames)
        + page.content()
        + page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    )
    assert secrets
    assert not [secret for secret in secrets if secret in everything]
