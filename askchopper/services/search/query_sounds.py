"""A sound as the question: measured in a child process, compared with what is on sale, and not kept."""

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, func, insert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import transaction
from askchopper.errors import InvalidInputError
from askchopper.models.base import new_id
from askchopper.models.tables import query_sounds
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import QuerySoundFacts
from askchopper.schemas.text import searchable

MAX_BYTES = 50 << 20
RECORDING_SECONDS = 30  # the browser stops a recording here
KEPT = timedelta(days=1)
_NAME_LENGTH = 100


async def measure(viewer: Viewer | None, path: Path, *, name: str) -> QuerySoundFacts:
    """Measure a sound and keep for a day what was measured, not the sound.

    Raises:
        InvalidInputError: it cannot be read as sound, or nothing can be heard in it; the sentence says what is wrong.
    """
    from askchopper.media import analysis, embedding, sandbox  # noqa: PLC0415 - brings in numpy and scipy

    try:
        found = await asyncio.to_thread(sandbox.run, analysis.analyse, path, name=name)
    except sandbox.SandboxError:
        found = analysis.refused("unsafe")
    reading = found.reading
    if reading is None:
        reason = found.findings[0].message if found.findings else "Nothing can be heard in this sound."
        raise InvalidInputError(reason, field="sound")
    facts = QuerySoundFacts(
        id=new_id(),
        name=searchable(name, max_length=_NAME_LENGTH) or "Your sound",
        kind=reading.kind,
        bpm=round(reading.tempo.bpm, 2) if reading.tempo else None,
        key=reading.key.key.name if reading.key else None,
        duration_seconds=round(found.facts.duration_seconds, 3) if found.facts else 0.0,
    )
    async with transaction() as session:
        await session.execute(
            insert(query_sounds).values(
                id=facts.id,
                user_id=viewer.user_id if viewer else None,
                name=facts.name,
                embedding=[float(number) for number in reading.embedding],
                embedding_version=embedding.VERSION,
                facts={"bpm": facts.bpm, "key": facts.key, "kind": facts.kind.value},
            )
        )
    return facts


async def forget(session: AsyncSession) -> None:
    """Delete what was measured more than a day ago."""
    await session.execute(delete(query_sounds).where(query_sounds.c.created_at < func.now() - KEPT))
