"""Generates a conversation title and follow-up questions with the fast model, after an answer has ended."""

import asyncio
import json
import re
from contextlib import suppress
from typing import Any, cast

from sqlalchemy import select, update

from askchopper import settings
from askchopper.database import transaction
from askchopper.integrations import claude
from askchopper.integrations.claude import ModelError, Usage
from askchopper.models.assistant import conversations, messages
from askchopper.observability import log
from askchopper.schemas.text import is_plain
from askchopper.services.assistant import broker, prompt, token_usage
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.circuit_breaker import breaker
from askchopper.vocabulary import Writer

SECONDS = 15.0
MAX_TITLE, MAX_FOLLOW_UP, FOLLOW_UPS = 60, 80, 3
_JSON = re.compile(r"\{.*\}", re.DOTALL)


async def suggest_title(answer: AnswerBuilder) -> None:
    """Store a title, unless the owner has set one, and follow-up questions for the conversation of an answer.

    The conversation keeps its position in the history. Without the fast model, or if it fails, the first words of the
    question remain the title. Never raises; readers are always sent a ``named`` event.
    """
    try:
        async with asyncio.timeout(SECONDS):
            await _store_suggestion(answer, *await _suggest(answer))
    except (ModelError, TimeoutError):
        pass
    except Exception:  # optional; the answer stays
        log.exception("chat.title_failed", answer=str(answer.asked.answer_id))
    with suppress(broker.BrokerError):
        await broker.get_broker().publish(str(answer.asked.conversation_id), broker.NAMED, str(answer.asked.answer_id))


async def _suggest(answer: AnswerBuilder) -> tuple[str, list[str], Usage]:
    model = claude.find()
    if model is None or answer.writer is Writer.OFFLINE or breaker.state != "closed":
        return "", answer.hints[:3], Usage()
    async with transaction() as session:
        question = (
            await session.execute(select(messages.c.words).where(messages.c.id == answer.asked.question_id))
        ).scalar_one_or_none()
    data = json.dumps({"question": (question or "")[:1000], "answer": answer.words[:1500]}, ensure_ascii=False)
    said, usage = await model.complete(
        model=settings.get().anthropic_fast_model, system=prompt.NAMING, text=f"<data>\n{data}\n</data>", max_tokens=300
    )
    return *parse_suggestion(said), usage


def parse_suggestion(said: str) -> tuple[str, list[str]]:
    """Parse title and follow-ups from the fast model's output; drops invalid ones."""
    match = _JSON.search(said)
    if not match and said.lstrip().startswith(("{", "[")):
        return "", []
    try:
        found = json.loads(match[0]) if match else {"title": said}
    except ValueError:
        return "", []
    title, follow_ups = found.get("title", ""), found.get("follow_ups", [])
    listed = cast("list[Any]", follow_ups) if isinstance(follow_ups, list) else []
    kept = [line for one in listed if (line := _line(one, MAX_FOLLOW_UP))]
    return _line(title, MAX_TITLE), kept[:FOLLOW_UPS]


def _line(text: object, longest: int) -> str:
    line = " ".join(text.split()).strip("\"' ") if isinstance(text, str) else ""
    return line if line and len(line) <= longest and is_plain(line) else ""


async def _store_suggestion(answer: AnswerBuilder, title: str, follow_ups: list[str], usage: Usage) -> None:
    async with transaction() as session:
        if title:
            await session.execute(
                update(conversations)
                .where(
                    conversations.c.id == answer.asked.conversation_id,
                    conversations.c.is_named.is_(False),
                    conversations.c.is_temporary.is_(False),
                )
                .values(title=title, is_named=True)
            )
        await session.execute(
            update(messages).where(messages.c.id == answer.asked.answer_id).values(follow_ups=follow_ups)
        )
        if usage.input_tokens:
            await token_usage.add(
                session, answer.viewer.user_id, model=settings.get().anthropic_fast_model, usage=usage, answers=0
            )
