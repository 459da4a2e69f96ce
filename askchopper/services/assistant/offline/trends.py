"""Offline answers about trends: in the marketplace first, then on the web if web search is available."""

import re
from collections.abc import Sequence
from typing import Any

from askchopper import settings
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.web_search import Freshness, WebResult
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import web
from askchopper.services.knowledge.theory import table_answers

_ASKS = re.compile(
    r"\b(?:trend(?:s|ing)?|what(?:'s| is) (?:hot|big|rising|popular)(?: right now| now| this week| at the moment)?|rising|gaining popularity|hot right now)\b",
    re.IGNORECASE,
)
_ASKS_MEANING = re.compile(r"\b(?:what is a trend|trend(?:ing)? mean)", re.IGNORECASE)
_MEASURED = "this week's plays, downloads, sales and searches, compared with the four weeks before."
ONLY_HERE = f"I only looked at this marketplace: {_MEASURED}"
HERE = f"On this marketplace, by {_MEASURED}"
# The subject of a web page: the first one whose words it contains; news if it contains none.
_SUBJECTS = {
    "Techniques": re.compile(r"\b(?:how to|how producers|techniques?|tutorials?|tips|workflow|sound design|mixing|mastering|step by step)\b", re.IGNORECASE),
    "Technology": re.compile(r"\b(?:plug-?ins?|synth(?:s|esi[sz]ers?)?|software|hardware|daws?|ableton|fl studio|logic pro|sequencers?|controllers?|firmware|vst)\b", re.IGNORECASE),
    "Artists": re.compile(r"\b(?:artists?|producers?|djs?|albums?|eps?|singles?|labels?|duo|band|tour|remix(?:es)?)\b", re.IGNORECASE),
    "News": re.compile(""),
}  # fmt: skip
_PAGES_OF_SUBJECT = 2
_SPOKEN = {
    "genre": "Genres", "key": "Keys", "tempo": "Tempos", "kind": "Kinds", "creator": "Creators", "search": "Searched for",
}  # fmt: skip


def asks(question: str) -> bool:
    """Return whether a question asks what is trending."""
    return bool(_ASKS.search(question)) and not _ASKS_MEANING.search(question)


async def answer(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Answer what is trending in a genre or in all of them."""
    if not asks(turn.question):
        return False
    style = table_answers.genre_in(turn.question)
    outcome = await tool_calls.run_by_rule(answer, page, "catalogue_trends", {"genre": style or ""})
    if outcome is None:
        return True
    content = outcome.content
    where = f" in {table_answers.style_name(style).lower()}" if style else ""
    searches_web = settings.get().searches_web
    if not content["enough_activity"]:
        only = "" if searches_web else f" {ONLY_HERE}"
        await answer.add_text(f"Too little was played{where} here this week to call anything a trend.{only}")
        await _add_web(answer, page, style)
        answer.hints = (
            ["What is trending?", "Show me the most popular packs"] if style else ["Show me the most popular packs"]
        )
        return True
    await answer.add_text(f"{HERE if searches_web else ONLY_HERE}\n\n{_lines(content)}")
    if outcome.refs:
        await answer.add_text(f"\n\nRising{where}:\n\n")
        await answer.show_items(list(outcome.refs))
    await answer.add_text(f"\n\nMore on the [trends page]({content['page']}).")
    await _add_web(answer, page, style)
    answer.hints = (
        [f"Find {table_answers.style_name(style).lower()} packs"] if style else ["What is trending in techno?"]
    )
    return True


async def _add_web(answer: AnswerBuilder, page: PageContext, style: str | None) -> None:
    """Add web pages on techniques, technology, artists and news, with source and date."""
    if not settings.get().searches_web:
        return
    await answer.add_text("\n\n")
    name = table_answers.style_name(style).lower() if style else "electronic and hip hop"
    found = await web.find(
        answer, page, f"{name} music production trends techniques artists plugins news", Freshness.MONTH
    )
    if not found:
        return
    await answer.add_text("Elsewhere, from pages of the last month:\n\n")
    for subject, pages in _by_subject(found).items():
        await answer.add_text(f"**{subject}**\n\n")
        await web.list_pages(answer, pages[:_PAGES_OF_SUBJECT])


def _by_subject(found: Sequence[WebResult]) -> dict[str, list[WebResult]]:
    by_subject: dict[str, list[WebResult]] = {subject: [] for subject in _SUBJECTS}
    for one in found:
        said = f"{one.title} {one.text}"
        subject = "News" if one.is_news else next(name for name, words in _SUBJECTS.items() if words.search(said))
        by_subject[subject].append(one)
    return {subject: pages for subject, pages in by_subject.items() if pages}


def _lines(content: dict[str, Any]) -> str:
    found: list[str] = []
    for name, title in _SPOKEN.items():
        lines: list[dict[str, Any]] = content["dimensions"].get(name, [])
        shown = [line for line in lines if line["is_rising"]][:3] or lines[:2]
        if shown:
            found.append(f"- **{title}:** " + ", ".join(_said(line) for line in shown))
    return "\n".join(found)


def _said(line: dict[str, Any]) -> str:
    change = "new" if line["change"] is None else f"{line['change']:+.0%}"
    return f"{escaped(str(line['label']))} ({change}{', rising' if line['is_rising'] else ''})"
