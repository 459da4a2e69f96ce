"""The built product with demo content on a free port, and a browser."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from playwright.sync_api import Browser, BrowserContext, Page, Request, WebSocket

from askchopper import local_postgres
from tests.simulators.anthropic.client import KEY, AnthropicSimulator
from tests.support.database import ROOT
from tests.support.soak import soak

DESKTOP = {"width": 1280, "height": 800}


PHONE = {"width": 360, "height": 740}


# Cases of a story for ``pytest.mark.parametrize``. The main job and search have stories of their own on a phone, in each run.
SIZES = ("desktop", soak("phone"))


WIDTHS = (1440, soak(360), soak(768))


WAIT_SECONDS = 15  # no test depends on timing; a busy machine is only slower


# Reflex sends this after the load events of a page.
_LOADED = re.compile(r'"is_hydrated_rx_state_": ?true')


# Time for what the last state changed to be drawn, and then the end of each transition; some animations have no end.
_SETTLE = """async () => {
  const until = performance.now() + 400;
  await new Promise((done) => setTimeout(done, 100));
  const isRunning = (one) => one.playState === "running" && Number.isFinite(one.effect.getComputedTiming().endTime);
  while (performance.now() < until && document.getAnimations().some(isRunning))
    await new Promise(requestAnimationFrame);
}"""


PASSWORD = "chopper-demo"


site_folder: dict[str, Path] = {}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(port: int, environment: dict[str, str], log_file: Path, *words: str) -> Iterator[str]:
    """Run a server within the block; yields its URL."""
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


@contextmanager
def model_server(name: str, peer: AnthropicSimulator, **values: str) -> Iterator[str]:
    """Run another server on the site's data with a language model; ``values`` are additional settings."""
    socket_dir, port = local_postgres.find_running(site_folder["site"]), free_port()
    assert socket_dir
    environment = {
        **os.environ,
        "DATA_DIR": str(site_folder["site"]),
        "DATABASE_URL": local_postgres.url(socket_dir),
        "DATABASE_URL_DIRECT": local_postgres.url(socket_dir, role=local_postgres.OWNER),
        "WORKER": "apart",
        "LOG_LEVEL": "WARNING",
        "RATE_LIMITS": "off",
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": peer.url,
        "CHAT_SILENCE_SECONDS": "3",
        **values,
    }
    with serving(port, environment, site_folder["site"] / f"{name}.log") as url:
        yield url


def open_page(
    browser: Browser, site: str, complaints: list[str], *, is_phone: bool = False
) -> tuple[BrowserContext, Page]:
    """Open a page in a new browser profile of desktop or phone size."""
    profile = new_profile(browser, site, is_phone=is_phone)
    return profile, _page_in(profile, complaints)


def new_profile(browser: Browser, site: str, *, is_phone: bool) -> BrowserContext:
    """Create a browser profile of desktop or phone size."""
    profile = browser.new_context(
        base_url=site,
        viewport=PHONE if is_phone else DESKTOP,
        has_touch=is_phone,
        is_mobile=is_phone,
        accept_downloads=True,
    )
    profile.set_default_timeout(1000 * WAIT_SECONDS)
    return profile


class KeptProfile:
    """A browser profile for many tests, whose caches save half of the time of loading pages. Each test finds it empty."""

    def __init__(self, browser: Browser, site: str, *, is_phone: bool) -> None:
        self._profile, self._site = new_profile(browser, site, is_phone=is_phone), site
        self._keeper = self._profile.new_page()
        self._keeper.goto("/favicon.ico")  # keeps the process of the site
        self._storage = self._profile.new_cdp_session(self._keeper)

    @contextmanager
    def page(self, complaints: list[str]) -> Iterator[Page]:
        """Open a page for one test."""
        try:
            yield _page_in(self._profile, complaints)
        finally:
            heard = list(complaints)
            self._empty()
            complaints[:] = heard  # closing a page that is connecting logs an error

    def _empty(self) -> None:
        self._profile.set_offline(False)
        for page in self._profile.pages:
            if page is not self._keeper:
                page.close()
        self._profile.clear_cookies()
        self._profile.clear_permissions()
        stored = "local_storage,indexeddb,cache_storage,service_workers"
        self._storage.send("Storage.clearDataForOrigin", {"origin": self._site, "storageTypes": stored})


def _page_in(profile: BrowserContext, complaints: list[str]) -> Page:
    page = profile.new_page()
    # Playwright intercepts file choosers only while somebody listens, and does not wait for the browser to start with
    # it: a chooser that opens at once would be missed.
    page.on("filechooser", lambda _: None)
    page.on(
        "console",
        lambda message: (
            complaints.append(f"{message.text} {message.location['url']}")
            if message.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def go(page: Page, path: str) -> None:
    """Open a page and wait until its state is loaded, so that no click is lost."""
    _wait_for_state(page, lambda: page.goto(path))


def reload(page: Page) -> None:
    """Reload the page and wait until its state is loaded."""
    _wait_for_state(page, page.reload)


def settle(page: Page) -> None:
    """Wait for the end of transitions, before colours or places are measured."""
    page.evaluate(_SETTLE)


def overflow(page: Page, width: int) -> int:
    """Make the window so wide, and return by how many pixels the page scrolls sideways."""
    page.set_viewport_size({"width": width, "height": 640})
    settle(page)
    # A phone's innerWidth grows with what is too wide.
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def _wait_for_state(page: Page, load: Callable[[], object]) -> None:
    """Wait for the message that ends the load events of the new document."""
    is_loaded: list[bool] = []

    def forget_old_document(request: Request) -> None:
        if request.is_navigation_request() and request.frame is page.main_frame:
            is_loaded.clear()

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda message: is_loaded.append(True) if _LOADED.search(str(message)) else None)

    page.on("request", forget_old_document)
    page.on("websocket", listen)
    load()
    give_up = time.monotonic() + WAIT_SECONDS
    while not is_loaded:
        assert time.monotonic() < give_up, f"the state of {page.url} is not loaded"
        page.wait_for_timeout(10)  # also lets messages arrive
    page.remove_listener("request", forget_old_document)
    page.remove_listener("websocket", listen)


def forget_limits() -> None:
    """Reset all rate limits: tests repeat an action more often per hour than users do."""
    if "site" not in site_folder:  # a running site has its own database
        return
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM rate_limit_hits")


def pass_a_day(email: str) -> None:
    """Move what a member was given a day into the past, as if the server's clock had moved on."""
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM users WHERE email = %s", [email])
        member = cursor.fetchone()
        cursor.execute(
            "UPDATE reward_profiles SET last_day = last_day - 1, grace_day = grace_day - 1 WHERE user_id = %s", member
        )
        # Oldest first: a day is given once.
        cursor.execute("SELECT id FROM rewards WHERE kind = 'daily' AND user_id = %s ORDER BY source", member)
        for (reward_id,) in cursor.fetchall():
            cursor.execute(
                "UPDATE rewards SET source = (source::date - 1)::text, created_at = created_at - interval '1 day' WHERE id = %s",
                [reward_id],
            )


def forget_web_searches() -> None:
    """Empty the cache of the web search, and end its pauses."""
    if "site" not in site_folder:
        return
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM web_searches; DELETE FROM web_search_gate")


def kept_by_site() -> str:
    """Return all output of the site: its log and every row of every table; binary values in hex."""
    if "site" not in site_folder:
        return ""
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    rows = [(site_folder["site"] / "server.log").read_text()]
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
    """Sign in as the form does, without opening it."""
    site = page.request.get("/health").url.removesuffix("/health")
    form = {"email": email, "password": PASSWORD}
    assert page.request.post("/auth/login", form=form, headers={"Origin": site}).ok


def sign_in_by_form(page: Page, email: str = "demo@askchopper.test") -> None:
    """Sign in through the form."""
    go(page, "/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.get_by_role("button", name="Account").wait_for()
