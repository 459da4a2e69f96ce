"""Offline answers from the web: lists of cited pages with source and date."""

import re
from collections.abc import Iterable, Sequence

from askchopper import settings
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.web_search import Freshness, WebResult, WebSearchFault
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.tools import web_search
from askchopper.services.knowledge.web_search.search import WebSearchError

_SHOWN = 5
_WEB = re.compile(
    r"\b(?:search|look(?: up| on)?|check|google)\s+(?:on\s+)?(?:the\s+)?(?:web|internet|net|online)\s+(?:for\s+|about\s+)?(?P<what>.+)"
    r"|\b(?:google|search online for|look up online)\s+(?P<other>.+)",
    re.IGNORECASE,
)
_PAGES = re.compile(r"\b(?P<kind>tutorials?|news)\s+(?:for|on|about|from|in)\s+(?P<what>.+)", re.IGNORECASE)


async def answer(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Search the web if the question asks for a web search, tutorials or news."""
    asked, pages = _WEB.search(turn.question), _PAGES.search(turn.question)
    if asked is None and (pages is None or not settings.get().searches_web):
        return False
    if not settings.get().searches_web:
        await answer.add_text(WebSearchError(WebSearchFault.OFF).sentence)
        return True
    if asked is not None:
        words, freshness = asked["what"] or asked["other"], Freshness.ANY
    else:
        words = f"{pages['what']} {pages['kind']} music production"  # type: ignore[index]
        freshness = Freshness.MONTH if pages["kind"].casefold() == "news" else Freshness.ANY  # type: ignore[index]
    found = await find(answer, page, words.rstrip(" ?!."), freshness)
    if found:
        await answer.add_text("From the web:\n\n")
        await list_pages(answer, found[:_SHOWN])
    elif found is not None:
        await answer.add_text("The web search found nothing for this.")
    return True


async def find(
    answer: AnswerBuilder, page: PageContext, query: str, freshness: Freshness = Freshness.ANY
) -> Sequence[WebResult] | None:
    """Search the web and show the tool's status chip. None if it failed; the answer then states the reason."""
    given = {"query": query[:300], "freshness": freshness.value}
    outcome = await tool_calls.run_by_rule(answer, page, web_search.NAME, given)
    return None if outcome is None else outcome.sources


async def list_pages(answer: AnswerBuilder, found: Iterable[WebResult]) -> None:
    """List pages with site and date, each with a citation."""
    for one in found:
        date = f"{one.published_on:%-d %b %Y}" if one.published_on else "no date"
        await answer.add_text(f"- {escaped(one.title)}, {one.site}, {date} ")
        await answer.cite_page(one)
        await answer.add_text("\n")
    await answer.add_text("\n")
