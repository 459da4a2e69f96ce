"""Runs tools during an answer: status chip, result, and error message."""

import secrets
from typing import Any

from askchopper.errors import AskChopperError
from askchopper.schemas.assistant import PageContext, ToolPart
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.tools import registry
from askchopper.services.assistant.tools.definition import Outcome

MAX_SUMMARY = 200
MISUSED = "This step was called with invalid values."


async def run_by_rule(answer: AnswerBuilder, page: PageContext, name: str, given: dict[str, Any]) -> Outcome | None:
    """Run a tool for an offline rule and show its status chip. On failure, show the error and return None."""
    place = await announce(answer, f"own_{secrets.token_hex(6)}", name)
    try:
        return await call(answer, page, name, given, place=place)
    except AskChopperError as error:
        await answer.add_text(f"{error.sentence}\n\n")
        return None


async def announce(answer: AnswerBuilder, call_id: str, name: str) -> int | None:
    """Show the status chip of a tool call that has begun; returns its part index, or None for an unknown tool."""
    tool = registry.find(answer.viewer, name)
    return None if tool is None else await answer.add(ToolPart(call_id, tool.doing, tool.icon, ""))


async def call(
    answer: AnswerBuilder, page: PageContext, name: str, given: dict[str, Any], *, place: int | None
) -> Outcome:
    """Run a tool call with the reader's permissions, update its status chip, and add its results to the answer.

    Raises:
        AskChopperError: it failed; the message is for the model and the reader.
    """
    answer.tools.append(name[:60])
    try:
        tool, arguments = registry.read_arguments(answer.viewer, name, given)
    except AskChopperError:
        if place is not None:
            await answer.change(place, label=_label(answer, name), state="failed", summary=MISUSED)
        raise
    try:
        if place is not None:
            await answer.change(place, arguments=arguments.in_short(), details=registry.details(given))
        outcome = await registry.use(answer.viewer, tool, arguments, page=page)
    except AskChopperError as error:
        answer.results.append((name, None))
        if place is not None:
            await answer.change(place, label=_label(answer, name), state="failed", summary=error.sentence[:MAX_SUMMARY])
        raise
    if place is not None:
        await answer.change(place, label=_label(answer, name), state="done", summary=outcome.summary[:MAX_SUMMARY])
    answer.results.append((name, outcome))
    answer.found_refs += [ref for ref in outcome.refs if ref not in answer.found_refs]
    answer.web_results |= {source.url: source for source in outcome.sources}
    answer.artists += outcome.artists
    if outcome.proposal and outcome.proposal not in answer.parts:
        await answer.add(outcome.proposal)
    return outcome


def _label(answer: AnswerBuilder, name: str) -> str:
    tool = registry.find(answer.viewer, name)
    return tool.label if tool else name
