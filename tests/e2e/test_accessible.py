"""Accessibility: axe reports nothing on any page in its main states; no horizontal scroll, nothing that moves."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.browser import go, overflow, settle, sign_in
from tests.support.soak import sampled, soak

# One page of each kind is scanned in the gate.
PUBLIC = ["/", "/browse?view=list&kind=loop", "/pack/tiled-pool", "/creator/juno-hale", "/chat", "/learn/reverb",
          "/learn/cards/camelot", "/trends", "/login"]  # fmt: skip
MORE = ["/browse", "/browse?q=nothing+fits+this", "/genre/techno", "/tag/dark", "/terms", "/learn", "/learn/cards/scales",
        "/learn/cards/progressions", "/learn/cards/tempo", "/learn/cards/frequency", "/learn/cards/notes",
        "/learn/cards/delay", "/learn/cards/pitch-tempo", "/learn/cards/loudness", "/collections",
        "/collection/demo-late-night-drive", "/artist/aphex-twin", "/register", "/forgot", "/reset"]  # fmt: skip
MEMBER = ["/", "/wallet", "/library", "/settings", "/chat", "/likes", "/feed", "/notifications", "/collections",
          "/rewards", "/taste", "/memory", "/pack/sodium-light"]  # fmt: skip
STAFF = [
    "/admin",
    "/admin/members",
    "/admin/site",
    "/admin/knowledge",
    "/admin/metrics",
    "/admin/taste",
    "/moderation",
    "/studio/analytics",
]
# Off by default in axe; the best practices are on.
RULES = {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}
MOST_SHIFT = 0.02
FIRST_VIEWS = ["/browse", "/pack/tiled-pool", "/creator/juno-hale", "/genre/techno", "/tag/dark"]
FIRST_VIEW_CASES = ["/pack/tiled-pool", *(soak(path) for path in FIRST_VIEWS if path != "/pack/tiled-pool")]
PLACES = """
  [...document.querySelectorAll("main h1, main img")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().y < 500)
    .map((one) => { const { x, y } = one.getBoundingClientRect(); return [one.tagName, Math.round(x), Math.round(y)] })
"""
LARGEST = """
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.largest = entry.startTime })
    .observe({ type: "largest-contentful-paint", buffered: true });
"""
SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput)
    window.shifts.push([entry.value, entry.sources.map((source) => [source.node?.outerHTML?.slice(0, 100), source.previousRect.y, source.currentRect.y])]) })
    .observe({ type: "layout-shift", buffered: true });
"""


def _check(page: Page) -> None:
    settle(page)
    results = Axe().run(page, options={"rules": RULES})
    found = [
        (
            violation["id"],
            [node["target"] for node in violation["nodes"]][:3],
            violation["nodes"][0]["failureSummary"][:200],
        )
        for violation in results.response["violations"]
    ]
    assert found == []


@pytest.mark.parametrize("path", [*PUBLIC, *map(soak, MORE)])
def test_public_page(desktop: Page, path: str):
    """Axe finds nothing, and at 320 pixels nothing scrolls sideways."""
    go(desktop, path)
    _check(desktop)
    assert overflow(desktop, 320) <= 0


def test_dialogs_of_a_pack(desktop: Page):
    sign_in(desktop)
    go(desktop, "/pack/sodium-light")
    for name in ("Share", "Report"):
        desktop.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()
        expect(desktop.get_by_role("dialog")).to_be_visible()
        _check(desktop)
        desktop.keyboard.press("Escape")
        expect(desktop.get_by_role("dialog")).to_be_hidden()


def test_pages_of_staff(desktop: Page):
    sign_in(desktop, "admin@askchopper.test")
    for path in sampled(STAFF):
        go(desktop, path)
        expect(desktop.get_by_role("heading", level=1)).to_be_visible()
        _check(desktop)


@pytest.mark.parametrize("path", ["/", *map(soak, (
    "/pack/tiled-pool", "/browse", "/browse?view=list", "/genre/techno", "/learn", "/learn/reverb", "/learn/cards/camelot", "/learn/cards/scales", "/trends", "/login"))])  # fmt: skip
def test_public_page_on_a_phone(phone: Page, path: str):
    go(phone, path)
    _check(phone)
    assert overflow(phone, 320) <= 0


def test_member_pages_menu_dialog_and_player(desktop: Page):
    sign_in(desktop)
    for path in sampled(MEMBER):
        go(desktop, path)
        _check(desktop)
    desktop.get_by_role("button", name="Account").click()
    _check(desktop)
    desktop.keyboard.press("Escape")
    desktop.get_by_role("button", name="Play", exact=False).first.click()
    desktop.get_by_role("region", name="Player").wait_for()
    _check(desktop)
    desktop.get_by_role("button", name="Buy for", exact=False).first.click()
    desktop.get_by_role("dialog", name=re.compile("^Buy ")).wait_for()
    _check(desktop)


# In the gate, the pages that are scanned are made narrow as well; in a soak run, each one is loaded so narrow.
@pytest.mark.parametrize("path", ["/verify/nothing", *map(soak, (*PUBLIC, *MORE))])
def test_no_horizontal_scroll_at_320_pixels(phone: Page, path: str, complaints: list[str]):
    phone.set_viewport_size({"width": 320, "height": 640})
    go(phone, path)
    assert overflow(phone, 320) <= 0
    complaints.clear()


@pytest.mark.parametrize("width", [360, soak(768), soak(1440)])
def test_nothing_moves_while_a_page_loads(desktop: Page, width: int):
    desktop.set_viewport_size({"width": width, "height": 900})
    desktop.add_init_script(SHIFTS)
    for path in (
        "/",
        "/browse?genre=techno",
        "/pack/tiled-pool",
        "/creator/juno-hale",
        "/genre/techno",
        "/chat",
        "/terms",
    ):
        go(desktop, path)
        desktop.wait_for_timeout(500)
        shifts = desktop.evaluate("window.shifts")
        assert sum(value for value, _ in shifts) <= MOST_SHIFT, (path, shifts)


def test_scripts_are_requested_after_first_frame(desktop: Page):
    go(desktop, "/")
    styled, first_script = desktop.evaluate(
        """() => {
            const loaded = performance.getEntriesByType("resource");
            const ends = (suffix) => loaded.filter((entry) => entry.name.endsWith(suffix));
            return [
                Math.max(...ends(".css").map((entry) => entry.responseEnd)),
                Math.min(...ends(".js").map((entry) => entry.startTime)),
            ];
        }"""
    )
    assert styled <= first_script  # no frame is drawn before the style sheet is there


def _places(page: Page, width: int) -> list[list[object]]:
    page.set_viewport_size({"width": width, "height": 900})
    settle(page)
    return page.evaluate(PLACES)


# In a soak run, the page is also loaded in each width.
@pytest.mark.parametrize("path", FIRST_VIEW_CASES)
@pytest.mark.parametrize("widths", [(360, 768, 1440), soak((360,)), soak((768,))])
def test_first_view_needs_no_script_and_stays_where_it_is(
    desktop: Page, path: str, widths: tuple[int, ...], complaints: list[str]
):
    """The server draws title and cover, and the page's own content appears in the same place."""
    desktop.set_viewport_size({"width": widths[-1], "height": 900})
    desktop.route("**/*.js", lambda route: route.abort())
    desktop.goto(path)
    drawn = desktop.locator("#first-view")
    expect(drawn.locator("img").first).to_be_visible()
    before = {width: _places(desktop, width) for width in widths}
    assert all(before.values())
    assert desktop.locator("header").is_visible()
    desktop.unroute("**/*.js")
    go(desktop, path)
    expect(drawn).to_have_count(0)
    assert {width: _places(desktop, width) for width in widths} == before
    # Of the scripts that were not loaded; some of them are reported late.
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one and "dynamically imported" not in one]


@pytest.mark.parametrize("path", FIRST_VIEW_CASES)
def test_largest_paint_precedes_scripts(desktop: Page, path: str):
    """Nothing that the scripts draw is larger than what the server drew."""
    desktop.add_init_script(LARGEST)
    desktop.route("**/*.js", lambda route: (desktop.wait_for_timeout(300), route.continue_()))
    go(desktop, path)
    expect(desktop.locator("#first-view")).to_have_count(0)
    desktop.wait_for_timeout(300)
    largest, first_script = desktop.evaluate(
        "[largest, Math.min(...performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js')).map((one) => one.responseEnd))]"
    )
    assert 0 < largest < first_script


def test_first_view_is_the_same_for_every_viewer(desktop: Page, site: str):
    """A member's HTML has nothing of theirs."""
    visitor = [desktop.request.get(site + path).text() for path in FIRST_VIEWS]
    sign_in(desktop)
    assert [desktop.request.get(site + path).text() for path in FIRST_VIEWS] == visitor


def test_results_are_few_tab_stops_away(desktop: Page):
    go(desktop, "/browse?view=list")
    desktop.keyboard.press("Tab")
    desktop.keyboard.press("Enter")  # Skip to content
    desktop.keyboard.press("Tab")
    expect(desktop.get_by_role("button", name="Skip to results")).to_be_focused()
    desktop.keyboard.press("Enter")
    desktop.keyboard.press("Tab")
    in_results = "() => Boolean(document.activeElement.closest('[aria-label=Results]'))"
    assert desktop.evaluate(in_results)
    # The keys, genres and so on are one stop each; arrows move among them.
    key = desktop.get_by_role("group", name="Key")
    key.get_by_role("link").first.focus()
    desktop.keyboard.press("ArrowRight")
    expect(key.get_by_role("link").nth(1)).to_be_focused()
    desktop.keyboard.press("ArrowDown")
    expect(key.get_by_role("link").nth(5)).to_be_focused()
    desktop.keyboard.press("Tab")
    expect(desktop.get_by_role("switch", name="Compatible keys")).to_be_focused()


def test_a_page_has_one_head(desktop: Page):
    for path in ("/", "/browse", "/pack/tiled-pool", "/creator/juno-hale", "/genre/techno", "/tag/dark"):
        go(desktop, path)
        for tag in ("title", "meta[name=description]", "meta[property='og:title']", "meta[property='og:description']",
                    "meta[property='og:image']", "link[rel=canonical]"):  # fmt: skip
            expect(desktop.locator(f"head > {tag}"), f"{tag} of {path}").to_have_count(1)
    image = desktop.locator("head > meta[property='og:image']").get_attribute("content") or ""
    assert desktop.request.get(image).ok


def test_studio_pages(desktop: Page):
    sign_in(desktop, "creator@askchopper.test")
    go(desktop, "/studio")
    _check(desktop)
    desktop.get_by_role("link", name="Freight Elevator").click()
    desktop.get_by_role("list", name="Sounds").wait_for()
    _check(desktop)
    for step in ("Continue to details", "Continue to price", "Continue to review"):
        desktop.get_by_role("button", name=step).click()
        desktop.wait_for_timeout(300)
        _check(desktop)


def test_review_queue(desktop: Page):
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/moderation")
    _check(desktop)
