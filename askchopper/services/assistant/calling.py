"""Using a tool within an answer: its chip from running to done or failed, what it found, and the sentence when it fails."""

import secrets
from typing import Any

from askchopper.errors import AskChopperError
from askchopper.schemas.assistant import PageContext, ToolPart
from askchopper.services.assistant.tools import registry
from askchopper.services.assistant.tools.definition import Outcome
from askchopper.services.assistant.writing import Answer

MAX_SUMMARY = 200
MISUSED = "It was asked in a way that it does not understand."


async def use(answer: Answer, page: PageContext, name: str, given: dict[str, Any]) -> Outcome | None:
    """Use a tool because a rule says so, with its chip; a failure is told, and gives None."""
    place = await announce(answer, f"own_{secrets.token_hex(6)}", name)
    try:
        return await call(answer, page, name, given, place=place)
    except AskChopperError as error:
        await answer.say(f"{error.sentence}\n\n")
        return None


async def announce(answer: Answer, call_id: str, name: str) -> int | None:
    """Show that a tool is about to be used; returns the place of its chip, None for a tool that does not exist."""
    tool = registry.TOOLS.get(name)
    return None if tool is None else await answer.add(ToolPart(call_id, tool.doing, tool.icon, ""))


async def call(answer: Answer, page: PageContext, name: str, given: dict[str, Any], *, place: int | None) -> Outcome:
    """Use a tool with the rights of the answer's reader.

    Raises:
        AskChopperError: it failed; the sentence is for the model and for people.
    """
    answer.tools.append(name[:60])
    try:
        tool, arguments = registry.read_arguments(name, given)
    except AskChopperError:
        if place is not None:
            await answer.change(place, label=_label(name), state="failed", summary=MISUSED)
        raise
    try:
        if place is not None:
            await answer.change(place, arguments=arguments.in_short(), details=registry.details(given))
        outcome = await registry.use(answer.viewer, tool, arguments, page=page)
    except AskChopperError as error:
        if place is not None:
            await answer.change(place, label=_label(name), state="failed", summary=error.sentence[:MAX_SUMMARY])
        raise
    if place is not None:
        await answer.change(place, label=_label(name), state="done", summary=outcome.summary[:MAX_SUMMARY])
    answer.found_refs += [ref for ref in outcome.refs if ref not in answer.found_refs]
    if outcome.proposal and outcome.proposal not in answer.parts:
        await answer.add(outcome.proposal)
    return outcome


def _label(name: str) -> str:
    return registry.TOOLS[name].label
