"""A server whose clock is an hour off the database's: sessions, reset links, limits, purchases and refunds are right (F15)."""

from datetime import datetime, timedelta, tzinfo

import pytest

from askchopper import policy
from askchopper.database import transaction
from askchopper.errors import AskChopperError
from askchopper.models import base
from askchopper.services import passwords
from tests.support.clients import api_client
from tests.support.factories import PASSWORD, balance_of, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration
EMAIL = "clock@example.test"


@pytest.fixture(params=[-1, 1], ids=["an hour behind", "an hour ahead"])
def skewed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the clock of the app's own times, without that of the database."""

    class Skewed(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=request.param)

    monkeypatch.setattr(base, "datetime", Skewed)


async def reset_token() -> str:
    owner = await passwords.find_for_reset(email=EMAIL)
    assert owner
    async with transaction() as session:
        link = await passwords.create_reset(session, owner)
    assert link
    return link.rpartition("=")[2]


async def test_reset_link_lives_ten_minutes(db, skewed, as_owner):
    await make_user(email=EMAIL)
    token = await reset_token()
    [(seconds,)] = as_owner("SELECT extract(epoch FROM expires_at - now())::integer FROM password_resets")
    assert seconds == pytest.approx(60 * policy.PASSWORD_RESET_MINUTES, abs=5)
    async with transaction() as session:
        await passwords.reset_password(session, token=token, new="a long new one")
    token = await reset_token()
    as_owner("UPDATE password_resets SET expires_at = now() - interval '1 second' WHERE used_at IS NULL")
    with pytest.raises(AskChopperError):
        async with transaction() as session:
            await passwords.reset_password(session, token=token, new="another new one")


async def test_sign_in_purchase_and_refund(db, skewed, limits_on):
    member, pack = await make_user(email=EMAIL, tokens=30), await make_pack(price=30)
    async with api_client() as client:
        assert (await client.post("/auth/login", data={"email": EMAIL, "password": PASSWORD})).status_code == 303
        assert (await client.get("/api/v1/me")).status_code == 200
        body = {"pack": pack.slug, "price_tokens": 30}
        bought = await client.post("/api/v1/purchases", json=body, headers={"Idempotency-Key": "key"})
        assert bought.status_code == 201
        back = await client.post(f"/api/v1/purchases/{bought.json()['id']}/refund")
        assert back.json()["balance_tokens"] == 30
        wrong = [
            await client.post("/auth/login", data={"email": EMAIL, "password": "wrong one"}, headers={"Accept": "application/json"})
            for _ in range(6)
        ]  # fmt: skip
    assert wrong[-1].status_code == 429
    assert 3000 < int(wrong[-1].headers["retry-after"]) <= 3600
    assert await balance_of(member) == 30
    assert (await check_ledger()).problems == ()
