"""Answers from the simulated model through the real SDK: text, tool calls, items, and ownership of the generation."""

import pytest

from askchopper.schemas.assistant import ItemsPart, ProposalPart, TextPart, ToolPart
from askchopper.vocabulary import AnswerStatus, Writer
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, ask, assistant, ended, said, thread_of
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration


async def test_answer_is_stored_verbatim(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "House wants 120 to 126.\n\nKeep the **kick** dry."})
    async with assistant(claude):
        line = await answer(member, "How fast is house?")
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.MODEL)
    assert line.words == "House wants 120 to 126.\n\nKeep the **kick** dry."
    assert line.parts == (TextPart(line.words),)


async def test_tool_calls_and_results_are_stored(db: None, claude: AnthropicSimulator):
    member = await make_user()
    pack = await make_pack(await make_creator(), title="Night Ferry")
    claude.script(
        {"tools": [{"name": "search_packs", "input": {"query": "night ferry"}}]},
        {"text": f"Try this:\n\n[[pack:{pack.slug}]]\n\nIt is dark."},
    )
    async with assistant(claude):
        line = await answer(member, "Something dark?")
    tool, before, items, after = line.parts
    assert isinstance(tool, ToolPart)
    assert (tool.label, tool.state, tool.summary) == ("Searched packs", "done", "1 found")
    assert items == ItemsPart((f"pack:{pack.slug}",))
    assert isinstance(before, TextPart)
    assert isinstance(after, TextPart)
    assert "[[" not in line.words


async def test_unknown_items_are_dropped(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "Take [[pack:never-made]] or [[sound:11111111-1111-7111-8111-111111111111]] now."})
    async with assistant(claude):
        line = await answer(member, "What now?")
    assert line.words == "Take  or  now."
    assert not [part for part in line.parts if isinstance(part, ItemsPart)]


async def test_reference_in_code_stays_code(db: None, claude: AnthropicSimulator):
    pack = await make_pack(await make_creator())
    ref = f"[[pack:{pack.slug}]]"
    code = f"Write `{ref}` so:\n\n```\n{ref}\n\n{ref}\n```"
    claude.script({"text": f"{code}\n\n{ref}\n"})
    async with assistant(claude):
        line = await answer(await make_user(), "How do I write it?")
    before, items = line.parts[:2]
    assert isinstance(before, TextPart)
    assert before.markdown.strip() == code
    assert items == ItemsPart((f"pack:{pack.slug}",))


async def test_proposal_buys_nothing(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user(tokens=500)
    pack = await make_pack(await make_creator())
    claude.script(
        {"tools": [{"name": "propose_purchase", "input": {"ref": f"pack:{pack.slug}"}}]}, {"text": "Your choice."}
    )
    async with assistant(claude):
        line = await answer(member, "Buy it")
    assert ProposalPart(f"pack:{pack.slug}") in line.parts
    assert as_owner("SELECT count(*) FROM purchases") == [(0,)]


async def test_generation_continues_without_reader_and_history_reaches_model(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "One."}, {"text": "{}"}, {"text": "Two."})
    async with assistant(claude):
        first = await ask(member, "First question")
        await ended(member, first)
        second = await ask(member, "Second question", thread=first)
        await ended(member, second)
        thread = await thread_of(member, second)
    assert [line.words for line in thread.messages] == ["First question", "One.", "Second question", "Two."]
    asked = [body for body in claude.bodies() if body.get("tools")][-1]["messages"]
    assert [turn["role"] for turn in asked] == ["user", "assistant", "user"]
    assert asked[1]["content"] == "One."


async def test_stop_keeps_text_and_closes_connection(db: None, claude: AnthropicSimulator):
    from askchopper.database import transaction
    from askchopper.services.assistant import answer_tasks

    member = await make_user()
    claude.script({"text": "word " * 400, "tokens_per_second": 100})
    async with assistant(claude):
        asked = await ask(member, "Tell me a lot")
        await said(asked, "word word")
        async with transaction() as session:
            await answer_tasks.stop(session, member, message_id=str(asked.answer_id))
        line = await ended(member, asked, seconds=1)
    assert line.status is AnswerStatus.STOPPED
    assert "word word" in line.words
    assert len(claude.disconnects(at_least=1)) == 1
