"""Learns from a conversation after an answer: facts that the member stated, and a summary (gist) of the conversation.

Rules always read the question, so that common phrasings do not depend on a model; if there is one, the fast model reads
it too. Only the question is read, since answers, documents, tool results and pages are not statements by the member.
"""

import json
import re
import uuid
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.integrations import claude
from askchopper.integrations.claude import ModelError, Usage
from askchopper.observability import log
from askchopper.schemas.memory import Fact
from askchopper.schemas.text import is_plain
from askchopper.services.assistant import prompt, token_usage
from askchopper.services.memory import choices, facts, gists, rules
from askchopper.services.memory.sensitive import is_sensitive
from askchopper.vocabulary import MemoryKind

MAX_FACT = 200
_MAX_READ = 2_000
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["facts"],
    "properties": {
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["kind", "text", "quote"],
                "properties": {
                    "kind": {"type": "string", "enum": [kind.value for kind in MemoryKind]},
                    "text": {"type": "string"},
                    "quote": {"type": "string"},
                },
            },
        }
    },
}
_GIST_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["gist", "open_point"],
    "properties": {"gist": {"type": "string"}, "open_point": {"type": "string"}},
}
_JSON = re.compile(r"\{.*\}", re.DOTALL)


async def learn_from(question_id: uuid.UUID) -> None:
    """Store the facts stated in a question and update the gist of its conversation. Idempotent.

    Does nothing if memory is off for the member or the conversation, or if the question was deleted or edited.
    """
    async with read_only() as session:
        row = (await session.execute(_QUESTION, {"message": question_id})).one_or_none()
        is_used = row is not None and await choices.is_used_in(session, row.user_id, row.conversation_id)
    if row is None or not is_used:
        return
    found = list(rules.find_facts(row.words))
    written, usage = await _ask_model(row.words)
    subjects = {fact.text.casefold() for fact in found}
    found += [fact for fact in written if fact.text.casefold() not in subjects]
    async with transaction() as session:
        # Paused, deleted or edited while the model read it: nothing is learnt then.
        if not await choices.is_used_in(session, row.user_id, row.conversation_id):
            return
        if (await session.execute(_QUESTION, {"message": question_id})).one_or_none() is None:
            return
        learnt = await facts.learn(session, row.user_id, found, message_id=question_id, said_at=row.created_at)
        await gists.extract(session, row.conversation_id)
        await _count(session, row.user_id, usage)
    if learnt:
        log.info("memory.learnt", user=str(row.user_id), facts=len(learnt), kinds=sorted({one.kind for one in learnt}))


async def summarise_resting() -> int:
    """Write gists of idle conversations, by the fast model or else from their messages; returns their number."""
    model = claude.find()
    async with read_only() as session:
        due = await gists.list_resting(session, has_model=model is not None)
    done = 0
    for conversation_id in due:
        if model is None or not await _write_gist(model, conversation_id):
            async with transaction() as session:
                await gists.extract(session, conversation_id)
        done += 1
    return done


async def _write_gist(model: claude.Claude, conversation_id: uuid.UUID) -> bool:
    async with read_only() as session:
        lines = (await session.execute(_LINES, {"conversation": conversation_id})).all()
    if not lines:
        return False
    data = json.dumps([{"role": line.role, "text": line.words[:800]} for line in lines], ensure_ascii=False)
    try:
        said, usage = await model.complete(
            model=settings.get().anthropic_fast_model, system=prompt.GIST, text=f"<data>\n{data}\n</data>", max_tokens=400,
            schema=_GIST_SCHEMA,
        )  # fmt: skip
    except ModelError:
        return False
    found = _read(said)
    gist = " ".join(str(found.get("gist", "")).split())
    if not gist or not is_plain(gist):
        return False
    questions = [line for line in lines if line.role == "user"]
    async with transaction() as session:
        await gists.write(
            session, conversation_id, gist=gist[:600], words=" ".join([gist, *(line.words for line in questions)])[:4000],
            message_id=questions[0].id if questions else None, is_written=True,
            open_point=" ".join(str(found.get("open_point", "")).split())[:300],
        )  # fmt: skip
        await _count(session, lines[0].user_id, usage)
    return True


async def _ask_model(words: str) -> tuple[list[Fact], Usage]:
    """Extract facts with the fast model; empty without a model, if no word hints at a statement, or if the request fails."""
    model = claude.find()
    spoken = rules.spoken(words)[:_MAX_READ]
    if model is None or not _MAY_TELL.search(spoken):
        return [], Usage()
    try:
        said, usage = await model.complete(
            model=settings.get().anthropic_fast_model,
            system=prompt.FACTS,
            text=f"<data>\n{json.dumps({'message': spoken}, ensure_ascii=False)}\n</data>",
            max_tokens=500,
            schema=_SCHEMA,
        )
    except ModelError:
        return [], Usage()
    return list(parse_facts(said, spoken)), usage


def parse_facts(said: str, spoken: str) -> list[Fact]:
    """Parse at most ``rules.MAX_FACTS`` facts of the fast model; drops invalid and sensitive ones, and those without a quote from the message."""
    listed = _read(said).get("facts")
    kept: list[Fact] = []
    for one in cast("list[Any]", listed)[: rules.MAX_FACTS] if isinstance(listed, list) else []:
        given = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        words, quote = (" ".join(str(given.get(name, "")).split()) for name in ("text", "quote"))
        is_said = len(quote) >= 3 and quote.casefold() in " ".join(spoken.split()).casefold()
        if not words or len(words) > MAX_FACT or not is_plain(words) or not is_said:
            continue
        if is_sensitive(words) or is_sensitive(quote) or given.get("kind") not in set(MemoryKind):
            continue
        kept.append(rules.described(words, MemoryKind(given["kind"])))
    return kept


def _read(said: str) -> dict[str, Any]:
    match = _JSON.search(said)
    try:
        found: object = json.loads(match[0]) if match else None
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


async def _count(session: AsyncSession, user_id: uuid.UUID, usage: Usage) -> None:
    if usage.input_tokens:
        await token_usage.add(session, user_id, model=settings.get().anthropic_fast_model, usage=usage, answers=0)


# Facts are stated in the first person or as commands; any other message, such as a search, costs no model call.
_MAY_TELL = re.compile(r"\b(?:i|i'm|i've|i'd|my|me|we|our|remember|forget|call|don't|always|never)\b", re.IGNORECASE)
# A question that was edited has a newer sibling, and only that one counts.
_QUESTION = text("""
    SELECT m.words, m.created_at, m.conversation_id, c.user_id FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.id = :message AND m.role = 'user' AND c.deleted_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM messages n WHERE n.conversation_id = m.conversation_id AND n.parent_id IS NOT DISTINCT FROM m.parent_id
            AND n.role = 'user' AND n.created_at > m.created_at
    )
""")
_LINES = text("""
    SELECT m.id, m.role, m.words, c.user_id FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE c.id = :conversation AND c.deleted_at IS NULL AND btrim(m.words) <> ''
        AND NOT EXISTS (SELECT 1 FROM forgotten_messages f WHERE f.message_id = m.id OR f.message_id = m.parent_id)
    ORDER BY m.created_at LIMIT 30
""")
