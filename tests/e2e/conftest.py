"""The built product with demo content on a free port, and a browser to use it with."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
import spotify_standin
from anthropic_standin import KEY, AnthropicStandin
from anthropic_standin import running as anthropic_running
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from askchopper import cluster

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
START_SECONDS = 300
expect.set_options(timeout=15_000)  # nothing here is timed; a busy machine is only slower
PASSWORD = "chopper-demo"
_folder: dict[str, Path] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show with a failure what the servers wrote last."""
    report = yield
    if report.failed and "site" in _folder:
        for file in sorted(_folder["site"].glob("*.log")):
            report.sections.append((f"end of {file.name}", file.read_text(errors="replace")[-1500:]))
    return report


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def spotify_peer() -> Iterator[spotify_standin.SpotifyStandin]:
    """The stand-in of Spotify that the site talks to; ``E2E_SPOTIFY`` is the port of one that runs already."""
    if port := os.environ.get("E2E_SPOTIFY"):
        yield spotify_standin.SpotifyStandin(int(port))
        return
    with spotify_standin.running() as started:
        yield started


@pytest.fixture(scope="session")
def site(spotify_peer: spotify_standin.SpotifyStandin) -> Iterator[str]:
    """Start the product as `make run` does, on a data folder of its own; yields its address.

    ``E2E_SITE`` names one that runs already, for writing tests.
    """
    if running := os.environ.get("E2E_SITE"):
        yield running
        return
    folder = Path(tempfile.mkdtemp(prefix="ac-e2e-", dir="/tmp"))
    folder.chmod(0o755)
    _folder["site"] = folder
    port = _free_port()
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
        with _serving(port, environment, folder / "server.log", "--seed") as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(port: int, environment: dict[str, str], log_file: Path, *words: str) -> Iterator[str]:
    """Run a server for the length of the block; yields its address."""
    with log_file.open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "askchopper", "serve", "--port", str(port), "--build", *words],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            log.seek(0)
            assert line == f"Ask Chopper is ready: http://127.0.0.1:{port}\n", log.read()[-3000:]
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="session")
def anthropic_server() -> Iterator[AnthropicStandin]:
    """The stand-in of Anthropic's API, one for the run; ``E2E_STANDIN`` names the port of one that runs already."""
    if port := os.environ.get("E2E_STANDIN"):
        yield AnthropicStandin(int(port))
        return
    with anthropic_running() as started:
        yield started


@pytest.fixture
def standin(anthropic_server: AnthropicStandin) -> AnthropicStandin:
    """The stand-in, as new."""
    anthropic_server.reset()
    return anthropic_server


@pytest.fixture(scope="session")
def model_site(site: str, anthropic_server: AnthropicStandin) -> Iterator[str]:
    """A second server on the same data that has a language model, the stand-in; ``E2E_MODEL_SITE`` names a running one."""
    if running := os.environ.get("E2E_MODEL_SITE"):
        yield running
        return
    with model_server("model", anthropic_server) as url:
        yield url


@contextmanager
def model_server(name: str, peer: AnthropicStandin, **values: str) -> Iterator[str]:
    """Run a further server on the site's data that has a language model; ``values`` are more of its settings."""
    socket_dir, port = cluster.find_running(_folder["site"]), _free_port()
    assert socket_dir
    environment = {
        **os.environ,
        "DATA_DIR": str(_folder["site"]),
        "DATABASE_URL": cluster.url(socket_dir),
        "DATABASE_URL_DIRECT": cluster.url(socket_dir, role=cluster.OWNER),
        "WORKER": "apart",
        "LOG_LEVEL": "WARNING",
        "RATE_LIMITS": "off",
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": peer.url,
        "CHAT_SILENCE_SECONDS": "3",
        **values,
    }
    with _serving(port, environment, _folder["site"] / f"{name}.log") as url:
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
            ],
        )
        yield opened
        opened.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser's console and page complained of; the test fails if there is anything."""
    found: list[str] = []
    yield found
    assert found == []


def open_page(
    browser: Browser, site: str, complaints: list[str], *, is_phone: bool = False
) -> tuple[BrowserContext, Page]:
    """Open a fresh browser profile at desktop or phone size."""
    context = browser.new_context(
        base_url=site,
        viewport=PHONE if is_phone else DESKTOP,
        has_touch=is_phone,
        is_mobile=is_phone,
        accept_downloads=True,
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return context, page


def go(page: Page, path: str) -> None:
    """Open a page and wait until its websocket is connected, so that no press is lost."""
    page.goto(path)
    page.wait_for_function("() => sessionStorage.getItem('token')")
    page.wait_for_load_state("networkidle")


@pytest.fixture
def desktop(browser: Browser, site: str, complaints: list[str]) -> Iterator[Page]:
    """A page at desktop size."""
    context, page = open_page(browser, site, complaints)
    yield page
    context.close()


@pytest.fixture
def phone(browser: Browser, site: str, complaints: list[str]) -> Iterator[Page]:
    """A page at phone size, with touch."""
    context, page = open_page(browser, site, complaints, is_phone=True)
    yield page
    context.close()


@pytest.fixture
def model_desktop(browser: Browser, model_site: str, complaints: list[str]) -> Iterator[Page]:
    """A page at desktop size on the server with a model."""
    context, page = open_page(browser, model_site, complaints)
    yield page
    context.close()


@pytest.fixture(scope="module")
def model_member(browser: Browser, model_site: str) -> Iterator[Page]:
    """A signed-in page on that server, one for a module."""
    context, page = open_page(browser, model_site, [])
    sign_in(page, "creator@askchopper.test")
    yield page
    context.close()


@pytest.fixture
def model_browser(model_member: Page) -> Page:
    """That page, for one test."""
    return model_member


def forget_limits() -> None:
    """Start the counts of all limits anew: tests of one thing do it more often in an hour than people would."""
    if "site" not in _folder:  # a site that runs already has its own ways
        return
    socket_dir = cluster.find_running(_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=cluster.OWNER, dbname=cluster.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM rate_limit_hits")


def kept_by_site() -> str:
    """Return everything that the site has written: its log, and every row of every table; binary values are in hex."""
    if "site" not in _folder:
        return ""
    socket_dir = cluster.find_running(_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=cluster.OWNER, dbname=cluster.DATABASE)
    rows = [(_folder["site"] / "server.log").read_text()]
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows += [row for (row,) in cursor]
    return "\n".join(rows)


def sign_in(page: Page, email: str = "demo@askchopper.test") -> None:
    """Sign in through the form."""
    go(page, "/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.get_by_role("button", name="Account").wait_for()
