"""The circuit breaker of the model: when it opens, and who may probe."""

import asyncio

import pytest

from askchopper.integrations.claude import Fault
from askchopper.schemas.accounts import Viewer
from askchopper.services.assistant import circuit_breaker, generation
from askchopper.vocabulary import AnswerStatus, Writer
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended
from tests.support.factories import make_user
from tests.support.model_answers import QUESTION, WORDS, chat_requests, check_offline, stop
from tests.support.workers import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_retries")]


@pytest.fixture
def quick_breaker(monkeypatch: pytest.MonkeyPatch) -> float:
    """Shorten the open period of the breaker."""
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", 0.4)
    monkeypatch.setattr(circuit_breaker, "LONG_SECONDS", {})
    return 0.4


async def opened(claude: AnthropicSimulator, member: Viewer) -> None:
    """Open the breaker and clear the recorded requests."""
    claude.script({"mode": "500", "times": 0})
    for _ in range(3):
        assert (await answer(member, QUESTION)).writer is Writer.OFFLINE
    assert circuit_breaker.breaker.state == "open"
    claude.reset()


async def test_open_breaker_blocks_calls(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        await opened(claude, member)
        check_offline(await answer(member, QUESTION), "it returned an error")
    assert claude.seen("") == []


async def test_one_probe_closes_half_open_breaker(db: None, claude: AnthropicSimulator, quick_breaker: float):
    members = [await make_user() for _ in range(8)]
    async with assistant(claude):
        await opened(claude, members[0])
        claude.script({"text": WORDS, "first_ms": 400})
        await asyncio.sleep(quick_breaker + 0.1)
        lines = await asyncio.gather(*(answer(member, QUESTION) for member in members))
        assert sorted(line.writer for line in lines) == [Writer.MODEL] + [Writer.OFFLINE] * 7
        assert len(chat_requests(claude)) == 1
        assert circuit_breaker.breaker.state == "closed"
        claude.script({"text": WORDS})
        assert (await answer(members[1], QUESTION)).writer is Writer.MODEL


async def test_failed_probe_reopens_breaker(db: None, claude: AnthropicSimulator, quick_breaker: float):
    member = await make_user()
    async with assistant(claude):
        await opened(claude, member)
        await asyncio.sleep(quick_breaker + 0.1)
        claude.script({"mode": "529", "times": 0})
        assert (await answer(member, QUESTION)).writer is Writer.OFFLINE
        assert circuit_breaker.breaker.state == "open"


@pytest.mark.parametrize("how", ["stopped", "too slow", "broken"])
async def test_aborted_probe_allows_the_next(
    db: None, claude: AnthropicSimulator, quick_breaker: float, monkeypatch: pytest.MonkeyPatch, how: str
):
    member = await make_user()
    async with assistant(claude, **({"CHAT_ANSWER_SECONDS": "2"} if how == "too slow" else {})):
        await opened(claude, member)
        await asyncio.sleep(quick_breaker + 0.1)
        if how == "broken":
            with monkeypatch.context() as patched:
                patched.setattr(generation.prompt, "SYSTEM", object())  # our own code fails before the model is called
                line = await answer(member, QUESTION)
            assert line.status is AnswerStatus.FAILED
        else:
            claude.script({"mode": "hang"})
            asked = await ask(member, QUESTION)
            await until(lambda: claude.counts["open"] > 0)
            assert circuit_breaker.breaker.state == "half-open"
            if how == "stopped":
                await stop(member, asked.answer_id)
            await ended(member, asked)
        claude.script({"text": WORDS})
        assert (await answer(member, QUESTION)).writer is Writer.MODEL
        assert circuit_breaker.breaker.state == "closed"


async def test_other_question_does_not_release_the_probe(db: None, claude: AnthropicSimulator, quick_breaker: float):
    member, others = await make_user(), [await make_user() for _ in range(3)]
    claude.script({"mode": "hang"})
    async with assistant(claude):
        early = await ask(others[0], QUESTION)  # in flight since before the breaker opened
        await asyncio.sleep(0.2)
        claude.script({"mode": "500", "times": 0})
        for _ in range(3):
            await answer(member, QUESTION)
        claude.reset()
        await asyncio.sleep(quick_breaker + 0.1)
        claude.script({"mode": "hang"})
        probe = await ask(others[1], QUESTION)
        await asyncio.sleep(0.2)
        await stop(others[0], early.answer_id)
        await ended(others[0], early)
        check_offline(await answer(others[2], QUESTION), "it returned an error")
        assert len(chat_requests(claude)) == 1
        await stop(others[1], probe.answer_id)
        await ended(others[1], probe)


def test_invalid_question_does_not_count_as_model_failure():
    one = circuit_breaker.Breaker()
    for fault in (Fault.TOO_LONG, Fault.REJECTED, Fault.MALFORMED) * 3:
        one.failed(object(), fault)
    assert one.state == "closed"
