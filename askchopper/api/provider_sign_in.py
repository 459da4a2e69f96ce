"""Sign-in with a provider: redirect, callback, and registration at the first sign-in.

These are full navigations, since the provider sends the browser back. Failures return to the sign-in page or the settings with a
code in the address.
"""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from askchopper import policy, routes, security, settings
from askchopper.api import referral_cookie
from askchopper.api.dependencies import MaybeViewer, client_ip, refuse_cross_site
from askchopper.api.forms import ask_for_code, done, end_present_session, failed, read_fields, set_cookie, signed_in
from askchopper.database import transaction
from askchopper.errors import AskChopperError, InvalidInputError, NotFoundError, SignInRequiredError
from askchopper.schemas.form_errors import code_of
from askchopper.services import accounts, provider_sign_in, sessions, welcome
from askchopper.services.provider_sign_in import Outcome, ProviderSignInError

_MAX_PARAMETER = 3000
router = APIRouter(include_in_schema=False)


@router.get(routes.OAUTH_LOGIN)
async def login(request: Request, viewer: MaybeViewer, provider: str) -> Response:
    """Redirect to the provider; with ``link`` to link it to the viewer's account instead of signing in."""
    is_linking, next_path = bool(_one(request, "link")), _local(_one(request, "next"))
    browser = security.new_token()
    try:
        if is_linking and (viewer is None or viewer.session_id is None):
            raise SignInRequiredError
        refuse_cross_site(request)
        url = await provider_sign_in.begin(
            provider,
            next_path=next_path,
            browser=browser,
            client_ip=client_ip(request),
            viewer=viewer if is_linking else None,
        )
    except NotFoundError:
        raise
    except AskChopperError as error:
        return _back(code_of(error), next_path=next_path, is_linking=is_linking and viewer is not None)
    response = RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})
    set_cookie(response, _browser_cookie(), browser, max_age=policy.PROVIDER_LOGIN_MINUTES * 60)
    return response


@router.get(routes.OAUTH_CALLBACK)
async def callback(request: Request, viewer: MaybeViewer, provider: str) -> Response:
    """Handle the provider's callback: sign in, link, or ask a new member for the missing details."""
    try:
        outcome = await provider_sign_in.finish(
            provider,
            state=_one(request, "state"),
            code=_one(request, "code"),
            error=_one(request, "error"),
            browser=request.cookies.get(_browser_cookie(), ""),
            viewer=viewer,
        )
        response = await _finished(request, outcome)
    except ProviderSignInError as error:
        return _back(error.code, next_path=error.next_path, is_linking=error.is_linking)
    except NotFoundError:
        raise
    except AskChopperError as error:
        return _back(code_of(error))
    set_cookie(response, _browser_cookie(), "", max_age=0)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@router.post(routes.AUTH_REGISTER_PROVIDER)
async def register(request: Request) -> Response:
    """Register a new member from a provider and sign in."""
    fields = await read_fields(request)
    pending = provider_sign_in.find_pending(request.cookies.get(_pending_cookie(), ""))
    if pending is None:
        expired = InvalidInputError("This took too long. Sign in with the provider again.", field="provider-state")
        return failed(request, expired, page=routes.LOGIN)
    try:
        name, code = fields.get("display_name", ""), fields.get("code", "")
        response = await _register(request, pending, display_name=name, code=code)
    except AskChopperError as error:
        return failed(request, error, page=routes.REGISTER_PROVIDER, next_path=pending.next_path)
    set_cookie(response, _pending_cookie(), "", max_age=0)
    return response


async def _finished(request: Request, outcome: Outcome) -> Response:
    if outcome.is_linked:
        return RedirectResponse(_with_code(routes.SIGN_IN_METHODS, "linked"), status_code=303)
    if outcome.user_id is not None:
        try:
            async with transaction() as session:
                agent = request.headers.get("user-agent", "")
                token, _ = await accounts.open_session(session, user_id=outcome.user_id, user_agent=agent)
                await end_present_session(request, session)
        except accounts.SecondFactorRequiredError:
            return await ask_for_code(request, outcome.user_id, next_path=outcome.next_path)
        return await signed_in(request, token, outcome.user_id, next_path=outcome.next_path)
    pending = provider_sign_in.find_pending(outcome.pending)
    if pending is not None and settings.get().verification_code is None:
        name = provider_sign_in.suggested_name(pending.claims)
        return await _register(request, pending, display_name=name, code="")
    response = done(request, routes.REGISTER_PROVIDER)
    set_cookie(response, _pending_cookie(), outcome.pending, max_age=policy.PROVIDER_LOGIN_MINUTES * 60)
    return response


async def _register(request: Request, pending: provider_sign_in.Pending, *, display_name: str, code: str) -> Response:
    async with transaction() as session:
        user_id = await provider_sign_in.register(
            session, pending, display_name=display_name, code=code, client_ip=client_ip(request)
        )
        await welcome.greet(session, user_id)
        await referral_cookie.record(request, session, user_id)
        agent = request.headers.get("user-agent", "")
        token, _ = await sessions.open_session(session, user_id=user_id, user_agent=agent)
        await end_present_session(request, session)
    return await signed_in(request, token, user_id, next_path=pending.next_path)


def _back(code: str, *, next_path: str = "", is_linking: bool = False) -> Response:
    if is_linking:
        location = _with_code(routes.SIGN_IN_METHODS, code)
    else:
        query = {"problem": code} | ({"next": next_path} if next_path not in {"", routes.HOME} else {})
        location = f"{routes.LOGIN}?{urlencode(query)}"
    return RedirectResponse(location, status_code=303, headers={"Referrer-Policy": "no-referrer"})


def _with_code(path: str, code: str) -> str:
    page, _, fragment = path.partition("#")
    return f"{page}?{urlencode({'provider': code})}#{fragment}"


def _one(request: Request, name: str) -> str:
    """Return a parameter; empty if it is missing, too long or repeated, which is an attack or a bug."""
    values = request.query_params.getlist(name)
    return values[0] if len(values) == 1 and len(values[0]) <= _MAX_PARAMETER else ""


def _local(path: str) -> str:
    return path if routes.is_local_path(path) else routes.HOME


def _browser_cookie() -> str:
    return f"{settings.get().session_cookie.removesuffix('_session')}_provider"


def _pending_cookie() -> str:
    return f"{settings.get().session_cookie.removesuffix('_session')}_new_member"
