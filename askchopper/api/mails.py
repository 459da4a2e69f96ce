"""Endpoints to change and confirm an e-mail address, and to unsubscribe from mails."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask
from starlette.responses import Response

from askchopper import routes
from askchopper.api.dependencies import SignedIn
from askchopper.api.forms import done, failed, read_fields
from askchopper.database import transaction
from askchopper.errors import AskChopperError
from askchopper.schemas import form_errors
from askchopper.services import account_mails, email_changes, notification_mails

router = APIRouter(include_in_schema=False)


@router.post(routes.AUTH_EMAIL)
async def change_email(request: Request, viewer: SignedIn) -> Response:
    """Mail a link that verifies a new e-mail address and makes it the account's."""
    fields = await read_fields(request)
    try:
        async with transaction() as session:
            change = await email_changes.request(
                session, viewer, email=fields.get("email", ""), password=fields.get("password", "")
            )
    except AskChopperError as error:
        return failed(request, error, page=routes.SETTINGS)
    response = done(request, routes.SETTINGS, message=form_errors.EMAIL_MAILED)
    response.background = BackgroundTask(account_mails.send_email_change, change)
    return response


@router.post(routes.AUTH_CONFIRM_EMAIL)
async def confirm_email(request: Request) -> Response:
    """Confirm an e-mail address with a mailed token, which needs no session."""
    fields = await read_fields(request)
    try:
        async with transaction() as session:
            await email_changes.confirm(session, token=fields.get("token", ""))
    except AskChopperError as error:
        return failed(request, error, page=routes.CONFIRM_EMAIL)
    return done(request, routes.SETTINGS)


@router.get(routes.AUTH_UNSUBSCRIBE)
async def open_unsubscribe(token: str = "") -> Response:
    """Redirect to the unsubscribe page. The link itself changes nothing, because mail scanners follow links."""
    return RedirectResponse(routes.unsubscribe(token[:500]), status_code=303)


@router.post(routes.AUTH_UNSUBSCRIBE)
async def unsubscribe(request: Request, token: str = "") -> Response:
    """Turn mails off: from the page, or by a mail program's one-click POST, which has no cookie."""
    fields = await read_fields(request)
    try:
        async with transaction() as session:
            await notification_mails.unsubscribe(session, token=token or fields.get("token", ""))
    except AskChopperError as error:
        return failed(request, error, page=routes.UNSUBSCRIBE)
    return done(request, f"{routes.UNSUBSCRIBE}?done=off", message="You won't get these emails any more.")
