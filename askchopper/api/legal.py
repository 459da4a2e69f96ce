"""Takedown notices and counter-notices."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field

from askchopper import policy, routes
from askchopper.api.dependencies import MaybeViewer, client_ip
from askchopper.database import transaction
from askchopper.schemas.moderation import NewNotice
from askchopper.services.moderation import notices

router = APIRouter(include_in_schema=False)


class Received(BaseModel):
    message: str = "Thank you. A moderator reads your notice and answers by email."


class NoticeForm(BaseModel):
    """A takedown notice or counter-notice. ``good_faith`` and ``accuracy`` are checkboxes: any non-empty text confirms the statement."""

    name: Annotated[str, Field(max_length=200)]
    email: Annotated[str, Field(max_length=300)]
    work: Annotated[str, Field(max_length=2 * policy.MAX_NOTICE_CHARACTERS)]
    place: Annotated[str, Field(max_length=400)]
    signature: Annotated[str, Field(max_length=200)]
    kind: Annotated[str, Field(max_length=20)] = "takedown"
    good_faith: Annotated[str, Field(max_length=10)] = ""
    accuracy: Annotated[str, Field(max_length=10)] = ""


@router.post(routes.LEGAL_NOTICES, status_code=202)
async def file_notice(request: Request, viewer: MaybeViewer, form: Annotated[NoticeForm, Form()]) -> Received:
    """Submit a notice to the moderators. Takedown notices are open to everyone; rate-limited per address."""
    new = NewNotice(
        form.kind,
        form.name,
        form.email,
        form.work,
        form.place,
        bool(form.good_faith),
        bool(form.accuracy),
        form.signature,
    )
    async with transaction() as session:
        await notices.add(session, viewer, new=new, client_ip=client_ip(request))
    return Received()
