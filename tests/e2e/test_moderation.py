"""A moderator works through the review queue by keyboard: next, previous, play, return, approve; and takes, writes, undoes."""

import re
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from playwright.sync_api import Browser, Page, expect

from askchopper import local_postgres
from tests.support.browser import go, sign_in, site_folder
from tests.support.studio_sounds import beat

ANALYSIS_MILLISECONDS = 90_000
LOOK_MILLISECONDS = 700  # a pack has to be visible for a while before a shortcut approves it
_PLAYING = "() => window.chopperPlayer.current().isPlaying"


def _send_in(page: Page, title: str, *, bpm: int) -> None:
    """Create a pack of one sound and submit it; a first pack waits for review."""
    go(page, "/studio/upload")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    content = beat(bpm=bpm, seed=int(time.time() * 10) % 10**6)
    chooser.value.set_files(
        [
            {
                "name": f"{title.rpartition(' ')[0].lower().replace(' ', '_')}_{bpm}_beat.wav",
                "mimeType": "audio/wav",
                "buffer": content,
            }
        ]
    )
    expect(page.get_by_text("1 ready")).to_be_visible(timeout=ANALYSIS_MILLISECONDS)
    page.get_by_role("button", name="Continue to details").click()
    for label, text in (("Title", title), ("Description", "A beat, and nothing else."), ("Tags", "beat")):
        page.get_by_label(label, exact=True).fill(text)
        page.get_by_label(label, exact=True).blur()
    page.get_by_label("Genre").select_option("techno")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("button", name="Continue to price").click()
    page.get_by_role("button", name="Continue to review").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="In review")).to_be_visible(timeout=30_000)


@pytest.fixture
def waiting(browser: Browser, site: str) -> Iterator[tuple[str, str]]:
    """Two packs in review, the only ones: a story that failed must not leave its packs in the queue of the next one."""
    stamp = int(time.time()) % 100_000
    titles = (f"Slip One {stamp}", f"Slip Two {stamp}")
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        # A new creator: the first pack that is published ends the reviews of the next ones.
        fields = {
            "email": f"slip{time.time_ns()}@example.test",
            "password": "three plain words",
            "display_name": "Slip Maker",
        }
        assert page.request.post("/auth/register", form=fields, headers={"Origin": site}).ok
        for title, bpm in zip(titles, (122, 126), strict=True):
            _send_in(page, title, bpm=bpm)
    yield titles
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM drafts WHERE title IN %s AND state = 'in_review'", (titles,))


def _select(page: Page, title: str) -> None:
    box = page.get_by_role("checkbox", name=f"Select {title}")
    box.click()  # the server says that it is checked
    expect(box).to_be_checked()


def _check_that_keys_can_be_switched_off(page: Page) -> None:
    opened = page.get_by_role("article").get_by_role("heading", level=2)
    page.evaluate("() => localStorage.setItem('askchopper.keys', 'off')")
    go(page, "/moderation")
    expect(page.get_by_text("Single keys are switched off in your settings.")).to_be_visible()
    before = opened.text_content()
    page.keyboard.press("j")
    page.wait_for_timeout(LOOK_MILLISECONDS)
    assert opened.text_content() == before
    page.evaluate("() => localStorage.removeItem('askchopper.keys')")


def test_review_queue_by_keyboard(desktop: Page, waiting: tuple[str, str]):
    first, second = waiting
    page, press = desktop, desktop.keyboard.press
    opened = page.get_by_role("article").get_by_role("heading", level=2)
    sign_in(page, "admin@askchopper.test")
    go(page, "/")
    _check_that_keys_can_be_switched_off(page)
    go(page, "/moderation")
    page.get_by_label("Kind").select_option("pack")
    expect(opened).to_have_text(first)
    expect(page.get_by_label("Shortcuts", exact=True).first).to_contain_text("approve")

    press("j")
    expect(opened).to_have_text(second)
    expect(page.get_by_role("status").filter(has_text=f"2 of 2: {second}")).to_be_attached()
    press("j")  # there is no third pack
    press("k")
    expect(opened).to_have_text(first)

    press("Space")
    page.wait_for_function(_PLAYING)
    press("Space")
    page.wait_for_function(f"() => !({_PLAYING})()")
    press("j")
    expect(opened).to_have_text(second)
    press("Space")  # the sound of the open pack, not the previously loaded one
    page.wait_for_function(_PLAYING)
    assert "slip" in page.evaluate("() => window.chopperPlayer.current().track.title").lower()
    expect(page.get_by_role("article").locator("[data-current]").first).to_be_visible()
    press("k")
    expect(opened).to_have_text(first)

    page.wait_for_timeout(LOOK_MILLISECONDS)
    reason = page.get_by_label("Note to creator")
    press("r")
    expect(reason).to_be_focused()
    page.keyboard.type("jkar: too quiet")  # shortcuts are inactive while typing
    expect(reason).to_have_value("jkar: too quiet")
    expect(opened).to_have_text(first)
    press("Tab")
    press("r")
    expect(page.get_by_text(f"{first} went back to its creator.")).to_be_visible()
    expect(opened).to_have_text(second)

    press("a")  # too early: the pack has not been visible long enough
    page.wait_for_timeout(LOOK_MILLISECONDS)
    expect(opened).to_have_text(second)
    press("a")
    expect(page.get_by_text(f"{second} is on its way.")).to_be_visible()
    expect(page.get_by_text("Queue is empty.")).to_be_visible()


def test_take_write_undo_and_decide_about_several(desktop: Page, waiting: tuple[str, str], complaints: list[str]):
    first, second = waiting
    page, press = desktop, desktop.keyboard.press
    opened = page.get_by_role("article").get_by_role("heading", level=2)
    sign_in(page, "admin@askchopper.test")
    go(page, "/moderation")
    page.get_by_label("Kind").select_option("pack")
    expect(opened).to_have_text(first)
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.get_by_role("list", name="Waiting").get_by_role("listitem").first).to_contain_text("Taken by you")
    page.get_by_label("Message", exact=True).fill("Known from <b>before</b>")
    page.get_by_label("Only moderators see it").check()
    page.get_by_role("button", name="Send message").click()
    note = page.get_by_role("list", name="Messages").get_by_role("listitem")
    expect(note).to_contain_text("Moderators only")
    expect(note).to_contain_text("Known from <b>before</b>")
    expect(page.get_by_text("New: the first pack is reviewed").first).to_be_visible()

    page.get_by_label("Template", exact=True).select_option(label="Too loud")
    expect(page.get_by_label("Note to creator")).to_have_value(re.compile("Some sounds clip"))
    page.get_by_role("button", name="Send back").click()
    expect(opened).to_have_text(second)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is in the queue again.")).to_be_visible()
    expect(opened).to_have_text(first)

    opened.click()
    press("x")
    _select(page, second)
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Return selected").click()
    results = page.get_by_role("list", name="Results").get_by_role("listitem")
    expect(results.first).to_contain_text("Say in a sentence what has to change.")  # nothing is lost
    _select(page, first)
    _select(page, second)
    page.get_by_role("button", name="Approve selected").click()
    expect(results.first).to_contain_text("Approved")
    expect(page.get_by_text("Queue is empty.")).to_be_visible()
    assert complaints == []
