"""Registration where a mail server is configured: confirmed by a mailed link, and telling nobody who has an account."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import transaction
from askchopper.services import account_mails, registrations
from tests.support.clients import JSON, api_client
from tests.support.factories import PASSWORD, make_user
from tests.support.smtp import smtp_server

pytestmark = pytest.mark.integration


@pytest.fixture
def mails() -> Iterator[list[str]]:
    with smtp_server() as received:
        yield received


def fields(email: str = "ada@example.test", **more: str) -> dict[str, str]:
    return {"email": email, "password": PASSWORD, "display_name": "Ada", **more}


def token_of(mail: str) -> str:
    link = re.search(r"/confirm#token=([\w-]+)", mail.replace("=\r\n", "").replace("=3D", "="))
    assert link, mail
    return link[1]


async def test_link_creates_the_account_and_signs_in(db, mails: list[str]):
    async with api_client() as client:
        answer = await client.post("/auth/register", data=fields(next="/wallet"), headers=JSON)
        assert "mail" in answer.json()["message"]
        assert (await client.get("/api/v1/me")).status_code == 401
        wrong = await client.post("/auth/login", data=fields(), headers=JSON)
        confirmed = await client.post("/auth/confirm", data={"token": token_of(mails[0])})
        assert (confirmed.status_code, confirmed.headers["location"]) == (303, "/wallet")
        assert (await client.get("/api/v1/me")).json()["email"] == "ada@example.test"
        wallet = (await client.get("/api/v1/me/wallet")).json()
        again = await client.post("/auth/confirm", data={"token": token_of(mails[0])}, headers=JSON)
    assert wrong.status_code == 401
    assert wallet["balance_tokens"] == policy.WELCOME_TOKENS
    assert (again.status_code, again.json()["detail"]) == (422, "This link no longer works. Register again.")


async def test_answer_does_not_tell_who_has_an_account(db, mails: list[str], count_queries: list[str]):
    await make_user(email="ada@example.test")
    answers, work = [], []
    for email in ("ada@example.test", "bo@example.test"):
        async with api_client() as client:
            count_queries.clear()
            answer = await client.post("/auth/register", data=fields(email), headers=JSON)
            answers.append((answer.status_code, answer.json(), sorted(set(answer.headers) - {"x-request-id"})))
            # What is done after the response differs; before it, nothing is asked of the database.
            work.append(next(statement for statement in count_queries if "users" in statement))
    assert answers[0] == answers[1]
    assert work[0] == work[1]
    assert "You have an account already" in mails[0]
    assert "/confirm" in mails[1]


async def test_second_link_and_expired_link_end(db, mails: list[str]):
    async with api_client() as client:
        for _ in range(2):
            await client.post("/auth/register", data=fields(), headers=JSON)
        first, second = (token_of(mail) for mail in mails)
        assert (await client.post("/auth/confirm", data={"token": second})).status_code == 303
        for token in (first, second, "invented", "", "\x00"):
            assert (await client.post("/auth/confirm", data={"token": token}, headers=JSON)).status_code == 422
        await client.post("/auth/register", data=fields("bo@example.test"), headers=JSON)
        async with transaction() as session:
            await session.execute(text("UPDATE registrations SET expires_at = now()"))
        assert (await client.post("/auth/confirm", data={"token": token_of(mails[2])}, headers=JSON)).status_code == 422


async def test_inbox_of_another_is_not_filled(db, mails: list[str], limits_on):
    await make_user(email="ada@example.test")
    for _ in range(10):
        await account_mails.send_confirmation(registrations.Registered("ada@example.test", "Ada", "x"))
    assert len(mails) == 6
