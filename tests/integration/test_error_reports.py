"""Reports to a Sentry simulator: errors with their reference, durations of answers, and no user content."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from askchopper import observability
from askchopper.services import wallet
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, assistant
from tests.support.database import ROOT
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


def test_sentry_is_not_imported_without_dsn():
    found = subprocess.run(
        [sys.executable, "-c", "import sys, askchopper.askchopper; print('sentry_sdk' in sys.modules)"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert found.stdout.strip() == "False"
