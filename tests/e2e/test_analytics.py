"""A creator sees the way from a search to a play on the page of figures, at three widths and by keyboard."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SIZES, WIDTHS, go, open_page, sign_in

pytestmark = pytest.mark.e2e
CREATOR = "creator@askchopper.test"


def step(page: Page, name: str) -> int:
    """Return the figure of a step of the funnel."""
    row = page.get_by_role("list", name="From impression to sale").get_by_role("listitem").filter(has_text=name)
    return int(row.locator(".fact").inner_text().replace(",", ""))


def own_pack(page: Page) -> tuple[str, str]:
    """Return title and path of the figures of a pack of the creator."""
    go(page, "/studio/analytics?days=365")
    link = page.get_by_role("list", name="Packs").get_by_role("link").first
    return link.inner_text(), link.get_attribute("href") or ""


def test_search_view_and_play_become_figures(browser: Browser, desktop: Page, site: str):
    sign_in(desktop, CREATOR)
    title, path = own_pack(desktop)
    go(desktop, path)
    before = {name: step(desktop, name) for name in ("Shown in a list", "Page opened", "Played")}

    context, buyer = open_page(browser, site, [])
    sign_in(buyer, "demo@askchopper.test")
    with buyer.expect_request("**/api/v1/views"):  # once the row was visible
        go(buyer, f"/browse?q=%22{title.replace(' ', '+')}%22&view=grid")
        expect(buyer.get_by_role("link", name=title).first).to_be_visible()
    buyer.get_by_role("link", name=title).first.click()
    buyer.wait_for_url("**/pack/**")
    buyer.get_by_role("button", name=re.compile("^Play ")).first.click()
    buyer.wait_for_timeout(4500)
    with buyer.expect_request("**/api/v1/plays"):
        buyer.get_by_role("button", name=re.compile("^Play ")).last.click()
    context.close()

    def counted() -> bool:
        go(desktop, path)
        return all(step(desktop, name) > value for name, value in before.items())

    assert counted() or counted()  # views are written within a second
    led = desktop.get_by_role("table", name="Search terms that led here")
    expect(led.get_by_role("row").filter(has_text=title.lower())).to_have_count(1)
    expect(
        desktop.get_by_role("table", name="Where they came from").get_by_role("row", name=re.compile("^Search"))
    ).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_figures_by_keyboard_at_every_width(browser: Browser, site: str, width: int):
    context, page = open_page(browser, site, [])
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, CREATOR)
    _, path = own_pack(page)
    chart = page.get_by_role("img", name=re.compile("^Earned by day from .* in total"))
    expect(chart).to_be_visible()
    plays = page.get_by_role("group", name="Chart").get_by_role("link", name="Plays")
    plays.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name=re.compile("^Plays by day"))).to_be_visible()
    table = page.get_by_text("Show as table")
    table.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Day")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    go(page, f"{path}?from=2020-01-01&to=2026-01-01")
    expect(page.get_by_role("alert").filter(has_text="at most one year")).to_be_visible()
    with page.expect_download() as download:
        page.locator("summary", has_text="CSV").click()
        page.get_by_role("list", name="Export").get_by_role("link", name="Days").click()
    assert download.value.suggested_filename.startswith("analytics-days-")
    go(page, "/studio/analytics/no-such-pack")
    expect(page.get_by_text("You have no pack with this address.")).to_be_visible()
    context.close()


@pytest.mark.soak
def test_member_without_packs_is_shown_the_way(desktop: Page):
    sign_in(desktop, "demo@askchopper.test")
    go(desktop, "/studio/analytics")
    expect(desktop.get_by_text("Figures begin when people see and play your first pack.")).to_be_visible()
    expect(desktop.get_by_role("link", name="Open the studio")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_two_packs_are_compared_figure_by_figure(request: pytest.FixtureRequest, size: str):
    page: Page = request.getfixturevalue(size)
    sign_in(page, CREATOR)
    go(page, "/studio/analytics?days=365")
    links = page.get_by_role("list", name="Packs").get_by_role("link")
    packs = [(links.nth(number).inner_text(), links.nth(number).get_attribute("href") or "") for number in (0, 1)]
    names = ("Shown in a list", "Page opened", "Played", "Bought", "Refunded")
    figures: list[list[int]] = []
    for _, path in packs:
        go(page, f"{path}?days=365")
        figures.append([step(page, name) for name in names])

    (_, first), (title, _) = packs
    go(page, f"{first}?days=365")
    page.get_by_role("combobox", name="Compare with").select_option(label=title)
    table = page.get_by_role("table", name="Compared")
    expect(table.get_by_role("columnheader", name=title)).to_be_visible()
    expect(page.get_by_text(f"Dashed: {title}")).to_be_visible()
    for name, mine, theirs in zip(names, *figures, strict=True):
        row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))
        assert [int(one.replace(",", "")) for one in row.get_by_role("cell").all_inner_texts()] == [mine, theirs]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    go(page, f"{first}?days=365&compare=tiled-pool")  # of another creator
    expect(page.get_by_role("alert").filter(has_text="You have no pack with this address to compare")).to_be_visible()
    assert [step(page, name) for name in names] == figures[0]
    expect(page.get_by_role("table", name="Compared")).to_have_count(0)


@pytest.mark.soak
def test_a_link_with_a_campaign_has_its_row(browser: Browser, desktop: Page, site: str):
    sign_in(desktop, CREATOR)
    _, path = own_pack(desktop)
    # In letters: a number might be somebody's, and would not be stored.
    name = f"drop {''.join(chr(ord('a') + int(digit)) for digit in str(time.time_ns() % 10**6))}"
    context, visitor = open_page(browser, site, [])
    sign_in(visitor, "demo@askchopper.test")
    with visitor.expect_request("**/api/v1/views"):
        go(visitor, f"/pack/{path.rpartition('/')[2]}?utm_source=Newsletter&utm_medium=mail&utm_campaign={name}")
    visitor.wait_for_timeout(1500)  # views are written within a second
    context.close()
    go(desktop, path)
    row = desktop.get_by_role("table", name="Links and campaigns").get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text(f"newsletter / mail / {name}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.soak
def test_panels_open_on_the_page(request: pytest.FixtureRequest, size: str):
    page: Page = request.getfixturevalue(size)
    sign_in(page, CREATOR)
    go(page, "/studio/analytics")
    for name, content in (
        ("Other days", page.get_by_role("button", name="Show these days")),
        ("Days in", page.get_by_role("button", name="Use this time zone")),
        ("CSV", page.get_by_role("list", name="Export")),
    ):
        summary = page.locator("summary", has_text=name)
        summary.focus()
        page.keyboard.press("Enter")
        box = content.bounding_box()
        assert box
        assert box["x"] >= 0
        assert page.viewport_size
        assert box["x"] + box["width"] <= page.viewport_size["width"]  # innerWidth grows with what is too wide
    expect(page.get_by_role("button", name="Show these days")).to_be_hidden()  # the other panel closed it


@pytest.mark.soak
def test_time_zone_is_chosen_by_keyboard(desktop: Page):
    sign_in(desktop, CREATOR)
    go(desktop, "/studio/analytics")
    summary = desktop.locator("summary", has_text="Days in")
    for zone, shown in (("Asia/Tokyo", "Asia/Tokyo"), ("UTC", "Etc/UTC")):
        summary.focus()
        desktop.keyboard.press("Enter")
        desktop.get_by_label("Time zone").select_option(zone)
        desktop.get_by_role("button", name="Use this time zone").press("Enter")
        expect(summary).to_have_text(f"Days in {shown}")
    go(desktop, "/studio/analytics")
    expect(summary).to_have_text("Days in Etc/UTC")  # not that of the browser


# Words in a colour that is too pale for white paper.
_PALE_WORDS = r"""() => [...document.querySelectorAll("main *")].filter(element => {
    const written = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!written || !element.getClientRects().length) return false;
    return Math.max(...getComputedStyle(element).color.match(/[\d.]+/g).slice(0, 3).map(Number)) > 110;
}).map(element => element.textContent)"""


@pytest.mark.soak
def test_figures_on_paper(desktop: Page):
    sign_in(desktop, CREATOR)
    title, path = own_pack(desktop)
    go(desktop, f"{path}?days=365&chart=plays")
    desktop.set_viewport_size({"width": 718, "height": 1000})  # A4 with its margins
    desktop.emulate_media(media="print")
    main = desktop.get_by_role("main")
    expect(main.get_by_role("heading", level=1, name=title)).to_be_visible()
    for hidden in (
        desktop.locator("header, footer, nav, [data-player]"),
        main.get_by_role("group", name="Period"),
        main.get_by_role("group", name="Chart"),
        main.locator("button, summary, select"),
    ):
        for one in hidden.all():
            expect(one).to_be_hidden()
    expect(main.get_by_text("Plays by day from")).to_be_visible()  # instead of the tabs
    assert desktop.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert desktop.evaluate(_PALE_WORDS) == []
    chart = main.get_by_role("img", name=re.compile("^Plays by day"))
    assert chart.locator("polyline").evaluate("line => getComputedStyle(line).stroke") == "rgb(0, 0, 0)"
    rows = main.get_by_role("table", name="Where they came from").get_by_role("row")
    assert {row.evaluate("row => getComputedStyle(row).breakInside") for row in rows.all()} == {"avoid"}
    assert desktop.evaluate("document.documentElement.scrollWidth") <= 718
