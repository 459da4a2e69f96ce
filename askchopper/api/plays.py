"""Endpoint to which the player reports plays when a sound ends or the user leaves the page."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from askchopper.api.dependencies import MaybeViewer, client_ip
from askchopper.database import retrying
from askchopper.services import activity, limits

router = APIRouter(tags=["plays"])


class PlayReport(BaseModel):
    """Exactly one of ``file`` and ``pack``, and the seconds heard."""

    file: Annotated[str | None, Field(max_length=60)] = None
    pack: Annotated[str | None, Field(max_length=100)] = None
    seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


@router.post("/plays", status_code=204)
async def report_play(request: Request, viewer: MaybeViewer, report: PlayReport) -> Response:
    """Record a play. Plays under 3 seconds and by the creator do not count; of a member, short ones say what was skipped."""
    await limits.hit((limits.PLAY, str(viewer.user_id) if viewer else client_ip(request)))
    file, pack, seconds = report.file, report.pack, report.seconds
    await retrying(lambda session: activity.record_play(session, viewer, file_id=file, pack_slug=pack, seconds=seconds))
    return Response(status_code=204)
