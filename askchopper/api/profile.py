"""The signed-in member's pictures: portrait, and the banner of a creator's page."""

import tempfile
from pathlib import Path

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from askchopper import routes
from askchopper.api import bodies
from askchopper.api.dependencies import SignedIn
from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import limits, profiles
from askchopper.services.community import creator_pages
from askchopper.services.studio import covers

router = APIRouter(prefix="/me", tags=["account"])


class Picture(BaseModel):
    """An accepted picture, with findings."""

    picture_url: str
    notes: list[str]


@router.put("/picture")
async def put_picture(viewer: SignedIn, request: Request) -> Picture:
    """Upload a picture as the request body: JPEG, PNG, WebP or AVIF. It is cropped to a square and stripped of metadata."""
    key = await _receive(viewer, request)
    async with transaction() as session:
        await profiles.set_picture(session, viewer, key=key)
    return Picture(picture_url=routes.cover(key, 320), notes=[])


@router.delete("/picture", status_code=204)
async def delete_picture(viewer: SignedIn) -> Response:
    """Remove the picture."""
    async with transaction() as session:
        await profiles.set_picture(session, viewer, key="")
    return Response(status_code=204)


@router.put("/banner")
async def put_banner(viewer: SignedIn, request: Request) -> Picture:
    """Upload the banner of the viewer's creator page; handled like the picture."""
    key = await _receive(viewer, request)
    async with transaction() as session:
        await creator_pages.set_banner(session, viewer, key=key)
    return Picture(picture_url=routes.cover(key, 640), notes=[])


@router.delete("/banner", status_code=204)
async def delete_banner(viewer: SignedIn) -> Response:
    """Remove the banner."""
    async with transaction() as session:
        await creator_pages.set_banner(session, viewer, key="")
    return Response(status_code=204)


async def _receive(viewer: Viewer, request: Request) -> str:
    """Store the picture in the body; returns its key."""
    await limits.hit((limits.PICTURE, str(viewer.user_id)))
    with tempfile.NamedTemporaryFile(prefix="picture-") as file:
        await bodies.receive(request, file, noun="picture")
        key, _, _ = await covers.accept_upload(viewer.user_id, Path(file.name), client=str(viewer.user_id))
    return key
