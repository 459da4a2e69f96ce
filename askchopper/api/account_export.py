"""Download of a member's data export."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from askchopper import routes
from askchopper.api import files
from askchopper.api.dependencies import SignedIn, refuse_cross_site
from askchopper.database import read_only
from askchopper.services import account_export

router = APIRouter(include_in_schema=False)


@router.get(routes.EXPORT_FILE, dependencies=[Depends(refuse_cross_site)])
async def download(request: Request, viewer: SignedIn, export_id: str) -> Response:
    """Send the zip of an export to its owner until it expires."""
    async with read_only() as session:
        key = await account_export.find_file(session, viewer, export_id=export_id)
    response = await files.stored(request, key, caching=files.PRIVATE)
    response.headers["Content-Disposition"] = files.disposition("ask-chopper-my-data.zip")
    return response
