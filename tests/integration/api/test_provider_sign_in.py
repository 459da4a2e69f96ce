"""Sign-in with a provider, against an OpenID Connect issuer and a GitHub simulator in processes of their own."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from askchopper import settings
from askchopper.integrations import sign_in_providers
from askchopper.settings import environment
from tests.simulators.github import client as github_simulator
from tests.simulators.github.client import GithubSimulator
from tests.simulators.oidc import client as oidc_simulator
from tests.simulators.oidc.client import OidcSimulator
from tests.support.clients import JSON, api_client
from tests.support.events import tab
from tests.support.factories import PASSWORD, make_user

pytestmark = pytest.mark.integration
EMAIL = "ada@example.test"


@pytest.fixture(scope="module")
def oidc_server() -> Iterator[OidcSimulator]:
    with oidc_simulator.running() as started:
        yield started


@pytest.fixture(scope="module")
def github_server() -> Iterator[GithubSimulator]:
    with github_simulator.running() as started:
        yield started


@pytest.fixture
def oidc(oidc_server: OidcSimulator, configured: None) -> Iterator[OidcSimulator]:
    oidc_server.lie()
    oidc_server.user("sub-1", email=EMAIL, email_verified=True, name="Ada Provider")
    with environment(**oidc_server.settings(), OIDC_NAME="Example ID"):
        yield oidc_server


@pytest.fixture
def github(github_server: GithubSimulator, configured: None) -> Iterator[GithubSimulator]:
    github_server.set(emails=[{"email": EMAIL, "primary": True, "verified": True}])
    with environment(**github_server.settings):
        yield github_server


@pytest.fixture
async def browser(db: None) -> AsyncIterator[httpx.AsyncClient]:
    async with api_client() as client:
        yield client


async def begin(client: httpx.AsyncClient, provider: str = "oidc", query: str = "") -> str:
    answer = await client.get(f"/auth/oauth/{provider}/login{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def return_to(client: httpx.AsyncClient, callback: str) -> str:
    """Follow the provider's redirect; returns where the product leads."""
    answer = await client.get(callback)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def sign_in(client: httpx.AsyncClient, oidc: OidcSimulator, subject: str = "sub-1", query: str = "") -> str:
    return await return_to(client, oidc.consent(await begin(client, query=query), subject))


async def me(client: httpx.AsyncClient) -> dict | None:
    answer = await client.get("/api/v1/me")
    return answer.json() if answer.status_code == 200 else None


def count(as_owner, table: str) -> int:
    return as_owner(f"SELECT count(*) FROM {table}")[0][0]


async def test_new_member_registers_and_comes_back(browser, oidc, as_owner):
    assert await sign_in(browser, oidc, query="?next=/wallet") == "/wallet"
    found = await me(browser)
    assert found
    assert (found["email"], found["display_name"]) == (EMAIL, "Ada Provider")
    assert (await browser.get("/api/v1/me/wallet")).json()["balance_tokens"] > 0
    first = browser.cookies[settings.get().session_cookie]
    assert await sign_in(browser, oidc) == "/"
    assert browser.cookies[settings.get().session_cookie] != first
    assert (count(as_owner, "users"), count(as_owner, "provider_identities"), count(as_owner, "sessions")) == (1, 1, 1)
    assert as_owner("SELECT email_verified_at IS NOT NULL, password_hash FROM users") == [(True, None)]


async def test_request_to_the_issuer_has_pkce_nonce_and_our_address(browser, oidc):
    query = {name: value[0] for name, value in parse_qs(urlsplit(await begin(browser)).query).items()}
    assert query["redirect_uri"] == f"{settings.get().base_url}/auth/oauth/oidc/callback"
    assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
    assert min(len(query[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    with environment(PUBLIC_BASE_URL="https://askchopper.example"):
        answer = await browser.get("/auth/oauth/oidc/login", headers={"Host": "evil.test"})
        assert (
            "redirect_uri=https%3A%2F%2Faskchopper.example%2Fauth%2Foauth%2Foidc%2Fcallback"
            in answer.headers["location"]
        )
        assert "Secure" in answer.headers["set-cookie"]


async def test_pending_sign_in_is_stored_without_its_secrets(browser, oidc, as_owner):
    state = parse_qs(urlsplit(await begin(browser)).query)["state"][0]
    rows = str(as_owner("SELECT t::text FROM provider_logins t"))
    assert state not in rows
    assert "\\\\x67414141" in rows  # the verifier, encrypted with Fernet


@pytest.mark.parametrize("target", ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)"])
async def test_next_stays_on_this_site(browser, oidc, target: str):
    assert await sign_in(browser, oidc, query=f"?next={target}") == "/"


@pytest.mark.parametrize(
    "kind", ["audience", "nonce", "expired", "issuer", "none", "key", "hmac", "subject", "no-token"]
)
async def test_issuer_that_lies_signs_nobody_in(browser, oidc, as_owner, kind: str):
    callback = oidc.consent(await begin(browser), "sub-1")
    oidc.lie(kind)
    assert await return_to(browser, callback) == "/login?problem=provider-failed"
    assert await me(browser) is None
    assert count(as_owner, "users") == 0


async def test_issuer_that_is_another_one_is_not_asked(browser, oidc):
    with environment(OIDC_ISSUER=oidc.url.replace("127.0.0.1", "localhost") + "/."):
        answer = await browser.get("/auth/oauth/oidc/login")
    assert answer.headers["location"] == "/login?problem=unavailable"


async def test_token_endpoint_out_of_order(browser, oidc, monkeypatch):
    monkeypatch.setattr(sign_in_providers, "_ALL_SECONDS", 1.0)
    for kind in ("error", "hang"):
        callback = oidc.consent(await begin(browser), "sub-1")
        oidc.lie(kind)
        assert await return_to(browser, callback) == "/login?problem=provider-unavailable"
        oidc.lie()
    assert await me(browser) is None


async def test_unreachable_issuer(browser, oidc):
    with environment(OIDC_ISSUER="http://127.0.0.1:9"):
        answer = await browser.get("/auth/oauth/oidc/login?next=/wallet")
    assert answer.headers["location"] == "/login?problem=unavailable&next=%2Fwallet"


async def test_forged_and_repeated_states_sign_nobody_in(browser, oidc):
    callback = oidc.consent(await begin(browser), "sub-1")
    forged = callback.replace("state=", "state=x")
    doubled = f"{callback}&state=x"
    for address in (forged, doubled, "/auth/oauth/oidc/callback", "/auth/oauth/oidc/callback?state=%00&code=%ff"):
        assert await return_to(browser, address) == "/login?problem=provider-state"
    assert await return_to(browser, callback) == "/"
    await browser.post("/auth/logout")
    assert await return_to(browser, callback) == "/login?problem=provider-state"
    assert await me(browser) is None


async def test_callback_in_another_browser(browser, oidc):
    callback = oidc.consent(await begin(browser), "sub-1")
    async with api_client() as other:
        await begin(other)
        assert await return_to(other, callback) == "/login?problem=provider-state"
        assert await me(other) is None
    assert await return_to(browser, callback) == "/"


async def test_state_ends_after_ten_minutes_and_belongs_to_its_provider(browser, oidc, github, as_owner):
    callback = oidc.consent(await begin(browser), "sub-1")
    assert await return_to(browser, callback.replace("/oidc/", "/github/")) == "/login?problem=provider-state"
    as_owner("UPDATE provider_logins SET expires_at = now()")
    assert await return_to(browser, callback) == "/login?problem=provider-state"


async def test_denial_changes_nothing(browser, oidc, as_owner):
    location = await return_to(browser, oidc.decline(await begin(browser, query="?next=/wallet")))
    assert location == "/login?problem=provider-denied&next=%2Fwallet"
    assert count(as_owner, "users") == 0


async def test_unverified_address_registers_nobody(browser, oidc, as_owner):
    oidc.user("sub-2", email="bo@example.test", email_verified=False)
    oidc.user("sub-3", name="No Mail")
    for subject in ("sub-2", "sub-3"):
        assert await sign_in(browser, oidc, subject) == "/login?problem=provider-unverified"
    assert count(as_owner, "users") == 0


async def test_taken_address_is_linked_only_if_both_have_verified_it(browser, oidc, as_owner):
    await make_user(email=EMAIL)
    assert await sign_in(browser, oidc) == "/login?problem=provider-taken"
    as_owner("UPDATE users SET email_verified_at = now()")
    oidc.user("sub-1", email=EMAIL, email_verified=False)
    assert await sign_in(browser, oidc) == "/login?problem=provider-unverified"
    oidc.user("sub-1", email=EMAIL.upper(), email_verified=True)
    assert await sign_in(browser, oidc) == "/"
    assert count(as_owner, "users") == 1


async def test_identity_is_the_subject_not_the_address(browser, oidc, as_owner):
    await sign_in(browser, oidc)
    oidc.user("sub-1", email="moved@example.test", email_verified=False)
    assert await sign_in(browser, oidc) == "/"
    found = await me(browser)
    assert found
    assert found["email"] == EMAIL
    oidc.user("sub-9", email=EMAIL, email_verified=True)  # somebody else got the address
    assert await sign_in(browser, oidc, "sub-9") == "/login?problem=provider-linked"
    as_owner("UPDATE users SET disabled_at = now()")
    assert (await sign_in(browser, oidc)).startswith("/login?problem=")


async def test_verification_code_is_demanded_of_new_members(browser, oidc, as_owner, limits_on):
    with environment(VERIFICATION_CODE="open sesame"):
        assert await sign_in(browser, oidc, query="?next=/wallet") == "/register/provider"
        assert await me(browser) is None
        form = {"display_name": "Ada", "code": "wrong"}
        wrong = await browser.post("/auth/register-provider", data=form, headers=JSON)
        assert (wrong.status_code, wrong.json()["field"]) == (422, "code")
        right = await browser.post("/auth/register-provider", data={**form, "code": "open sesame"}, headers=JSON)
        assert right.json() == {"next": "/wallet"}
        assert await me(browser)
        async with api_client() as other:
            answer = await other.post("/auth/register-provider", data={**form, "code": "open sesame"}, headers=JSON)
            assert answer.status_code == 422
    assert count(as_owner, "users") == 1


async def test_registrations_and_attempts_are_limited(db, oidc, limits_on, as_owner):
    for number in range(4):
        oidc.user(f"many-{number}", email=f"many{number}@example.test", email_verified=True)
        async with api_client() as client:
            location = await sign_in(client, oidc, f"many-{number}")
            assert location == ("/" if number < 3 else "/login?problem=too-many")
    async with api_client() as client:
        for _ in range(26):
            await client.get("/auth/oauth/oidc/login")
        assert (await client.get("/auth/oauth/oidc/login")).headers["location"] == "/login?problem=too-many"


async def test_member_links_and_unlinks_in_the_settings(db, oidc, as_owner):
    member = await make_user(email="local@example.test")
    async with api_client(member) as client, tab(member) as opened:
        location = await sign_in(client, oidc, query="?link=1&next=/settings")
        assert location == "/settings?provider=linked#sign-in-methods"
        await opened.send("SignInMethodsState.load", "/settings", "?provider=linked")
        assert opened.vars["providers"][0]["email"] == EMAIL
        assert opened.vars["notice"].startswith("Linked.")
        async with api_client() as other:
            assert await sign_in(other, oidc) == "/"
            found = await me(other)
            assert found
            assert found["email"] == "local@example.test"
        await opened.send("SignInMethodsState.unlink", "/settings", provider="oidc")
        assert opened.vars["providers"][0]["is_linked"] == ""
    assert count(as_owner, "provider_identities") == 0


async def test_last_way_to_sign_in_is_not_unlinked(browser, oidc, as_owner):
    await sign_in(browser, oidc)
    [(user_id,)] = as_owner("SELECT id FROM users")
    member = await make_user()
    async with tab(member) as opened:
        as_owner(f"UPDATE sessions SET user_id = '{user_id}'")
        await opened.send("SignInMethodsState.unlink", "/settings", provider="oidc")
        assert "only way to sign in" in opened.told()
    assert count(as_owner, "provider_identities") == 1


async def test_linking_needs_a_recent_session_of_the_same_member(db, oidc, as_owner):
    member, other = await make_user(), await make_user()
    async with api_client(member) as client:
        as_owner("UPDATE sessions SET created_at = now() - interval '1 hour'")
        answer = await client.get("/auth/oauth/oidc/login?link=1")
        assert answer.headers["location"] == "/settings?provider=recent#sign-in-methods"
    async with api_client(member) as client:
        callback = oidc.consent(await begin(client, query="?link=1"), "sub-1")
        async with api_client(other) as thief:
            client.cookies.set(settings.get().session_cookie, thief.cookies[settings.get().session_cookie])
            assert await return_to(client, callback) == "/login?problem=provider-state"
    async with api_client() as client:
        answer = await client.get("/auth/oauth/oidc/login?link=1")
        assert answer.headers["location"] == "/login?problem=sign-in"
    assert count(as_owner, "provider_identities") == 0


async def test_identity_of_another_member_is_not_linked(browser, oidc, as_owner):
    await sign_in(browser, oidc)
    async with api_client(await make_user()) as client:
        location = await sign_in(client, oidc, query="?link=1")
        assert location == "/settings?provider=provider-linked#sign-in-methods"
    assert count(as_owner, "provider_identities") == 1


async def test_cross_site_start_is_refused(browser, oidc):
    answer = await browser.get("/auth/oauth/oidc/login", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["location"] == "/login?problem=not-allowed"


async def test_provider_only_member_sets_a_password_by_mail(browser, oidc):
    await sign_in(browser, oidc)
    async with api_client() as other:
        answer = await other.post("/auth/login", data={"email": EMAIL, "password": PASSWORD}, headers=JSON)
        assert answer.status_code == 401


async def test_providers_are_offered_on_the_pages(db, oidc, github):
    async with tab() as visitor:
        await visitor.send("ProvidersState.load", "/login")
        assert [line["label"] for line in visitor.vars["offered"]] == ["Sign in with GitHub", "Sign in with Example ID"]
    async with api_client() as client:
        for provider in ("google", "invented", "%00"):
            assert (await client.get(f"/auth/oauth/{provider}/login")).status_code == 404


async def test_google_is_an_issuer_like_another(browser, oidc):
    with environment(**oidc.settings("GOOGLE")):
        callback = oidc.consent(await begin(browser, "google"), "sub-1")
        assert await return_to(browser, callback) == "/"
        assert await me(browser)


async def test_github_registers_with_the_primary_verified_address(browser, github, as_owner):
    github.set(
        emails=[
            {"email": "old@example.test", "primary": False, "verified": True},
            {"email": EMAIL, "primary": True, "verified": True},
        ]
    )
    assert await return_to(browser, github.consent(await begin(browser, "github"))) == "/"
    found = await me(browser)
    assert found
    assert (found["email"], found["display_name"]) == (EMAIL, "Octo Cat")
    assert as_owner("SELECT subject FROM provider_identities") == [("583231",)]


async def test_github_failures(browser, github, as_owner):
    url = await begin(browser, "github")
    github.set(fault="denied")
    assert await return_to(browser, github.consent(url)) == "/login?problem=provider-denied"
    github.set(fault="token")
    callback = github.consent(await begin(browser, "github"))
    assert await return_to(browser, callback) == "/login?problem=provider-unavailable"
    github.set()
    callback = github.consent(await begin(browser, "github"))
    state = parse_qs(urlsplit(callback).query)["state"][0]
    wrong = f"/auth/oauth/github/callback?code=invented&state={state}"
    assert await return_to(browser, wrong) == "/login?problem=provider-failed"
    github.set(emails=[{"email": EMAIL, "primary": True, "verified": False}])
    callback = github.consent(await begin(browser, "github"))
    assert await return_to(browser, callback) == "/login?problem=provider-unverified"
    assert count(as_owner, "users") == 0
