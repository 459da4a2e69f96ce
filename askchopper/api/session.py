"""Sign-in, registration and sign-out as form posts; only these routes set the HttpOnly session cookie.

A script sends ``Accept: application/json`` and gets JSON. A plain form is redirected with 303; on failure, back to its page
with an error code.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.responses import Response

from askchopper import policy, routes, settings
from askchopper.api.dependencies import SignedIn, client_ip, session_token
from askchopper.database import transaction
from askchopper.errors import AskChopperError, InvalidInputError, UnavailableError
from askchopper.integrations import mail
from askchopper.observability import log
from askchopper.schemas.accounts import ResetMail
from askchopper.schemas.form_errors import code_of
from askchopper.services import accounts, sessions

MAX_FIELDS = 12
MAX_FIELD_LENGTH = 4096
router = APIRouter(include_in_schema=False)


@router.post(routes.AUTH_LOGIN)
async def login(request: Request) -> Response:
    """Sign in and set a new session cookie. The browser's previous session ends."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            token, _ = await accounts.authenticate(
                session,
                email=fields.get("email", ""),
                password=fields.get("password", ""),
                user_agent=request.headers.get("user-agent", ""),
                client_ip=client_ip(request),
            )
            await _end_present_session(request, session)
    except AskChopperError as error:
        return _failed(request, error, page=routes.LOGIN, next_path=fields.get("next", ""))
    return _signed_in(request, token, next_path=fields.get("next", ""))


@router.post(routes.AUTH_REGISTER)
async def register(request: Request) -> Response:
    """Register an account and sign in."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            user_id = await accounts.register(
                session,
                email=fields.get("email", ""),
                display_name=fields.get("display_name", ""),
                password=fields.get("password", ""),
                code=fields.get("code", ""),
                client_ip=client_ip(request),
            )
            agent = request.headers.get("user-agent", "")
            token, _ = await sessions.open_session(session, user_id=user_id, user_agent=agent)
            await _end_present_session(request, session)
    except AskChopperError as error:
        return _failed(request, error, page=routes.REGISTER, next_path=fields.get("next", ""))
    return _signed_in(request, token, next_path=fields.get("next", ""))


@router.post(routes.AUTH_LOGOUT)
async def logout(request: Request) -> Response:
    """End the current session; succeeds without one, too."""
    async with transaction() as session:
        await _end_present_session(request, session)
    return _signed_out(request)


@router.post(routes.AUTH_LOGOUT_EVERYWHERE)
async def logout_everywhere(request: Request, viewer: SignedIn) -> Response:
    """End all sessions of the viewer."""
    async with transaction() as session:
        await sessions.sign_out_everywhere(session, viewer)
    return _signed_out(request)


@router.post(routes.AUTH_PASSWORD)
async def change_password(request: Request, viewer: SignedIn) -> Response:
    """Change the password. This session stays, all others end."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            await accounts.change_password(
                session, viewer, current=fields.get("current", ""), new=fields.get("new", "")
            )
    except AskChopperError as error:
        return _failed(request, error, page=routes.SETTINGS)
    return _done(request, f"{routes.SETTINGS}?done=password")


@router.post(routes.AUTH_FORGOT)
async def forgot(request: Request) -> Response:
    """Mail a reset link. The response is the same for unknown addresses."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            found = await accounts.request_reset(session, email=fields.get("email", ""))
    except AskChopperError as error:
        return _failed(request, error, page=routes.FORGOT)
    response = _done(request, f"{routes.FORGOT}?done=sent")
    if found is not None:
        # Sent after the response, so that its timing does not reveal whether the account exists.
        response.background = BackgroundTask(_mail_reset, found)
    return response


@router.post(routes.AUTH_RESET)
async def reset(request: Request) -> Response:
    """Set a new password with a mailed link."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            await accounts.reset_password(session, token=fields.get("token", ""), new=fields.get("password", ""))
    except AskChopperError as error:
        return _failed(request, error, page=routes.RESET)
    return _done(request, f"{routes.LOGIN}?done=reset")


async def _fields(request: Request) -> Mapping[str, str]:
    form: FormData = await request.form(max_files=0, max_fields=MAX_FIELDS)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > MAX_FIELD_LENGTH for value in fields.values()):
        raise InvalidInputError("A field is too long.")
    return fields


async def _end_present_session(request: Request, session: AsyncSession) -> None:
    viewer = await sessions.viewer_by_session_token(session, session_token(request))
    if viewer is not None:
        await sessions.sign_out(session, viewer)


async def _mail_reset(found: ResetMail) -> None:
    body = (
        f"Hello {found.display_name},\n\nsomebody asked for a new password for your Ask Chopper account. "
        f"This link works once, for {policy.PASSWORD_RESET_MINUTES} minutes. If it was not you, do nothing."
    )
    link = settings.get().base_url + found.link
    try:
        await mail.send(to=found.email, subject="Choose a new password", body=body, link=link)
    except UnavailableError:
        log.error("accounts.reset_mail_failed")


def _signed_in(request: Request, token: str, *, next_path: str) -> Response:
    config = settings.get()
    response = _done(request, next_path if routes.is_local_path(next_path) else routes.HOME)
    response.set_cookie(
        config.session_cookie,
        token,
        max_age=config.session_days * 86_400,
        path="/",
        secure=config.base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return response


def _signed_out(request: Request) -> Response:
    config = settings.get()
    response = _done(request, routes.HOME)
    response.delete_cookie(
        config.session_cookie,
        path="/",
        secure=config.base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return response


def _done(request: Request, location: str) -> Response:
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"next": location})
    return RedirectResponse(location, status_code=303)


def _failed(request: Request, error: AskChopperError, *, page: str, next_path: str = "") -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    query = {"problem": code_of(error)}
    if routes.is_local_path(next_path):
        query["next"] = next_path
    return RedirectResponse(f"{page}?{urlencode(query)}", status_code=303)
