"""Reports to a Sentry simulator: errors with their reference, durations of answers, and no user content."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from askchopper import observability
from askchopper.database import read_only
from askchopper.services import feedback, wallet
from askchopper.settings import environment
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, assistant
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
SERVER = "tests.simulators.sentry.server"
Seen = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def reported() -> Iterator[Seen]:
    """Report to the simulator for one test; returns the received items of a type."""
    words = [sys.executable, "-m", SERVER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())  # type: ignore[union-attr]
        observability.report_to(f"http://public@127.0.0.1:{port}/42", environment="test", has_model=True)

        def seen(kind: str) -> list[dict[str, Any]]:
            observability._sentry[0].flush(timeout=3)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as found:
                return [one["body"] for one in json.load(found) if one["type"] == kind]

        yield seen
        observability.stop_reporting()
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(5)


async def test_handler_error_is_reported_with_reference_and_no_secret(
    db: None, reported: Seen, monkeypatch: pytest.MonkeyPatch
):
    member = await make_user(name="Hidden Name", email="hidden@example.test")

    async def fail(*_words: object, **_values: object) -> None:
        password = "hunter2-local"
        raise RuntimeError(f"cannot read token=abc123secret of hidden@example.test\n[parameters: {password}]")

    monkeypatch.setattr(wallet, "balance", fail)
    async with tab(member) as opened:
        await opened.send("WalletState.load", "/wallet", "?token=in-the-address")
        told = opened.told()
    events = [one for one in reported("event") if one["tags"]["handler"] == "WalletState.load"]
    event = next(one for one in events if f"Reference {one['extra']['reference']}" in told)
    assert event["user"] == {"id": str(member.user_id)}
    assert "RuntimeError" in json.dumps(event)
    text = json.dumps(event)
    for secret in (
        "abc123secret",
        "hunter2",
        "hidden@example.test",
        "Hidden Name",
        opened.cookie[-20:],
        "in-the-address",
    ):
        assert secret not in text, secret


async def test_answer_duration_is_reported_without_text(db: None, reported: Seen, claude: AnthropicSimulator):
    member = await make_user()
    claude.script(
        {"tools": [{"name": "search_packs", "input": {"query": "purple-elephant"}}]},
        {"text": "Said green-giraffe."},
        {"text": "{}"},
    )
    async with assistant(claude):
        await answer(member, "Tell me of the pink-panther")
    traces = reported("transaction")
    (trace,) = traces
    assert (trace["transaction"], trace["user"]) == ("answer of the assistant", {"id": str(member.user_id)})
    spans = [
        span["attributes"] for one in reported("span") for span in one["items"]
    ]  # model transactions are sent separately
    assert [span["sentry.op"]["value"] for span in spans] == ["gen_ai.chat"] * 2
    assert {span["gen_ai.request.model"]["value"] for span in spans} == {"claude-sonnet-5-5"}
    assert all(span["gen_ai.usage.output_tokens"]["value"] > 0 for span in spans)
    text = json.dumps([traces, spans])
    for words in ("pink-panther", "green-giraffe", "purple-elephant", "You are Chopper", "sk-ant"):
        assert words not in text, words


async def test_model_refusals_are_not_reported_as_errors(db: None, reported: Seen, claude: AnthropicSimulator):
    claude.script({"mode": "401"})
    async with assistant(claude):
        await answer(await make_user(), "Tell me of the pink-panther")
    assert reported("event") == []


async def test_release_and_feedback_are_linked_with_the_error(
    db: None, reported: Seen, monkeypatch: pytest.MonkeyPatch
):
    member = await make_user()

    async def fail(*_words: object, **_values: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(wallet, "balance", fail)
    async with tab(member) as opened:
        await opened.send("WalletState.load", "/wallet")
        told = opened.told()
    assert "Tell us what happened" in told
    [reference] = re.findall(r"Reference ([0-9A-F]{8})", told)[:1]
    with environment(SENTRY_DSN="http://public@127.0.0.1:9/42"):  # reporting has begun already; this enqueues the job
        async with api_client(member) as client:
            form = {"message": "I opened my wallet.\x00", "reference": reference}
            answer = await client.post(
                "/feedback", data=form, headers={"Referer": "http://127.0.0.1:3000/wallet?token=secret-1"}
            )
        assert answer.status_code == 202
    async with read_only() as session:
        row = (await session.execute(text("SELECT * FROM user_feedback"))).one()
        jobs = (await session.execute(text("SELECT task_name FROM jobs.procrastinate_jobs"))).scalars().all()
    assert jobs == ["send_feedback"]
    for _ in range(2):  # a job may run twice
        await feedback.send(row.id)
    [event] = [one for one in reported("event") if one["extra"].get("reference") == reference]
    [said] = reported("feedback")
    assert len(event["release"]) == 12
    assert said["contexts"]["feedback"] == {
        "message": "I opened my wallet.", "source": "askchopper", "url": "/wallet", "associated_event_id": event["event_id"],
    }  # fmt: skip
    assert said["user"] == {"id": str(member.user_id)}


async def test_feedback_of_visitors_is_stored_and_limited(db: None, limits_on: None):
    async with api_client() as client:
        for _ in range(5):
            assert (await client.post("/feedback", data={"message": "x" * 2_000})).status_code == 202
        assert (await client.post("/feedback", data={"message": "again"})).status_code == 429
    async with api_client(address="192.0.2.9") as client:
        for message in ("", "   ", "x" * 2_001):
            assert (await client.post("/feedback", data={"message": message})).status_code == 422
        assert (await client.post("/feedback", data={"message": "y", "reference": "' OR 1=1 --"})).status_code == 202
    async with read_only() as session:
        rows = (await session.execute(text("SELECT reference, event_id, sent_at FROM user_feedback"))).all()
    assert {tuple(row) for row in rows} == {("", "", None)}


def test_queries_are_removed_from_traces():
    event = {
        "spans": [{"description": "GET https://x.example/a?token=secret#b", "data": {"http.query": "token=secret", "url": "x?token=secret", "a": 1}}],
        "request": {"query_string": "token=secret"},
    }  # fmt: skip
    assert "secret" not in json.dumps(observability._without_addresses(event, {}))


async def test_slow_queries_are_logged_without_values(db: None, caplog: pytest.LogCaptureFixture):
    async with read_only() as session:
        await session.execute(text("SELECT pg_sleep(:seconds), :secret"), {"seconds": 0.3, "secret": "hunter2"})
    assert "database.slow_query" in caplog.text
    assert "hunter2" not in caplog.text
