"""Answers without a model: what each kind of question leads to, and that nothing is said which no tool found."""

import uuid

import papers
import pytest
from answers import answer, ask, assistant, ended
from factories import make_creator, make_pack, make_user

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ItemsPart, MessageLine, NoticePart, ProposalPart, TextPart, ToolPart
from askchopper.services.catalogue import purchases
from askchopper.vocabulary import AnswerStatus, Writer

pytestmark = pytest.mark.integration


def tools(line: MessageLine) -> list[str]:
    return [part.label for part in line.parts if isinstance(part, ToolPart)]


def refs(line: MessageLine) -> list[str]:
    return [ref for part in line.parts if isinstance(part, ItemsPart) for ref in part.refs]


async def offline(viewer: Viewer, text: str) -> MessageLine:
    async with assistant(None):
        line = await answer(viewer, text)
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.OFFLINE)
    assert isinstance(line.parts[0], NoticePart)
    return line


async def test_a_search_shows_what_was_found(db: None):
    member = await make_user()
    pack = await make_pack(await make_creator(), title="Night Ferry")
    line = await offline(member, "Find night ferry packs")
    assert tools(line) == ["Searched packs"]
    assert refs(line) == [f"pack:{pack.slug}"]


async def test_what_nobody_sells_is_said_plainly(db: None):
    line = await offline(await make_user(), "Find zither polka loops")
    assert refs(line) == []
    assert "Nothing in the catalogue matches that." in line.words


async def test_filters_that_find_nothing_are_left_out_and_named(db: None):
    member = await make_user()
    pack = await make_pack(await make_creator(), title="Night Ferry")
    line = await offline(member, "Find night ferry packs for under 1 token in F# major")
    assert refs(line) == [f"pack:{pack.slug}"]
    assert "so I left out" in line.words


@pytest.mark.parametrize("question", ["What is sidechain compression?", "explain 808s", "whats a camelot wheel"])
async def test_words_are_explained_from_the_glossary(db: None, question: str):
    line = await offline(await make_user(), question)
    assert tools(line) == ["Looked it up"]
    assert len(line.words) > 100


async def test_a_difference_explains_both(db: None):
    line = await offline(await make_user(), "What is the difference between a loop and a one-shot?")
    assert "**Loop.**" in line.words
    assert "**One-shot.**" in line.words


async def test_what_rules_cannot_answer_is_admitted(db: None):
    line = await offline(await make_user(), "Why do people like sad songs?")
    assert "language model, and none is connected" in line.words
    assert refs(line) == []


async def test_wallet_and_library_are_the_askers_own(db: None):
    member, other = await make_user(tokens=120), await make_user(tokens=999)
    line = await offline(member, "How many tokens do I have left?")
    assert "**120 tokens**" in line.words
    assert "999" not in line.words
    assert "You own nothing yet" in (await offline(other, "What did I buy last?")).words


async def test_buying_the_first_one_only_proposes_it(db: None, as_owner):
    member = await make_user(tokens=500)
    pack = await make_pack(await make_creator(), title="Night Ferry")
    async with assistant(None):
        found = await ask(member, "Find night ferry packs")
        await ended(member, found)
        line = await answer(member, "Buy the first one", thread=found)
    assert ProposalPart(f"pack:{pack.slug}") in line.parts
    assert as_owner("SELECT count(*) FROM purchases") == [(0,)]


async def test_titles_of_strangers_are_not_read_as_markdown(db: None):
    member = await make_user()
    await make_pack(await make_creator(), title="Ferry [x](https://evil.test) **b**")
    line = await offline(member, "Find ferry packs")
    text = " ".join(part.markdown for part in line.parts if isinstance(part, TextPart))
    assert "](https" not in text


async def test_nothing_in_the_player_is_said(db: None):
    line = await offline(await make_user(), "Give me something that fits what I am playing")
    assert "Nothing is in the player" in line.words


async def test_comparing_is_left_to_a_model(db: None):
    line = await offline(await make_user(), "Compare the first two: which one is more tense?")
    assert "language model, and none is connected" in line.words
    assert tools(line) == []


async def test_a_sound_that_is_owned_alone_is_shown_without_its_pack(db: None):
    member = await make_user(tokens=500)
    pack = await make_pack(await make_creator(), title="Night Ferry")
    async with transaction() as session:
        await purchases.buy(session, member, file_id=pack.file_ids[0], price_tokens=5, key=str(uuid.uuid4()))
    assert refs(await offline(member, "What did I buy last?")) == [f"sound:{pack.file_ids[0]}"]


async def test_a_paper_of_before_does_not_answer_what_it_hardly_mentions(db: None):
    member = await make_user()
    paper = await papers.ready(
        member, "Deal.txt", b"Splits. Master royalties are split evenly. The licence runs for five years."
    )
    async with assistant(None):
        asked = await ask(member, "What about the splits?", documents=[paper.id])
        assert "split evenly" in (await ended(member, asked)).words
        line = await answer(member, "What is a limiter on the master?", thread=asked)
        assert tools(line) == ["Looked it up"]
        assert "split evenly" not in line.words
        line = await answer(member, "How long does the licence run?", thread=asked)
        assert "five years" in line.words
