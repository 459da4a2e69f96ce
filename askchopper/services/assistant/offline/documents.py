"""Offline answers from the member's documents, quoted verbatim."""

import re

from askchopper.database import read_only
from askchopper.schemas.assistant import PageContext, SourcePart
from askchopper.schemas.knowledge import Passage
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import catalogue_search
from askchopper.services.knowledge import documents, extractive_answers, passages
from askchopper.vocabulary import ChatRole, DocumentState

WELL_COVERED, PARTLY_COVERED = 0.6, 0.4  # shares of a question's words that the quotes contain
MOST_LISTED = 20
MORE = "What else does it say about this?"
_MORE = re.compile(r"^\s*(?:and )?(?:what|anything|does it say anything) else\b.{0,40}$", re.IGNORECASE)
_ABOUT_PAPERS = re.compile(
    r"\b(contract|agreement|document|pdf|file|page|clause|section|licen[cs]e text|sheet|rider|invoice|notes|manual|letter|say|says|said|according)\b",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\b(?:show|list|see|which|what|where are|do i have|how many)\b.{0,20}\b(?:my|documents|files|papers|uploads)\b.{0,15}?(?:documents|files|papers|uploads|do i have|have i|i have|uploaded)\b(?!.*\bsay)",
    re.IGNORECASE,
)


async def at_hand(answer: AnswerBuilder, turn: Turn, _page: PageContext) -> bool:
    """List the member's documents, or answer from this conversation's if they match well or are clearly the subject."""
    if _LIST.search(turn.question):
        return await _list_own(answer)
    if await _quote_more(answer, turn):
        return True
    is_about_them = turn.is_attached or bool(_ABOUT_PAPERS.search(turn.question))
    return turn.has_documents and await _quote(answer, turn, at_least=0.0 if is_about_them else WELL_COVERED)


async def any_of_them(answer: AnswerBuilder, turn: Turn, _page: PageContext) -> bool:
    """Answer from any document if the question sounds like one about documents, else from this conversation's on a partial match."""
    if _ABOUT_PAPERS.search(turn.question) and await _quote(answer, turn, at_least=WELL_COVERED):
        return True
    is_search = catalogue_search.ASKS_SOUNDS.search(turn.question)
    return turn.has_documents and not is_search and await _quote(answer, turn, at_least=PARTLY_COVERED)


async def _list_own(answer: AnswerBuilder) -> bool:
    async with read_only() as session:
        page = await documents.list_documents(session, answer.viewer, limit=MOST_LISTED)
    if not page.items:
        await answer.add_text(
            "You haven't attached any documents yet. Attach one to a question, and I'll quote from it."
        )
        return True
    lines: list[str] = []
    for line in page.items:
        pages = f" ({line.pages} pages)" if line.pages and line.pages > 1 else ""
        lines.append(
            f"- {escaped(line.title)}{pages if line.state is DocumentState.READY else f' ({line.state.value})'}"
        )
    more = "\n\nThere are more." if page.next_cursor else ""
    await answer.add_text("Your documents, newest first:\n\n" + "\n".join(lines) + more)
    return True


async def _quote_more(answer: AnswerBuilder, turn: Turn) -> bool:
    """Answer "what else does it say?" with the next-best sentences."""
    quoted = {part.quote for line in turn.history for part in line.parts if isinstance(part, SourcePart)}
    asked = [line.words for line in turn.history if line.role is ChatRole.USER and not _MORE.match(line.words)]
    if not (_MORE.match(turn.question) and quoted and asked):
        return False
    if not await _say(answer, asked[-1], await _passages(answer, turn, asked[-1]), "It says this too:", quoted):
        await answer.add_text("It says nothing more about that.")
    return True


async def _quote(answer: AnswerBuilder, turn: Turn, *, at_least: float) -> bool:
    """Quote the best matching sentences; False if they cover less than ``at_least`` (0 to 1) of the question's words.

    Use 0 for questions that can only be about documents: without a match, the answer then says so.
    """
    found = await _passages(answer, turn, turn.question)
    quotes = extractive_answers.best_sentences(turn.question, found)
    if extractive_answers.coverage(turn.question, quotes) < at_least:
        return False
    if not quotes:
        titles = ", ".join(dict.fromkeys(material.title for material in turn.materials)) or "your documents"
        await answer.add_text(f"I couldn't find that in {escaped(titles)}. Try words that might appear in it.")
        return True
    is_one = len({passage.document_id for passage, _ in quotes}) == 1
    return await _say(answer, turn.question, found, f"This is what {'it says' if is_one else 'they say'}:", set())


async def _passages(answer: AnswerBuilder, turn: Turn, question: str) -> tuple[Passage, ...]:
    ids = list(dict.fromkeys(material.document_id for material in turn.materials)) or None
    async with read_only() as session:
        return await passages.find_passages(session, answer.viewer, question=question, document_ids=ids, limit=6)


async def _say(answer: AnswerBuilder, question: str, found: tuple[Passage, ...], intro: str, quoted: set[str]) -> bool:
    """Quote the best sentences not quoted yet, and suggest asking for more; False if there are none."""
    quotes = extractive_answers.best_sentences(question, found, without=quoted)
    if not quotes:
        return False
    await answer.add_text(f"{intro}\n\n")
    for passage, quote in quotes:
        await answer.add_text(f"> {escaped(quote)} ")
        await answer.add_citation(
            SourcePart(0, passage.document_id, passage.document_title, quote, passage.id, passage.page)
        )
        await answer.add_text("\n\n")
    quoted = quoted | {quote for _, quote in quotes}
    answer.hints = [MORE] if extractive_answers.best_sentences(question, found, without=quoted) else []
    return True
