import base64
import hashlib
import logging

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from askchopper.api import content_policy
from askchopper.api.middleware import MAX_BODY_BYTES, Guard
from askchopper.errors import UnavailableError
from askchopper.settings import environment
from tests.support.clients import ORIGIN, api_client
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


async def test_responses_have_security_headers(db):
    async with api_client() as client:
        for path in ("/health", "/api/v1/packs", "/api/v1/nothing", "/robots.txt"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
            assert "camera=()" in headers["permissions-policy"]
            for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
                assert rule in headers["content-security-policy"]
            assert len(headers["x-request-id"]) == 16
            assert "strict-transport-security" not in headers
        with environment(ASKCHOPPER_ENV="production", PUBLIC_BASE_URL="https://x.example", RATE_LIMITS="on"):
            headers = (await client.get("/api/v1/packs")).headers
            assert headers["strict-transport-security"].startswith("max-age=")
            assert "wss://x.example" in headers["content-security-policy"]


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.test"}, {"Origin": "null"}, {"Origin": ""}, {"Origin": f"{ORIGIN}.evil.test"},
     {"Origin": "http://127.0.0.1:3001"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
     {"Origin": "https://evil.test", "Sec-Fetch-Site": "same-origin"}],
)  # fmt: skip
async def test_cross_site_requests_are_rejected(db, method: str, headers: dict[str, str]):
    async with api_client(await make_user()) as client:
        answer = await client.request(method, "/api/v1/purchases", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ORIGIN}, {"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "same-origin"}]
)
async def test_same_site_and_script_requests_are_accepted(db, headers: dict[str, str]):
    async with api_client() as client:
        assert (await client.post("/auth/logout", headers=headers)).status_code == 303


async def test_no_page_may_run_a_script_that_was_added(db):
    async with api_client() as client:
        policy = (await client.get("/api/v1/packs")).headers["content-security-policy"]
    scripts = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "unsafe-inline" not in scripts


def test_inline_scripts_of_the_build_are_allowed_by_hash():
    scope: dict[str, object] = {"type": "http"}
    html = "<script>a()</script><script type='application/ld+json'>{}</script><script src='/x.js'></script>"
    content_policy.allow_inline_scripts(scope, html)
    digest = base64.b64encode(hashlib.sha256(b"a()").digest()).decode()
    assert f"script-src 'self' 'unsafe-eval' 'sha256-{digest}';" in content_policy.header(scope)


async def test_reports_of_browsers_are_cut_and_limited(db, limits_on, caplog: pytest.LogCaptureFixture):
    report = {"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "inline" * 300,
                             "document-uri": "http://127.0.0.1:3000/pack/x?token=hunter2"}}  # fmt: skip
    async with api_client() as client:
        answers = [await client.post("/csp-reports", json=report) for _ in range(21)]
        assert (await client.get("/.well-known/security.txt")).text.startswith("Contact: http")
    assert [answer.status_code for answer in answers] == [204] * 20 + [429]
    [first, *_] = [record.__dict__ for record in caplog.records if record.msg == "csp.violated"]
    assert (first["page"], len(first["blocked"])) == ("/pack/x", 200)


async def test_framework_upload_route_is_disabled(db):
    async with api_client(await make_user()) as client:
        for path in ("/_upload", "/_upload/"):
            assert (await client.post(path, content=b"x")).status_code == 403


async def test_large_bodies_are_rejected_before_and_while_reading(db):
    async def endless():
        for _ in range(20):
            yield b"x" * 100_000

    async with api_client(await make_user()) as client:
        said = await client.post("/api/v1/purchases", content=b"x" * (MAX_BODY_BYTES + 1))
        unsaid = await client.post("/api/v1/purchases", content=endless(), headers={"Idempotency-Key": "k"})
        form = await client.post(
            "/auth/login", content=endless(), headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        lying = await client.post("/api/v1/purchases", content=b"x", headers={"Content-Length": "-5"})
    assert [answer.status_code for answer in (said, unsaid, form, lying)] == [413] * 4


def app() -> Starlette:
    async def boom(_request) -> None:
        raise RuntimeError("secret=hunter2")

    async def away(_request) -> None:
        raise UnavailableError("Later.")

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    async def hello(_request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    inner = Starlette(
        routes=[Route("/boom", boom), Route("/away", away), Route("/hello", hello), WebSocketRoute("/_event", echo)]
    )
    inner.add_middleware(Guard)
    return inner


def test_unexpected_error_has_reference_and_no_secret(configured):
    client = TestClient(app(), raise_server_exceptions=False)
    answer = client.get("/boom")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text
    assert answer.json()["reference"] == answer.headers["x-request-id"]


def test_outage_has_retry_after(configured):
    answer = TestClient(app()).get("/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_cross_site_websockets_are_rejected(configured):
    client = TestClient(app())
    for headers in ({}, {"Origin": ORIGIN}):
        with client.websocket_connect("/_event", headers=headers) as socket:
            assert socket.receive_text() == "hello"
    for origin in ("https://evil.test", "null", ""):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_event", headers={"Origin": origin}):
            pass


def test_middleware_runs_once(configured):
    answer = TestClient(Guard(app())).get("/hello")
    assert answer.headers.get_list("x-request-id") == [answer.headers["x-request-id"]]


def test_access_log_has_path_without_query_or_token(configured, caplog):
    caplog.set_level(logging.INFO)
    TestClient(app()).get("/hello?token=hunter2&q=words")
    TestClient(app()).get("/media/download/hunter3")
    lines = [record for record in caplog.records if record.msg == "http.request_completed"]
    assert [record.__dict__["path"] for record in lines] == ["/hello", "/media/download/[redacted]"]
    assert not any("hunter" in str(record.__dict__) for record in lines)


async def test_limited_routes_tell_what_is_left(db, limits_on):
    form = {"email": "ten@example.test", "password": "three plain words", "display_name": "Ten"}
    async with api_client() as client:
        assert "ratelimit" not in (await client.get("/api/v1/packs")).headers
        first = (await client.post("/auth/register", data=form)).headers
        assert first["ratelimit-policy"] == '"register";q=3;w=3600'
        assert (first["ratelimit-limit"], first["ratelimit-remaining"]) == ("3", "2")
        second = (await client.post("/auth/register", data={**form, "email": "eleven@example.test"})).headers
        assert second["ratelimit"].startswith('"register";r=1;t=')
        assert 3500 < int(second["ratelimit-reset"]) <= 3600


async def test_operator_sets_quotas(db, limits_on):
    form = {"password": "three plain words", "display_name": "Ten"}
    with environment(RATE_LIMIT_QUOTAS="register=12,login-address=50"):
        async with api_client() as client:
            answers = [
                await client.post("/auth/register", data={**form, "email": f"office{n}@example.test"})
                for n in range(13)
            ]
    assert [answer.headers.get("ratelimit-remaining") for answer in answers] == [
        str(n) for n in (*range(11, -1, -1), 0)
    ]
    assert [answer.status_code for answer in answers] == [303] * 12 + [429]
