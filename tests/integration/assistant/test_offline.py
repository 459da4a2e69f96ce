"""Offline answers: the result of each kind of question, and that every statement comes from a tool."""

import uuid
from decimal import Decimal

import pytest

from askchopper import policy
from askchopper.database import transaction
from askchopper.models.base import utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ItemsPart, MessageDetail, ProposalPart, TextPart, ToolPart
from askchopper.services.purchases import checkout
from askchopper.vocabulary import AnswerStatus, Writer
from tests.support import sample_documents
from tests.support.answers import answer, ask, assistant, ended
from tests.support.embeddings import placed_pack
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


def tools(line: MessageDetail) -> list[str]:
    return [part.label for part in line.parts if isinstance(part, ToolPart)]


def refs(line: MessageDetail) -> list[str]:
    return [ref for part in line.parts if isinstance(part, ItemsPart) for ref in part.refs]


async def offline(viewer: Viewer, text: str) -> MessageDetail:
    async with assistant(None):
        line = await answer(viewer, text)
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.OFFLINE)
    return line


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


async def shown(viewer: Viewer, text: str, **more) -> tuple[str, list[str]]:
    async with assistant(None):
        line = await answer(viewer, text, **more)
    return line.words, refs(line)


async def talk(viewer: Viewer, *questions: str) -> list[MessageDetail]:
    """Ask questions one after another in one conversation."""
    lines: list[MessageDetail] = []
    thread = None
    async with assistant(None):
        for question in questions:
            thread = await ask(viewer, question, thread=thread)
            lines.append(await ended(viewer, thread))
    return lines


# --- Filters -------------------------------------------------------------------------------------------------------


async def test_every_parsed_filter_is_applied(db: None):
    dee, juno = await make_creator(name="Dee Okonjo"), await make_creator(name="Juno Hale")
    cheap = await make_pack(dee, price=60, files=(new_file(1, duration_seconds=30.0, format="flac"),))
    dear, other = await make_pack(dee, price=80, broadcast=160), await make_pack(juno, price=60)
    member = await make_user()
    assert set(refs(await offline(member, "packs by Dee Okonjo"))) == {f"pack:{cheap.slug}", f"pack:{dear.slug}"}
    assert refs(await offline(member, "packs by Dee Okonjo under 70 tokens")) == [f"pack:{cheap.slug}"]
    assert refs(await offline(member, "packs by juno hale")) == [f"pack:{other.slug}"]
    assert refs(await offline(member, "loops longer than 20 seconds")) == [f"sound:{cheap.file_ids[0]}"]
    assert refs(await offline(member, "flac loops")) == [f"sound:{cheap.file_ids[0]}"]
    assert refs(await offline(member, "packs with a broadcast licence")) == [f"pack:{dear.slug}"]


async def test_unknown_creator_is_reported(db: None):
    await make_pack()
    line = await offline(await make_user(), "packs by Nobody Special")
    assert "There is no creator called nobody special." in line.words
    assert refs(line) == []


async def test_tempo_is_relaxed_in_steps(db: None):
    drums = await make_pack(files=(new_file(1, title="Drums", bpm=Decimal(124)),))
    words, found = await shown(await make_user(), "drum loops at 120")
    assert "from 114 to 126 BPM" in words
    assert found == [f"sound:{drums.file_ids[0]}"]
    words, found = await shown(await make_user(), "drum loops at 114")
    assert "from 102.6 to 125.4 BPM" in words
    words, found = await shown(await make_user(), "drum loops at 70")
    assert "searched without the tempo" in words
    assert found == [f"sound:{drums.file_ids[0]}"]


async def test_unknown_words_are_named_and_others_kept(db: None):
    drums = await make_pack(files=(new_file(1, title="Drums"),))
    words, found = await shown(await make_user(), "find drums for a night in a club")
    assert "searched without “night” and “club”" in words
    assert found == [f"sound:{drums.file_ids[0]}"]


async def test_ownership_filter_is_never_relaxed(db: None):
    await make_pack(genre_slug="techno")
    line = await offline(await make_user(), "what techno do I own?")
    assert "Nothing that you own fits that." in line.words
    assert refs(line) == []


async def test_withdrawn_sound_is_not_called_owned(db: None, as_owner):
    member = await make_user()
    pack = await make_pack(files=(new_file(1, title="Ferry horn"),))
    async with assistant(None):
        thread = await ask(member, "find ferry horn sounds")
        assert refs(await ended(member, thread)) == [f"sound:{pack.file_ids[0]}"]
        as_owner("UPDATE packs SET status = 'withdrawn'")
        line = await answer(member, "tell me more about the first one", thread=thread)
    assert "not on sale any more" in line.words
    assert "You own it" not in line.words


# --- Questions that are not searches ---------------------------------------------------------------------------------------------


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
        ("delete my account", "cannot be changed or deleted"),
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
    assert "no documents yet" in (await offline(member, "show my documents")).words
    await sample_documents.ready(member, "Deal.txt", b"Splits.")
    await sample_documents.ready(await make_user(), "Theirs.txt", b"Splits of others.")
    words = (await offline(member, "show my documents")).words
    assert "Deal.txt" in words
    assert "Theirs" not in words


# --- References to titles and results ---------------------------------------------------------------------------------


async def test_misspelt_title_is_matched_and_unknown_title_is_reported(db: None):
    member = await make_user(tokens=500)
    pack = await make_pack(title="Wet Tarmac")
    await make_pack(title="Midnight Oil")
    assert ProposalPart(f"pack:{pack.slug}") in (await offline(member, "buy wet tarmak")).parts
    assert "Looked for similar ones" in tools(await offline(member, "something like wet tarmak"))
    assert "I know no pack called “Midnight”." in (await offline(member, "something like Midnight")).words
    line = await offline(member, "buy Keroseen Quire")
    assert "I know no pack called “Keroseen Quire”." in line.words
    assert refs(line) == []


async def test_ordinals_superlatives_and_pronouns_resolve(db: None):
    member, creator = await make_user(tokens=500), await make_creator()
    packs = [
        await make_pack(creator, title=f"Ferry {name}", price=price) for name, price in (("A", 30), ("B", 0), ("C", 20))
    ]
    named = {f"pack:{pack.slug}": pack for pack in packs}
    lines = await talk(
        member, "Find ferry packs", "and the second?", "tell me more about the third one", "Something like the fourth one",
        "buy the cheapest one", "Which of these are free?", "which of those is the most expensive?", "buy the last one",
    )  # fmt: skip
    order = refs(lines[0])
    assert set(order) == set(named)
    assert [refs(lines[1]), refs(lines[2])] == [[order[1]], [order[2]]]
    assert "I showed only 3." in lines[3].words
    assert ProposalPart(f"pack:{packs[1].slug}") in lines[4].parts
    assert refs(lines[5]) == [f"pack:{packs[1].slug}"]
    assert refs(lines[6]) == [f"pack:{packs[0].slug}"]
    assert ProposalPart(order[2]) in lines[7].parts


async def test_more_shows_further_results(db: None):
    creator = await make_creator()
    made = {f"pack:{(await make_pack(creator, title=f'Ferry {number}')).slug}" for number in range(6)}
    lines = await talk(await make_user(), "Find ferry packs", "show me more", "more")
    first, second = refs(lines[0]), refs(lines[1])
    assert (len(first), len(second)) == (4, 2)
    assert {*first, *second} == made
    assert "That was all." in lines[2].words


async def test_creator_is_introduced_by_packs(db: None):
    pack = await make_pack(await make_creator(name="Dee Okonjo"))
    assert refs(await offline(await make_user(), "who is Dee Okonjo?")) == [f"pack:{pack.slug}"]
    assert refs(await offline(await make_user(), "tell me about Dee Okonjo")) == [f"pack:{pack.slug}"]
    assert refs(await offline(await make_user(), "who is Pack?")) == []


async def test_genre_is_relaxed_last(db: None):
    near = await make_pack(genre_slug="techno", files=(new_file(1, bpm=Decimal(130), key="C minor"),))
    for _ in range(3):
        await make_pack(genre_slug="house", files=(new_file(1, bpm=Decimal(130), key="A minor"),))
    words, found = await shown(await make_user(), "techno packs at 130 in A minor")
    assert found == [f"pack:{near.slug}"]
    assert "I searched without the key." in words


async def test_variation_of_first_result_is_a_search(db: None):
    slow = await placed_pack(0, title="Ferry", files=(new_file(1, bpm=Decimal(100)),))
    fast = await placed_pack(5, title="Train", files=(new_file(1, bpm=Decimal(130)),))
    lines = await talk(await make_user(), "Find ferry packs", "the first one but faster")
    assert refs(lines[0]) == [f"pack:{slow.slug}"]
    assert refs(lines[1]) == [f"sound:{fast.file_ids[0]}"]


async def test_pack_price_question_is_not_answered_with_wallet(db: None):
    pack = await make_pack(title="Wet Tarmac", price=65)
    for question in (
        "how many tokens does Wet Tarmac cost?", "how much is wet tarmak?", "Wet Tarmac", "does Wet Tarmac have a reese?",
        "what bpm is Wet Tarmac?",
    ):  # fmt: skip
        line = await offline(await make_user(), question)
        assert "It costs 65 tokens with the standard licence." in line.words
        assert refs(line) == [f"pack:{pack.slug}"]


async def test_ownership_is_mentioned(db: None):
    member = await make_user(tokens=500)
    owned, part, other = (
        await make_pack(title="Kelp Light"),
        await make_pack(title="Slow Dial"),
        await make_pack(title="Ice Road"),
    )
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=owned.slug, price_tokens=30, key=str(uuid.uuid4()))
        await checkout.buy(session, member, file_id=part.file_ids[0], price_tokens=5, key=str(uuid.uuid4()))
    assert "You own it already." in (await offline(member, "buy Kelp Light")).words
    assert "Yes, you own Kelp Light." in (await offline(member, "do I own Kelp Light?")).words
    assert "In part: you own 1 sound of Slow Dial." in (await offline(member, "do I own Slow Dial?")).words
    assert "No, you do not own Ice Road." in (await offline(member, f"do I own {'Ice Road'}?")).words
    assert "You own **1 pack**, and sounds of 1 more." in (await offline(member, "how many packs do I own?")).words
    assert other.slug not in str(refs(await offline(member, "what do I own?")))


async def test_library_is_filtered_by_key(db: None):
    member = await make_user(tokens=500)
    minor, major = (
        await make_pack(files=(new_file(1, key="A minor"),)),
        await make_pack(files=(new_file(1, key="C major"),)),
    )
    async with transaction() as session:
        for pack in (minor, major):
            await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=30, key=str(uuid.uuid4()))
    assert refs(await offline(member, "what do I own in A minor")) == [f"pack:{minor.slug}"]


async def test_two_names_of_one_term_are_explained_once(db: None):
    line = await offline(await make_user(), "difference between wav and mp3")
    assert line.words.count("**WAV.**") == 1


async def test_follow_up_quotes_new_passages(db: None):
    member = await make_user()
    text = b"The licence runs for five years. The licence covers the world. The licence ends in writing."
    paper = await sample_documents.ready(member, "Deal.txt", text)
    more = "What else does it say about this?"
    async with assistant(None):
        asked = await ask(member, "How long does the licence run?", documents=[paper.id])
        first = (await ended(member, asked)).words
        asked = await ask(member, more, thread=asked)
        second = (await ended(member, asked)).words
        third = (await answer(member, more, thread=asked)).words
    assert "five years" in first
    assert "ends in writing" in second
    assert "five years" not in second
    assert "It says nothing more about that." in third
