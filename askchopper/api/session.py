"""Sign-in, registration and sign-out as form posts; only forms set the HttpOnly session cookie, see ``api.forms``."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import Response

from askchopper import routes, settings
from askchopper.api import referral_cookie
from askchopper.api.dependencies import SignedIn, client_ip
from askchopper.api.forms import (
    ask_for_code,
    done,
    end_present_session,
    failed,
    mark_device,
    read_fields,
    second_step_cookie,
    set_cookie,
    signed_in,
    signed_out,
)
from askchopper.database import transaction
from askchopper.errors import AskChopperError, SignInRequiredError
from askchopper.schemas import form_errors
from askchopper.services import account_mails, accounts, passwords, registrations, sessions, two_factor, welcome

router = APIRouter(include_in_schema=False)


@router.post(routes.AUTH_LOGIN)
async def login(request: Request) -> Response:
    """Sign in and set a new session cookie. The browser's previous session ends."""
    fields = await read_fields(request)
    try:
        token, viewer = await accounts.authenticate(
            email=fields.get("email", ""),
            password=fields.get("password", ""),
            user_agent=request.headers.get("user-agent", ""),
            client_ip=client_ip(request),
            device=request.cookies.get(settings.get().device_cookie, ""),
        )
        async with transaction() as session:
            await end_present_session(request, session)
    except accounts.SecondFactorRequiredError as error:
        return await ask_for_code(request, error.user_id, next_path=fields.get("next", ""))
    except AskChopperError as error:
        response = failed(request, error, page=routes.LOGIN, next_path=fields.get("next", ""))
        if isinstance(error, accounts.WrongCredentialsError) and error.owner is not None:
            response.background = BackgroundTask(account_mails.send_attempts, error.owner)
        return response
    return await signed_in(request, token, viewer.user_id, next_path=fields.get("next", ""))


@router.post(routes.AUTH_SECOND_STEP)
async def second_step(request: Request) -> Response:
    """Finish a sign-in with a two-factor code."""
    fields = await read_fields(request)
    try:
        token, viewer, next_path = await two_factor.finish_second_step(
            request.cookies.get(second_step_cookie(), ""),
            code=fields.get("authentication_code", ""),
            user_agent=request.headers.get("user-agent", ""),
        )
        async with transaction() as session:
            await end_present_session(request, session)
    except SignInRequiredError as error:
        return failed(request, error, page=routes.LOGIN)
    except AskChopperError as error:
        return failed(request, error, page=routes.SECOND_STEP)
    response = await signed_in(request, token, viewer.user_id, next_path=next_path)
    set_cookie(response, second_step_cookie(), "", max_age=0)
    return response


@router.post(routes.AUTH_REGISTER)
async def register(request: Request) -> Response:
    """Register an account and sign in; if a mail server is configured, mail a confirmation link instead."""
    fields = await read_fields(request)
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
            await referral_cookie.record(request, session, user_id, code=fields.get("ref", ""))
            agent = request.headers.get("user-agent", "")
            token, _ = await sessions.open_session(session, user_id=user_id, user_agent=agent)
            await end_present_session(request, session)
    except AskChopperError as error:
        return failed(request, error, page=routes.REGISTER, next_path=fields.get("next", ""))
    return await signed_in(request, token, user_id, next_path=fields.get("next", ""))


async def _register_by_mail(request: Request, fields: Mapping[str, str]) -> Response:
    """Answer the same whether or not the e-mail has an account; the difference is handled after the response."""
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
        return failed(request, error, page=routes.REGISTER, next_path=next_path)
    response = done(request, f"{routes.REGISTER}?done=mailed", message=form_errors.MAILED)
    referral_cookie.remember(response, fields.get("ref", ""))  # for the mailed link
    response.background = BackgroundTask(account_mails.send_confirmation, registered)
    return response


@router.post(routes.AUTH_CONFIRM)
async def confirm(request: Request) -> Response:
    """Create the account of a confirmation link and sign in."""
    fields = await read_fields(request)
    try:
        async with transaction() as session:
            user_id, next_path = await registrations.confirm(session, token=fields.get("token", ""))
            await welcome.greet(session, user_id)
            await referral_cookie.record(request, session, user_id)
            agent = request.headers.get("user-agent", "")
            token, _ = await sessions.open_session(session, user_id=user_id, user_agent=agent)
            await end_present_session(request, session)
    except AskChopperError as error:
        return failed(request, error, page=routes.CONFIRM)
    return await signed_in(request, token, user_id, next_path=next_path)


@router.post(routes.AUTH_LOGOUT)
async def logout(request: Request) -> Response:
    """End the current session; also succeeds without one."""
    async with transaction() as session:
        await end_present_session(request, session)
    return signed_out(request)


@router.post(routes.AUTH_LOGOUT_EVERYWHERE)
async def logout_everywhere(request: Request, viewer: SignedIn) -> Response:
    """End all sessions of the viewer and revoke their access tokens."""
    async with transaction() as session:
        await accounts.sign_out_everywhere(session, viewer)
    return signed_out(request)


@router.post(routes.AUTH_PASSWORD)
async def change_password(request: Request, viewer: SignedIn) -> Response:
    """Change the password. All other sessions end."""
    fields = await read_fields(request)
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
        return failed(request, error, page=routes.SETTINGS)
    return done(request, f"{routes.SETTINGS}?done=password")


@router.post(routes.AUTH_FORGOT)
async def forgot(request: Request) -> Response:
    """Mail a reset link. The response is the same for unknown addresses."""
    fields = await read_fields(request)
    try:
        found = await passwords.find_for_reset(email=fields.get("email", ""), client_ip=client_ip(request))
    except AskChopperError as error:
        return failed(request, error, page=routes.FORGOT)
    response = done(request, f"{routes.FORGOT}?done=sent")
    if found is not None:
        # Made and sent after the response, so that its timing does not reveal whether the account exists.
        response.background = BackgroundTask(account_mails.send_reset, found)
    return response


@router.post(routes.AUTH_RESET)
async def reset(request: Request) -> Response:
    """Set a new password with a reset link."""
    fields = await read_fields(request)
    try:
        async with transaction() as session:
            user_id = await passwords.reset_password(
                session, token=fields.get("token", ""), new=fields.get("password", "")
            )
    except AskChopperError as error:
        return failed(request, error, page=routes.RESET)
    response = done(request, f"{routes.LOGIN}?done=reset")
    mark_device(
        request, response, user_id
    )  # the owner read the mail, so failed sign-ins of others must not lock this browser out
    return response
