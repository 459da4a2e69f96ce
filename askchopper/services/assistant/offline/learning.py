"""Offline answers to learning questions: definition, example sound, one exercise, and where to continue."""

import re

from askchopper import routes
from askchopper.genres import GENRES
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import catalogue_search, references
from askchopper.services.knowledge import demonstrations, glossary, resources
from askchopper.services.knowledge.learning_questions import is_educational
from askchopper.services.search.synonyms import GENRE_WORDS

SHOWN = 3
_FEW_WORDS = 4  # "parallel compression?" names a term and asks for nothing else
_ASKS = re.compile(
    r"\b(?:why|what (?:bpm|tempo)|how (?:loud|long|much|many|often|big|fast|wide)|when should|should i|what(?:'s| is| are| does)|whats|explain|define|meaning of|mean(?:s|ing)?|how (?:do|does|can|should)|difference between)\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\b(?:difference between|compare)\s+(.+?)\s+(?:and|to|with)\s+(.+?)[?.!]*$|^\s*(.+?)\s+(?:vs\.?|versus)\s+(.+?)[?.!]*$",
    re.IGNORECASE,
)


async def answer(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Explain glossary terms, with example sounds, an exercise and links. Returns False if the question asks about none."""
    question = turn.question
    wants_to_learn = is_educational(question)
    if not wants_to_learn and not _ASKS.search(question) and not _only_names_a_term(question):
        return False
    entries = _entries(question)
    if not entries and wants_to_learn and not await references.mentioned(question):
        entries = list(glossary.mentions(question)[:1])  # "why does my kick sound thin" names a term among others
    if not entries:
        return False
    found: list[str] = []
    for entry in entries:
        outcome = await tool_calls.run_by_rule(answer, page, "glossary_lookup", {"term": entry.term})
        found += outcome.refs if outcome else ()
    for entry in entries:
        await answer.add_text(f"**{entry.title}.** {entry.definition}\n\n")
    await _add_sound(answer, entries, found)
    await answer.add_text("\n\n".join(f"**Try this now:** {entry.tip}" for entry in entries[:1]))
    await _add_next(answer, entries)
    related = _related(entries)
    examples = [f"Find {entry.search}" for entry in entries if entry.search][:1]
    answer.hints = [f"What is {term.term}?" for term in related[:2]] + examples
    return True


def _only_names_a_term(question: str) -> bool:
    words = question.split()
    return (
        len(words) <= _FEW_WORDS
        and not catalogue_search.ASKS_SOUNDS.search(question)
        and not catalogue_search.names_instrument(question)
    )


def _entries(question: str) -> list[GlossaryEntry]:
    """Return the one or two glossary entries that a question asks about."""
    pair = _DIFFERENCE.search(question)
    parts = [part for part in pair.groups() if part] if pair else [question]
    found = {entry.slug: entry for part in parts for entry in glossary.lookup(part)[:1]}
    return list(found.values())


async def _add_sound(answer: AnswerBuilder, entries: list[GlossaryEntry], refs: list[str]) -> None:
    demonstrated = next((entry for entry in entries if demonstrations.of_term(entry.slug)), None)
    if demonstrated is not None:
        await answer.add_text(
            f"**Hear it:** [before and after]({routes.term(demonstrated.slug)}), the same loop twice.\n\n"
        )
    if refs:
        heading = "Sounds to try it on" if entries[0].is_practice else "Examples from the catalogue"
        await answer.add_text(f"{heading}:\n\n")
        await answer.show_items(list(dict.fromkeys(refs))[:SHOWN])
        await answer.add_text("\n\n")


async def _add_next(answer: AnswerBuilder, entries: list[GlossaryEntry]) -> None:
    links = [f"[{term.term}]({routes.term(term.slug)})" for term in _related(entries)[:2]]
    own = [f"[{entry.title}]({routes.term(entry.slug)})" for entry in entries]
    await answer.add_text(f"\n\nOn its page: {' and '.join(own)}. Continue with {' and '.join(links)}.")
    genres = {GENRE_WORDS[entry.term] for entry in entries if entry.term in GENRE_WORDS}  # a term may be a genre, too
    if genres:
        packs = " and ".join(f"[{GENRES[slug]}]({routes.genre(slug)})" for slug in sorted(genres))
        await answer.add_text(f" On sale under {packs}.")
    pages = resources.for_topic(entries[0].kind)
    if pages:
        await answer.add_text(
            "\n\nElsewhere: "
            + ", ".join(f"[{escaped(one.title)}]({one.url}) by {escaped(one.by)}" for one in pages)
            + "."
        )


def _related(entries: list[GlossaryEntry]) -> list[GlossaryEntry]:
    shown = {entry.slug for entry in entries}
    found = [other for entry in entries for name in entry.related if (other := glossary.get(name))]
    return list({other.slug: other for other in found if other.slug not in shown}.values())
