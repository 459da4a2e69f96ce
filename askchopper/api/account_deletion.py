"""Form posts that schedule the deletion of an account and cancel it."""

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import Response

from askchopper import routes
from askchopper.api.dependencies import SignedIn
from askchopper.api.forms import done, failed, read_fields
from askchopper.database import transaction
from askchopper.errors import AskChopperError
from askchopper.services import account_deletion, account_mails

router = APIRouter(include_in_schema=False)


@router.post(routes.AUTH_DELETE_ACCOUNT)
async def plan(request: Request, viewer: SignedIn) -> Response:
    """Schedule the deletion of the account. It can be cancelled until the end of the grace period."""
    fields = await read_fields(request)
    try:
        async with transaction() as session:
            owner, day = await account_deletion.plan(session, viewer, password=fields.get("password", ""))
    except AskChopperError as error:
        return failed(request, error, page=routes.SETTINGS)
    response = done(request, f"{routes.SETTINGS}?done=deletion")
    response.background = BackgroundTask(account_mails.send_deletion_planned, owner, day)
    return response


@router.post(routes.AUTH_KEEP_ACCOUNT)
async def keep(request: Request, viewer: SignedIn) -> Response:
    """Cancel the scheduled deletion of the account."""
    try:
        async with transaction() as session:
            await account_deletion.keep(session, viewer)
    except AskChopperError as error:
        return failed(request, error, page=routes.SETTINGS)
    return done(request, f"{routes.SETTINGS}?done=kept")
