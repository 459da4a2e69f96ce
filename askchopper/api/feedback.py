"""Feedback from members and visitors, usually about an error."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel

from askchopper import policy, routes
from askchopper.api.dependencies import MaybeViewer, client_ip
from askchopper.database import transaction
from askchopper.services import feedback

router = APIRouter(include_in_schema=False)


class Thanks(BaseModel):
    message: str = "Thank you. We read every message."


@router.post(routes.FEEDBACK, status_code=202)
async def give_feedback(
    request: Request,
    viewer: MaybeViewer,
    message: Annotated[str, Form(max_length=policy.MAX_FEEDBACK_CHARACTERS)],
    reference: Annotated[str, Form(max_length=40)] = "",
) -> Thanks:
    """Store feedback, and send it to Sentry if configured. Also open to visitors; rate-limited per member or address."""
    page = urlsplit(request.headers.get("referer", "")).path  # its query may hold a token
    async with transaction() as session:
        await feedback.add(
            session, viewer, message=message, reference=reference, page=page, client_ip=client_ip(request)
        )
    return Thanks()
