"""The Spotify remote in several tabs of one browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.simulators.spotify.client import SpotifySimulator
from tests.support.browser import go
from tests.support.spotify_steps import be_seen, connect, connect_in_ui, disconnect, region, returned


@pytest.mark.soak
def test_command_in_one_tab_updates_others(page: Page, spotify: SpotifySimulator):
    first = connect(page)
    other = page.context.new_page()
    go(other, "/")
    second = region(other)
    first.get_by_role("button", name="Pause").click()
    expect(second.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=2000)
    second.get_by_role("button", name="Next track").click()
    expect(first.get_by_text("Paper Lanterns")).to_be_visible(timeout=2000)
    disconnect(first)
    expect(second.get_by_role("button", name="Connect Spotify", exact=True)).to_be_visible(timeout=2000)
    assert second.get_by_role("alert").count() == 0


@pytest.mark.soak
def test_connecting_in_one_tab_updates_others(page: Page, spotify: SpotifySimulator):
    go(page, "/")
    other, browsing = page.context.new_page(), page.context.new_page()
    go(other, "/")  # opened before the connection
    go(browsing, "/browse")
    second = region(other)
    first = connect_in_ui(page)
    pause, third = second.get_by_role("button", name="Pause", exact=True), region(browsing)
    expect(pause).to_be_visible()
    expect(third.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    spotify.expire(refresh=True)
    for remote in (first, second, third):
        expect(remote.get_by_text("Spotify ended the connection")).to_be_visible(timeout=12_000)
    be_seen(other, is_seen=False)
    first.get_by_role("button", name="Reconnect").click()
    first = returned(page)
    be_seen(other, is_seen=True)
    expect(pause).to_be_visible(timeout=3000)
    expect(third.get_by_role("button", name="Pause", exact=True)).to_be_visible(timeout=3000)
    spotify.set(premium=False)
    pause.click()
    expect(second.get_by_text("Controls need Spotify Premium")).to_be_visible()
    spotify.set(premium=True)
    disconnect(first)
    expect(second.get_by_role("button", name="Connect Spotify", exact=True)).to_be_visible(timeout=3000)
    connect_in_ui(page)
    expect(pause).to_be_visible(timeout=3000)
    assert second.get_by_role("button", name="Connect Spotify", exact=True).count() == 0
    assert second.get_by_role("alert").count() == 0
