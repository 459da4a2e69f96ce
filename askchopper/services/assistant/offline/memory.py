"""Offline answers from the member's memory: known facts, earlier conversations, and suggestions.

Each public function is a rule: it answers the question and returns True, or writes nothing and returns False.
"""

import re
from typing import Any

from askchopper import routes
from askchopper.genres import GENRES
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.memory import Fact, Used
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import catalogue_search
from askchopper.services.memory import rules
from askchopper.services.memory.relevance import ChosenMemory
from askchopper.vocabulary import MemoryKind

SHOWN = 12
_WHAT_IS_KNOWN = re.compile(
    r"\bwhat (?:do|did|have) you (?:know|remember|learnt?|stored?|saved?)\b(?!.*\bwhen\b)|\bwhat(?:'s| is) in (?:your|my) memory\b|\bdo you (?:know|remember) (?:me|my name|who i am)\b"
    r"|\bwhat (?:genres?|tempo|bpm|keys?|daw|gear|styles?) do i (?:make|like|use|prefer|work (?:in|at))\b|\bwhat do i (?:make|like|dislike|hate|use|prefer)\b|\bwhat(?:'s| is) my (?:name|taste|style|daw|tempo|genre)\b",
    re.IGNORECASE,
)
_TALKED = re.compile(
    r"\b(?:do you )?remember (?:when|the time|our|what)\b|\bwhat did (?:we|i) (?:talk|speak|discuss|ask)\b|\b(?:we|i) (?:talked|spoke|discussed|asked you) about\b"
    r"|\bwhen did (?:we|i) (?:talk|speak|discuss|ask)\b|\b(?:our|my) (?:last|previous|earlier) (?:chat|conversation)s?\b|\bdo you remember the\b",
    re.IGNORECASE,
)
_FOR_ME = re.compile(
    r"\b(?:recommend|suggest)\b|\bsomething (?:for me|i(?:'d| would| might) like|that (?:fits|suits) me)\b|\bmy (?:style|sound|taste|kind of)\b"
    r"|\bfor my (?:next|new|current)\b|\bsurprise me\b|\bwhat should i (?:get|buy|use|try|listen|download)\b|\bwhat (?:would|do) you (?:recommend|suggest)\b|\banything for me\b",
    re.IGNORECASE,
)
_IS_QUESTION = re.compile(
    r"\?|^(?:what|which|who|how|when|where|why|can|could|do|does|is|are|find|show|search|give me|get me)\b",
    re.IGNORECASE,
)
REMEMBERED = "Noted, I'll remember that:"
NOT_HERE = "I don't use your memory here. Turn on “Use memory” in this conversation, or resume it on the [memory page]({page})."


async def changed(answer: AnswerBuilder, turn: Turn, _page: PageContext) -> bool:
    """Report which memories were forgotten."""
    if not turn.memory_changes:
        return False
    await answer.add_text("\n\n".join(escaped(sentence) for sentence in turn.memory_changes))
    await answer.add_text(f"\n\nSee everything I know on the [memory page]({routes.MEMORY}).")
    answer.hints = ["What do you know about me?"]
    return True


async def told(answer: AnswerBuilder, turn: Turn, _page: PageContext) -> bool:
    """Confirm the facts that a member states about themselves, which are stored after the answer, or say that memory is off."""
    found = rules.find_facts(turn.question)
    if not found or _IS_QUESTION.search(turn.question):
        return False
    if not turn.known.is_used:
        await answer.add_text(NOT_HERE.format(page=routes.MEMORY))
        return True
    listed = "\n".join(f"- {escaped(fact.text)}" for fact in found)
    await answer.add_text(
        f"{REMEMBERED}\n\n{listed}\n\nChange or delete it any time on the [memory page]({routes.MEMORY})."
    )
    answer.hints = ["Recommend something for me", *(_hint(fact) for fact in found if fact.kind is MemoryKind.GENRE)][:3]
    return True


async def what_is_known(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """List the known facts about the member."""
    if not _WHAT_IS_KNOWN.search(turn.question):
        return False
    if not turn.known.is_used:
        await answer.add_text(NOT_HERE.format(page=routes.MEMORY))
        return True
    outcome = await tool_calls.run_by_rule(answer, page, "recall", {"limit": SHOWN})
    if outcome is None:
        return True
    memories = outcome.content["memories"]
    if not memories:
        await answer.add_text("Nothing yet. Tell me what you make, for example “I mostly make lo-fi around 80 BPM”.")
        return True
    answer.used = Used(memory_ids=tuple(one.id for one in turn.known.memory.memories))
    lines = "\n".join(f"- {escaped(_line(one))}" for one in memories)
    rest = outcome.content["total"] - len(memories)
    more = f", and {rest:,} more" if rest else ""
    await answer.add_text(
        f"This is what I remember{more}:\n\n{lines}\n\nAll of it, with its sources, is on the [memory page]({routes.MEMORY})."
    )
    answer.hints = ["Recommend something for me"]
    return True


async def talked_about(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Find earlier conversations on a subject."""
    if not _TALKED.search(turn.question):
        return False
    outcome = await tool_calls.run_by_rule(answer, page, "recall_conversations", {"query": turn.question[:200]})
    if outcome is None:
        return True
    found = [one for one in outcome.content["conversations"] if one["id"] != str(answer.asked.conversation_id)]
    if not found:
        await answer.add_text("I couldn't find an earlier conversation about that.")
        answer.hints = ["What do you know about me?"]
        return True
    answer.used = Used(conversation_ids=turn.known.conversation_ids)
    for one in found[:3]:
        title = escaped(one["title"] or "A conversation")
        await answer.add_text(f"**[{title}]({one['link']})**, {one['date']}  \n{escaped(one['gist'])}\n\n")
    return True


async def for_me(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Suggest packs or sounds that match the member's memories or taste."""
    if not _FOR_ME.search(turn.question) or not turn.known.is_used:
        return False
    asked = catalogue_search.wanted(_FOR_ME.sub(" ", turn.question))
    if "genre" in asked or ("query" in asked and len(str(asked["query"]).split()) > 2):
        return False
    basis, filters = _basis(turn.known.memory.memories)
    if not basis and turn.known.taste:
        answer.used = Used(has_taste=True)
        await answer.add_text(
            f"Going by what you play and buy, which you can see on your [taste page]({routes.TASTE}):\n\n"
        )
        return await catalogue_search.search(answer, page, {"what": "packs", "sort": "for-you"}, is_sure=True)
    if not basis:
        return False
    answer.used = Used(memory_ids=tuple(one.id for one in basis))
    reason = ", ".join(one.text[:1].lower() + one.text[1:] for one in basis)
    await answer.add_text(f"You told me: {escaped(reason)}. So:\n\n")
    what = asked.get("what", "packs")
    return await catalogue_search.search(answer, page, {**filters, "what": what}, is_sure=True)


def _basis(memories: tuple[ChosenMemory, ...]) -> tuple[list[ChosenMemory], dict[str, Any]]:
    """Return the memories of genre and tempo to search by, and the filters that they translate to."""
    genre = next((one for one in memories if one.kind is MemoryKind.GENRE and one.details.get("genre") in GENRES), None)
    tempo = next((one for one in memories if one.kind is MemoryKind.TEMPO and one.details.get("bpm_min")), None)
    filters: dict[str, Any] = {}
    if genre:
        filters["genre"] = genre.details["genre"]
    if tempo:
        filters |= {"bpm_min": tempo.details["bpm_min"], "bpm_max": tempo.details["bpm_max"]}
    return [one for one in (genre, tempo) if one], filters


def _line(memory: dict[str, Any]) -> str:
    return f"{memory['about']}: {memory['text']}" if memory.get("about") else memory["text"]


def _hint(fact: Fact) -> str:
    return f"Find {GENRES[fact.details['genre']]} loops" if fact.details.get("genre") in GENRES else "What can you do?"
