"""Changing and verifying an e-mail, and notifications by mail with one-click unsubscribing."""

import re
from collections.abc import Iterator
from email import message_from_string
from email import policy as email_policy

import pytest

from askchopper import policy, security
from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import activity, notification_mails
from askchopper.services.notification_mails import KINDS
from tests.support.clients import JSON, api_client
from tests.support.events import tab
from tests.support.factories import PASSWORD, make_user
from tests.support.smtp import smtp_server

pytestmark = pytest.mark.integration
OLD, NEW = "ada@example.test", "ada@new.test"


@pytest.fixture
def mails() -> Iterator[list[str]]:
    with smtp_server() as received:
        yield received


def read(mail: str) -> tuple[str, str, str]:
    """Return recipient, subject and text of a mail."""
    message = message_from_string(mail, policy=email_policy.default)
    return str(message["To"]), str(message["Subject"]), message.get_content().replace("\r\n", "\n")


def token_in(mail: str) -> str:
    found = re.search(r"#token=(\S+)", read(mail)[2])
    assert found, mail
    return found[1]


async def change(client, email: str = NEW, **fields: str):
    return await client.post("/auth/email", data={"email": email, **fields}, headers=JSON)


async def email_of(client) -> str:
    return (await client.get("/api/v1/me")).json()["email"]


async def test_address_changes_when_the_mailed_link_is_opened(db, mails, as_owner):
    async with api_client(await make_user(email=OLD)) as client:
        assert "sent a link" in (await change(client, NEW.upper())).json()["message"]
        assert await email_of(client) == OLD
        confirmation, notice = mails
        assert (read(confirmation)[:2], read(notice)[:2]) == (
            (NEW, "Confirm your email address"),
            (OLD, "Your email address is about to change"),
        )
        async with api_client() as other:  # a mail is read on another device
            answer = await other.post("/auth/confirm-email", data={"token": token_in(confirmation)}, headers=JSON)
        assert answer.json() == {"next": "/settings"}
        assert await email_of(client) == NEW
        again = await client.post("/auth/confirm-email", data={"token": token_in(confirmation)}, headers=JSON)
        assert (again.status_code, again.json()["field"]) == (422, "token")
    assert as_owner("SELECT email_verified_at IS NOT NULL FROM users") == [(True,)]


async def test_change_needs_a_recent_sign_in_or_the_password(db, mails, as_owner):
    async with api_client(await make_user(email=OLD)) as client:
        as_owner("UPDATE sessions SET created_at = now() - interval '1 hour'")
        assert (await change(client)).json()["field"] == "password"
        assert (await change(client, password=PASSWORD)).status_code == 200
    assert len(mails) == 2


async def test_present_address_is_verified_without_a_notice(db, mails, as_owner):
    member = await make_user(email=OLD)
    async with api_client(member) as client, tab(member) as opened:
        await opened.send("MailsState.load", "/settings")
        assert not opened.vars["is_verified"]
        await change(client, OLD)
        assert [read(mail)[1] for mail in mails] == ["Confirm your email address"]
        await client.post("/auth/confirm-email", data={"token": token_in(mails[0])})
        await opened.send("MailsState.load", "/settings")
        assert opened.vars["is_verified"]


async def test_taken_address_is_not_told_to_the_viewer(db, mails, as_owner):
    await make_user(email=NEW)
    async with api_client(await make_user(email=OLD)) as client:
        taken, free = await change(client), await change(client, "free@new.test")
        assert (taken.status_code, taken.json()) == (free.status_code, free.json())
    assert read(mails[0])[:2] == (NEW, "You have an account already")
    assert as_owner("SELECT email FROM email_changes") == [("free@new.test",)]


async def test_links_end(db, mails, as_owner):
    async with api_client(await make_user(email=OLD)) as client:
        await change(client)
        await change(client, "second@new.test")
        await make_user(email="second@new.test")  # registered meanwhile
        for token in (token_in(mails[0]), token_in(mails[2]), "", "invented", "\x00"):
            answer = await client.post("/auth/confirm-email", data={"token": token}, headers=JSON)
            assert answer.status_code == 422
        await change(client, "third@new.test")
        as_owner("UPDATE email_changes SET expires_at = now()")
        answer = await client.post("/auth/confirm-email", data={"token": token_in(mails[4])}, headers=JSON)
        assert answer.status_code == 422
        assert await email_of(client) == OLD


async def test_changes_are_limited_and_invalid_addresses_refused(db, mails, limits_on):
    async with api_client(await make_user(email=OLD)) as client:
        for wrong in ("", "x", "a@b\r\nBcc: c@d.test", "x" * 300 + "@example.test"):
            assert (await change(client, wrong)).json()["field"] == "email"
        answers = [(await change(client, f"n{number}@new.test")).status_code for number in range(6)]
    assert answers == [200] * 5 + [429]


async def test_link_is_logged_without_a_mail_server(db, capsys):
    async with api_client(await make_user(email=OLD)) as client:
        await change(client)
    logged = capsys.readouterr().err
    assert "/confirm-email#token=" in logged
    assert "about to change" not in logged


async def tell(member: Viewer, kind: str, sentence: str = "Something happened.") -> None:
    async with transaction() as session:
        await activity.notify(session, user_id=member.user_id, kind=kind, sentence=sentence, link="/studio")


async def send(as_owner, minutes: int = policy.MAIL_PAUSE_MINUTES + 1) -> int:
    """Let time pass and send what is due."""
    as_owner(
        f"UPDATE notifications SET created_at = created_at - interval '{minutes} minutes',"
        f" mailed_at = mailed_at - interval '{minutes} minutes'"
    )
    return await notification_mails.send_due()


async def test_notifications_are_grouped_in_one_mail(db, mails, as_owner):
    member = await make_user(email=OLD, name="Ada")
    await tell(member, "sale", "Pack 1 was sold.")
    await tell(member, "release", "Pack 2 is published.")
    await tell(member, "search", "3 new sounds fit.")
    assert await send(as_owner, 1) == 0  # perhaps it is read in a moment
    assert await send(as_owner) == 1
    recipient, subject, body = read(mails[0])
    assert (recipient, subject) == (OLD, "2 notifications")
    assert "Hello Ada" in body
    assert "- Pack 1 was sold.\n  http://127.0.0.1:3000/studio" in body
    assert "3 new sounds" not in body
    assert await send(as_owner) == 0


async def test_one_mail_an_hour_and_nothing_read_or_old(db, mails, as_owner):
    member = await make_user(email=OLD)
    await tell(member, "sale")
    await send(as_owner)
    await tell(member, "sale", "A second one.")
    assert await send(as_owner, 20) == 0
    assert await send(as_owner, 45) == 1
    assert read(mails[1])[1] == "A second one."
    await tell(member, "sale")
    as_owner("UPDATE notifications SET read_at = now()")
    assert await send(as_owner, 100) == 0
    await tell(member, "sale")
    assert await send(as_owner, 60 * 25) == 0


async def test_no_mail_without_a_server_or_to_disabled_accounts(db, as_owner):
    member = await make_user(email=OLD)
    await tell(member, "sale")
    assert await send(as_owner) == 0
    as_owner("UPDATE users SET disabled_at = now()")
    with smtp_server() as mails:
        assert await send(as_owner) == 0
    assert mails == []


async def test_failed_mail_is_sent_by_the_next_run(db, as_owner):
    member = await make_user(email=OLD)
    await tell(member, "sale")
    from askchopper.settings import environment

    with environment(SMTP_HOST="127.0.0.1", SMTP_PORT="9"):
        assert await send(as_owner) == 0
    with smtp_server() as mails:
        assert await send(as_owner, 0) == 1
    assert len(mails) == 1


async def test_mail_program_unsubscribes_in_one_click(db, mails, as_owner):
    member = await make_user(email=OLD)
    await tell(member, "sale")
    await send(as_owner)
    message = message_from_string(mails[0], policy=email_policy.default)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:3000")
    async with api_client() as program:
        page = await program.get(address)
        assert (page.status_code, page.headers["location"][:19]) == (303, "/unsubscribe#token=")
        await tell(member, "sale")
        assert await send(as_owner, 100) == 1  # looking changed nothing
        answer = await program.post(address, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code < 400
        for forged in ("", "x", address.rpartition("=")[2][:-3]):
            assert (await program.post(f"/auth/unsubscribe?token={forged}", headers=JSON)).status_code == 404
    await tell(member, "sale")
    await tell(member, "release", "Pack 2 is published.")
    assert await send(as_owner, 100) == 1
    assert read(mails[-1])[1] == "Pack 2 is published."


async def test_unsubscribe_link_of_a_kind_that_no_longer_exists(db, as_owner):
    member = await make_user(email=OLD)
    as_owner(f"INSERT INTO mail_choices (user_id, kind, is_on) VALUES ('{member.user_id}', 'removed', true)")
    token = security.sign({"user": str(member.user_id), "kind": "removed"}, purpose="unsubscribe")
    async with api_client() as browser:
        answer = await browser.post("/auth/unsubscribe", data={"token": token}, headers=JSON)
    assert answer.status_code == 200
    async with read_only() as session:
        assert await notification_mails.choices(session, member.user_id) == notification_mails.DEFAULTS


async def test_page_of_a_mail_with_several_kinds_ends_all(db, mails, as_owner):
    member = await make_user(email=OLD)
    await tell(member, "sale")
    await tell(member, "release")
    await send(as_owner)
    async with api_client() as browser:
        answer = await browser.post("/auth/unsubscribe", data={"token": token_in(mails[0])}, headers=JSON)
        assert answer.json()["message"] == "You won't get these emails any more."
    await tell(member, "account")
    assert await send(as_owner, 100) == 0


async def test_switches_in_the_settings(db, mails, as_owner):
    member = await make_user(email=OLD)
    async with tab(member) as opened:
        await opened.send("MailsState.load", "/settings")
        assert {line["id"]: line["is_on"] for line in opened.vars["kinds"]} == {
            "sales": True, "packs": True, "account": True, "community": True, "likes": False, "digest": False, "figures": False, "news": False,
        }  # fmt: skip
        await opened.send("MailsState.set_kind", "/settings", kind="news", is_on=True)
        await opened.send("MailsState.set_kind", "/settings", kind="sales", is_on=False)
        await opened.send("MailsState.set_kind", "/settings", kind="invented", is_on=True)
        assert "no such kind" in opened.told()
    await tell(member, "search", "3 new sounds fit.")
    await tell(member, "sale")
    await send(as_owner)
    assert [read(mail)[1] for mail in mails] == ["3 new sounds fit."]


def test_every_kind_of_notification_has_a_mail():
    import subprocess

    from tests.support.database import ROOT

    source = subprocess.run(
        ["git", "grep", "-hoE", r"kind=\"[a-z]+\"", "--", "askchopper/services"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    named = set(re.findall(r'kind="([a-z]+)"', source))
    assert named - {"play", "all"} <= set(KINDS)
    assert set(KINDS) - named == {"sale", "refund"}  # in the statements of purchases and refunds
