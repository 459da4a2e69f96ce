"""The cover of a pack in the making, which comes as bytes; everything else about drafts goes through the pages."""

import asyncio
import tempfile
from pathlib import Path

from fastapi import APIRouter, Request
from pydantic import BaseModel

from askchopper import routes
from askchopper.api.dependencies import SignedIn
from askchopper.database import read_only, transaction
from askchopper.errors import TooLargeError
from askchopper.services import covers
from askchopper.services.catalogue import drafts

router = APIRouter(prefix="/drafts", tags=["studio"])
_PATIENCE_SECONDS = 60.0


class Cover(BaseModel):
    """A cover that was taken: where its pictures are, and what the creator should know about it."""

    cover_url: str
    notes: list[str]


@router.put("/{draft_id}/cover")
async def put_cover(viewer: SignedIn, draft_id: str, request: Request) -> Cover:
    """Take a picture as the cover: JPEG, PNG, WebP or AVIF, as the body of the request."""
    async with read_only() as session:
        draft = await drafts.get(session, viewer, draft_id=draft_id)
    with tempfile.NamedTemporaryFile(prefix="cover-") as file:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            size = 0
            async for piece in request.stream():
                size += len(piece)
                if size > covers.MAX_BYTES:
                    raise TooLargeError(f"A cover may have {covers.MAX_BYTES >> 20} MB at most.")
                await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(file.flush)
        key, hue, notes = await covers.take(draft.id, Path(file.name))
    async with transaction() as session:
        await drafts.set_cover(session, viewer, draft_id=draft_id, cover_key=key, hue=hue)
    return Cover(cover_url=routes.cover(key, 320), notes=list(notes))
