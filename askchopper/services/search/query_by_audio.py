"""Search by audio: an uploaded sound is analysed in a child process, compared with the catalogue, and not stored."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, func, insert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.database import transaction
from askchopper.errors import InvalidInputError
from askchopper.media import lazy_imports
from askchopper.media.sandbox import child_process, pool
from askchopper.models.base import new_id
from askchopper.models.search import query_sounds
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import QuerySoundFacts
from askchopper.schemas.text import searchable

KEPT = timedelta(days=1)
_NAME_LENGTH = 100


async def measure(viewer: Viewer | None, path: Path, *, name: str, client: str) -> QuerySoundFacts:
    """Analyse the first ``policy.QUERY_SOUND_SECONDS`` of an uploaded sound. Stores the measurements for a day, not the sound.

    Args:
        viewer: the member; None for a visitor.
        path: path of the uploaded file.
        name: file name to show.
        client: key of the requester, for the sandbox's concurrency limit.

    Raises:
        InvalidInputError: the file is refused, cannot be decoded or is silent; the message says which.
        BusyError: too many sounds are being analysed.
    """
    await lazy_imports.load("pipeline", "analysis.embedding")
    from askchopper.media import pipeline  # noqa: PLC0415
    from askchopper.media.analysis import embedding  # noqa: PLC0415

    try:
        found = await pool.requests.run(
            pipeline.analyse, path, name=name, max_seconds=policy.QUERY_SOUND_SECONDS, client=client
        )
    except child_process.SandboxError:
        found = pipeline.refused("unsafe")
    reading = found.reading
    if reading is None:
        reason = found.findings[0].message if found.findings else "This sound is silent."
        raise InvalidInputError(reason, field="sound")
    facts = QuerySoundFacts(
        id=new_id(),
        name=searchable(name, max_length=_NAME_LENGTH) or "Your sound",
        kind=reading.kind,
        bpm=round(reading.tempo.bpm, 2) if reading.tempo else None,
        key=reading.key.key.name if reading.key else None,
        note=reading.note.midi if reading.note else None,
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
                facts={"bpm": facts.bpm, "key": facts.key, "note": facts.note, "kind": facts.kind.value},
            )
        )
    return facts


async def delete_expired(session: AsyncSession) -> None:
    """Delete measurements older than a day."""
    await session.execute(delete(query_sounds).where(query_sounds.c.created_at < func.now() - KEPT))
