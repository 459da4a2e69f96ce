"""Test helpers for memory: say something, and see what was learnt."""

import uuid

from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.memory import Memory
from askchopper.services.assistant import learning, questions
from askchopper.services.memory import facts


async def say(viewer: Viewer, words: str, *, thread: str = "", is_temporary: bool = False) -> questions.Asked:
    """Ask a question whose answer has ended, and learn from it."""
    async with transaction() as session:
        asked = await questions.ask(
            session, viewer, questions.Question(words, uuid.uuid4().hex, thread, (), is_temporary)
        )
        await session.execute(text("UPDATE messages SET status = 'complete' WHERE id = :id"), {"id": asked.answer_id})
    await learning.learn_from(asked.question_id)
    return asked


async def known(viewer: Viewer) -> list[str]:
    async with read_only() as session:
        return [one.text for one in (await facts.list_facts(session, viewer)).items]


async def only(viewer: Viewer) -> Memory:
    async with read_only() as session:
        (memory,) = (await facts.list_facts(session, viewer)).items
    return memory
