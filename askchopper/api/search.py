"""Search as JSON: by words or filters, by similarity, facet counts, completion, saved searches."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from askchopper.api import bodies, responses, search_responses
from askchopper.api.dependencies import MaybeViewer, SignedIn, client_ip
from askchopper.database import search_session, transaction
from askchopper.schemas import search as schema
from askchopper.schemas import search_filters
from askchopper.schemas.search_filters import Filters
from askchopper.services import limits
from askchopper.services.search import engine, query_by_audio, saved_searches, search_counts, similar, text_query
from askchopper.services.search import facets as counting
from askchopper.vocabulary import PackSort

router = APIRouter(tags=["search"])
_Text = Annotated[str, Field(max_length=search_filters.MAX_TEXT)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=400)]


class SearchQuery(BaseModel):
    """Filters by URL parameter. Invalid values are rejected with a message; empty ones are ignored."""

    q: _Text = Field(
        "",
        description="Words, in which tempo, key, length, price and genre are understood too.",
        examples=["dark trap 140 bpm c minor under 30 s"],
    )
    genre: _Text = Field("", description="A genre's name or slug, such as `drum-and-bass`.", examples=["house"])
    tags: _Text = Field("", description="Up to six, comma-separated: `dark,warm`.")
    kind: _Text = Field("", description="`loop`, `one-shot` or `track`.")
    bpm_min: _Text = Field("", description="Lowest tempo in beats a minute, decimals allowed.", examples=["120"])
    bpm_max: _Text = Field("", description="Highest tempo.", examples=["140"])
    half_double: _Text = Field("", description="`off` leaves out half and double of the wanted tempo.")
    key: _Text = Field("", description="Such as `Am`, `F# minor`, `Bb` or `8A`.", examples=["8A"])
    or_key: _Text = Field("", description="Further keys besides `key`, comma-separated: `C minor,8A`.")
    note: _Text = Field("", description="Root note of one-shots: `F1`, or `F` in any octave.", examples=["F1"])
    or_note: _Text = Field("", description="Further notes besides `note`, comma-separated: `G1,A1`.")
    compatible: _Text = Field(
        "", description="`strict`: also a fifth up or down and the relative; `wide`: more.", examples=["strict"]
    )
    unknown: _Text = Field("", description="`on`: also sounds whose tempo or key is not known.")
    certainty: _Text = Field("", description="`confirmed` by the creator, `measured` or better, or `low`.")
    duration_min: _Text = Field("", description="Shortest length in seconds.")
    duration_max: _Text = Field("", description="Longest length in seconds.", examples=["30"])
    duration_min_seconds: _Text = Field("", description="The same as `duration_min`.")
    duration_max_seconds: _Text = Field("", description="The same as `duration_max`.")
    price_max: _Text = Field("", description="Highest price in tokens; `0` for free.")
    price_max_tokens: _Text = Field("", description="The same as `price_max`.")
    licence: _Text = Field("", description="`standard` or `broadcast` must be on offer.")
    quality_min: _Text = Field("", description="Lowest quality score, 0 to 100.")
    format: _Text = Field("", description="`wav`, `aiff`, `flac`, `mp3`, `ogg` or `m4a`.")
    creator: _Text = Field("", description="A creator's slug.")
    owned: _Text = Field("", description="`hide` or `only` what you own.")
    heard: _Text = Field("", description="`hide` what you have listened to.")
    like: _Text = Field("", description="Id of a sound, pack or query sound to be similar to.")
    same_pack: _Text = Field("", description="`hide` leaves out the pack of that sound.")
    fits: _Text = Field(
        "", description="Id of a sound to go with: results are ranked by tempo, key, role and similarity."
    )
    sort: _Text = Field("", description=f"One of {', '.join(sort.value for sort in PackSort)}.")


SearchQueryOf = Annotated[SearchQuery, Query()]


def given(query: SearchQuery) -> dict[str, str]:
    """Return the query parameters that are set, by name."""
    return {name: value for name, value in query.model_dump().items() if value}


@router.get("/search")
async def search(
    viewer: MaybeViewer, query: SearchQueryOf, limit: Limit = 24, cursor: Cursor = None
) -> search_responses.Found:
    """Find sounds by words and filters. `q` accepts phrases such as `dark trap 140 bpm c minor under 30 s`."""
    began = time.monotonic()
    async with search_session() as session:
        understood = await engine.understand(session, viewer, given(query))
        results = await engine.find_files(session, viewer, filters=understood.filters, cursor=cursor, limit=limit)
    if cursor is None:
        search_counts.record(understood.filters)
        search_counts.record_results(understood.filters, results, seconds=time.monotonic() - began)
    answer = search_responses.Found.of(results)
    answer.notes = [*understood.notes, *answer.notes]
    return answer


@router.get("/search/facets")
async def count_facets(viewer: MaybeViewer, query: SearchQueryOf) -> schema.Facets:
    """Count the values of genre, kind, key and tempo under all other filters, up to a thousand each."""
    async with search_session() as session:
        understood = await engine.understand(session, viewer, given(query))
        return await counting.count(session, viewer, understood.filters)


@router.get("/search/suggest")
async def suggest(q: Annotated[str, Query(max_length=search_filters.MAX_TEXT)] = "") -> list[schema.Suggestion]:
    """Complete a partially typed query."""
    async with search_session() as session:
        return list(await text_query.suggest(session, q))


@router.get("/files/{file_id}/similar")
async def similar_files(
    viewer: MaybeViewer, file_id: str, query: SearchQueryOf, limit: Limit = 24, cursor: Cursor = None
) -> search_responses.Found:
    """Find sounds similar to a sound; all other filters apply. Sounds of drafts answer 404."""
    async with search_session() as session:
        like = await similar.target(session, viewer, file_id)
        understood = await engine.understand(session, viewer, {**given(query), "like": str(like.id)})
        results = await engine.find_files(session, viewer, filters=understood.filters, cursor=cursor, limit=limit)
    return search_responses.Found.of(results)


@router.get("/files/{file_id}/compatible")
async def compatible_files(
    viewer: MaybeViewer, file_id: str, query: SearchQueryOf, limit: Limit = 24, cursor: Cursor = None
) -> search_responses.Found:
    """Rank the sounds that fit a sound, with the transposition and time stretch required; all other filters apply."""
    async with search_session() as session:
        reference = await similar.target(session, viewer, file_id)
        understood = await engine.understand(session, viewer, {**given(query), "like": "", "fits": str(reference.id)})
        results = await engine.find_files(session, viewer, filters=understood.filters, cursor=cursor, limit=limit)
    return search_responses.Found.of(results)


@router.get("/packs/{slug}/similar")
async def similar_packs(viewer: MaybeViewer, slug: str, limit: Limit = 6) -> responses.List[search_responses.FoundPack]:
    """Find packs similar to a pack, by the mean of their sounds' vectors."""
    async with search_session() as session:
        like = await similar.pack_target(session, slug=slug)
        hits = await similar.similar_packs(session, viewer, like, limit=limit)
    return responses.List(items=[search_responses.FoundPack.of_hit(hit) for hit in hits], next_cursor=None)


@router.post("/search/sounds", status_code=201)
async def measure_sound(
    viewer: MaybeViewer, request: Request, name: Annotated[str, Query(max_length=255)] = ""
) -> search_responses.QuerySound:
    """Analyse the sound in the request body for a search. The sound is deleted at once, its measurements after a day."""
    client = str(viewer.user_id) if viewer else client_ip(request)
    await limits.hit((limits.QUERY_SOUND, client))
    with tempfile.NamedTemporaryFile(prefix="query-", suffix=Path(name).suffix[:8]) as file:
        await bodies.receive(request, file, noun="sound")
        return search_responses.QuerySound.of(
            await query_by_audio.measure(viewer, Path(file.name), name=Path(name).stem, client=client)
        )


class NewSearch(BaseModel):
    """A search to save: its name, and its filters by URL parameter."""

    name: Annotated[str, Field(max_length=100)]
    query: Annotated[
        dict[str, Annotated[str, Field(max_length=search_filters.MAX_TEXT)]],
        Field(max_length=len(search_filters.NAMES)),
    ]


@router.get("/me/searches")
async def list_searches(viewer: SignedIn) -> list[schema.SavedSearch]:
    """List your saved searches."""
    async with search_session() as session:
        return list(await saved_searches.list_saved(session, viewer))


@router.post("/me/searches", status_code=201)
async def save_search(viewer: SignedIn, wanted: NewSearch) -> schema.SavedSearch:
    """Save a search; you are notified of new matches."""
    await limits.hit((limits.SAVED_SEARCH, str(viewer.user_id)))
    async with transaction() as session:
        return await saved_searches.save(session, viewer, name=wanted.name, query=wanted.query)


@router.delete("/me/searches/{search_id}", status_code=204)
async def remove_search(viewer: SignedIn, search_id: str) -> Response:
    """Delete a saved search."""
    async with transaction() as session:
        await saved_searches.remove(session, viewer, search_id=search_id)
    return Response(status_code=204)


def list_filters(query: SearchQueryOf) -> Filters:
    """Parse the filters of a plain list: free text is not parsed into filters, and half and double tempo match only on request.

    An unknown genre matches nothing.

    Raises:
        InvalidInputError: a value is invalid.
    """
    filters = search_filters.parse({"half_double": "off", **given(query), "genre": ""})
    return replace(filters, genre=search_filters.genre_slug(query.genre) or "-") if query.genre else filters


ListFilters = Annotated[Filters, Depends(list_filters)]
