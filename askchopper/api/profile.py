"""The signed-in member's profile and images: the picture, and the banner of a creator's page."""

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.api import bodies
from askchopper.api.dependencies import SignedIn
from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import limits, profiles
from askchopper.services.community import creator_pages
from askchopper.services.studio import covers

router = APIRouter(prefix="/me", tags=["account"])


class Picture(BaseModel):
    """The URL of an accepted image; ``notes`` is always empty."""

    picture_url: str
    notes: list[str]


class Profile(BaseModel):
    """A member's public profile. ``featured`` has the slugs at the top of a creator's page; null for members who are not creators."""

    name: str
    text: str
    links: list[str]
    featured: list[str] | None


class ProfileChange(BaseModel):
    """New values; omitted or null ones stay as they are."""

    name: Annotated[str | None, Field(max_length=20_000)] = None
    text: Annotated[str | None, Field(max_length=20_000)] = None
    links: Annotated[list[str] | None, Field(max_length=100, description="Starting with `https://`.")] = None
    featured: Annotated[list[str] | None, Field(max_length=100, description="Slugs of own packs, in this order.")] = (
        None
    )


@router.get("/profile")
async def get_profile(viewer: SignedIn) -> Profile:
    """Return the viewer's public profile."""
    async with read_only() as session:
        return await _profile(session, viewer)


@router.patch("/profile")
async def change_profile(viewer: SignedIn, change: ProfileChange) -> Profile:
    """Change name, text, links or featured packs, all or nothing. Issued licences keep the old name."""
    async with transaction() as session:
        if change.featured is not None:
            await creator_pages.feature(session, viewer, slugs=change.featured)
        if (change.name, change.text, change.links) != (None, None, None):
            known = await profiles.get(session, viewer)
            await profiles.change(
                session, viewer,
                name=known.name if change.name is None else change.name,
                bio=known.bio if change.text is None else change.text,
                links="\n".join(known.links if change.links is None else change.links),
            )  # fmt: skip
        return await _profile(session, viewer)


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
    """Upload the banner of the viewer's creator page; processed like the picture."""
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


async def _profile(session: AsyncSession, viewer: Viewer) -> Profile:
    known = await profiles.get(session, viewer)
    page = await creator_pages.get_settings(session, viewer)
    return Profile(
        name=known.name, text=known.bio, links=list(known.links), featured=None if page is None else list(page.featured)
    )


async def _receive(viewer: Viewer, request: Request) -> str:
    """Store the image in the request body; returns its key."""
    await limits.hit((limits.PICTURE, str(viewer.user_id)))
    with tempfile.NamedTemporaryFile(prefix="picture-") as file:
        await bodies.receive(request, file, noun="image")
        key, _, _ = await covers.accept_upload(viewer.user_id, Path(file.name), client=str(viewer.user_id))
    return key
