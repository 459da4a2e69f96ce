"""Sign-in, registration and sign-out as form posts; only these routes set the HttpOnly session cookie.

A script sends ``Accept: application/json`` and gets JSON. A plain form is redirected with 303; on failure, back to its page
with an error code.
"""

import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.responses import Response

from askchopper import routes, settings
from askchopper.api.dependencies import SignedIn, client_ip, session_token
from askchopper.api.problems import problem_of
from askchopper.database import transaction
from askchopper.errors import AskChopperError, InvalidInputError
from askchopper.schemas import form_errors
from askchopper.schemas.form_errors import code_of
from askchopper.services import account_mails, accounts, known_devices, passwords, registrations, sessions, welcome

MAX_FIELDS = 12
MAX_FIELD_LENGTH = 4096
router = APIRouter(include_in_schema=False)


@router.post(routes.AUTH_LOGIN)
async def login(request: Request) -> Response:
    """Sign in and set a new session cookie. The browser's previous session ends."""
    fields = await _fields(request)
    try:
        token, viewer = await accounts.authenticate(
            email=fields.get("email", ""),
            password=fields.get("password", ""),
            user_agent=request.headers.get("user-agent", ""),
            client_ip=client_ip(request),
            device=request.cookies.get(settings.get().device_cookie, ""),
        )
        async with transaction() as session:
            await _end_present_session(request, session)
    except AskChopperError as error:
        response = _failed(request, error, page=routes.LOGIN, next_path=fields.get("next", ""))
        if isinstance(error, accounts.WrongCredentialsError) and error.owner is not None:
            response.background = BackgroundTask(account_mails.send_attempts, error.owner)
        return response
    return _signed_in(request, token, viewer.user_id, next_path=fields.get("next", ""))


@router.post(routes.AUTH_REGISTER)
async def register(request: Request) -> Response:
    """Register an account and sign in; or mail a link for that, where a mail server is configured."""
    fields = await _fields(request)
    if settings.get().confirms_addresses:
        return await _register_by_mail(request, fields)
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
            await welcome.greet(session, user_id)
            agent = request.headers.get("user-agent", "")
            token, _ = await sessions.open_session(session, user_id=user_id, user_agent=agent)
            await _end_present_session(request, session)
    except AskChopperError as error:
        return _failed(request, error, page=routes.REGISTER, next_path=fields.get("next", ""))
    return _signed_in(request, token, user_id, next_path=fields.get("next", ""))


async def _register_by_mail(request: Request, fields: Mapping[str, str]) -> Response:
    """Answer alike whether or not the e-mail has an account; what differs is done after the response."""
    next_path = fields.get("next", "")
    try:
        registered = await registrations.check(
            email=fields.get("email", ""),
            display_name=fields.get("display_name", ""),
            password=fields.get("password", ""),
            code=fields.get("code", ""),
            client_ip=client_ip(request),
            next_path=next_path if routes.is_local_path(next_path) else "",
        )
    except AskChopperError as error:
        return _failed(request, error, page=routes.REGISTER, next_path=next_path)
    response = _done(request, f"{routes.REGISTER}?done=mailed", message=form_errors.MAILED)
    response.background = BackgroundTask(account_mails.send_confirmation, registered)
    return response


@router.post(routes.AUTH_CONFIRM)
async def confirm(request: Request) -> Response:
    """Create the account of a mailed link and sign in."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            user_id, next_path = await registrations.confirm(session, token=fields.get("token", ""))
            await welcome.greet(session, user_id)
            agent = request.headers.get("user-agent", "")
            token, _ = await sessions.open_session(session, user_id=user_id, user_agent=agent)
            await _end_present_session(request, session)
    except AskChopperError as error:
        return _failed(request, error, page=routes.CONFIRM)
    return _signed_in(request, token, user_id, next_path=next_path)


@router.post(routes.AUTH_LOGOUT)
async def logout(request: Request) -> Response:
    """End the current session; succeeds without one, too."""
    async with transaction() as session:
        await _end_present_session(request, session)
    return _signed_out(request)


@router.post(routes.AUTH_LOGOUT_EVERYWHERE)
async def logout_everywhere(request: Request, viewer: SignedIn) -> Response:
    """End all sessions of the viewer and revoke their access tokens."""
    async with transaction() as session:
        await accounts.sign_out_everywhere(session, viewer)
    return _signed_out(request)


@router.post(routes.AUTH_PASSWORD)
async def change_password(request: Request, viewer: SignedIn) -> Response:
    """Change the password. This session stays, all others end."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            await passwords.change_password(
                session,
                viewer,
                current=fields.get("current", ""),
                new=fields.get("new", ""),
                revokes_tokens=bool(fields.get("revoke_tokens")),
            )
    except AskChopperError as error:
        return _failed(request, error, page=routes.SETTINGS)
    return _done(request, f"{routes.SETTINGS}?done=password")


@router.post(routes.AUTH_FORGOT)
async def forgot(request: Request) -> Response:
    """Mail a reset link. The response is the same for unknown addresses."""
    fields = await _fields(request)
    try:
        found = await passwords.find_for_reset(email=fields.get("email", ""), client_ip=client_ip(request))
    except AskChopperError as error:
        return _failed(request, error, page=routes.FORGOT)
    response = _done(request, f"{routes.FORGOT}?done=sent")
    if found is not None:
        # Made and sent after the response, so that its timing does not reveal whether the account exists.
        response.background = BackgroundTask(account_mails.send_reset, found)
    return response


@router.post(routes.AUTH_RESET)
async def reset(request: Request) -> Response:
    """Set a new password with a mailed link."""
    fields = await _fields(request)
    try:
        async with transaction() as session:
            user_id = await passwords.reset_password(
                session, token=fields.get("token", ""), new=fields.get("password", "")
            )
    except AskChopperError as error:
        return _failed(request, error, page=routes.RESET)
    response = _done(request, f"{routes.LOGIN}?done=reset")
    _mark_device(request, response, user_id)  # the owner, who read the mail, is not kept out by failures of others
    return response


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


def _signed_in(request: Request, token: str, user_id: uuid.UUID, *, next_path: str) -> Response:
    config = settings.get()
    response = _done(request, next_path if routes.is_local_path(next_path) else routes.HOME)
    _set_cookie(response, config.session_cookie, token, max_age=config.session_days * 86_400)
    _mark_device(request, response, user_id)
    return response


def _mark_device(request: Request, response: Response, user_id: uuid.UUID) -> None:
    name = settings.get().device_cookie
    if not known_devices.find(request.cookies.get(name, ""), user_id):
        _set_cookie(response, name, known_devices.mark(user_id), max_age=known_devices.MAX_AGE_SECONDS)


def _set_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    is_secure = settings.get().base_url.startswith("https://")
    response.set_cookie(name, value, max_age=max_age, path="/", secure=is_secure, httponly=True, samesite="lax")


def _signed_out(request: Request) -> Response:
    """End the session in the browser, with everything that the pages stored there."""
    response = _done(request, routes.HOME)
    _set_cookie(response, settings.get().session_cookie, "", max_age=0)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _done(request: Request, location: str, *, message: str = "") -> Response:
    """Redirect; a script gets the address, or a message to show instead of following it."""
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"next": location, **({"message": message} if message else {})})
    return RedirectResponse(location, status_code=303)


def _failed(request: Request, error: AskChopperError, *, page: str, next_path: str = "") -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return problem_of(request.scope, error)
    query = {"problem": code_of(error)}
    if routes.is_local_path(next_path):
        query["next"] = next_path
    return RedirectResponse(f"{page}?{urlencode(query)}", status_code=303)
