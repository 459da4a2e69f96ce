"""The viewer's notifications and their switches as JSON."""

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, Field, StrictBool

from askchopper.api.dependencies import SignedIn
from askchopper.api.responses import List, Moment
from askchopper.api.search import Cursor, Limit
from askchopper.database import read_only, transaction
from askchopper.services import activity, notification_mails

router = APIRouter(prefix="/me/notifications", tags=["account"])
_MAX_KINDS = 50


class Notification(BaseModel):
    """A notification; ``link`` is a path of this site or empty."""

    id: str
    kind: str
    sentence: str
    link: str
    created_at: Moment
    read: bool


Switches = Annotated[
    dict[str, StrictBool],
    Body(
        min_length=1, max_length=_MAX_KINDS, description="Kinds, with whether they are on.", examples=[{"like": False}]
    ),
]
Chosen = Annotated[dict[str, bool], Field(description="Each kind that can be switched, with whether it is on.")]


@router.get("")
async def list_notifications(viewer: SignedIn, limit: Limit = 24, cursor: Cursor = None) -> List[Notification]:
    """List the viewer's notifications, most recently changed first."""
    async with read_only() as session:
        page = await activity.list_notifications(session, viewer, cursor=cursor, limit=limit)
    items = [
        Notification(
            id=one.id, kind=one.kind, sentence=one.sentence, link=one.link, created_at=one.created_at, read=one.is_read
        )
        for one in page.items
    ]
    return List(items=items, next_cursor=page.next_cursor)


@router.post("/read", status_code=204)
async def mark_read(viewer: SignedIn) -> Response:
    """Mark all notifications as read."""
    async with transaction() as session:
        await activity.mark_read(session, viewer)
    return Response(status_code=204)


@router.get("/switches")
async def get_switches(viewer: SignedIn) -> Chosen:
    """Return which optional notification kinds are on. Those about money, packs and security cannot be turned off."""
    async with read_only() as session:
        return await notification_mails.site_choices(session, viewer)


@router.put("/switches")
async def set_switches(viewer: SignedIn, switches: Switches) -> Chosen:
    """Turn notification kinds on or off; omitted ones stay as they are."""
    async with transaction() as session:
        for kind, is_on in switches.items():
            await notification_mails.choose_site(session, viewer, kind=kind, is_on=is_on)
        return await notification_mails.site_choices(session, viewer)
