"""Steps of browser stories about packs that wait for a moderator."""

import time
from contextlib import closing

import psycopg2
from playwright.sync_api import Page, expect

from askchopper import local_postgres
from tests.support.browser import go, site_folder

ANALYSIS_MILLISECONDS = 90_000


def register(page: Page, site: str, name: str) -> None:
    """Sign a new member in."""
    fields = {"email": f"new{time.time_ns()}@example.test", "password": "three plain words", "display_name": name}
    assert page.request.post("/auth/register", form=fields, headers={"Origin": site}).ok


def send_in(page: Page, title: str, *, bpm: int, content: bytes) -> None:
    """Create a pack of one loop, a WAV file, and submit it; a first pack waits for review."""
    go(page, "/studio/upload")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    name = f"{title.rpartition(' ')[0].lower().replace(' ', '_')}_{bpm}_beat.wav"
    chooser.value.set_files([{"name": name, "mimeType": "audio/wav", "buffer": content}])
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


def forget_drafts(*titles: str) -> None:
    """Delete packs that still wait, those with the titles or all: a story must not find those of another one in its queue."""
    named = ("AND title IN %s", (titles,)) if titles else ("", ())
    run_as_owner(f"DELETE FROM drafts WHERE state = 'in_review' {named[0]}", named[1])


def run_as_owner(statement: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Run a statement on the site's database; returns its rows."""
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
