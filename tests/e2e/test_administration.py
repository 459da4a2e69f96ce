"""An administrator suspends a member, reads the audit log, handles jobs, switches and announcements; others get 404."""

import itertools
import re
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SIZES, go, open_page, sign_in
from tests.support.review_steps import register, run_as_owner

_numbers = itertools.count(int(time.time()))


def test_suspend_and_reinstate(desktop: Page, complaints: list[str]):
    site = desktop.request.get("/health").url.removesuffix("/health")
    email = f"loud{next(_numbers)}@example.test"
    fields = {"email": email, "password": "three plain words", "display_name": "Loud Person"}
    assert desktop.request.post("/auth/register", form=fields, headers={"Origin": site}).ok
    assert desktop.request.get("/admin/members").status == 404
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/admin/members")
    desktop.get_by_role("searchbox", name="Search members").fill(email)
    row = desktop.get_by_role("list", name="Members").get_by_role("listitem")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Manage Loud Person").click()
    row.get_by_label("Reason").fill("Advertising in comments")
    row.get_by_role("button", name="Suspend").click()
    expect(row).to_contain_text("Suspended: Advertising in comments")
    login = {"email": email, "password": "three plain words"}
    json = {"Origin": site, "Accept": "application/json"}
    assert desktop.request.post("/auth/login", form=login, headers=json).status == 401
    row.get_by_role("button", name="End suspension").click()
    expect(row).not_to_contain_text("Suspended")
    go(desktop, "/admin/audit")
    log = desktop.get_by_role("list", name="Audit log")
    expect(log).to_contain_text("member.reinstated")
    desktop.get_by_label("Actions").select_option("Members")
    expect(log).to_contain_text("Advertising in comments")
    assert [complaint for complaint in complaints if "404" not in complaint and "401" not in complaint] == []
    complaints.clear()


def test_jobs_switches_announcements_and_synonyms(desktop: Page, complaints: list[str]):
    stamp = next(_numbers)
    run_as_owner(
        "INSERT INTO job_failures (job, arguments, reason, attempts)"
        " VALUES ('learn', jsonb_build_object('message_id', %s), %s, 5)",
        (str(uuid.uuid4()), f"ValueError: {stamp}"),
    )
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/moderation")
    desktop.get_by_role("link", name="Administration").click()
    expect(desktop.get_by_role("list", name="Overview")).to_contain_text("Storage")
    desktop.get_by_role("navigation", name="Administration").get_by_role("link", name="Jobs").click()
    row = desktop.get_by_role("list", name="Failed").get_by_role("listitem").filter(has_text=str(stamp))
    row.get_by_role("button", name="Try again: learn").click()
    expect(row).to_be_hidden()

    go(desktop, "/admin/site")
    switch = desktop.get_by_role("switch", name="Comments")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    expect(desktop.get_by_text("Comments: off.")).to_be_visible()
    site = desktop.request.get("/health").url.removesuffix("/health")
    answer = desktop.request.post(
        "/api/v1/packs/tiled-pool/comments", data={"text": f"Hello {stamp}"}, headers={"Origin": site}
    )
    assert (answer.status, "Comments are switched off" in answer.text()) == (503, True)
    complaints.clear()
    switch.click()
    expect(switch).to_be_checked()

    words = f"<b>Rest</b> on Sunday {stamp}"
    desktop.get_by_label("Announcement", exact=True).fill(words)
    desktop.get_by_label("To", exact=True).fill(f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}")
    desktop.get_by_role("button", name="Announce").click()
    expect(desktop.get_by_role("list", name="Announcements")).to_contain_text(words)
    go(desktop, "/browse")
    banner = desktop.get_by_role("complementary", name="Announcement")
    expect(banner).to_contain_text(words)
    banner.get_by_role("button", name="Dismiss announcement").click()
    expect(banner).to_be_hidden()
    go(desktop, "/admin/site")
    desktop.get_by_role("button", name=f"Remove {words}").click()
    expect(desktop.get_by_role("list", name="Announcements").filter(has_text=words)).to_have_count(0)

    go(desktop, "/admin/search")
    desktop.get_by_label("A search for").fill(f"zither{stamp}")
    desktop.get_by_label("also finds").fill("kalimba")
    desktop.get_by_role("button", name="Add synonym").click()
    desktop.get_by_role("searchbox", name="Search synonyms").fill(f"zither{stamp}")
    desktop.get_by_role("button", name=f"Delete zither{stamp} kalimba").click()
    expect(desktop.get_by_text("No synonym starts with this.")).to_be_visible()
    go(desktop, "/admin/audit")
    desktop.get_by_label("Actions").select_option("Site")
    log = desktop.get_by_role("list", name="Audit log")
    for action in ("site.job_retried", "site.switch", "site.announced", "site.withdrawn"):
        expect(log).to_contain_text(action)
    assert complaints == []


@pytest.mark.soak
def test_write_a_term_and_take_it_back(desktop: Page, complaints: list[str]):
    term = f"wobble {next(_numbers)}"
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/admin")
    desktop.get_by_role("navigation", name="Administration").get_by_role("link", name="Glossary").click()
    desktop.get_by_label("Term", exact=True).fill(term)
    desktop.get_by_label("Topic").select_option("Rhythm")
    desktop.get_by_label("Text", exact=True).fill(
        "A slow change of the filter in time with the beat. Try it on a bass."
    )
    desktop.get_by_label("Related terms").fill("swing, no such term")
    desktop.get_by_role("button", name="Save term").click()
    expect(desktop.get_by_text("There is no term “no such term”.")).to_be_visible()
    desktop.get_by_label("Related terms").fill("swing")
    desktop.get_by_role("button", name="Save term").click()
    written = desktop.get_by_role("list", name="Written terms")
    expect(written).to_contain_text(term.capitalize())
    written.get_by_role("link", name=term.capitalize(), exact=True).click()
    expect(desktop.get_by_role("heading", level=1, name=term.capitalize())).to_be_visible()
    expect(desktop.get_by_role("link", name="Swing")).to_be_visible()
    go(desktop, "/admin/glossary?term=swing")
    expect(desktop.get_by_label("Term", exact=True)).to_have_value("swing")
    expect(desktop.get_by_label("Related terms")).to_have_value("quantise, ghost notes, tempo")
    desktop.get_by_role("button", name=f"Delete {term.capitalize()}").click()
    expect(desktop.get_by_role("list", name="Written terms").filter(has_text=term.capitalize())).to_have_count(0)
    assert complaints == []


def test_takedown_notice_and_what_others_see(desktop: Page, complaints: list[str]):
    for path in ("/admin", "/admin/jobs", "/admin/site", "/admin/search", "/admin/glossary", "/moderation"):
        assert desktop.request.get(path).status == 404
    go(desktop, "/takedown")
    form = {"Full name": "Ada Byron", "Email": "ada@example.test", "Your full name, as above": "Ada Byron"}
    for label, text in form.items():
        desktop.get_by_label(label, exact=True).fill(text)
    desktop.get_by_label("What is yours").fill("My song Engine, published in 1843.")
    desktop.get_by_label("Address of the pack").fill("/pack/no-such-pack")
    for box in desktop.get_by_role("checkbox").all():
        box.check()
    desktop.get_by_role("button", name="Send notice").click()
    expect(desktop.get_by_text("There is no such pack on this site.")).to_be_visible()
    desktop.get_by_label("Address of the pack").fill("/pack/tiled-pool")
    desktop.get_by_role("button", name="Send notice").click()
    expect(desktop.get_by_text("Thank you. A moderator reads your notice")).to_be_visible()
    complaints.clear()
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/moderation")
    desktop.get_by_label("Kind").select_option("notice")
    item = desktop.get_by_role("article")
    expect(item).to_contain_text("My song Engine")
    item.get_by_label("Note to creator").fill("The work is in the public domain.")
    item.get_by_role("button", name="Refuse").click()
    expect(desktop.get_by_text("Queue is empty.").or_(item)).to_be_visible()
    assert complaints == []


def test_sessions_of_a_member_are_listed_and_ended(browser: Browser, desktop: Page, site: str, complaints: list[str]):
    context, member = open_page(browser, site, [])
    register(member, site, name := f"Two Devices {next(_numbers)}")
    go(member, "/library")
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/admin/members")
    desktop.get_by_role("searchbox", name="Search members").fill(name)
    row = desktop.get_by_role("list", name="Members").get_by_role("listitem").filter(has_text=name)
    expect(row).to_contain_text("1 device")
    manage = row.get_by_role("button", name=f"Manage {name}")
    manage.focus()
    desktop.keyboard.press("Enter")
    session = row.get_by_role("list", name="Sessions").get_by_role("listitem")
    expect(session).to_have_count(1)
    expect(session).to_contain_text("Chrome on Linux")
    expect(session).to_contain_text("seen")
    row.get_by_role("button", name="Sign out everywhere").click()
    expect(row.get_by_text("Not signed in anywhere.")).to_be_visible()
    go(member, "/library")
    expect(member).to_have_url(re.compile("/login"))
    assert complaints == []
    context.close()


@pytest.mark.soak
def test_the_last_administrator_cannot_lock_themself_out(desktop: Page, complaints: list[str]):
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/admin/members")
    desktop.get_by_role("searchbox", name="Search members").fill("admin@askchopper.test")
    row = desktop.get_by_role("list", name="Members").get_by_role("listitem")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Manage").click()
    row.get_by_label("Reason").fill("Testing what happens")
    row.get_by_role("button", name="Suspend").click()
    expect(desktop.get_by_text("You cannot suspend yourself.")).to_be_visible()
    row.get_by_label("Role").select_option("member")
    expect(desktop.get_by_text("This is the only administrator.")).to_be_visible()
    expect(row.get_by_label("Role")).to_have_value("admin")
    go(desktop, "/admin")
    expect(desktop.get_by_role("heading", level=1, name="Administration")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("size", SIZES)
def test_dead_links_are_listed_with_their_status(request: pytest.FixtureRequest, size: str, complaints: list[str]):
    page: Page = request.getfixturevalue(size)
    run_as_owner(
        "INSERT INTO resource_checks (resource, status, failures) VALUES ('ableton-learning-music', 404, 3), ('ableton-learning-synths', NULL, 3)"
        " ON CONFLICT (resource) DO UPDATE SET status = excluded.status, failures = 3"
    )
    try:
        sign_in(page, "admin@askchopper.test")
        go(page, "/admin/knowledge")
        dead = page.get_by_role("list", name="Dead links").get_by_role("listitem")
        expect(dead.filter(has_text="Learning Music")).to_contain_text("404")
        expect(dead.filter(has_text="Learning Synths")).to_contain_text("no answer")
        link = dead.get_by_role("link", name="Learning Music")
        assert link.get_attribute("href") == "https://learningmusic.ableton.com/"
        assert (link.bounding_box() or {"height": 0})["height"] >= 24
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    finally:
        run_as_owner("DELETE FROM resource_checks")
    go(page, "/admin/knowledge")
    expect(page.get_by_role("heading", name="Dead links")).to_be_visible()
    expect(page.get_by_role("list", name="Dead links")).to_have_count(0)
    assert complaints == []
