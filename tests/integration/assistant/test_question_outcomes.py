"""Whether questions about music were answered: by the tools' results, without saying who asked."""

import asyncio
from collections import Counter

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.answered import AnsweredReport
from askchopper.services.assistant import outcomes
from askchopper.services.knowledge import answered
from askchopper.services.memory import choices
from askchopper.vocabulary import Role
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.simulators.brave.client import BraveSimulator
from tests.support.answers import answer, assistant
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.offline_answers import offline

pytestmark = pytest.mark.integration


async def counted(as_owner, questions: int) -> Counter[tuple[str, str]]:
    """Wait until so many questions were counted: that happens after an answer has ended."""
    async with asyncio.timeout(5):
        while True:
            rows = as_owner("SELECT topic, outcome, questions FROM question_outcomes")
            if sum(count for *_, count in rows) >= questions:
                return Counter({(topic, outcome): count for topic, outcome, count in rows})
            await asyncio.sleep(0.02)


async def report(viewer: Viewer | None = None) -> AnsweredReport:
    async with read_only() as session:
        return await answered.report(session, viewer or await make_user(role=Role.ADMIN))


@pytest.mark.parametrize(("question", "topic", "outcome"), [
    ("What is sidechain compression?", "mixing", "answered"),
    ("chords in Eb minor", "theory", "answered"),
    ("What's trending in techno?", "trends", "not"),
    ("Who is Burial?", "artists", "answered"),
    ("What is schlorping in music production?", "other terms", "not"),
    ("Find zzyzx packs", "sounds", "not"),
])  # fmt: skip
async def test_outcomes_by_topic(db: None, as_owner, question: str, topic: str, outcome: str):
    await offline(await make_user(), question)
    assert await counted(as_owner, 1) == {(topic, outcome): 1}


@pytest.mark.parametrize(
    "question", ["Hello", "How many tokens do I have?", "What do I own?", "How do refunds work?", "What is your name?"]
)
async def test_other_questions_are_not_counted(db: None, as_owner, question: str):
    member = await make_user()
    await offline(member, question)
    await offline(member, "chords in F minor")
    assert await counted(as_owner, 1) == {("theory", "answered"): 1}


async def test_partly_where_one_tool_found_nothing(db: None, as_owner, brave: BraveSimulator):
    await offline(await make_user(), "What's trending in techno?")
    assert await counted(as_owner, 1) == {("trends", "partly"): 1}


async def test_a_model_that_only_recalls_has_not_answered(db: None, as_owner, claude: AnthropicSimulator):
    claude.script({"text": "Sidechain compression is a technique that I fully explained."})
    async with assistant(claude):
        await answer(await make_user(), "What is sidechain compression?")
        assert await counted(as_owner, 1) == {("mixing", "not"): 1}
        claude.script({"tools": [{"name": "glossary_lookup", "input": {"term": "sidechain"}}]}, {"text": "It ducks."})
        await answer(await make_user(), "What is sidechain compression?")
        assert (await counted(as_owner, 2))["mixing", "answered"] == 1


async def test_subjects_are_shown_once_enough_members_asked(db: None, as_owner):
    first = await make_user()
    for number, member in enumerate([first, first, await make_user(), await make_user()], 1):
        await offline(member, "What is schlorping in music production, my friend?")
        await counted(as_owner, number)
        found = await report()
        stored = str(as_owner("SELECT * FROM unanswered_subjects"))
        if number < 4:  # the same member twice is one
            assert (found.subjects, found.withheld) == ((), 1)
            assert "schlorp" not in stored
        assert str(member.user_id) not in stored
    (shown,) = found.subjects
    assert (shown.subject, shown.topic, shown.questions) == ("schlorping friend", "other terms", 4)
    assert as_owner("SELECT members FROM unanswered_subjects") == [([],)]


async def test_subjects_are_collected_only_where_memory_is_used(db: None, as_owner):
    member = await make_user()
    async with transaction() as session:
        await choices.change(session, member, is_paused=True)
    await offline(member, "What is schlorping in music production?")
    await counted(as_owner, 1)
    assert as_owner("SELECT count(*) FROM unanswered_subjects") == [(0,)]


async def test_old_ones_are_forgotten(db: None, as_owner):
    await offline(await make_user(), "What is schlorping in music production?")
    await counted(as_owner, 1)
    async with transaction() as session:
        await answered.forget(session)
    assert as_owner("SELECT count(*) FROM unanswered_subjects") == [(1,)]
    as_owner("UPDATE unanswered_subjects SET asked_on = asked_on - 91", "UPDATE question_outcomes SET day = day - 401")
    async with transaction() as session:
        await answered.forget(session)
    assert as_owner("SELECT count(*) FROM unanswered_subjects") == [(0,)]
    assert as_owner("SELECT count(*) FROM question_outcomes") == [(0,)]


@pytest.mark.parametrize(("question", "subject"), [
    ("What is glitch hop swing?", "glitch hop swing"),
    ("how do I use a schlorp, mail anna@example.org or https://example.org/x", "schlorp mail"),
    ("what is " + "x" * 5_000, ""), ("シンセの使い方", "シンセの使い方"), ("what is 808 at 140?", ""), ("", ""), ("!!!", ""),
])  # fmt: skip
def test_subjects_are_normalised(question: str, subject: str):
    assert answered.subject_of(question) == subject


def test_topics_of_questions_about_nothing_musical():
    assert outcomes.topic_of("What is the weather?", []) is None
    assert outcomes.topic_of("Who is the president?", []) is None


async def test_admin_page_shows_all_of_it(db: None, as_owner, brave: BraveSimulator):
    await make_pack(await make_creator())
    await offline(await make_user(), "What's trending in techno?")
    await counted(as_owner, 1)
    async with tab(await make_user(role=Role.ADMIN)) as admin:
        seen = await admin.send("AdminKnowledgeState.load", "/admin/knowledge")
    assert seen["is_loaded"] is True
    figures = {figure.label: figure.value for figure in seen["figures"]}
    assert (figures["Used this month"], figures["Left"], figures["State"]) == ("1 of 1,000", "999", "Open")
    assert figures["Brave's rate limit per 30 days"] == "1,999 of 2,000"
    assert [(row.topic, row.partly) for row in seen["topics"]] == [("Trends", 100)]


@pytest.mark.parametrize("role", [None, Role.MEMBER, Role.MODERATOR])
async def test_admin_page_is_missing_to_others(db: None, role: Role | None):
    viewer = await make_user(role=role) if role else None
    async with tab(viewer) as visitor:
        seen = await visitor.send("AdminKnowledgeState.load", "/admin/knowledge")
    assert seen["is_missing"] is True
    assert not seen.get("figures")
    async with read_only() as session:
        with pytest.raises(NotFoundError):
            await answered.report(session, viewer)


async def test_admin_decides_on_reported_pages(db: None):
    async with tab(await make_user()) as member:
        await member.send("ArtistState.load", "/artist/burial")
        await member.send("ArtistState.report", "/artist/burial", form={"reason": "Not so"})
    async with tab(await make_user(role=Role.ADMIN)) as admin:
        seen = await admin.send("AdminKnowledgeState.load", "/admin/knowledge")
        assert [(row.name, row.reasons, row.state) for row in seen["reported"]] == [("Burial", "Not so", "1 report")]
        seen = await admin.send("AdminKnowledgeState.remove", "/admin/knowledge", slug="burial")
        assert seen["reported"][0].state == "Removed"
        seen = await admin.send("AdminKnowledgeState.keep", "/admin/knowledge", slug="burial")
        assert seen["reported"] == []
