"""An administrator suspends a member, reads the audit log, handles jobs, switches and announcements; others get 404."""

import itertools
import time
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
from playwright.sync_api import Page, expect

from askchopper import local_postgres
from tests.support.browser import go, sign_in, site_folder

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


def _run_as_owner(statement: str) -> None:
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(statement)


def test_jobs_switches_announcements_and_synonyms(desktop: Page, complaints: list[str]):
    stamp = next(_numbers)
    _run_as_owner(
        "INSERT INTO job_failures (job, arguments, reason, attempts)"
        f" VALUES ('learn', '{{\"message_id\": \"{uuid.uuid4()}\"}}', 'ValueError: {stamp}', 5)"
    )
    sign_in(desktop, "admin@askchopper.test")
    go(desktop, "/moderation")
    desktop.get_by_role("link", name="Administration").click()
    expect(desktop.get_by_role("list", name="Overview")).to_contain_text("Storage")
    desktop.get_by_role("navigation", name="Administration").get_by_role("link", name="Jobs").click()
    row = desktop.get_by_role("list", name="Given up").get_by_role("listitem").filter(has_text=str(stamp))
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
    expect(desktop.get_by_text("No synonym begins like this.")).to_be_visible()
    go(desktop, "/admin/audit")
    desktop.get_by_label("Actions").select_option("Site")
    log = desktop.get_by_role("list", name="Audit log")
    for action in ("site.job_retried", "site.switch", "site.announced", "site.withdrawn"):
        expect(log).to_contain_text(action)
    assert complaints == []


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
