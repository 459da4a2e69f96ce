"""The assistant with the stand-in model, for tests: ask, wait for the end, read what was kept."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from anthropic_standin import KEY, AnthropicStandin
from sqlalchemy import select

from askchopper.database import read_only, transaction
from askchopper.integrations import claude
from askchopper.models.tables import messages
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, MessageLine, PageContext, Thread
from askchopper.services.assistant import asking, branch, conversations, running, stream
from askchopper.services.assistant.breaker import breaker

_keys = itertools.count(1)


@asynccontextmanager
async def assistant(standin: AnthropicStandin | None, **settings: str) -> AsyncIterator[None]:
    """Let the product use the stand-in, or no model, for the length of the block."""
    from conftest import environment

    if standin is not None:
        settings = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": standin.url, **settings}
    with environment(**settings):
        breaker.succeeded()
        stream.hub.cache_clear()
        try:
            async with running.serving():
                yield
        finally:
            breaker.succeeded()


async def ask(
    viewer: Viewer,
    text: str,
    *,
    thread: Asked | None = None,
    documents: Sequence[str] = (),
    page: PageContext | None = None,
) -> Asked:
    """Ask and begin the answer."""
    question = asking.Question(
        text, f"test-key-{next(_keys)}", str(thread.conversation_id) if thread else "", documents
    )
    async with transaction() as session:
        asked = await asking.ask(session, viewer, question)
    running.begin(asked, viewer, page)
    return asked


async def ended(viewer: Viewer, asked: Asked, *, seconds: float = 10) -> MessageLine:
    """Wait for the end of an answer and return it as it was kept."""
    await running.ended(asked.answer_id, seconds=seconds)
    async with read_only() as session:
        line, _ = await conversations.get_message(session, viewer, message_id=str(asked.answer_id))
    return line


async def answer(viewer: Viewer, text: str, **more) -> MessageLine:
    """Ask, and return the answer once it has ended."""
    return await ended(viewer, await ask(viewer, text, **more))


async def said(asked: Asked, words: str, *, seconds: float = 5) -> None:
    """Wait until an answer has said something."""
    async with asyncio.timeout(seconds):
        seen = ""
        async for step in stream.hub().follow(str(asked.conversation_id)):
            if step is not None and step.name == stream.TEXT:
                seen += step.data
            if step is not None and step.name == stream.HTML:
                seen += step.data["html"]
            if words in seen:
                return


async def thread_of(viewer: Viewer, asked: Asked) -> Thread:
    """Read the conversation."""
    async with read_only() as session:
        return await branch.get_thread(session, viewer, conversation_id=str(asked.conversation_id))


async def statuses() -> list[str]:
    """List the status of every message."""
    async with read_only() as session:
        return list((await session.execute(select(messages.c.status).order_by(messages.c.created_at))).scalars())


async def close_model() -> None:
    """Forget the model of this test's event loop."""
    await claude.close()
