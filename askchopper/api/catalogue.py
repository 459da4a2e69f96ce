"""JSON of the public catalogue: packs, sounds, creators, genres."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from askchopper.api import shapes
from askchopper.api.dependencies import MaybeViewer
from askchopper.database import read_only
from askchopper.errors import InvalidInputError
from askchopper.schemas.catalogue import Filters
from askchopper.services.catalogue import detail, listing
from askchopper.vocabulary import GENRES, FileKind, MusicalKey, PackSort

router = APIRouter(tags=["catalogue"])
MAX_WORDS = 200
Bpm = Annotated[float | None, Query(ge=0, le=1000, allow_inf_nan=False)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=400)]


def filters_of(  # noqa: PLR0917 - one argument for each word of the query
    q: Annotated[str, Query(max_length=MAX_WORDS, description="Words to find.")] = "",
    genre: Annotated[str, Query(max_length=60)] = "",
    kind: FileKind | None = None,
    bpm_min: Bpm = None,
    bpm_max: Bpm = None,
    key: Annotated[str, Query(max_length=20, description="Such as Am, F# minor or 8A.")] = "",
    compatible: Annotated[bool, Query(description="Also keys that mix with this one.")] = False,  # noqa: FBT002
    price_max: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    creator: Annotated[str, Query(max_length=60)] = "",
    sort: PackSort | None = None,
) -> Filters:
    """Read the filters of a list from the address.

    Raises:
        InvalidInputError: the key is no key, or the tempo range is empty.
    """
    parsed = MusicalKey.parse(key) if key else None
    if key and parsed is None:
        raise InvalidInputError("This is not a musical key. Write Am, F# minor or 8A.", field="key")
    if bpm_min is not None and bpm_max is not None and bpm_min > bpm_max:
        raise InvalidInputError("bpm_min is above bpm_max.", field="bpm_min")
    return Filters(
        text=q,
        genre=_genre_slug(genre) if genre else None,
        kind=kind,
        bpm_min=bpm_min,
        bpm_max=bpm_max,
        key=parsed,
        is_compatible=compatible,
        price_max_tokens=price_max,
        creator=creator or None,
        sort=sort,
    )


FiltersOf = Annotated[Filters, Depends(filters_of)]


@router.get("/packs")
async def list_packs(
    viewer: MaybeViewer, filters: FiltersOf, limit: Limit = 24, cursor: Cursor = None
) -> shapes.List[shapes.Pack]:
    """List published packs. Sound-level filters must all hold for one and the same sound of a pack."""
    async with read_only() as session:
        page = await listing.list_packs(session, viewer, filters=filters, cursor=cursor, limit=limit)
    return shapes.List(items=[shapes.Pack.of(card) for card in page.items], next_cursor=page.next_cursor)


@router.get("/packs/{slug}")
async def get_pack(viewer: MaybeViewer, slug: str) -> shapes.PackDetail:
    """Return a pack with its sounds and what it costs this viewer now."""
    async with read_only() as session:
        return shapes.PackDetail.of_detail(await detail.get_pack(session, viewer, slug=slug))


@router.get("/files")
async def list_files(
    viewer: MaybeViewer, filters: FiltersOf, limit: Limit = 24, cursor: Cursor = None
) -> shapes.List[shapes.File]:
    """List sounds of published packs."""
    async with read_only() as session:
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


def _genre_slug(genre: str) -> str:
    """Accept a genre's name as well as its address word; an unknown one finds nothing."""
    wanted = genre.strip().casefold()
    return next((slug for slug, name in GENRES.items() if wanted in {slug, name.casefold()}), wanted)
