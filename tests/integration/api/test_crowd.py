"""What one client may take of the server: decoders, bodies, sockets, events and log lines."""

import asyncio
import io
import logging
import threading
import time
import wave

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from askchopper import observability, policy, security, settings
from askchopper.api import live_connections, middleware, traffic
from askchopper.api.middleware import Guard
from askchopper.database import transaction
from askchopper.errors import BusyError
from askchopper.media.sandbox import pool
from askchopper.services import accounts, sessions, two_factor
from askchopper.settings import environment
from askchopper.vocabulary import Role
from tests.integration.api.test_two_factor import set_up
from tests.support.blocking import block
from tests.support.clients import JSON, api_client
from tests.support.factories import PASSWORD, make_creator, make_user, sign_in
from tests.support.studio import new_draft

pytestmark = pytest.mark.integration


def noise(seconds: float) -> bytes:
    samples = (np.random.default_rng(1).normal(0, 3000, int(seconds * 44_100))).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(44_100)
        out.writeframes(samples.tobytes())
    return file.getvalue()


@pytest.fixture
def small_pool(monkeypatch: pytest.MonkeyPatch) -> pool.Pool:
    made = pool.Pool("test-sandbox", children=1, waiting=2)
    monkeypatch.setattr(pool, "requests", made)
    return made


async def test_full_pool_refuses_at_once_and_is_free_afterwards(small_pool: pool.Pool):
    running = [asyncio.create_task(small_pool.run(block, 0.3)) for _ in range(3)]
    await asyncio.sleep(0)
    started = time.perf_counter()
    with pytest.raises(BusyError):
        await small_pool.run(block, 0.3)
    assert time.perf_counter() - started < 0.1
    await asyncio.gather(*running)
    await small_pool.run(block, 0.0)
    assert small_pool.pending == 0


async def test_one_client_leaves_room_for_others(small_pool: pool.Pool):
    mine = [asyncio.create_task(small_pool.run(block, 0.2, client="192.0.2.1")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError, match="Your last files"):
        await small_pool.run(block, 0.2, client="192.0.2.1")
    await small_pool.run(block, 0.0, client="192.0.2.2")
    await asyncio.gather(*mine)


async def test_sounds_to_search_with_do_not_delay_sign_in(db):
    """The review closed sign-in with eight of them at once."""
    await make_user(email="ada@example.test")
    sound = noise(60)
    async with api_client() as client:
        crowd = [asyncio.create_task(client.post("/api/v1/search/sounds?name=a.wav", content=sound)) for _ in range(8)]
        await asyncio.sleep(0.3)
        started = time.perf_counter()
        signed_in = await client.post(
            "/auth/login", data={"email": "ada@example.test", "password": PASSWORD}, headers=JSON
        )
        seconds = time.perf_counter() - started
        answers = await asyncio.gather(*crowd)
    assert signed_in.status_code == 200
    assert seconds < 2.0
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) == 8 - pool.MOST_PER_CLIENT
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


async def test_sound_to_search_with_may_have_what_is_promised(db):
    async with api_client() as client:
        taken = await client.post("/api/v1/search/sounds?name=a.wav", content=noise(15) + b"\0" * (16 << 20))
        refused = await client.post(
            "/api/v1/search/sounds", content=b"x", headers={"Content-Length": str(policy.MAX_QUERY_SOUND_BYTES + 1)}
        )
    assert (taken.status_code, refused.status_code) == (201, 413)
    assert "50 MB" in refused.json()["detail"]


async def test_only_the_beginning_of_a_long_sound_is_compared(db):
    async with api_client() as client:
        answer = await client.post(
            "/api/v1/search/sounds?name=long.wav", content=noise(policy.QUERY_SOUND_SECONDS + 60)
        )
    assert answer.status_code == 201
    assert answer.json()["duration_seconds"] == policy.QUERY_SOUND_SECONDS + 60


async def test_covers_are_limited(db, limits_on):
    creator = await make_creator()
    draft = await new_draft(creator)
    async with api_client(creator) as client:
        answers = [await client.put(f"/api/v1/drafts/{draft}/cover", content=b"\x89PNG") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]


@pytest.mark.parametrize("path", ["/auth/login", "/api/v1/purchases", "/api/v1/search/sounds"])
async def test_slow_body_is_ended(db, monkeypatch: pytest.MonkeyPatch, path: str):
    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.2)

    async def drip():
        for _ in range(50):
            yield b"x"
            await asyncio.sleep(0.05)

    started = time.perf_counter()
    async with api_client(await make_user()) as client:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "k"}
        answer = await client.post(path, content=drip(), headers=headers)
    assert answer.status_code == 408
    assert time.perf_counter() - started < 1.5


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for received in socket.iter_text():
        await socket.send_text(received[:10])


def guarded() -> TestClient:
    async def hello(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    inner = Starlette(routes=[WebSocketRoute("/_event", echo), Route("/hello", hello)])
    inner.add_middleware(Guard)
    return TestClient(inner)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    traffic.forget()
    monkeypatch.setattr(policy, "EVENT_BURST_OF_SOCKET", 5)
    monkeypatch.setattr(policy, "EVENTS_PER_SECOND_OF_SOCKET", 20)
    monkeypatch.setattr(policy, "SOCKETS_PER_ADDRESS", 2)


def test_events_over_the_budget_are_read_later_and_none_is_lost(configured, limits_on, few: None):
    with guarded() as client, client.websocket_connect("/_event") as socket:
        started = time.perf_counter()
        for number in range(15):
            socket.send_text(str(number))
        assert [socket.receive_text() for _ in range(15)] == [str(number) for number in range(15)]
        assert 0.4 < time.perf_counter() - started < 2.0
        socket.send_text("x" * 200_000)  # costs as much as many events
        started = time.perf_counter()
        socket.receive_text()
        assert time.perf_counter() - started > 0.5


def test_sockets_of_an_address_are_bounded(configured, limits_on, few: None):
    with guarded() as client:
        with client.websocket_connect("/_event"), client.websocket_connect("/_event"):
            with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/_event"):
                pass
            assert caught.value.code == 1013
        with client.websocket_connect("/_event"):
            pass


async def test_requests_of_an_address_are_bounded(db, limits_on, monkeypatch: pytest.MonkeyPatch):
    traffic.forget()
    monkeypatch.setattr(policy, "API_REQUEST_BURST_OF_ADDRESS", 5)
    monkeypatch.setattr(policy, "API_REQUESTS_PER_SECOND_OF_ADDRESS", 0.1)
    async with api_client() as client:
        answers = [await client.get("/api/v1/nothing") for _ in range(8)]
        assert (await client.get("/health")).status_code == 200
    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 3
    assert int(answers[-1].headers["retry-after"]) <= 10
    traffic.forget()


async def test_refusals_of_a_flood_are_paced(db, limits_on, monkeypatch: pytest.MonkeyPatch):
    traffic.forget()
    monkeypatch.setattr(policy, "API_REQUEST_BURST_OF_ADDRESS", 1)
    monkeypatch.setattr(policy, "API_REQUESTS_PER_SECOND_OF_ADDRESS", 0.01)
    monkeypatch.setattr(policy, "REFUSED_REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(policy, "REQUESTS_PER_ADDRESS", 5)  # those that wait for a refusal are none of them
    monkeypatch.setattr(policy, "REFUSED_REQUESTS_HELD_OF_ADDRESS", 8)
    async with api_client() as client:
        await client.get("/api/v1/nothing")
        started = time.perf_counter()
        flood = [asyncio.create_task(client.get("/api/v1/nothing")) for _ in range(10)]
        await asyncio.sleep(0.05)
        assert sum(task.done() for task in flood) == 2  # more than are held
        assert (await client.get("/health")).status_code == 200
        refused = await asyncio.gather(*flood)
        seconds = time.perf_counter() - started
    assert {answer.status_code for answer in refused} == {429}
    assert 0.2 <= seconds < 2.0  # each waits, all at the same time
    traffic.forget()


def test_bucket_is_full_again_after_a_pause(monkeypatch: pytest.MonkeyPatch):
    now = [50.0]
    monkeypatch.setattr(traffic, "_now", lambda: now[0])
    bucket = traffic.Bucket(per_second=2, burst=4)
    assert [bucket.take(1) for _ in range(6)] == [0, 0, 0, 0, 0.5, 1.0]
    now[0] = 100.0
    assert bucket.take(4) == 0


@pytest.mark.parametrize("cause", ["sign out", "suspension", "new role", "password reset"])
async def test_connections_end_within_a_second_of_their_session(db, monkeypatch: pytest.MonkeyPatch, cause: str):
    assert live_connections.LOOK_SECONDS <= 0.5
    monkeypatch.setattr(live_connections, "LOOK_SECONDS", 0.1)
    member, other = await make_user(email="ada@example.test"), await make_user()
    token, kept = await sign_in(member), await sign_in(other)
    closed: list[str] = []
    ended = asyncio.Event()

    def closing(name: str) -> live_connections.Close:
        async def close() -> None:
            closed.append(name)
            ended.set()

        return close

    watch = asyncio.create_task(live_connections.watch())
    with live_connections.of_session(token, closing("member")), live_connections.of_session(kept, closing("other")):
        await asyncio.sleep(2.5 * live_connections.LOOK_SECONDS)
        assert closed == []
        async with transaction() as session:
            await end(session, cause, token)
        await asyncio.wait_for(ended.wait(), 1.0)
        assert set(closed) == {"member"}
    watch.cancel()


async def test_connection_of_an_admin_ends_with_the_second_factor_and_survives_its_set_up(db, monkeypatch):
    monkeypatch.setattr(settings.Settings, "admins_must_have_totp", property(lambda _self: True))
    monkeypatch.setattr(live_connections, "LOOK_SECONDS", 0.1)
    admin = await make_user(email="ada@example.test", role=Role.ADMIN)
    token, ended = await sign_in(admin), asyncio.Event()

    async def close() -> None:
        ended.set()

    watch = asyncio.create_task(live_connections.watch())
    with live_connections.of_session(token, close):
        await asyncio.sleep(2.5 * live_connections.LOOK_SECONDS)
        await set_up(admin)  # its page shows the recovery codes, once
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ended.wait(), 3 * live_connections.LOOK_SECONDS)
        async with transaction() as session:
            await two_factor.reset(session, email="ada@example.test")
        await asyncio.wait_for(ended.wait(), 1.0)
    watch.cancel()


async def test_page_with_a_stale_cookie_stays_connected(db):
    ended = asyncio.Event()

    async def close() -> None:
        ended.set()

    watch = asyncio.create_task(live_connections.watch())
    with live_connections.of_session("a cookie of last year", close), pytest.raises(TimeoutError):
        await asyncio.wait_for(ended.wait(), 3 * live_connections.LOOK_SECONDS)
    watch.cancel()


async def end(session: AsyncSession, cause: str, token: str) -> None:
    viewer = await sessions.viewer_by_session_token(session, token)
    assert viewer
    if cause == "sign out":
        await sessions.sign_out(session, viewer)
    elif cause == "suspension":
        await session.execute(
            accounts.update(accounts.users)
            .values(disabled_at=accounts.func.now())
            .where(accounts.users.c.id == viewer.user_id)
        )
    elif cause == "new role":
        await accounts.grant_role(session, email=viewer.email, role=Role.MODERATOR)
    else:
        await accounts.sign_out_everywhere(session, viewer)


async def test_signing_out_clears_the_browser(db):
    async with api_client(await make_user()) as client:
        answer = await client.post("/auth/logout")
    assert answer.headers["clear-site-data"] == '"storage"'


def test_errors_of_browsers_are_cut_and_counted(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(observability, "_browser_errors", observability.Allowance(5))
    caplog.set_level(logging.INFO)
    for _ in range(50):
        observability.report_browser_error(Exception("x" * 400_000))
    lines = [record for record in caplog.records if record.msg == "browser.failed"]
    assert len(lines) == 5
    assert {len(record.__dict__["text"]) for record in lines} == {2_000}
    assert all(record.levelno < logging.ERROR for record in lines)  # errors are sent to Sentry


def test_lines_of_frameworks_are_cut_and_counted():
    flood, redact = observability.FloodFilter(), observability.RedactFilter()

    def line(name: str) -> logging.LogRecord:
        return logging.LogRecord(name, logging.ERROR, "", 1, "y" * 500_000, (), None)

    passed = [record for record in (line("socketio") for _ in range(200)) if flood.filter(record)]
    assert len(passed) == 60
    assert redact.filter(passed[0])
    assert len(str(passed[0].msg)) < 10_000
    assert all(flood.filter(line("askchopper")) for _ in range(200))


async def test_hashes_do_not_wait_for_threads_of_the_loop():
    loop, is_over = asyncio.get_running_loop(), threading.Event()
    busy = [loop.run_in_executor(None, is_over.wait) for _ in range(40)]
    try:
        await asyncio.wait_for(security.hash_password("correct horse"), 5)
        assert not any(one.done() for one in busy)
    finally:
        is_over.set()
    await asyncio.gather(*busy)


async def test_proxy_that_is_not_trusted_is_reported_once(db, caplog: pytest.LogCaptureFixture):
    traffic.forget()
    with environment(ASKCHOPPER_ENV="production", PUBLIC_BASE_URL="https://x.example", RATE_LIMITS="on"):
        async with api_client() as client:
            for _ in range(3):
                await client.get("/api/v1/packs", headers={"X-Forwarded-For": "192.0.2.1"})
        assert len(traffic.warnings()) == 2
    lines = [record for record in caplog.records if record.msg == "http.proxy_not_trusted"]
    assert len(lines) == 1
    traffic.forget()
