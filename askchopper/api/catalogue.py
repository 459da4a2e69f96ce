"""JSON of the public catalogue: packs, sounds, creators, genres."""

from fastapi import APIRouter

from askchopper.api import shapes
from askchopper.api.dependencies import MaybeViewer
from askchopper.api.search import Cursor, Limit, ListFilters
from askchopper.database import read_only, searching
from askchopper.services.catalogue import detail
from askchopper.services.search import listing

router = APIRouter(tags=["catalogue"])


@router.get("/packs")
async def list_packs(
    viewer: MaybeViewer, filters: ListFilters, limit: Limit = 24, cursor: Cursor = None
) -> shapes.List[shapes.Pack]:
    """List published packs. Sound-level filters must all hold for one and the same sound of a pack."""
    async with searching() as session:
        page = await listing.list_packs(session, viewer, filters=filters, cursor=cursor, limit=limit)
    return shapes.List(items=[shapes.Pack.of(card) for card in page.items], next_cursor=page.next_cursor)


@router.get("/packs/{slug}")
async def get_pack(viewer: MaybeViewer, slug: str) -> shapes.PackDetail:
    """Return a pack with its sounds and what it costs this viewer now."""
    async with read_only() as session:
        return shapes.PackDetail.of_detail(await detail.get_pack(session, viewer, slug=slug))


@router.get("/files")
async def list_files(
    viewer: MaybeViewer, filters: ListFilters, limit: Limit = 24, cursor: Cursor = None
) -> shapes.List[shapes.File]:
    """List sounds of published packs."""
    async with searching() as session:
        page = await listing.list_files(session, viewer, filters=filters, cursor=cursor, limit=limit)
    return shapes.List(items=[shapes.File.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/files/{file_id}")
async def get_file(viewer: MaybeViewer, file_id: str) -> shapes.File:
    """Return a sound."""
    async with read_only() as session:
        return shapes.File.of(await detail.get_file(session, viewer, file_id=file_id))


@router.get("/creators/{slug}")
async def get_creator(viewer: MaybeViewer, slug: str) -> shapes.Creator:
    """Return a creator with the newest packs."""
    async with read_only() as session:
        return shapes.Creator.of(await detail.get_creator(session, viewer, slug=slug))
