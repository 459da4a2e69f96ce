"""The signed-in member's picture."""

import tempfile
from pathlib import Path

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from askchopper import routes
from askchopper.api import bodies
from askchopper.api.dependencies import SignedIn
from askchopper.database import transaction
from askchopper.services import limits, profiles
from askchopper.services.studio import covers

router = APIRouter(prefix="/me/picture", tags=["account"])


class Picture(BaseModel):
    """An accepted picture, with findings."""

    picture_url: str
    notes: list[str]


@router.put("")
async def put_picture(viewer: SignedIn, request: Request) -> Picture:
    """Upload a picture as the request body: JPEG, PNG, WebP or AVIF. It is cropped to a square and stripped of metadata."""
    await limits.hit((limits.PICTURE, str(viewer.user_id)))
    with tempfile.NamedTemporaryFile(prefix="picture-") as file:
        await bodies.receive(request, file, noun="picture")
        key, _, _ = await covers.accept_upload(viewer.user_id, Path(file.name), client=str(viewer.user_id))
    async with transaction() as session:
        await profiles.set_picture(session, viewer, key=key)
    return Picture(picture_url=routes.cover(key, 320), notes=[])


@router.delete("", status_code=204)
async def delete_picture(viewer: SignedIn) -> Response:
    """Remove the picture."""
    async with transaction() as session:
        await profiles.set_picture(session, viewer, key="")
    return Response(status_code=204)
