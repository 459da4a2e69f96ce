"""Public media: covers, previews and waveforms."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from askchopper import routes
from askchopper.api import files, responses
from askchopper.api.dependencies import MaybeViewer
from askchopper.database import read_only
from askchopper.errors import NotFoundError
from askchopper.services.catalogue import detail
from askchopper.services.rewards import early

router = APIRouter(include_in_schema=False)
preview_router = APIRouter(tags=["catalogue"])
_COVER_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")
_COVER_NAMES = {"96.webp", "320.webp", "640.webp", "social.jpg"}
_AUDIO_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"content": {"audio/mpeg": {}}, "description": "The whole preview."},
    206: {"content": {"audio/mpeg": {}}, "description": "The range that was asked for."},
}


@router.get(f"{routes.MEDIA_COVER}/{{cover_key}}/{{name}}")
@router.head(f"{routes.MEDIA_COVER}/{{cover_key}}/{{name}}", include_in_schema=False)
async def cover(request: Request, cover_key: str, name: str) -> Response:
    """Send a cover. Its key is a content hash, so it is immutable."""
    if name not in _COVER_NAMES or not _COVER_KEY.fullmatch(cover_key):
        raise NotFoundError("There is no such cover.")
    return await files.stored(request, f"covers/{cover_key}/{name}", caching=files.IMMUTABLE)


@preview_router.get("/files/{file_id}/preview", responses=_AUDIO_ANSWERS)
@preview_router.head("/files/{file_id}/preview", include_in_schema=False)
async def file_preview(request: Request, viewer: MaybeViewer, file_id: str) -> Response:
    """Send the preview of a sound, with ranges for seeking."""
    async with read_only() as session:
        key, _, is_public = await early.file_media(session, viewer, file_id=file_id)
    return await files.stored(request, key, caching=files.PUBLIC_DAY if is_public else files.PRIVATE)


@preview_router.get("/packs/{slug}/preview", responses=_AUDIO_ANSWERS)
@preview_router.head("/packs/{slug}/preview", include_in_schema=False)
async def pack_preview(request: Request, viewer: MaybeViewer, slug: str) -> Response:
    """Send the preview of a pack."""
    async with read_only() as session:
        key, _, is_public = await detail.get_pack_media(session, viewer, slug=slug)
    return await files.stored(request, key, caching=files.PUBLIC_DAY if is_public else files.PRIVATE)


@preview_router.get("/files/{file_id}/peaks", response_model=responses.Peaks)
async def file_peaks(viewer: MaybeViewer, file_id: str) -> Response:
    """Return the waveform of a sound."""
    async with read_only() as session:
        _, peaks, is_public = await early.file_media(session, viewer, file_id=file_id)
    return _outline(peaks, is_public=is_public)


@preview_router.get("/packs/{slug}/peaks", response_model=responses.Peaks)
async def pack_peaks(viewer: MaybeViewer, slug: str) -> Response:
    """Return the waveform of a pack's preview."""
    async with read_only() as session:
        _, peaks, is_public = await detail.get_pack_media(session, viewer, slug=slug)
    return _outline(peaks, is_public=is_public)


def _outline(peaks: bytes, *, is_public: bool) -> Response:
    caching = files.PUBLIC_DAY if is_public else files.PRIVATE
    return JSONResponse({"peaks": list(peaks)}, headers={"Cache-Control": caching})
