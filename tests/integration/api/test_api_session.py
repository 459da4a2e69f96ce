import asyncio

import pytest

from askchopper import policy, settings
from askchopper.database import transaction
from askchopper.services import access_tokens
from askchopper.settings import environment
from tests.support.clients import JSON, ORIGIN, api_client
from tests.support.factories import PASSWORD, make_creator, make_pack, make_user, sign_in

pytestmark = pytest.mark.integration
HTML = {"Accept": "text/html,application/xhtml+xml"}
COOKIE = "askchopper_session"


def fields(email: str = "ada@example.test", password: str = PASSWORD, **more: str) -> dict[str, str]:
    return {"email": email, "password": password, **more}


async def test_sign_in_sets_http_only_cookie_and_redirects(db):
    await make_user(email="ada@example.test")
    async with api_client() as client:
        answer = await client.post("/auth/login", data=fields(next="/wallet"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/wallet")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        me = await client.get("/api/v1/me")
    assert me.json()["email"] == "ada@example.test"
    assert me.headers["cache-control"] == "no-store"


async def test_secure_cookie_is_bound_to_host(db):
    await make_user(email="ada@example.test")
    with environment(PUBLIC_BASE_URL="https://askchopper.example"):
        async with api_client() as client:
            cookie = (await client.post("/auth/login", data=fields())).headers["set-cookie"]
    assert cookie.startswith("__Host-askchopper=")
    assert "Secure" in cookie


@pytest.mark.parametrize(
    "target", ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/a\nb", ""]
)
async def test_redirect_stays_on_this_site(db, target: str):
    await make_user(email="ada@example.test")
    async with api_client() as client:
        answer = await client.post("/auth/login", data=fields(next=target))
    assert answer.headers["location"] == "/"


async def test_json_client_gets_json(db):
    await make_user(email="ada@example.test")
    async with api_client() as client:
        wrong = await client.post("/auth/login", data=fields(password="wrong one"), headers=JSON)
        right = await client.post("/auth/login", data=fields(next="/library"), headers=JSON)
    assert wrong.status_code == 401
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["field"] == "password"
    assert wrong.json()["reference"] == wrong.headers["x-request-id"]
    assert right.json() == {"next": "/library"}


async def test_form_error_redirects_with_code_only(db):
    async with api_client() as client:
        answer = await client.post("/auth/login", data=fields(next="/wallet"), headers=HTML)
        register = await client.post("/auth/register", data=fields(password="short"), headers=HTML)
    assert answer.headers["location"] == "/login?problem=credentials&next=%2Fwallet"
    assert register.headers["location"].startswith("/register?problem=")


async def test_sign_in_replaces_the_session(db):
    user = await make_user(email="ada@example.test")
    planted = await sign_in(user)
    async with api_client() as client:
        client.cookies.set(COOKIE, planted)
        await client.post("/auth/login", data=fields())
    async with api_client() as client:
        client.cookies.set(COOKIE, planted)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_session_fixation_is_prevented(db):
    await make_user(email="ada@example.test")
    async with api_client() as client:
        client.cookies.set(COOKIE, "fixed-by-attacker")
        answer = await client.post("/auth/login", data=fields())
        assert "fixed-by-attacker" not in answer.headers["set-cookie"]


async def test_sign_out_ends_the_session_immediately(db):
    user = await make_user()
    token = await sign_in(user)
    async with api_client() as client:
        client.cookies.set(COOKIE, token)
        answer = await client.post("/auth/logout")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "Max-Age=0" in answer.headers["set-cookie"]
    async with api_client() as client:
        client.cookies.set(COOKIE, token)
        assert (await client.get("/api/v1/me")).status_code == 401
        assert (await client.post("/auth/logout")).status_code == 303


async def test_sign_out_everywhere_ends_all_sessions(db):
    user = await make_user()
    other = await sign_in(user)
    async with api_client(user) as client:
        assert (await client.post("/auth/logout-everywhere")).status_code == 303
        client.cookies.set(COOKIE, other)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_registration_signs_in_and_reports_invalid_field(db):
    async with api_client() as client:
        for changes, field in (
            ({"email": "x"}, "email"), ({"password": "short"}, "password"), ({"display_name": "\u202e"}, "display_name"),
        ):  # fmt: skip
            answer = await client.post("/auth/register", data={**fields(display_name="Ada"), **changes}, headers=JSON)
            assert (answer.status_code, answer.json()["field"]) == (422, field)
        answer = await client.post("/auth/register", data=fields(display_name="Ada", next="/browse"), headers=JSON)
        assert answer.json() == {"next": "/browse"}
        assert (await client.get("/api/v1/me")).json()["display_name"] == "Ada"
        again = await client.post("/auth/register", data=fields(display_name="Ada"), headers=JSON)
        assert (again.status_code, again.json()["field"]) == (422, "email")


async def test_new_member_finds_tokens_and_a_free_pack(db):
    free = await make_pack(await make_creator(), price=0)
    async with api_client() as client:
        await client.post("/auth/register", data=fields(display_name="Ada"))
        wallet = (await client.get("/api/v1/me/wallet")).json()
        bought = await client.post(
            "/api/v1/purchases", json={"pack": free.slug, "price_tokens": 0}, headers={"Idempotency-Key": "k"}
        )
    assert (wallet["balance_tokens"], wallet["bonus_tokens"]) == (policy.WELCOME_TOKENS, policy.WELCOME_TOKENS)
    assert len(wallet["entries"]) == 1
    assert bought.status_code == 201


async def test_unknown_fields_are_ignored(db):
    async with api_client() as client:
        await client.post("/auth/register", data=fields(display_name="Ada", role="admin", tokens="1000", user_id="1"))
        assert (await client.get("/api/v1/me")).json()["role"] == "member"
        assert (await client.get("/api/v1/me/wallet")).json()["balance_tokens"] == policy.WELCOME_TOKENS


async def test_password_change_keeps_this_session(db):
    user = await make_user(email="ada@example.test")
    other = await sign_in(user)
    async with api_client(user) as client:
        wrong = await client.post("/auth/password", data={"current": "x", "new": "brand new one"}, headers=JSON)
        assert wrong.json()["field"] == "current"
        right = await client.post("/auth/password", data={"current": PASSWORD, "new": "brand new one"}, headers=JSON)
        assert right.status_code == 200
        assert (await client.get("/api/v1/me")).status_code == 200
        client.cookies.set(COOKIE, other)
        assert (await client.get("/api/v1/me")).status_code == 401
    async with api_client() as client:
        assert (await client.post("/auth/password", data={}, headers=JSON)).status_code == 401


async def test_password_reset_by_mail_does_not_reveal_accounts(db, capfd):
    await make_user(email="ada@example.test")
    async with api_client() as client:
        known = await client.post("/auth/forgot", data={"email": "ada@example.test"}, headers=JSON)
        unknown = await client.post("/auth/forgot", data={"email": "bo@example.test"}, headers=JSON)
        assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
        [line] = [line for line in capfd.readouterr().err.splitlines() if "mail.logged" in line]
        token = line.partition("#token=")[2].partition('"')[0]
        assert len(token) > 40
        answer = await client.post("/auth/reset", data={"token": token, "password": "brand new one"}, headers=JSON)
        assert answer.json()["next"].startswith("/login")
        used = await client.post("/auth/reset", data={"token": token, "password": "brand new two"}, headers=JSON)
        assert (used.status_code, used.json()["field"]) == (422, "token")
        assert (await client.post("/auth/login", data=fields(password="brand new one"))).status_code == 303


async def test_sixth_wrong_password_is_rate_limited(db, limits_on):
    await make_user(email="ada@example.test")
    async with api_client() as client:
        answers = [await client.post("/auth/login", data=fields(password="wrong one")) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        last = answers[-1]
        assert 3590 <= int(last.headers["retry-after"]) <= 3600
        assert last.headers["ratelimit-policy"] == '"login-address";q=5;w=3600'
        assert last.headers["ratelimit-remaining"] == "0"
        assert last.json()["detail"] == "Too many sign-in attempts. Try again in 60 minutes."
        forged = await client.post("/auth/login", data=fields(), headers={"X-Forwarded-For": "203.0.113.5"})
        assert forged.status_code == 429


async def test_concurrent_wrong_passwords_are_rate_limited(db, limits_on):
    await make_user(email="ada@example.test")
    async with api_client() as client:
        answers = await asyncio.gather(*(client.post("/auth/login", data=fields(password="wrong")) for _ in range(15)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 10


async def test_access_token_authenticates_api(db):
    user = await make_user()
    async with transaction() as session:
        token = await access_tokens.create(session, user, name="Script")
    async with api_client() as client:
        right = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert right.json()["id"] == str(user.user_id)
    async with api_client(user) as client:
        wrong = await client.get("/api/v1/me", headers={"Authorization": "Bearer ac_wrong"})
        assert wrong.status_code == 401


@pytest.mark.parametrize("body", [b"\xff\xfe", b"email=%ff%fe&password=%00", b"a=1&" * 50, b"email=" + b"x" * 9000])
async def test_malformed_forms_are_rejected_with_message(db, body: bytes):
    async with api_client() as client:
        answer = await client.post(
            "/auth/login", content=body, headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN}
        )
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_cookie_has_one_name(configured):
    assert settings.get().session_cookie == COOKIE
