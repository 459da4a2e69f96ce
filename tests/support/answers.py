"""Test helpers for the assistant with the simulated model: ask, wait for the end, read the stored answer."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from askchopper.database import read_only, transaction
from askchopper.integrations import claude
from askchopper.models.assistant import messages
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, MessageDetail, PageContext, Thread
from askchopper.services.assistant import answer_tasks, broker, conversations, questions, threads
from askchopper.services.assistant.circuit_breaker import breaker
from tests.simulators.anthropic.client import KEY, AnthropicSimulator

_keys = itertools.count(1)


@asynccontextmanager
async def assistant(simulator: AnthropicSimulator | None, **settings: str) -> AsyncIterator[None]:
    """Use the simulator, or no model, within the block."""
    from askchopper.settings import environment

    if simulator is not None:
        settings = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": simulator.url, **settings}
    with environment(**settings):
        breaker.succeeded()
        broker.get_broker.cache_clear()
        try:
            async with answer_tasks.serving():
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
    """Ask and start the answer."""
    question = questions.Question(
        text, f"test-key-{next(_keys)}", str(thread.conversation_id) if thread else "", documents
    )
    async with transaction() as session:
        asked = await questions.ask(session, viewer, question)
    answer_tasks.start(asked, viewer, page)
    return asked


async def ended(viewer: Viewer, asked: Asked, *, seconds: float = 10) -> MessageDetail:
    """Wait for the end of an answer, and of the request for its title; returns the stored message.

    A title asked for in the background would take the next turn of a script.
    """
    await answer_tasks.wait_until_ended(asked.answer_id, seconds=seconds)
    if titles := [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__name__", "") == "suggest_title"]:
        await asyncio.wait(titles, timeout=1)
    async with read_only() as session:
        line, _ = await conversations.get_message(session, viewer, message_id=str(asked.answer_id))
    return line


async def answer(viewer: Viewer, text: str, **more) -> MessageDetail:
    """Ask, and return the answer once it has ended."""
    return await ended(viewer, await ask(viewer, text, **more))


async def said(asked: Asked, words: str, *, seconds: float = 5) -> None:
    """Wait until an answer has text."""
    async with asyncio.timeout(seconds):
        seen = ""
        async for step in broker.get_broker().follow(str(asked.conversation_id)):
            if step is not None and step.name == broker.TEXT:
                seen += step.data
            if step is not None and step.name == broker.HTML:
                seen += step.data["html"]
            if words in seen:
                return


async def thread_of(viewer: Viewer, asked: Asked) -> Thread:
    """Read the conversation."""
    async with read_only() as session:
        return await threads.get_thread(session, viewer, conversation_id=str(asked.conversation_id))


async def statuses() -> list[str]:
    """List the status of every message."""
    async with read_only() as session:
        return list((await session.execute(select(messages.c.status).order_by(messages.c.created_at))).scalars())


async def do(action: Callable[..., Awaitable[Any]], *words: Any, **values: Any) -> Any:
    """Run one call in a separate transaction."""
    async with transaction() as session:
        return await action(session, *words, **values)


async def close_model() -> None:
    """Drop the cached model client of this test's event loop."""
    await claude.close()
