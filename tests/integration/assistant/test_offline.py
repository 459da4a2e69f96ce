"""Offline answers: the result of each kind of question, and that every statement comes from a tool."""

import uuid

import pytest

from askchopper import policy
from askchopper.database import transaction
from askchopper.models.base import utc_now
from askchopper.schemas.assistant import ProposalPart, TextPart
from askchopper.services.purchases import checkout
from tests.support import sample_documents
from tests.support.answers import answer, ask, assistant, ended
from tests.support.factories import make_creator, make_pack, make_user, new_file
from tests.support.offline_answers import offline, refs, tools

pytestmark = pytest.mark.integration


async def test_search_shows_results(db: None):
    member = await make_user()
    pack = await make_pack(await make_creator(), title="Night Ferry")
    line = await offline(member, "Find night ferry packs")
    assert tools(line) == ["Searched packs"]
    assert refs(line) == [f"pack:{pack.slug}"]


async def test_missing_item_is_reported(db: None):
    line = await offline(await make_user(), "Find zither polka loops")
    assert refs(line) == []
    assert "Nothing in the catalogue matches “zither polka”." in line.words


async def test_empty_search_relaxes_filters_and_names_them(db: None):
    member = await make_user()
    pack = await make_pack(await make_creator(), title="Night Ferry")
    line = await offline(member, "Find night ferry packs for under 1 token in F# major")
    assert refs(line) == [f"pack:{pack.slug}"]
    assert "so I searched without" in line.words


@pytest.mark.parametrize("question", ["What is sidechain compression?", "explain 808s", "whats a camelot wheel"])
async def test_terms_are_explained_from_glossary(db: None, question: str):
    line = await offline(await make_user(), question)
    assert tools(line) == ["Looked it up"]
    assert len(line.words) > 100


async def test_term_that_is_a_genre_leads_to_its_packs(db: None):
    line = await offline(await make_user(), "What is jungle?")
    assert "chopped breakbeats" in line.words
    assert "On sale under [Drum and bass](/genre/drum-and-bass)." in line.words


async def test_difference_explains_both_terms(db: None):
    line = await offline(await make_user(), "What is the difference between a loop and a one-shot?")
    assert "**Loop.**" in line.words
    assert "**One-shot.**" in line.words


async def test_unsupported_question_is_declined(db: None):
    line = await offline(await make_user(), "Why do people like sad songs?")
    assert "in basic mode" in line.words
    assert refs(line) == []


async def test_wallet_and_library_are_the_users_own(db: None):
    member, other = await make_user(tokens=120), await make_user(tokens=999)
    line = await offline(member, "How many tokens do I have left?")
    assert "**120 tokens**" in line.words
    today = f"{utc_now():%-d %b %Y}".replace(" ", "\N{NO-BREAK SPACE}")
    assert f"| --- | --- | ---: |\n| {today} | " in line.words
    assert "999" not in line.words
    assert "You own nothing yet" in (await offline(other, "What did I buy last?")).words


@pytest.mark.parametrize("question", [
    "How many tokens do I have and what does Night Ferry cost?",
    "How many tokens do I have? What does Night Ferry cost?",
])  # fmt: skip
async def test_both_parts_of_a_question_are_answered(db: None, question: str):
    pack = await make_pack(await make_creator(), title="Night Ferry", price=30)
    line = await offline(await make_user(tokens=120), question)
    assert "**120 tokens**" in line.words
    assert "30 tokens" in line.words or f"pack:{pack.slug}" in refs(line)


async def test_second_part_without_an_answer_changes_nothing(db: None):
    line = await offline(await make_user(), "What is a loop and why do people like sad songs?")
    assert "**Loop.**" in line.words
    assert "in basic mode" not in line.words


async def test_buying_first_result_only_proposes(db: None, as_owner):
    member = await make_user(tokens=500)
    pack = await make_pack(await make_creator(), title="Night Ferry")
    async with assistant(None):
        found = await ask(member, "Find night ferry packs")
        await ended(member, found)
        line = await answer(member, "Buy the first one", thread=found)
    assert ProposalPart(f"pack:{pack.slug}") in line.parts
    assert as_owner("SELECT count(*) FROM purchases") == [(0,)]


async def test_titles_are_not_parsed_as_markdown(db: None):
    member = await make_user()
    await make_pack(await make_creator(), title="Ferry [x](https://evil.test) **b**")
    line = await offline(member, "Find ferry packs")
    text = " ".join(part.markdown for part in line.parts if isinstance(part, TextPart))
    assert "](https" not in text


async def test_idle_player_is_reported(db: None):
    line = await offline(await make_user(), "Give me something that fits what I am playing")
    assert "Nothing is in the player" in line.words


async def test_comparison_needs_a_model(db: None):
    line = await offline(await make_user(), "Compare the first two: which one is more tense?")
    assert "in basic mode" in line.words
    assert tools(line) == []


async def test_singly_owned_sound_is_shown_without_pack(db: None):
    member = await make_user(tokens=500)
    pack = await make_pack(await make_creator(), title="Night Ferry")
    async with transaction() as session:
        await checkout.buy(session, member, file_id=pack.file_ids[0], price_tokens=5, key=str(uuid.uuid4()))
    assert refs(await offline(member, "What did I buy last?")) == [f"sound:{pack.file_ids[0]}"]


async def test_weakly_related_document_is_not_quoted(db: None):
    member = await make_user()
    paper = await sample_documents.ready(
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


@pytest.mark.parametrize(
    "question",
    [
        "was ist ein Kompressor?", "can you make me a beat?", "x" * 300, "hella", "tell me about " + "?! " * 3_900 + "x",
    ],
)  # fmt: skip
async def test_unrecognised_question_shows_no_packs(db: None, question: str):
    await make_pack(title="Hand to Hand", description="Nothing was held back.", files=(new_file(1),))
    line = await offline(await make_user(), question)
    assert "in basic mode" in line.words
    assert refs(line) == []


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("can I get a refund?", f"within {policy.REFUND_HOURS} hours"),
        ("get me a refund for Hand to Hand", f"within {policy.REFUND_HOURS} hours"),
        ("what licence do I get?", "standard licence"),
        ("buy 2 tokens", "in your wallet"),
        ("how do I upload a pack?", "begin a pack"),
        ("delete my account", "delete your account"),
        ("what can you do?", "I find packs and sounds"),
    ],
)
async def test_policies_are_explained(db: None, question: str, told: str):
    await make_pack(title="Hand to Hand", files=(new_file(1),))
    line = await offline(await make_user(), question)
    assert told in line.words
    assert refs(line) == []
    assert tools(line) == ["Checked licence terms"]


@pytest.mark.parametrize(("said", "answered"), [("hello", "Hello."), ("thanks!", "welcome")])
async def test_small_talk_gets_one_line(db: None, said: str, answered: str):
    await make_pack(description="It held.")
    line = await offline(await make_user(), said)
    assert answered in line.words
    assert "\n" not in line.words
    assert tools(line) == refs(line) == []


async def test_missing_last_download_shows_nothing(db: None):
    await make_pack()
    line = await offline(await make_user(), "like my last download but slower")
    assert "You have not downloaded anything yet." in line.words
    assert refs(line) == []


async def test_own_documents_are_listed(db: None):
    member = await make_user()
    assert "any documents yet" in (await offline(member, "show my documents")).words
    await sample_documents.ready(member, "Deal.txt", b"Splits.")
    await sample_documents.ready(await make_user(), "Theirs.txt", b"Splits of others.")
    words = (await offline(member, "show my documents")).words
    assert "Deal.txt" in words
    assert "Theirs" not in words
