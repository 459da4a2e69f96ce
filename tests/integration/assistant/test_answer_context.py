"""What an answer is given besides the question: page, player, documents, and the counts of what was given and left out."""

import json

import pytest

from askchopper.schemas.assistant import PageContext
from askchopper.schemas.view_models.chat import given_words, left_out_words, message_view
from askchopper.services.assistant import context, markdown
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended
from tests.support.factories import make_pack, make_user

pytestmark = pytest.mark.integration


def facts_of(claude: AnthropicSimulator) -> dict[str, object]:
    """Return the facts of the latest request."""
    asked = [
        message
        for body in claude.bodies()
        if body.get("stream")
        for message in body["messages"][-1:] + body["messages"][-3:-2]
    ]
    blocks = [
        one["text"]
        for message in asked
        if isinstance(message["content"], list)
        for one in message["content"]
        if "text" in one
    ]
    block = [one for one in blocks if one.startswith("<context>")][-1]
    return json.loads(block.removeprefix("<context>\n").removesuffix("\n</context>"))


async def test_page_and_player_are_described(db: None, claude: AnthropicSimulator):
    member, pack = await make_user(), await make_pack(title="Night Ferry", price=12)
    page = PageContext(f"/pack/{pack.slug}", pack.file_ids[0], is_playing=True)
    claude.script({"text": "It is dark."})
    async with assistant(claude):
        line = await answer(member, "Is this any good?", page=page)
    facts = facts_of(claude)
    assert facts["page"] == f"/pack/{pack.slug}"
    assert (facts["page_shows"]["title"], facts["page_shows"]["price_tokens"]) == ("Night Ferry", 12)
    assert facts["player"]["loaded"]["ref"] == f"sound:{pack.file_ids[0]}"
    assert facts["player"]["is_sounding"] is True
    assert message_view(line, {}).used == "the pack in view, what was loaded in the player"


@pytest.mark.parametrize(
    "page",
    [
        PageContext("/browse", ""),
        PageContext("/pack/never-made", "11111111-1111-7111-8111-111111111111"),
        PageContext("/pack/", "pack:"),
        PageContext("/pack/\x00", "\x00" * 5000),
    ],
)
async def test_nothing_is_made_up(db: None, claude: AnthropicSimulator, page: PageContext):
    claude.script({"text": "Yes."})
    async with assistant(claude):
        line = await answer(await make_user(), "And?", page=page)
    assert "player" not in facts_of(claude)
    assert "page_shows" not in facts_of(claude)
    assert message_view(line, {}).used == ""


async def test_unpublished_pack_of_another_is_not_described(db: None, claude: AnthropicSimulator):
    pack = await make_pack(is_published=False)
    claude.script({"text": "Yes."})
    async with assistant(claude):
        await answer(await make_user(), "And?", page=PageContext(f"/pack/{pack.slug}", pack.file_ids[0]))
    assert facts_of(claude).keys() == {"date", "page"}


async def test_earlier_messages_that_do_not_fit_are_counted(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(context, "MAX_HISTORY_CHARACTERS", 60)
    member = await make_user()
    claude.script({"text": "It is a long answer to that.", "times": 0})
    async with assistant(claude):
        asked = await ask(member, "Question one")
        await ended(member, asked)
        for number in range(2, 5):
            asked = await ask(member, f"Question {number}", thread=asked)
            line = await ended(member, asked)
    assert line.used["messages_left_out"] == 4
    assert left_out_words(line.used) == "4 earlier messages"
    assert given_words(line.used) == []


async def test_question_that_wants_to_learn_is_marked(db: None, claude: AnthropicSimulator):
    """The model is told so, looks the term up, and its links lead to the pages of terms, whose cards open on them."""
    member = await make_user()
    claude.script(
        {"tools": [{"name": "glossary_lookup", "input": {"term": "sidechain compression"}}]},
        {"text": "It ducks one sound. Next: [swing](/learn/swing)."},
    )
    async with assistant(claude):
        line = await answer(member, "What is sidechain compression?")
        assert facts_of(claude)["learning"] is True
        result = str([body for body in claude.bodies() if body.get("stream")][-1]["messages"][-1])
        for part in ("/learn/sidechain", "related", "learning_pages", "examples"):
            assert part in result
        assert 'href="/learn/swing"' in markdown.render(line.words)
        claude.script({"text": "Here."})
        await answer(member, "Find dark techno loops")
        assert "learning" not in facts_of(claude)
