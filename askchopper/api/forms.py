"""Shared helpers of form routes: fields, cookies, and responses to scripts and to plain forms.

A script sends ``Accept: application/json`` and gets JSON. A plain form is redirected with 303; on failure, back to its page
with an error code.
"""

import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.responses import Response

from askchopper import policy, routes, settings
from askchopper.api.dependencies import client_ip, session_token
from askchopper.api.problems import problem_of
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, InvalidInputError
from askchopper.schemas.form_errors import code_of
from askchopper.services import account_deletion, known_devices, sessions, two_factor
from askchopper.services.rewards import referrals

MAX_FIELDS = 12
MAX_FIELD_LENGTH = 4096


async def read_fields(request: Request) -> Mapping[str, str]:
    """Return the text fields of a form.

    Raises:
        InvalidInputError: a field is too long.
    """
    form: FormData = await request.form(max_files=0, max_fields=MAX_FIELDS)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > MAX_FIELD_LENGTH for value in fields.values()):
        raise InvalidInputError("A field is too long.")
    return fields


async def end_present_session(request: Request, session: AsyncSession) -> None:
    """End the session of the browser, if it has one."""
    viewer = await sessions.viewer_by_session_token(session, session_token(request))
    if viewer is not None:
        await sessions.sign_out(session, viewer)


async def signed_in(request: Request, token: str, user_id: uuid.UUID, *, next_path: str) -> Response:
    """Set the cookies of a new session and redirect to ``next_path``, or to the settings if the account is scheduled for deletion.

    Also records the client's network, by which referrals detect accounts of one person.
    """
    config = settings.get()
    async with transaction() as session:
        await referrals.remember_network(session, user_id, address=client_ip(request))
        is_leaving = await account_deletion.find_plan(session, user_id) is not None
    wanted = next_path if routes.is_local_path(next_path) else routes.HOME
    response = done(request, routes.SETTINGS if is_leaving else wanted)
    set_cookie(response, config.session_cookie, token, max_age=config.session_days * 86_400)
    mark_device(request, response, user_id)
    return response


async def ask_for_code(request: Request, user_id: uuid.UUID, *, next_path: str) -> Response:
    """Redirect to the second step of a sign-in and set its cookie, which is valid for some minutes."""
    wanted = next_path if routes.is_local_path(next_path) else routes.HOME
    async with read_only() as session:
        cookie = await two_factor.begin_second_step(session, user_id, next_path=wanted)
    response = done(request, routes.SECOND_STEP)
    set_cookie(response, second_step_cookie(), cookie, max_age=policy.SECOND_STEP_MINUTES * 60)
    return response


def second_step_cookie() -> str:
    """Return the name of the cookie that proves that the browser passed the first factor."""
    return f"{settings.get().session_cookie.removesuffix('_session')}_second_step"


def mark_device(request: Request, response: Response, user_id: uuid.UUID) -> None:
    """Set a cookie that marks the browser as known for this member."""
    name = settings.get().device_cookie
    if not known_devices.find(request.cookies.get(name, ""), user_id):
        set_cookie(response, name, known_devices.mark(user_id), max_age=known_devices.MAX_AGE_SECONDS)


def set_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    """Set an HttpOnly cookie for the whole site."""
    config = settings.get()
    response.set_cookie(
        name, value, max_age=max_age, path="/", domain=config.cookie_domain,
        secure=config.base_url.startswith("https://"), httponly=True, samesite="lax",
    )  # fmt: skip


def signed_out(request: Request) -> Response:
    """Redirect to the landing page, delete the session cookie and clear the data that pages stored in the browser."""
    response = done(request, routes.HOME)
    set_cookie(response, settings.get().session_cookie, "", max_age=0)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def done(request: Request, location: str, *, message: str = "") -> Response:
    """Redirect a plain form with 303. A script gets JSON: the URL, and the message to show, if any."""
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"next": location, **({"message": message} if message else {})})
    return RedirectResponse(location, status_code=303)


def failed(request: Request, error: AskChopperError, *, page: str, next_path: str = "") -> Response:
    """Answer a failed form: a script gets the problem as JSON, a plain form is redirected to its page with an error code."""
    if "text/html" not in request.headers.get("accept", ""):
        return problem_of(request.scope, error)
    query = {"problem": code_of(error)}
    if routes.is_local_path(next_path):
        query["next"] = next_path
    return RedirectResponse(f"{page}?{urlencode(query)}", status_code=303)
