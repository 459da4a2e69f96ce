"""Administrators may read a member's taste profile and memory, with a reason that is shown to the member."""

from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.taste import taste_inspections
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.memory import Memory
from askchopper.schemas.taste import Taste
from askchopper.services import accounts, audit
from askchopper.services.audit import require_admin
from askchopper.services.memory import facts
from askchopper.services.taste import profile

_MIN_REASON = 5


@dataclass(frozen=True)
class Inspected:
    """A member's taste profile and latest memories."""

    taste: Taste
    memories: tuple[Memory, ...]


async def inspect(session: AsyncSession, viewer: Viewer | None, *, email: str, reason: str) -> Inspected:
    """Return a member's taste profile and latest memories, and log reader and reason in the same transaction.

    Raises:
        NotFoundError: the viewer is not an administrator, or there is no such member.
        InvalidInputError: the reason is too short or too long.
    """
    admin = require_admin(viewer)
    written = " ".join("".join(sign for sign in reason if sign.isprintable()).split())
    if not _MIN_REASON <= len(written) <= policy.MAX_INSPECTION_REASON_CHARACTERS:
        sentence = f"Give a reason of {_MIN_REASON} to {policy.MAX_INSPECTION_REASON_CHARACTERS} characters. The member sees it."
        raise InvalidInputError(sentence, field="reason")
    try:
        user_id = await accounts.find_user(session, email=email)
    except (InvalidInputError, NotFoundError) as error:
        raise NotFoundError("There is no member with this email.") from error
    await session.execute(
        insert(taste_inspections).values(id=new_id(), user_id=user_id, admin_id=admin.user_id, reason=written)
    )
    await audit.record(
        session, admin, action="member.inspected", target="member", target_id=str(user_id), reason=written
    )
    log.info("taste.inspected", admin=str(admin.user_id), member=str(user_id))
    return Inspected(await profile.get_of(session, user_id), await facts.latest(session, user_id))
