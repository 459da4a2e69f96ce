"""The built product with demo content on a free port, and a browser."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.simulators.anthropic.client import running as anthropic_running
from tests.simulators.brave.client import BraveSimulator
from tests.simulators.brave.client import running as brave_running
from tests.simulators.oidc import client as oidc_simulator
from tests.simulators.spotify import client as spotify_simulator
from tests.simulators.stripe.client import StripeSimulator
from tests.simulators.stripe.client import running as stripe_running
from tests.support import site as site_data
from tests.support.browser import (
    WAIT_SECONDS,
    KeptProfile,
    forget_limits,
    free_port,
    model_server,
    open_page,
    serving,
    sign_in,
    site_folder,
)
from tests.support.database import ROOT

# Fixtures that start a server beside the site's own.
SERVERS = ("model_site", "shop", "servers", "server", "mail_site", "remote_site")
sys.path.insert(0, str(ROOT / "scripts"))
expect.set_options(timeout=1000 * WAIT_SECONDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the stories of further servers first, by server: each process of a run begins with its half, and starts fewer of them."""
    items.sort(key=_server_of)


def _server_of(item: pytest.Item) -> int:
    names = getattr(item, "fixturenames", ())
    return next((number for number, name in enumerate(SERVERS) if name in names), len(SERVERS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add the last server logs to a failure report."""
    report = yield
    if report.failed and "site" in site_folder:
        for file in sorted(site_folder["site"].glob("*.log")):
            report.sections.append((f"end of {file.name}", file.read_text(errors="replace")[-1500:]))
    return report


@pytest.fixture(scope="session")
def spotify_peer() -> Iterator[spotify_simulator.SpotifySimulator]:
    """The Spotify simulator of the site; ``E2E_SPOTIFY`` is the port of a running one."""
    if port := os.environ.get("E2E_SPOTIFY"):
        yield spotify_simulator.SpotifySimulator(int(port))
        return
    with spotify_simulator.running() as started:
        yield started


@pytest.fixture(scope="session")
def site(spotify_peer: spotify_simulator.SpotifySimulator) -> Iterator[str]:
    """Start the product as `make run` does, on its own data folder; yields its URL.

    ``E2E_SITE`` is the URL of a running one, for writing tests.
    """
    if running := os.environ.get("E2E_SITE"):
        yield running
        return
    folder = Path(tempfile.mkdtemp(prefix="ac-e2e-", dir="/tmp"))
    folder.chmod(0o755)
    site_folder["site"] = folder
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DATABASE_URL_DIRECT"}
    }
    environment |= {
        "DATA_DIR": str(folder),
        "LOG_LEVEL": "INFO",  # as in production, for the search for tokens
        "ASKCHOPPER_ENV": "development",
        "RATE_LIMITS": "on",
        **spotify_peer.settings,
    }
    environment.pop("SECRET_KEY", None)
    try:
        site_data.copy_to(folder)
        with serving(port, environment, folder / "server.log") as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def anthropic_server() -> Iterator[AnthropicSimulator]:
    """The Anthropic simulator, one per run; ``E2E_SIMULATOR`` is the port of a running one."""
    if port := os.environ.get("E2E_SIMULATOR"):
        yield AnthropicSimulator(int(port))
        return
    with anthropic_running() as started:
        yield started


@pytest.fixture
def simulator(anthropic_server: AnthropicSimulator) -> AnthropicSimulator:
    """The simulator, reset."""
    anthropic_server.reset()
    return anthropic_server


@pytest.fixture(scope="session")
def issuer() -> Iterator[oidc_simulator.OidcSimulator]:
    """The OpenID provider of the server with a model."""
    with oidc_simulator.running() as started:
        yield started


@pytest.fixture(scope="session")
def brave() -> Iterator[BraveSimulator]:
    """The Brave simulator of the second and the third server."""
    with brave_running() as started:
        yield started


@pytest.fixture(scope="session")
def stripe() -> Iterator[StripeSimulator]:
    """The Stripe simulator of the third server."""
    with stripe_running() as started:
        yield started


# A server takes seconds to start: one has what needs a language model, and another one what does without.
@pytest.fixture(scope="session")
def model_site(
    site: str, anthropic_server: AnthropicSimulator, brave: BraveSimulator, issuer: oidc_simulator.OidcSimulator
) -> Iterator[str]:
    """A second server on the same data with the simulator as language model, a web search and sign-in with the issuer.

    ``E2E_MODEL_SITE`` is the URL of a running one.
    """
    if running := os.environ.get("E2E_MODEL_SITE"):
        yield running
        return
    more = {**brave.settings, **issuer.settings(), "OIDC_NAME": "Example ID", "BRAVE_SEARCH_RATE_LIMIT": "500"}
    with model_server("model", anthropic_server, **more) as url:
        yield url


@pytest.fixture(scope="session")
def shop(
    site: str, anthropic_server: AnthropicSimulator, brave: BraveSimulator, stripe: StripeSimulator
) -> Iterator[str]:
    """A third server on the same data, which sells tokens through Stripe; with a web search and without a model."""
    more = {**brave.settings, **stripe.settings, "ANTHROPIC_API_KEY": "", "BRAVE_SEARCH_RATE_LIMIT": "500"}
    with model_server("shop", anthropic_server, **more) as url:
        stripe.deliver_to(url)
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the machine's, Playwright's or the distribution's."""
    from browser import find

    path = find()
    assert path, "no browser; run scripts/browser.py"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-background-networking",
                "--process-per-site",  # pages of a profile share their compiled scripts
            ],
        )
        yield opened
        opened.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Errors of the browser console and the page; the test fails if there are any."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture(autouse=True)
def limits(site: str) -> None:
    """Each test starts with unused rate limits: the tests of one member together ask more per minute than users do."""
    forget_limits()


@pytest.fixture(scope="session")
def kept_profile(browser: Browser) -> Callable[..., KeptProfile]:
    """Profiles by site and size."""
    return cache(partial(KeptProfile, browser))


@pytest.fixture
def desktop(kept_profile: Callable[..., KeptProfile], site: str, complaints: list[str]) -> Iterator[Page]:
    """A desktop page."""
    with kept_profile(site, is_phone=False).page(complaints) as page:
        yield page


@pytest.fixture
def phone(kept_profile: Callable[..., KeptProfile], site: str, complaints: list[str]) -> Iterator[Page]:
    """A phone page with touch."""
    with kept_profile(site, is_phone=True).page(complaints) as page:
        yield page


@pytest.fixture
def model_desktop(kept_profile: Callable[..., KeptProfile], model_site: str, complaints: list[str]) -> Iterator[Page]:
    """A desktop page on the server with a model."""
    with kept_profile(model_site, is_phone=False).page(complaints) as page:
        yield page


@pytest.fixture(scope="module")
def model_member(browser: Browser, model_site: str) -> Iterator[Page]:
    """A signed-in page on that server, one per module."""
    context, page = open_page(browser, model_site, [])
    sign_in(page, "creator@askchopper.test")
    yield page
    context.close()


@pytest.fixture
def model_browser(model_member: Page) -> Page:
    """That page, for one test."""
    return model_member
