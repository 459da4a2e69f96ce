"""Public catalogue as JSON: packs, sounds, creators, genres."""

from fastapi import APIRouter

from askchopper.api import responses
from askchopper.api.dependencies import MaybeViewer
from askchopper.api.search import Cursor, Limit, ListFilters
from askchopper.database import read_only, search_session
from askchopper.services.catalogue import detail
from askchopper.services.search import queries

router = APIRouter(tags=["catalogue"])


@router.get("/packs")
async def list_packs(
    viewer: MaybeViewer, filters: ListFilters, limit: Limit = 24, cursor: Cursor = None
) -> responses.List[responses.Pack]:
    """List published packs. A pack matches if one of its sounds satisfies all sound-level filters."""
    async with search_session() as session:
        page = await queries.list_packs(session, viewer, filters=filters, cursor=cursor, limit=limit)
    return responses.List(items=[responses.Pack.of(card) for card in page.items], next_cursor=page.next_cursor)


@router.get("/packs/{slug}")
async def get_pack(viewer: MaybeViewer, slug: str) -> responses.PackDetail:
    """Return a pack with its sounds and its current price for this viewer."""
    async with read_only() as session:
        return responses.PackDetail.of_detail(await detail.get_pack(session, viewer, slug=slug))


@router.get("/files")
async def list_files(
    viewer: MaybeViewer, filters: ListFilters, limit: Limit = 24, cursor: Cursor = None
) -> responses.List[responses.File]:
    """List sounds of published packs."""
    async with search_session() as session:
        page = await queries.list_files(session, viewer, filters=filters, cursor=cursor, limit=limit)
    return responses.List(items=[responses.File.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/files/{file_id}")
async def get_file(viewer: MaybeViewer, file_id: str) -> responses.File:
    """Return a sound."""
    async with read_only() as session:
        return responses.File.of(await detail.get_file(session, viewer, file_id=file_id))


@router.get("/creators/{slug}")
async def get_creator(viewer: MaybeViewer, slug: str) -> responses.Creator:
    """Return a creator with the latest packs."""
    async with read_only() as session:
        return responses.Creator.of(await detail.get_creator(session, viewer, slug=slug))
