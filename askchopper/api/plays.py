"""Endpoints for the pages' reports of plays and of viewed packs."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from askchopper import policy
from askchopper.api.dependencies import MaybeViewer, client_ip
from askchopper.database import retrying
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.visits import Visit
from askchopper.services import activity, limits, pack_events

router = APIRouter(tags=["plays"])


PageAddress = Annotated[str, Field(max_length=2_000)]  # path and query of a page here, or the URL of another site


class PlayReport(BaseModel):
    """The played item, exactly one of ``file`` and ``pack``, the seconds heard, and the position in seconds at which playback stopped.

    ``page`` is the page it was played on, ``via`` the page before it.
    """

    file: Annotated[str | None, Field(max_length=60)] = None
    pack: Annotated[str | None, Field(max_length=100)] = None
    seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
    position: Annotated[float | None, Field(ge=0, le=86_400, allow_inf_nan=False)] = None
    page: PageAddress = ""
    via: PageAddress = ""


class ViewReport(BaseModel):
    """The packs seen on a page, as ids of sounds or ``pack:<slug>``, and the pack whose page it is, if any."""

    page: PageAddress
    via: PageAddress = ""
    shown: Annotated[list[Annotated[str, Field(max_length=105)]], Field(max_length=policy.MAX_VIEWED_IDS)] = []
    opened: Annotated[str | None, Field(max_length=100)] = None


@router.post("/plays", status_code=204)
async def report_play(request: Request, viewer: MaybeViewer, report: PlayReport) -> Response:
    """Record a play. Plays under 3 seconds or by the pack's creator are not counted; a member's shorter plays only affect their taste profile."""
    await limits.hit((limits.PLAY, str(viewer.user_id) if viewer else client_ip(request)))
    visit = _visit(request, viewer, report.page, report.via)
    await retrying(
        lambda session: activity.record_play(
            session,
            viewer,
            file_id=report.file,
            pack_slug=report.pack,
            seconds=report.seconds,
            position=report.position,
            visit=visit,
        )
    )
    return Response(status_code=204)


@router.post("/views", status_code=204)
async def report_views(request: Request, viewer: MaybeViewer, report: ViewReport) -> Response:
    """Record the packs seen on a page and the opened pack, for their creators' figures."""
    visit = _visit(request, viewer, report.page, report.via)
    if report.opened:
        await pack_events.record_opened(visit, slug=report.opened)
    if report.shown:
        await pack_events.record_shown(visit, tracks=tuple(report.shown))
    return Response(status_code=204)


def _visit(request: Request, viewer: Viewer | None, page: str, via: str) -> Visit:
    agent = request.headers.get("user-agent", "")
    return Visit(client_ip(request), agent[:300], viewer.user_id if viewer else None, page, via)
