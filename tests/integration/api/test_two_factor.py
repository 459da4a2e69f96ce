"""Two-factor authentication: set up in the settings, asked at every way to sign in, each code once."""

import time
from collections.abc import AsyncIterator

import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet

from askchopper import policy, security, settings
from askchopper.cli import app
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.services import access_tokens, accounts, sessions, two_factor, two_factor_codes
from askchopper.settings import environment
from askchopper.vocabulary import McpScope, Role, TokenScope
from tests.integration.api.test_provider_sign_in import oidc, oidc_server  # noqa: F401 - fixtures
from tests.integration.api.test_provider_sign_in import sign_in as sign_in_with_provider
from tests.support.clients import JSON, api_client
from tests.support.events import tab
from tests.support.factories import PASSWORD, make_user

pytestmark = pytest.mark.integration
EMAIL = "ada@example.test"
FIELDS = {"email": EMAIL, "password": PASSWORD}


class App:
    """An authenticator app; each code of it is of the next time step, as if time had passed."""

    def __init__(self, key: str) -> None:
        self.totp = pyotp.TOTP(key.replace(" ", ""))

    def code(self, steps: int = 0) -> str:
        return self.totp.at(int(time.time()) + steps * two_factor_codes.STEP_SECONDS)


async def set_up(viewer: Viewer) -> tuple[App, tuple[str, ...]]:
    async with transaction() as session:
        setup = await two_factor.begin(session, viewer, password="")
    phone = App(setup.key)
    async with transaction() as session:
        return phone, await two_factor.confirm(session, viewer, code=phone.code(-1))


@pytest.fixture
async def browser(db: None) -> AsyncIterator[httpx.AsyncClient]:
    async with api_client() as client:
        yield client


async def is_signed_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/api/v1/me")).status_code == 200


async def enter(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("/auth/second-step", data={"authentication_code": code}, headers=JSON)


async def test_code_is_asked_before_there_is_a_session(browser, as_owner):
    phone, _ = await set_up(await make_user(email=EMAIL))
    as_owner("DELETE FROM sessions")
    answer = await browser.post("/auth/login", data={**FIELDS, "next": "/wallet"}, headers=JSON)
    assert answer.json() == {"next": "/login/code"}
    assert settings.get().session_cookie not in browser.cookies
    assert not await is_signed_in(browser)
    assert as_owner("SELECT count(*) FROM sessions") == [(0,)]
    wrong = await enter(browser, "000000")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "authentication_code")
    assert (await enter(browser, phone.code())).json() == {"next": "/wallet"}
    assert await is_signed_in(browser)


async def test_code_is_accepted_once_and_with_a_step_of_drift(db):
    member = await make_user(email=EMAIL)
    phone, _ = await set_up(member)  # used the code of the step before

    async def accepts(code: str) -> bool:
        try:
            async with transaction() as session:
                await two_factor_codes.check(session, member.user_id, code)
        except InvalidInputError:
            return False
        return True

    assert not await accepts(phone.code(-1))
    assert not await accepts(phone.code(2))
    assert not await accepts(phone.code(-2))
    assert await accepts(f" {phone.code()[:3]} {phone.code()[3:]} ")
    assert not await accepts(phone.code())
    assert await accepts(phone.code(1))
    for junk in ("", "x" * 5000, "\x00", "٠١٢٣٤٥", "-1", phone.code() + "0"):
        assert not await accepts(junk)


async def test_recovery_code_works_once(browser):
    _, codes = await set_up(await make_user(email=EMAIL))
    assert len(set(codes)) == policy.RECOVERY_CODES
    await browser.post("/auth/login", data=FIELDS)
    assert (await enter(browser, codes[0].upper())).status_code == 200
    await browser.post("/auth/logout")
    await browser.post("/auth/login", data=FIELDS)
    assert (await enter(browser, codes[0])).status_code == 422
    assert (await enter(browser, codes[1].replace("-", ""))).status_code == 200


async def test_wrong_codes_are_limited(browser, limits_on):
    phone, _ = await set_up(await make_user(email=EMAIL))
    await browser.post("/auth/login", data=FIELDS)
    answers = [(await enter(browser, f"00000{number % 10}")).status_code for number in range(11)]
    assert answers == [422] * 10 + [429]
    assert (await enter(browser, phone.code())).status_code == 429


async def test_cookie_of_the_first_step_is_bound_and_ends(browser, as_owner, monkeypatch):
    phone, _ = await set_up(await make_user(email=EMAIL))
    assert (await enter(browser, phone.code())).status_code == 401
    await browser.post("/auth/login", data=FIELDS)
    as_owner("UPDATE users SET password_hash = 'changed' ")
    assert (await enter(browser, phone.code())).status_code == 401
    hashed = await security.hash_password(PASSWORD)
    as_owner(f"UPDATE users SET password_hash = '{hashed}'")
    await browser.post("/auth/login", data=FIELDS)
    as_owner("UPDATE users SET disabled_at = now()")
    assert (await enter(browser, phone.code())).status_code == 401
    as_owner("UPDATE users SET disabled_at = NULL")
    await browser.post("/auth/login", data=FIELDS)
    monkeypatch.setattr(policy, "SECOND_STEP_MINUTES", -1)
    assert (await enter(browser, phone.code())).status_code == 401


async def test_plain_form_leads_to_the_page_and_back(browser):
    await set_up(await make_user(email=EMAIL))
    html = {"Accept": "text/html"}
    answer = await browser.post("/auth/login", data=FIELDS, headers=html)
    assert answer.headers["location"] == "/login/code"
    wrong = await browser.post("/auth/second-step", data={"authentication_code": "1"}, headers=html)
    assert wrong.headers["location"] == "/login/code?problem=authentication_code"


async def test_provider_asks_for_the_code_too(browser, oidc, as_owner):  # noqa: F811
    assert await sign_in_with_provider(browser, oidc) == "/"
    [(user_id,)] = as_owner("SELECT id FROM users")
    member = Viewer(user_id, None, "Ada", EMAIL, Role.MEMBER)
    as_owner(f"UPDATE users SET password_hash = '{await security.hash_password(PASSWORD)}'")
    async with transaction() as session:
        setup = await two_factor.begin(session, member, password=PASSWORD)
    phone = App(setup.key)
    async with transaction() as session:
        await two_factor.confirm(session, member, code=phone.code(-1))
    await browser.post("/auth/logout")
    assert await sign_in_with_provider(browser, oidc, query="?next=/wallet") == "/login/code"
    assert not await is_signed_in(browser)
    assert (await enter(browser, phone.code())).json() == {"next": "/wallet"}


async def test_secret_is_encrypted_and_codes_are_hashed(db, as_owner):
    member = await make_user(email=EMAIL)
    phone, codes = await set_up(member)
    rows = str(as_owner("SELECT t::text FROM two_factor_secrets t")) + str(
        as_owner("SELECT t::text FROM recovery_codes t")
    )
    assert phone.totp.secret not in rows
    assert codes[0].replace("-", "") not in rows
    [(sealed,)] = as_owner("SELECT secret FROM two_factor_secrets")
    assert security.decrypt(bytes(sealed), purpose=two_factor_codes.purpose(member.user_id)) == phone.totp.secret
    assert security.decrypt(bytes(sealed), purpose="two-factor:another") is None


async def test_secret_survives_a_new_key(db):
    member = await make_user(email=EMAIL)
    phone, _ = await set_up(member)
    with environment(TOKEN_ENCRYPTION_KEYS=f"{Fernet.generate_key().decode()},{settings.get().encryption_keys[0]}"):
        assert await two_factor.rotate_keys() == (1, 0)
        async with transaction() as session:
            await two_factor_codes.check(session, member.user_id, phone.code())


async def test_settings_from_off_to_on_and_back(db):
    member = await make_user(email=EMAIL)
    async with tab(member) as opened:
        await opened.send("TwoFactorState.load", "/settings")
        assert (opened.vars["is_on"], opened.vars["is_demanded"]) == (False, False)
        await opened.send("TwoFactorState.begin", "/settings", form={})
        phone = App(opened.vars["key"])
        assert opened.vars["picture"].startswith("data:image/svg+xml")
        await opened.send("TwoFactorState.confirm", "/settings", form={"authentication_code": "000000"})
        assert opened.vars["problem"].startswith("This code is wrong")
        await opened.send("TwoFactorState.confirm", "/settings", form={"authentication_code": phone.code(-1)})
        assert (opened.vars["is_on"], len(opened.vars["codes"]), opened.vars["key"]) == (True, 10, "")
        old = opened.vars["codes"][0]
        await opened.send("TwoFactorState.renew_codes", "/settings", form={"authentication_code": phone.code()})
        assert old not in opened.vars["codes"]
        new = opened.vars["codes"][0]
        await opened.send("TwoFactorState.load", "/settings")
        assert opened.vars["codes"] == []
        await opened.send("TwoFactorState.turn_off", "/settings", form={"authentication_code": old})
        assert opened.vars["is_on"]
        await opened.send("TwoFactorState.turn_off", "/settings", form={"authentication_code": new})
        assert not opened.vars["is_on"]


async def test_set_up_needs_a_recent_sign_in_and_happens_once(db, as_owner):
    member = await make_user(email=EMAIL)
    phone, _ = await set_up(member)
    async with transaction() as session:
        with pytest.raises(ConflictError):
            await two_factor.begin(session, member, password="")
        with pytest.raises(ConflictError):
            await two_factor.confirm(session, member, code=phone.code())
    other = await make_user()
    as_owner("UPDATE sessions SET created_at = now() - interval '1 hour'")
    async with transaction() as session:
        with pytest.raises(InvalidInputError):
            await two_factor.begin(session, other, password="wrong one")


async def test_unconfirmed_set_up_changes_nothing(browser):
    member = await make_user(email=EMAIL)
    async with transaction() as session:
        await two_factor.begin(session, member, password="")
    assert (await browser.post("/auth/login", data=FIELDS, headers=JSON)).json() == {"next": "/"}


async def test_access_tokens_keep_working(db):
    member = await make_user(email=EMAIL)
    async with transaction() as session:
        token = await access_tokens.create(session, member, name="script")
    await set_up(member)
    async with api_client() as client:
        answer = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_admin_in_production_acts_as_a_member_until_it_is_on(db, monkeypatch):
    admin = await make_user(email=EMAIL, role=Role.ADMIN)
    async with transaction() as session:
        token, _ = await sessions.open_session(session, user_id=admin.user_id, user_agent="x")
        scopes = (TokenScope.READ, TokenScope.ADMIN)
        key = await access_tokens.create(session, admin, name="x", scopes=scopes, mcp_scopes=tuple(McpScope))
        plain = await access_tokens.create(session, admin, name="y")
    monkeypatch.setattr(settings.Settings, "is_production", property(lambda _self: True))

    async def seen() -> Viewer:
        async with read_only() as session:
            found = await sessions.viewer_by_session_token(session, token)
        assert found
        return found

    assert ((await seen()).role, (await seen()).needs_second_factor) == (Role.MEMBER, True)
    with pytest.raises(accounts.ForbiddenError, match="Set up two-factor"):
        accounts.require_admin(await seen())
    assert await script(key) == (Role.MEMBER, True)
    assert await script(plain) == (Role.MEMBER, False)
    async with read_only() as session:
        assert await sessions.roles_of(session, [token]) == {token: Role.MEMBER}
    async with tab(admin) as opened:
        await opened.send("SessionState.load", "/")
        assert opened.vars["is_moderator"]
        await opened.send("ModerationState.load", "/moderation")
        assert "/settings#two-factor" in opened.told()
        await opened.send("TwoFactorState.load", "/settings")
        assert opened.vars["is_demanded"]
    await set_up(admin)
    assert ((await seen()).role, (await seen()).needs_second_factor) == (Role.ADMIN, False)
    assert await script(key) == (Role.ADMIN, False)
    async with read_only() as session:
        assert await sessions.roles_of(session, [token]) == {token: Role.ADMIN}


async def script(key: str) -> tuple[Role, bool]:
    """Return the role of a request with an API key, and whether it lacks a second factor."""
    async with read_only() as session:
        found = await access_tokens.find_viewer(session, key)
    assert found
    return found.role, found.needs_second_factor


async def test_admin_key_without_second_factor_opens_no_admin_route(db, monkeypatch):
    admin = await make_user(email=EMAIL, role=Role.ADMIN)
    async with transaction() as session:
        key = await access_tokens.create(session, admin, name="x", scopes=(TokenScope.READ, TokenScope.ADMIN))
    monkeypatch.setattr(settings.Settings, "admins_must_have_totp", property(lambda _self: True))

    async def answers(path: str) -> int:
        async with api_client() as client:
            return (await client.get(path, headers={"Authorization": f"Bearer {key}"})).status_code

    paths = ("/api/v1/me", "/api/v1/admin/audit")
    assert [await answers(path) for path in paths] == [200, 404]
    await set_up(admin)
    assert [await answers(path) for path in paths] == [200, 200]


async def test_admin_in_development_needs_none(db):
    admin = await make_user(role=Role.ADMIN)
    assert accounts.require_admin(admin) == admin


async def test_operator_resets_it(browser):
    member = await make_user(email=EMAIL)
    await set_up(member)
    async with transaction() as session:
        await two_factor.reset(session, email=EMAIL.upper())
        with pytest.raises(NotFoundError):
            await two_factor.reset(session, email=EMAIL)
    assert (await browser.post("/auth/login", data=FIELDS, headers=JSON)).json() == {"next": "/"}
    assert "reset-two-factor" in {command.name for command in app.registered_commands}
