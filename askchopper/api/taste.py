"""The viewer's taste profile and recommendations as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from askchopper.api import taste_responses
from askchopper.api.dependencies import SignedIn
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.taste import ImportReport
from askchopper.services import audit, inspections, limits
from askchopper.services.taste import profile, recommendations, transfer

router = APIRouter(tags=["taste"])
_FILE_NAME = "ask-chopper-taste.json"


class CorrectionRequest(BaseModel):
    """A correction: ``more``, ``less`` or ``never`` of a value; an empty choice removes it."""

    facet: Annotated[str, Field(max_length=20, examples=["genre"])]
    value: Annotated[str, Field(max_length=60, examples=["techno"])]
    choice: Annotated[str, Field(max_length=10, examples=["more"])] = ""


class InspectionRequest(BaseModel):
    """The member whose profile an administrator reads, and the reason, which is shown to the member."""

    email: Annotated[str, Field(max_length=254)]
    reason: Annotated[str, Field(max_length=1_000)]


@router.get("/me/taste")
async def get_taste(viewer: SignedIn) -> taste_responses.Taste:
    """Return the profile: genres, tempo, keys, kinds and creators, each with the data it was computed from."""
    async with read_only() as session:
        return taste_responses.Taste.of(await profile.get(session, viewer))


@router.delete("/me/taste", status_code=204)
async def delete_taste(viewer: SignedIn) -> Response:
    """Reset the viewer's taste profile. `POST /me/taste/undo` restores it within ten minutes."""
    await _count(viewer)
    async with transaction() as session:
        await profile.reset(session, viewer)
    return Response(status_code=204)


@router.post("/me/taste/undo", status_code=204)
async def undo(viewer: SignedIn) -> Response:
    """Undo the last reset or import."""
    await _count(viewer)
    async with transaction() as session:
        await profile.undo_reset(session, viewer)
    return Response(status_code=204)


@router.get("/me/taste/export")
async def export_taste(viewer: SignedIn) -> JSONResponse:
    """Return the profile as a file that can be imported again."""
    async with read_only() as session:
        document: dict[str, Any] = await transfer.export(session, viewer)
    return JSONResponse(document, headers={"Content-Disposition": f'attachment; filename="{_FILE_NAME}"'})


@router.post(
    "/me/taste/import",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def import_taste(
    viewer: SignedIn, request: Request, *, dry_run: Annotated[bool, Query()] = False
) -> ImportReport:  # fmt: skip
    """Replace the profile with an exported one; with `dry_run`, only report its contents."""
    content = await request.body()
    if not content:
        raise InvalidInputError("Send an exported taste profile in the body.")
    transfer.parse(content)  # a broken file is not an import
    if not dry_run:
        await limits.hit((limits.TASTE_IMPORT, str(viewer.user_id)))
    async with transaction() as session:
        return await transfer.import_profile(session, viewer, content, is_dry_run=dry_run)


@router.put("/me/taste/corrections", status_code=204)
async def put_correction(viewer: SignedIn, wanted: CorrectionRequest) -> Response:
    """Correct a value manually. Corrections override computed values."""
    await _count(viewer)
    async with transaction() as session:
        await profile.correct(session, viewer, facet=wanted.facet, value=wanted.value, choice=wanted.choice)
    return Response(status_code=204)


@router.get("/me/recommendations")
async def list_recommendations(
    viewer: SignedIn, limit: Annotated[int, Query(ge=1, le=recommendations.MAX_LISTED)] = recommendations.LISTED
) -> taste_responses.Recommendations:  # fmt: skip
    """List recommended packs, each with its reason. The next request lists different ones."""
    await limits.hit((limits.RECOMMENDATIONS, str(viewer.user_id)))
    async with transaction() as session:
        found = await recommendations.show(session, viewer, limit=limit)
    return taste_responses.Recommendations(
        items=[taste_responses.Recommended.of(one) for one in found], next_cursor=None
    )


@router.put("/me/recommendations/dismissed/{pack_id}", status_code=204)
async def dismiss(viewer: SignedIn, pack_id: str) -> Response:
    """Never recommend a pack again, by pack id."""
    await _count(viewer)
    async with transaction() as session:
        await recommendations.dismiss(session, viewer, pack_id=pack_id)
    return Response(status_code=204)


@router.delete("/me/recommendations/dismissed/{pack_id}", status_code=204)
async def restore(viewer: SignedIn, pack_id: str) -> Response:
    """Undo a dismissal."""
    await _count(viewer)
    async with transaction() as session:
        await recommendations.restore(session, viewer, pack_id=pack_id)
    return Response(status_code=204)


async def _admin(viewer: SignedIn) -> Viewer:
    """Require an administrator before the request is validated; everyone else gets 404."""
    return audit.require_admin(viewer)


@router.post("/admin/taste")
async def inspect(viewer: Annotated[Viewer, Depends(_admin)], wanted: InspectionRequest) -> taste_responses.Taste:
    """Return a member's profile to an administrator. The access and its reason are shown to the member."""
    async with transaction() as session:
        found = await inspections.inspect(session, viewer, email=wanted.email, reason=wanted.reason)
    return taste_responses.Taste.of(found.taste)


async def _count(viewer: Viewer) -> None:
    await limits.hit((limits.TASTE, str(viewer.user_id)))
