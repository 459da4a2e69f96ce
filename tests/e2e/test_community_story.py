"""A member follows a creator, who publishes; the feed says so; the member likes it, collects it, and buys the rest."""

import itertools
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import SIZES, forget_limits, go, reload, settle, sign_in
from tests.support.studio_sounds import beat

CREATOR, CREATOR_PAGE = "creator@askchopper.test", "/creator/juno-hale"
PASSWORD = "correct horse 9"
RULES = {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}
ANALYSIS_MILLISECONDS, JOB_SECONDS = 90_000, 40
_numbers = itertools.count(int(time.time()) % 100_000)


def register(page: Page, name: str) -> None:
    forget_limits()
    go(page, "/register")
    page.get_by_label("Display name").fill(name)
    page.get_by_label("Email").fill(f"fan{time.time_ns()}@example.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="Account", exact=True).wait_for()


def check_accessible(page: Page) -> None:
    settle(page)
    found = Axe().run(page, options={"rules": RULES}).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []


def publish(page: Page, title: str, number: int) -> str:
    """Publish a pack of two loops for 12 tokens; returns its address."""
    go(page, "/studio")
    page.get_by_role("button", name="New pack").click()
    page.wait_for_url("**/studio/upload")
    # Other stories find sounds by their titles, so each one has its own.
    word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    sounds = [
        {
            "name": f"dock_{bpm}_{name}{word}.wav",
            "mimeType": "audio/wav",
            "buffer": beat(bpm=bpm + number % 7 / 10, seed=number),
        }
        for bpm, name in ((118, "pier"), (126, "quay"))
    ]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(sounds)  # type: ignore[arg-type]
    page.wait_for_url("**/studio/upload?draft=*")
    expect(page.get_by_text("2 ready")).to_be_visible(timeout=ANALYSIS_MILLISECONDS)
    page.get_by_role("button", name="Continue to details").click()
    box = page.get_by_label("Title", exact=True)
    box.fill(title)
    box.blur()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("button", name="Continue to price").click()
    price = page.get_by_label("Price of the pack in tokens")
    price.fill("12")
    price.blur()
    page.get_by_role("button", name="Continue to review").click()
    expect(page.get_by_role("heading", name="Ready")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    link = page.get_by_role("link", name="Open the pack")
    expect(link).to_be_visible(timeout=60_000)
    return link.get_attribute("href") or ""


def wait_for_feed(page: Page, title: str) -> None:
    """Load the feed until the job has put a release into it."""
    give_up = time.monotonic() + JOB_SECONDS
    while True:
        go(page, "/feed")
        page.get_by_role("heading", name="Feed", exact=True).wait_for()
        page.wait_for_timeout(800)
        if page.get_by_role("link", name=title).count() or time.monotonic() > give_up:
            return


def check_told_at_once(creator: Page, like: Locator) -> Locator:
    """Check that a tab that was open before a like shows it, without a reload; returns its bell in a second tab."""
    go(creator, "/notifications")
    bell = creator.locator("button[popovertarget=notices]")
    expect(bell).to_contain_text("0 unread")
    second = creator.context.new_page()
    go(second, "/wallet")
    bells = [bell, second.locator("button[popovertarget=notices]")]
    expect(bells[1]).to_contain_text("0 unread")
    like.click()
    for each in bells:
        expect(each).to_contain_text("1 unread")
    return bells[1]


@pytest.mark.parametrize("size", SIZES)
def test_from_following_to_buying_a_collection(
    request: pytest.FixtureRequest, browser: Browser, site: str, complaints: list[str], size: str
):
    fan: Page = request.getfixturevalue(size)
    number = next(_numbers)
    name, title = f"Fan {number}", f"Dock Lights {number}"
    register(fan, name)
    go(fan, CREATOR_PAGE)
    fan.get_by_role("button", name=re.compile("^Follow ")).first.click()
    expect(fan.get_by_role("button", name=re.compile("^Following ")).first).to_be_visible()
    check_accessible(fan)
    reload(fan)
    expect(fan.get_by_role("button", name=re.compile("^Following ")).first).to_be_visible()

    with browser.new_context(base_url=site) as context:
        creator = context.new_page()
        sign_in(creator, CREATOR)
        address = publish(creator, title, number)

        wait_for_feed(fan, title)
        entry = fan.get_by_role("list", name="Feed").get_by_role("listitem").filter(has_text=title)
        expect(entry).to_contain_text("New:")
        check_accessible(fan)
        bell = check_told_at_once(creator, entry.get_by_role("button", name=f"Like {title}"))
        expect(entry.get_by_role("button", name=f"Unlike {title}")).to_have_attribute("aria-pressed", "true")
        reload(fan)
        expect(entry).not_to_contain_text("New:")

        go(creator, "/notifications")
        told = creator.get_by_role("list", name="Notifications").get_by_role("listitem")
        expect(told.filter(has_text=f"{name} likes {title}.")).to_be_visible()
        expect(bell).to_contain_text("0 unread")
        check_accessible(creator)

    go(fan, address)
    expect(fan.get_by_role("button", name=f"Unlike {title}").first).to_be_visible()
    fan.locator("[data-page-like]").get_by_role("button", name="Add to collection").click()
    dialog = fan.get_by_role("dialog", name="Add to collection")
    dialog.get_by_label("New collection").fill(f"Harbour {number}")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("status")).to_have_text(f"Added to Harbour {number}")
    check_accessible(fan)
    dialog.get_by_role("button", name="Done").click()
    # Another one, in two clicks.
    go(fan, "/pack/corner-shop-jack")
    fan.locator("[data-page-like]").get_by_role("button", name="Add to collection").click()
    dialog.get_by_role("button", name=f"Harbour {number}").click()
    expect(dialog.get_by_role("status")).to_have_text(f"Added to Harbour {number}")

    go(fan, "/wallet")
    fan.get_by_role("button", name="Get tokens").click()
    expect(fan.get_by_text("tokens added.")).to_be_visible()
    go(fan, "/collections")
    fan.get_by_role("link", name=f"Harbour {number}").first.click()
    items = fan.get_by_role("list", name="Items").get_by_role("listitem")
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text(title)
    fan.get_by_role("button", name=f"Move {title}, 1 of 2").press("ArrowDown")
    expect(items.last).to_contain_text(title)
    check_accessible(fan)
    fan.get_by_role("button", name="Buy the rest for 54 tokens").click()
    purchase = fan.get_by_role("dialog", name="Buy the rest")
    check_accessible(fan)
    purchase.get_by_role("button", name="Buy for 54 tokens").click()
    expect(purchase.get_by_role("status")).to_contain_text("in your library")
    purchase.get_by_role("link", name="Go to library").click()
    expect(fan.get_by_role("list", name="Library").get_by_role("listitem").filter(has_text=title)).to_be_visible()

    go(fan, "/likes?show=packs")
    expect(fan.get_by_role("link", name=title).last).to_be_visible()
    check_accessible(fan)


def test_key_f_likes_what_plays_and_a_visitor_signs_in_first(desktop: Page, complaints: list[str]):
    go(desktop, "/pack/tiled-pool")
    desktop.get_by_role("button", name="Like Wet feet drums").click()
    desktop.wait_for_url("**/login?next=%2Fpack%2Ftiled-pool")
    complaints.clear()  # the refused request
    sign_in(desktop)
    go(desktop, "/pack/sodium-light")
    row = desktop.locator("[data-row]").filter(has_text="Loop").first
    row.get_by_role("button", name=re.compile("^Play ")).click()
    heart = row.locator("[data-like]")
    before = heart.get_attribute("aria-pressed") == "true"
    desktop.keyboard.press("f")
    expect(heart).to_have_attribute("aria-pressed", "false" if before else "true")
    player = desktop.get_by_role("region", name="Player")
    expect(player.locator("[data-like]").first).to_have_attribute("aria-pressed", "false" if before else "true")
    reload(desktop)
    expect(heart).to_have_attribute("aria-pressed", "false" if before else "true")
