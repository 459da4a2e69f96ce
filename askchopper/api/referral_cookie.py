"""The cookie that stores the referral code of a visitor until they register."""

import uuid

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from askchopper import policy, settings
from askchopper.api.dependencies import client_ip, session_token
from askchopper.api.forms import set_cookie
from askchopper.services import sessions
from askchopper.services.rewards import referrals

MAX_CODE = 12
_DAY_SECONDS = 86_400


def remember(response: Response, code: str) -> None:
    """Store a referral code in the cookie; ignores invalid codes."""
    if is_code(code):
        set_cookie(response, _name(), code, max_age=policy.REFERRAL_COOKIE_DAYS * _DAY_SECONDS)


def is_code(value: str) -> bool:
    """Return whether a value has the form of a referral code, so that it is safe in a cookie."""
    return value.isascii() and value.isalnum() and len(value) <= MAX_CODE


async def record(request: Request, session: AsyncSession, user_id: uuid.UUID, *, code: str = "") -> None:
    """Record the referral of a new member, by the code in the form or else in the cookie; a malformed code is ignored."""
    known = (code or request.cookies.get(_name(), ""))[:MAX_CODE]
    if not is_code(known):
        return
    token = session_token(request)
    present = await sessions.viewer_by_session_token(session, token) if token else None
    await referrals.join(
        session,
        friend_id=user_id,
        code=known,
        address=client_ip(request),
        present_user=present.user_id if present else None,
    )


def _name() -> str:
    return f"{settings.get().session_cookie.removesuffix('_session')}_ref"
