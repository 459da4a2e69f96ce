"""Edge cases of the Spotify remote: slow responses, a sleeping phone, double taps, other pages."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.simulators.spotify.client import SpotifySimulator
from tests.support.browser import SIZES, go
from tests.support.spotify_steps import be_seen, check, connect, region, reload, returned, wait_for

# Clicks a button and measures the milliseconds until the change is visible, by the page's clock.
_REACTION = """([label, selector, name, value]) => new Promise((done) => {
  const box = document.querySelector('section[aria-label="Spotify"]');
  const seen = () => box.querySelector(selector)?.getAttribute(name) === value;
  if (seen()) return done(-1);
  const from = performance.now();
  setTimeout(() => done(3000), 3000);
  new MutationObserver((_, watcher) => {
    if (!seen()) return;
    watcher.disconnect();
    requestAnimationFrame(() => done(performance.now() - from));
  }).observe(box, {subtree: true, childList: true, attributes: true});
  box.querySelector(`button[aria-label="${label}"]`).click();
})"""
_MOVING = """() => [...document.querySelectorAll('section[aria-label="Spotify"] *')].filter((one) => {
  const style = getComputedStyle(one), lasts = (list) => list.split(',').some((one) => parseFloat(one) > 0.001);
  return (lasts(style.transitionDuration) && /all|transform|scale|translate|background/.test(style.transitionProperty))
    || (style.animationName !== 'none' && lasts(style.animationDuration));
}).length"""


def _playlist(number: int) -> dict[str, object]:
    return {"uri": f"spotify:playlist:list{number}", "name": f"List {number}", "art_url": "", "tracks": number}


def preview_in_sheet(page: Page) -> Locator:
    """Play a preview on a phone and open the player sheet; returns the remote's row in it."""
    page.get_by_role("button", name=re.compile("^Play ")).first.click()
    page.get_by_role("button", name=re.compile("^Open the player")).click()
    return page.get_by_role("dialog", name="Playing").get_by_role("group", name="Spotify")


def seconds_of(remote: Locator) -> int:
    """Read the playback position from the slider."""
    spoken = remote.get_by_role("slider", name="Seek").get_attribute("aria-valuetext") or ""
    found = re.match(r"(?:(\d+) minutes? )?(\d+) seconds? of", spoken)
    assert found, spoken
    return int(found[1] or 0) * 60 + int(found[2])


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_tap_is_optimistic_and_reverted_on_failure(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    spotify.set(latency_ms=1500)
    spotify.fail("server", on="pause")
    taps = (
        ("Pause", "button[aria-label=Pause], button[aria-label=Play]", "aria-label", "Play"),
        ("Shuffle", "button[aria-label=Shuffle]", "aria-pressed", "true"),
        ("Next track", "[aria-busy]", "aria-busy", "true"),
    )
    for tap in taps:
        assert 0 < page.evaluate(_REACTION, list(tap)) < 100, tap[0]
    assert not spotify.state["shuffle"]  # not requested yet
    expect(remote.get_by_text("Spotify is not responding")).to_be_in_viewport()
    expect(remote.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    wait_for(lambda: spotify.state["shuffle"] and spotify.state["index"] == 1)
    spotify.set(latency_ms=0)
    expect(remote.get_by_text("Paper Lanterns")).to_be_visible()
    expect(remote.get_by_role("button", name="Shuffle")).to_have_attribute("aria-pressed", "true")
    assert spotify.state["playing"]


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_player_sheet_shows_all_errors(page: Page, spotify: SpotifySimulator):
    connect(page)
    row = preview_in_sheet(page)
    expect(row.get_by_text("Both are playing")).to_be_visible()
    pause, alert = row.get_by_role("button", name="Pause", exact=True), row.get_by_role("alert")
    spotify.fail("restricted", on="pause")
    pause.click()
    expect(alert).to_contain_text("Spotify does not allow this right now")
    expect(alert).to_be_in_viewport()
    check(page)
    spotify.fail("rate_limit", on="pause", retry_after=3)
    pause.click()
    paused = row.get_by_role("status").filter(has_text="Too many requests")
    expect(paused).to_contain_text("0:0")
    expect(paused).to_be_in_viewport()
    expect(paused).to_have_count(0, timeout=5000)
    row.get_by_role("button", name="Pause Spotify").click()
    wait_for(lambda: not spotify.state["playing"])
    expect(row.get_by_text("Both are playing")).to_have_count(0)
    spotify.set(devices="idle")
    row.get_by_role("button", name="Next track").click()
    expect(alert).to_contain_text("Choose where to play")
    expect(row.get_by_role("button", name="Cancel")).to_be_in_viewport()
    check(page)
    row.get_by_role("button", name="Play on Phone").click()
    wait_for(lambda: spotify.state["device"] == "device2" and spotify.state["index"] == 1)
    spotify.set(premium=False)
    expect(pause).to_be_visible()
    pause.click()
    expect(alert).to_contain_text("Controls need Spotify Premium")
    spotify.set(premium=True)
    spotify.expire(refresh=True)
    be_seen(page, is_seen=False)
    be_seen(page, is_seen=True)
    expect(row.get_by_role("button", name="Reconnect")).to_be_in_viewport(timeout=12_000)


@pytest.mark.soak
def test_ended_connection_states_its_reason(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    lost = {"detail": "The stored connection can no longer be read. Connect again to go on.", "kind": "ended"}
    page.route("**/spotify/pause", lambda route: route.fulfill(status=409, json=lost))
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_role("alert")).to_contain_text("The stored connection can no longer be read.")
    expect(remote.get_by_text("Spotify ended the connection")).to_have_count(0)


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.soak
def test_signed_out_member_is_told_at_tap(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    page.context.clear_cookies()
    remote.get_by_role("button", name="Pause").click()
    link = remote.get_by_role("alert").get_by_role("link", name="Sign in")
    expect(link).to_be_visible()
    check(page)
    be_seen(page, is_seen=False)
    be_seen(page, is_seen=True)
    page.wait_for_timeout(1000)
    link.click()
    page.wait_for_url("**/login?next=%2F")


@pytest.mark.soak
def test_collapsed_remote_shows_countdown(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    remote.get_by_role("button", name="Hide Spotify").click()
    spotify.fail("rate_limit", on="pause", retry_after=600)
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_role("status").filter(has_text="Too many requests")).to_contain_text("9:5")
    check(page)


@pytest.mark.soak
def test_disabled_controls_state_the_reason(page: Page, spotify: SpotifySimulator):
    spotify.set(device={"supports_volume": False})
    remote = connect(page)
    volume = remote.get_by_role("slider", name="Volume")
    expect(volume).to_be_disabled()
    expect(volume).to_have_accessible_description("This device sets its own volume.")
    remote.get_by_role("button", name="Next track").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(volume).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(remote.get_by_role("alert")).to_contain_text("This device sets its own volume.")
    expect(volume).to_have_value("55")
    page.wait_for_timeout(400)
    assert spotify.seen("/v1/me/player/volume") == []
    check(page)
    repeat = remote.get_by_role("button", name="Repeat")
    for words in ("Repeat is off", "Repeats the list", "Repeats the track"):
        expect(repeat).to_have_accessible_description(words)
        repeat.click()


@pytest.mark.parametrize("page", ["phone"], indirect=True)
@pytest.mark.soak
def test_touch_on_disabled_control_shows_reason(page: Page, spotify: SpotifySimulator):
    spotify.set(device={"supports_volume": False})
    remote = connect(page)
    remote.get_by_role("slider", name="Volume").tap(force=True)
    expect(remote.get_by_role("alert")).to_contain_text("This device sets its own volume.")
    expect(remote.get_by_role("slider", name="Volume")).to_have_value("55")


@pytest.mark.soak
def test_pending_command_is_indicated(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    spotify.set(latency_ms=1500)
    fits = remote.get_by_role("button", name="Packs that fit")
    fits.dblclick()
    expect(fits).to_have_attribute("aria-busy", "true", timeout=500)
    page.wait_for_url("**/browse?genre=deep-house&from=spotify")
    assert len([one for one in spotify.seen() if one["path"].startswith("/v1/artists/")]) == 1


@pytest.mark.soak
def test_long_lists_load_in_pages(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    parts = {
        "": {"items": [_playlist(n) for n in range(3)], "next_cursor": "3"},
        "3": {"items": [_playlist(3)], "next_cursor": None},
    }
    asked: list[str] = []

    def answer(route: Route) -> None:
        cursor = parse_qs(urlsplit(route.request.url).query).get("cursor", [""])[0]
        asked.append(cursor)
        if asked == ["", "3"]:
            route.fulfill(status=503, json={"detail": "Spotify is not responding.", "kind": "unavailable"})
        else:
            route.fulfill(json=parts[cursor])

    page.route("**/playlists*", answer)
    remote.get_by_role("button", name="Playlists").click()
    sheet = page.get_by_role("dialog", name="Playlists")
    more = sheet.get_by_role("button", name="Load more")
    more.click()
    expect(sheet.get_by_role("alert")).to_contain_text("Spotify is not responding")
    expect(sheet.get_by_role("listitem")).to_have_count(3)
    check(page)
    more.click()
    expect(sheet.get_by_role("listitem")).to_have_count(4)
    expect(sheet.get_by_role("button", name="Play List 3")).to_be_focused()
    expect(more).to_have_count(0)
    assert asked == ["", "3", "3"]


@pytest.mark.parametrize("page", ["phone"], indirect=True)
@pytest.mark.soak
def test_wake_after_an_hour_refreshes_once(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    be_seen(page, is_seen=False)
    # The server's snapshot has expired, as after an hour.
    page.request.put("/api/v1/spotify/shuffle", data={"state": False}, headers={"Origin": page.url.rstrip("/")})
    spotify.expire()
    spotify.set(index=2, position_ms=10_000, latency_ms=600)
    refreshes, looks = len(spotify.seen("/api/token")), len(spotify.seen("/v1/me/player", "GET"))
    # The page's monotonic clock stops while a machine sleeps; only the system clock advances.
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 3_600_000; }")
    be_seen(page, is_seen=True)
    expect(remote.get_by_role("slider", name="Seek")).to_be_disabled(timeout=500)
    assert seconds_of(remote) == 0
    assert remote.locator("[aria-busy=true]").count() == 1
    expect(remote.get_by_text("Slow Machines")).to_be_visible()
    expect(remote.locator("[aria-busy=true]")).to_have_count(0)
    assert abs(seconds_of(remote) - spotify.state["position"] / 1000) < 3
    page.wait_for_timeout(1000)
    assert len(spotify.seen("/api/token")) - refreshes == 1
    assert len(spotify.seen("/v1/me/player", "GET")) - looks == 2  # the rejected request and its retry


@pytest.mark.parametrize("page", ["phone"], indirect=True)
@pytest.mark.soak
def test_double_taps_are_two_commands_in_order(page: Page, spotify: SpotifySimulator):
    go(page, "/")
    region(page).get_by_role("button", name="Connect Spotify", exact=True).dblclick()
    remote = returned(page)
    spotify.set(latency_ms=200)
    remote.get_by_role("button", name="Pause").dblclick()
    remote.get_by_role("button", name="Next track").dblclick()
    expect(remote.get_by_text("Slow Machines")).to_be_visible()
    expect(remote.get_by_role("button", name="Pause")).to_be_visible()
    commands = [one["path"].rpartition("/")[2] for one in spotify.seen() if one["method"] in {"PUT", "POST"}]
    assert [one for one in commands if one != "token"] == ["pause", "play", "next", "next"]
    assert spotify.state["playing"]
    assert remote.get_by_role("alert").count() == 0


@pytest.mark.soak
def test_out_of_range_values_are_clamped(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    before = len(spotify.seen(method="PUT"))
    wrong = [
        ("volume", {"volume_percent": 101}), ("volume", {"volume_percent": -1}), ("volume", {"volume_percent": 1e300}),
        ("seek", {"position_ms": -1}), ("seek", {"position_ms": 10**15}), ("seek", {"position_ms": "9"}), ("seek", {}),
    ]  # fmt: skip
    for path, body in wrong:
        status, text = page.evaluate(
            "async ([path, body]) => { const answer = await fetch(`/api/v1/spotify/${path}`, {method: 'PUT', body: JSON.stringify(body),"
            " headers: {'Content-Type': 'application/json'}}); return [answer.status, (await answer.json()).detail]; }",
            [path, body],
        )
        assert status == 422, (path, body)
        assert text, (path, body)
    assert len(spotify.seen(method="PUT")) == before
    for name, key, path, field, most in (
        ("Volume", "End", "volume", "volume_percent", 100),
        ("Volume", "Home", "volume", "volume_percent", 0),
        ("Seek", "End", "seek", "position_ms", 220_999),
    ):
        remote.get_by_role("slider", name=name).focus()
        page.keyboard.press(key)
        sent = f"/v1/me/player/{path}"
        wait_for(
            lambda sent=sent, field=field, most=most: (
                (spotify.seen(sent) or [{}])[-1].get("query", {}).get(field) == str(most)
            )
        )


@pytest.mark.soak
def test_reduced_motion_is_respected(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    assert page.evaluate(_MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(_MOVING) == 0
    remote.get_by_role("button", name="Pause").click()
    expect(remote.get_by_role("button", name="Play", exact=True)).to_be_visible()
    remote.get_by_role("button", name="Hide Spotify").click()
    expect(remote.get_by_role("button", name="Show Spotify")).to_be_focused()
    assert page.evaluate(_MOVING) == 0


@pytest.mark.soak
def test_heart_shows_liked_state(page: Page, spotify: SpotifySimulator):
    remote = connect(page)
    heart = remote.get_by_role("button", name="Like this track")
    heart.click()
    remote.get_by_role("button", name="Allow").click()  # requested only now
    heart = returned(page).get_by_role("button", name="Like this track")
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.click()
    wait_for(lambda: spotify.state["liked"] == ["spotify:track:track0"])
    heart = reload(page).get_by_role("button", name="Like this track")
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    wait_for(lambda: spotify.state["liked"] == [])
    assert len(spotify.seen("/v1/me/library/contains")) == 1


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.soak
def test_chat_settings_and_upload_show_the_remote(page: Page, spotify: SpotifySimulator):
    connect(page)
    for path in ("/chat", "/settings", "/studio/upload"):
        go(page, path)
        line = page.get_by_role("region", name="Spotify")
        expect(line).to_have_count(1)
        wanted = "Pause" if spotify.state["playing"] else "Play"
        line.get_by_role("button", name=wanted, exact=True).click()
        wait_for(lambda wanted=wanted: spotify.state["playing"] == (wanted == "Play"))
        check(page)
    go(page, "/chat")
    message = page.get_by_label("Message").bounding_box()
    region(page).get_by_role("button", name="Show Spotify").click()
    expect(region(page).get_by_role("slider", name="Seek")).to_be_visible()
    assert page.get_by_label("Message").bounding_box() == message  # it overlays the thread and shifts nothing
    check(page)
    region(page).get_by_role("button", name="Hide Spotify").click()


@pytest.mark.soak
def test_sign_in_from_settings_is_explained_there(page: Page, spotify: SpotifySimulator):
    spotify.set(consent="deny")
    go(page, "/settings")
    section = page.get_by_role("region", name="Spotify")
    section.get_by_role("button", name="Connect Spotify", exact=True).click()
    expect(section.get_by_role("alert")).to_contain_text("You said no")
    check(page)


@pytest.mark.soak
def test_ended_connection_on_other_page_is_shown_once(page: Page, spotify: SpotifySimulator):
    connect(page)
    go(page, "/browse")
    spotify.expire(refresh=True)
    region(page).get_by_role("button", name="Pause").click()
    expect(region(page).get_by_text("Spotify ended the connection")).to_be_visible()
    check(page)
    reload(page)
    expect(region(page)).to_have_count(0)
