"""Answers about artists, without and with a model."""

import pytest

from askchopper.database import transaction
from askchopper.schemas.assistant import MessageDetail, NoticePart, SourcePart
from askchopper.services.knowledge.artists import pages
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.simulators.brave.client import BraveSimulator
from tests.support.answers import answer, assistant
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.offline_answers import offline, refs, tools

pytestmark = pytest.mark.integration


def plain(line: MessageDetail) -> str:
    return line.words.replace("\\", "")


@pytest.mark.parametrize("question", [
    "Who is Burial, and what here sounds like that?", "who's the producer Burial?", "Tell me about Burial", "who is William Bevan",
])  # fmt: skip
async def test_who_somebody_is_and_what_here_sounds_like_that(db: None, question: str):
    pack = await make_pack(await make_creator(), genre_slug="dubstep", title="Night Bus")
    line = await offline(await make_user(), question)
    assert tools(line) == ["Looked up the artist"]
    assert refs(line) == [f"pack:{pack.slug}"]
    for words in (
        "William Bevan", "Untrue (2007)", "[two-step](/learn/two-step)", "in the style of Burial", "Burial is not affiliated with these packs.",
        "[Burial](/artist/burial)", "Burial on Wikipedia",
    ):  # fmt: skip
        assert words in plain(line)


@pytest.mark.parametrize(
    "question",
    ["something like Burial", "Burial type beat", "packs in the style of burial", "find loops that sound like Burial"],
)
async def test_packs_in_the_style_of_somebody(db: None, question: str):
    pack = await make_pack(await make_creator(), genre_slug="dubstep", title="Night Bus")
    line = await offline(await make_user(), question)
    assert refs(line) == [f"pack:{pack.slug}"]
    assert "in the style of Burial" in plain(line)


async def test_one_name_for_several_offers_a_choice(db: None):
    creator = await make_creator(name="Goldie")
    await make_pack(creator, title="Goldie")
    line = await offline(await make_user(), "Who is Goldie?")
    for words in ("could mean:", "(/artist/goldie), the artist", "a pack here", "a creator here"):
        assert words in plain(line)
    line = await offline(await make_user(), "Who is the artist Goldie?")
    assert "Metalheadz" in plain(line)


async def test_creators_are_still_found(db: None):
    creator = await make_creator(name="Mara Voss")
    pack = await make_pack(creator, title="Night Ferry")
    assert refs(await offline(await make_user(), "Who is Mara Voss?")) == [f"pack:{pack.slug}"]


async def test_nobody_known(db: None):
    line = await offline(await make_user(), "Who is Qwxz Nobody?")
    assert "Looked up the artist" not in tools(line)
    assert line.words


async def test_nobody_known_here_is_looked_for_on_the_web(db: None, brave: BraveSimulator):
    line = await offline(await make_user(), "Who is Sophie Xeon?")
    assert "We don't have a page on this artist" in line.words
    cited = [part for part in line.parts if isinstance(part, SourcePart)]
    assert len(cited) == 3
    assert all(one.url.startswith("https://") for one in cited)


async def test_reported_artist_is_not_told_about(db: None):
    async with transaction() as session:
        await pages.report(session, await make_user(), slug="burial", reason="Wrong")
    line = await offline(await make_user(), "Who is Burial?")
    assert "William Bevan" not in line.words


async def test_model_that_claims_a_connection_is_corrected(db: None, claude: AnthropicSimulator):
    looked_up = {"tools": [{"name": "artist_info", "input": {"name": "Burial"}}]}
    claude.script(looked_up, {"text": "These are official packs by Burial."})
    async with assistant(claude):
        line = await answer(await make_user(), "Who is Burial?")
    assert NoticePart("Burial is not affiliated with these packs.") in line.parts
    claude.script(looked_up, {"text": "These packs are in the style of Burial."})
    async with assistant(claude):
        line = await answer(await make_user(), "Who is Burial?")
    assert not [part for part in line.parts if isinstance(part, NoticePart)]
