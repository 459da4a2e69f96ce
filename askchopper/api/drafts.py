"""Binary endpoints of a draft: cover upload and auditions."""

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from askchopper import routes
from askchopper.api import bodies
from askchopper.api.dependencies import SignedIn
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.musical_key import MusicalKey
from askchopper.services import limits
from askchopper.services.studio import auditions, covers, draft_sounds, drafts

router = APIRouter(prefix="/drafts", tags=["studio"])
Tempo = Annotated[float | None, Query(ge=20, le=400)]
Key = Annotated[str | None, Query(max_length=40)]


class Cover(BaseModel):
    """An accepted cover, with findings for the creator."""

    cover_url: str
    notes: list[str]


@router.get("/files/{file_id}/audition", response_class=Response)
async def audition(viewer: SignedIn, file_id: str, bpm: Tempo = None, key: Key = None) -> Response:
    """Return the start of a sound as MP3, with clicks at a tempo or a drone of a key."""
    musical_key = MusicalKey.parse(key) if key else None
    if (bpm is None) == (musical_key is None):
        raise InvalidInputError("Specify a tempo or a key.", field="bpm")
    await limits.hit((limits.AUDITION, str(viewer.user_id)))
    async with read_only() as session:
        store_key = await draft_sounds.store_key_of(session, viewer, file_id=file_id)
    content = await auditions.make(store_key, bpm=bpm, key=musical_key, client=str(viewer.user_id))
    return Response(content, media_type="audio/mpeg", headers={"Cache-Control": "private, max-age=600"})


@router.put("/{draft_id}/cover")
async def put_cover(viewer: SignedIn, draft_id: str, request: Request) -> Cover:
    """Upload a cover as the request body: JPEG, PNG, WebP or AVIF."""
    await limits.hit((limits.PICTURE, str(viewer.user_id)))
    async with read_only() as session:
        draft = await drafts.get(session, viewer, draft_id=draft_id)
    with tempfile.NamedTemporaryFile(prefix="cover-") as file:
        await bodies.receive(request, file, noun="image")
        key, hue, notes = await covers.accept_upload(draft.id, Path(file.name), client=str(viewer.user_id))
    async with transaction() as session:
        await drafts.set_cover(session, viewer, draft_id=draft_id, cover_key=key, hue=hue)
    return Cover(cover_url=routes.cover(key, 320), notes=list(notes))
