"""Administrators may read a member's profile, with a reason that the member sees."""

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.taste import taste_inspections
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.taste import Taste
from askchopper.services.audit import require_admin
from askchopper.services.taste import profile

_MIN_REASON = 5


async def inspect(session: AsyncSession, viewer: Viewer | None, *, email: str, reason: str) -> Taste:
    """Return a member's profile and record who read it and why, in one transaction.

    Raises:
        NotFoundError: the viewer is no administrator, or there is no such member.
        InvalidInputError: the reason is missing or too long.
    """
    admin = require_admin(viewer)
    written = " ".join("".join(sign for sign in reason if sign.isprintable()).split())
    if not _MIN_REASON <= len(written) <= policy.MAX_INSPECTION_REASON_CHARACTERS:
        sentence = f"Give a reason of {_MIN_REASON} to {policy.MAX_INSPECTION_REASON_CHARACTERS} characters. The member sees it."
        raise InvalidInputError(sentence, field="reason")
    address = "".join(sign for sign in email if sign.isprintable()).strip().lower()
    found = await session.execute(select(users.c.id).where(func.lower(users.c.email) == address))
    user_id = found.scalar_one_or_none()
    if user_id is None:
        raise NotFoundError("There is no member with this e-mail.")
    await session.execute(
        insert(taste_inspections).values(id=new_id(), user_id=user_id, admin_id=admin.user_id, reason=written)
    )
    log.info("taste.inspected", admin=str(admin.user_id), member=str(user_id))
    return await profile.get_of(session, user_id)
