"""Steps shared by browser tests of the Spotify remote."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from askchopper import routes
from tests.simulators.spotify.client import SpotifySimulator
from tests.support import browser
from tests.support.browser import go, sign_in

_FAILED = "Failed to load resource"


@contextmanager
def as_new(peer: SpotifySimulator) -> Iterator[SpotifySimulator]:
    """Reset the simulator; it grants every consent."""
    peer.reset()
    peer.set(consent="auto")
    yield peer
    peer.reset()


@contextmanager
def disconnected(page: Page, site: str, complaints: list[str]) -> Iterator[Page]:
    """Sign in without a connection; no page is open yet."""
    origin = {"Origin": site}
    sign_in(page)
    page.request.delete("/api/v1/spotify/connection", headers=origin)
    yield page
    page.request.delete("/api/v1/spotify/connection", headers=origin)  # other tests share the member
    # The browser logs every response with status 400 or more; here these are expected.
    complaints[:] = [one for one in complaints if _FAILED not in one]


def region(page: Page) -> Locator:
    return page.get_by_role("region", name="Spotify")


def connect(page: Page) -> Locator:
    """Connect without a page, open the start page and the remote."""
    assert page.request.get(routes.SPOTIFY_LOGIN).ok  # follows the redirects to the simulator and back
    go(page, "/")
    return opened(page)


def connect_in_ui(page: Page) -> Locator:
    """Connect on the open page, wait for the return from Spotify and open the remote."""
    region(page).get_by_role("button", name="Connect Spotify", exact=True).click()
    return returned(page)


def returned(page: Page) -> Locator:
    """Wait for the return from Spotify and open the remote."""
    expect(region(page).get_by_text("Spotify is connected.")).to_be_visible()
    region(page).get_by_role("button", name="Dismiss").click()
    return opened(page)


def opened(page: Page) -> Locator:
    """Open the remote."""
    expect(region(page).get_by_text("The Long Way Down")).to_be_visible()
    if not region(page).get_by_role("slider", name="Seek").is_visible():
        region(page).get_by_role("button", name="Show Spotify").click()
    return region(page)


def disconnect(remote: Locator) -> None:
    """Disconnect in the card and confirm."""
    remote.get_by_role("button", name="Disconnect Spotify").click()
    remote.get_by_role("button", name="Disconnect", exact=True).click()


def check(page: Page) -> None:
    """Assert that axe finds nothing."""
    page.wait_for_timeout(350)
    found = [
        (violation["id"], [node["target"] for node in violation["nodes"]][:3])
        for violation in Axe().run(page).response["violations"]
    ]
    assert found == []


def wait_for(happens: Callable[[], object], seconds: float = 4) -> None:
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.05)  # noqa: TID251 - tests only


def reload(page: Page) -> Locator:
    browser.reload(page)
    return region(page)


def be_seen(page: Page, *, is_seen: bool) -> None:
    """Hide or show the page."""
    page.evaluate(
        "(hidden) => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        not is_seen,
    )
