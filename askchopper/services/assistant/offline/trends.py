"""Offline answers about what is trending."""

import re
from typing import Any

from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.knowledge.theory import table_answers

_ASKS = re.compile(
    r"\b(?:trend(?:s|ing)?|what(?:'s| is) (?:hot|big|rising|popular)(?: right now| now| this week| at the moment)?|rising|gaining popularity|hot right now)\b",
    re.IGNORECASE,
)
_ASKS_MEANING = re.compile(r"\b(?:what is a trend|trend(?:ing)? mean)", re.IGNORECASE)
ONLY_HERE = "I only looked at this marketplace: its plays, downloads and sales of this week against the four before."
_SPOKEN = {"genre": "Genres", "key": "Keys", "tempo": "Tempos", "kind": "Kinds", "creator": "Creators"}


async def answer(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Answer what is trending, in a genre or in all of them, from the marketplace alone."""
    if not _ASKS.search(turn.question) or _ASKS_MEANING.search(turn.question):
        return False
    style = table_answers.genre_in(turn.question)
    outcome = await tool_calls.run_by_rule(answer, page, "catalogue_trends", {"genre": style or ""})
    if outcome is None:
        return True
    content = outcome.content
    where = f" in {table_answers.style_name(style).lower()}" if style else ""
    if not content["enough_activity"]:
        await answer.add_text(f"Too little was played{where} here this week to call anything a trend. {ONLY_HERE}")
        answer.hints = (
            ["What is trending?", "Show me the most popular packs"] if style else ["Show me the most popular packs"]
        )
        return True
    await answer.add_text(f"{ONLY_HERE}\n\n{_lines(content)}")
    if outcome.refs:
        await answer.add_text(f"\n\nRising{where}:\n\n")
        await answer.show_items(list(outcome.refs))
    await answer.add_text(f"\n\nMore on the [trends page]({content['page']}).")
    answer.hints = (
        [f"Find {table_answers.style_name(style).lower()} packs"] if style else ["What is trending in techno?"]
    )
    return True


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
