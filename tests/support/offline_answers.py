"""Asking without a model."""

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ItemsPart, MessageDetail, ToolPart
from askchopper.vocabulary import AnswerStatus, Writer
from tests.support.answers import answer, ask, assistant, ended


def tools(line: MessageDetail) -> list[str]:
    return [part.label for part in line.parts if isinstance(part, ToolPart)]


def refs(line: MessageDetail) -> list[str]:
    return [ref for part in line.parts if isinstance(part, ItemsPart) for ref in part.refs]


async def offline(viewer: Viewer, text: str) -> MessageDetail:
    async with assistant(None):
        line = await answer(viewer, text)
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.OFFLINE)
    return line


async def shown(viewer: Viewer, text: str, **more) -> tuple[str, list[str]]:
    async with assistant(None):
        line = await answer(viewer, text, **more)
    return line.words, refs(line)


async def talk(viewer: Viewer, *questions: str) -> list[MessageDetail]:
    """Ask questions one after another in one conversation."""
    lines: list[MessageDetail] = []
    thread = None
    async with assistant(None):
        for question in questions:
            thread = await ask(viewer, question, thread=thread)
            lines.append(await ended(viewer, thread))
    return lines
