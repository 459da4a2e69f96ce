"""Learning with the simulated model: its facts must quote the message, its failures cost nothing, and its gists are written."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.models.base import utc_now
from askchopper.services.assistant import learning, token_usage
from askchopper.services.memory import gists
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended
from tests.support.factories import make_user
from tests.support.memory import known

pytestmark = pytest.mark.integration
SAID = "Mostly I am after slow and hazy things for my film scores"
FOUND = {"facts": [{"kind": "sound", "text": "Likes slow and hazy sounds", "quote": "slow and hazy things"}]}


async def test_model_finds_what_no_rule_reads(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        asked = await ask(member, SAID)
        await ended(member, asked)
        used = await remaining(member)
        claude.script({"text": json.dumps(FOUND)})
        await learning.learn_from(asked.question_id)
        assert await remaining(member) < used, "it counts towards the allowance"
    assert await known(member) == ["Likes slow and hazy sounds"]
    request = claude.bodies()[-1]
    assert request["output_config"]["format"]["type"] == "json_schema"
    assert SAID in json.dumps(request["messages"])


@pytest.mark.parametrize(
    "script",
    [
        {"text": "no json"},
        {"mode": "529"},
        {"text": '{"facts": [{"kind": "note", "text": "Owns a boat", "quote": "a boat"}]}'},
    ],
)
async def test_failing_or_lying_model_teaches_nothing(db: None, claude: AnthropicSimulator, script: dict):
    member = await make_user()
    async with assistant(claude):
        asked = await ask(member, "I make house and my name is not here")
        await ended(member, asked)
        claude.script(script, script, script)
        await learning.learn_from(asked.question_id)
    assert await known(member) == ["Makes House"]


async def test_search_request_costs_no_call(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        asked = await ask(member, "Find dark techno around 130")
        await ended(member, asked)
        before = len(claude.bodies())
        await learning.learn_from(asked.question_id)
    assert len(claude.bodies()) == before


async def test_resting_conversation_gets_a_written_gist(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        asked = await ask(member, "Find warm tape drums")
        await ended(member, asked)
        await learning.learn_from(asked.question_id)
        assert await learning.summarise_resting() == 0
        async with transaction() as session:
            rested = {"when": utc_now() - timedelta(minutes=policy.CONVERSATION_REST_MINUTES + 1)}
            await session.execute(text("UPDATE conversations SET talked_at = :when"), rested)
        claude.script({"text": json.dumps({"gist": "Looked for warm tape drums.", "open_point": "Which pack to buy."})})
        assert await learning.summarise_resting() == 1
        assert await learning.summarise_resting() == 0
    async with read_only() as session:
        (found,) = await gists.recall(session, member, "tape drums", now=utc_now())
        left = await gists.left_open(session, member)
    assert found.gist == "Looked for warm tape drums."
    assert left is not None
    assert left.gist == "Which pack to buy."


async def test_answer_of_the_model_is_given_memories_and_says_so(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        asked = await ask(member, "I make house and I hate vocals")
        await ended(member, asked)
        await learning.learn_from(asked.question_id)
        line = await answer(member, "What should I listen to?")
    request = next(body for body in reversed(claude.bodies()) if body.get("tools"))
    context = json.dumps(request["messages"][-1])
    assert "Makes House" in context
    assert "Dislikes vocals" in context
    assert len(line.used["memories"]) == 2


async def test_forgetting_in_words_works_before_the_answer(db: None, claude: AnthropicSimulator):
    member = await make_user()
    async with assistant(claude):
        asked = await ask(member, "I make house and I hate vocals")
        await ended(member, asked)
        await learning.learn_from(asked.question_id)
        await answer(member, "forget that I make house")
    request = next(body for body in reversed(claude.bodies()) if body.get("tools"))
    context = json.dumps(request["messages"][-1])
    assert "Forgotten: Makes House." in context
    assert await known(member) == ["Dislikes vocals"]


async def remaining(member) -> int:
    async with read_only() as session:
        return await token_usage.remaining_today(session, member)
