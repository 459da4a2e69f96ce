"""Likes as JSON."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from askchopper.api import responses
from askchopper.api.dependencies import SignedIn
from askchopper.api.search import Cursor, Limit
from askchopper.database import read_only, transaction
from askchopper.schemas import likes as schema
from askchopper.services.community import likes

router = APIRouter(tags=["community"])


class LikedItem(BaseModel):
    """A liked pack or sound; the other field is null."""

    liked_at: responses.Moment
    pack: responses.Pack | None
    file: responses.File | None

    @classmethod
    def of(cls, item: schema.LikedItem) -> "LikedItem":
        return cls(
            liked_at=item.liked_at,
            pack=responses.Pack.of(item.pack) if item.pack else None,
            file=responses.File.of(item.file) if item.file else None,
        )


@router.put("/files/{file_id}/like")
async def like_file(viewer: SignedIn, file_id: str) -> schema.LikeMark:
    """Like a sound. Liking it again has no effect."""
    async with transaction() as session:
        return await likes.like(session, viewer, file=file_id)


@router.delete("/files/{file_id}/like")
async def unlike_file(viewer: SignedIn, file_id: str) -> schema.LikeMark:
    """Remove the like of a sound."""
    async with transaction() as session:
        return await likes.unlike(session, viewer, file=file_id)


@router.put("/packs/{slug}/like")
async def like_pack(viewer: SignedIn, slug: str) -> schema.LikeMark:
    """Like a pack. Liking it again has no effect."""
    async with transaction() as session:
        return await likes.like(session, viewer, pack=slug)


@router.delete("/packs/{slug}/like")
async def unlike_pack(viewer: SignedIn, slug: str) -> schema.LikeMark:
    """Remove the like of a pack."""
    async with transaction() as session:
        return await likes.unlike(session, viewer, pack=slug)


@router.get("/me/likes")
async def list_likes(
    viewer: SignedIn,
    kind: Annotated[Literal["pack", "file"] | None, Query()] = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> responses.List[LikedItem]:
    """List the packs and sounds that the viewer likes, newest first; `kind` limits the list to one of them."""
    async with read_only() as session:
        page = await likes.list_likes(session, viewer, kind=kind or "", cursor=cursor, limit=limit)
    return responses.List(items=[LikedItem.of(item) for item in page.items], next_cursor=page.next_cursor)
