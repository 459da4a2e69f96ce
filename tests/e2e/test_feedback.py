"""An error on our side: its toast leads to a form, and what is written there is stored with the error's reference."""

import re
from contextlib import closing

import psycopg2
import pytest
from playwright.sync_api import Page, expect

from askchopper import local_postgres
from tests.support.browser import forget_limits, go, sign_in, site_folder

pytestmark = pytest.mark.e2e


def as_owner(statement: str) -> list[tuple]:
    socket_dir = local_postgres.find_running(site_folder["site"])
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_error_toast_leads_to_the_form(desktop: Page):
    forget_limits()
    sign_in(desktop)
    go(desktop, "/")
    as_owner("ALTER TABLE ledger_accounts RENAME COLUMN kind TO kind_gone")
    try:
        desktop.goto("/wallet")
        toast = desktop.get_by_text(re.compile("Something went wrong on our side. Reference")).first
        expect(toast).to_be_visible()
    finally:
        as_owner("ALTER TABLE ledger_accounts RENAME COLUMN kind_gone TO kind")
    desktop.get_by_role("button", name="Tell us what happened").first.click()
    dialog = desktop.get_by_role("dialog", name="Tell us what happened")
    expect(dialog).to_be_visible()
    reference = dialog.get_by_text(re.compile("^[0-9A-F]{8}$")).text_content()
    dialog.get_by_label("What were you doing?").fill("I opened my wallet.")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_text("Thank you. We read every message.")).to_be_visible()
    assert as_owner("SELECT message, reference, page FROM user_feedback") == [
        ("I opened my wallet.", reference, "/wallet")
    ]
