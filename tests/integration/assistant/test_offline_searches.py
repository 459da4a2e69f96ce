"""Offline searches: filters that are applied and relaxed, and references to titles and results."""

import uuid
from decimal import Decimal

import pytest

from askchopper.database import transaction
from askchopper.schemas.assistant import ProposalPart
from askchopper.services.purchases import checkout
from tests.support import sample_documents
from tests.support.answers import answer, ask, assistant, ended
from tests.support.embeddings import placed_pack
from tests.support.factories import make_creator, make_pack, make_user, new_file
from tests.support.offline_answers import offline, refs, shown, talk, tools

pytestmark = pytest.mark.integration


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
    assert "Nothing you own matches that." in line.words
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


async def test_misspelt_title_is_matched_and_unknown_title_is_reported(db: None):
    member = await make_user(tokens=500)
    pack = await make_pack(title="Wet Tarmac")
    await make_pack(title="Midnight Oil")
    assert ProposalPart(f"pack:{pack.slug}") in (await offline(member, "buy wet tarmak")).parts
    assert "Looked for similar ones" in tools(await offline(member, "something like wet tarmak"))
    assert "I don't know a pack called “Midnight”." in (await offline(member, "something like Midnight")).words
    line = await offline(member, "buy Keroseen Quire")
    assert "I don't know a pack called “Keroseen Quire”." in line.words
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
    assert "That's everything." in lines[2].words


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
    assert "You own **1 pack**, and sounds from 1 more." in (await offline(member, "how many packs do I own?")).words
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
