"""Collaborators on collections, invited by a link that the owner can renew or revoke."""

import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.collections import collection_members, collections
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.services import limits
from askchopper.services.community.collections import find, find_own

_NO_INVITATION = "This invitation does not work any more. Ask for a new link."


async def invite(session: AsyncSession, viewer: Viewer, *, slug: str) -> str:
    """Create an invitation token for a collection of the viewer; revokes the previous one.

    Raises:
        NotFoundError: there is no such collection.
        ForbiddenError: it belongs to another member.
        RateLimitedError: too many changes in a minute.
    """
    known = await find_own(session, viewer, slug=slug)
    token = secrets.token_urlsafe(18)
    await session.execute(update(collections).where(collections.c.id == known.id).values(invite_token=token))
    return token


async def withdraw_invitation(session: AsyncSession, viewer: Viewer, *, slug: str) -> None:
    """Revoke the invitation link of the viewer's collection. Existing collaborators stay.

    Raises:
        NotFoundError: there is no such collection.
        ForbiddenError: it belongs to another member.
        RateLimitedError: too many changes in a minute.
    """
    known = await find_own(session, viewer, slug=slug)
    await session.execute(update(collections).where(collections.c.id == known.id).values(invite_token=None))


async def join(session: AsyncSession, viewer: Viewer, *, slug: str, token: str) -> None:
    """Join a collection as a collaborator, by invitation. Idempotent.

    Raises:
        NotFoundError: the invitation is no longer valid, or the owner or the viewer has blocked the other.
        InvalidInputError: the collection has the maximum number of collaborators.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.COLLECTION, str(viewer.user_id)))
    known = await find(session, viewer, slug=slug, invite=token, is_locked=True)
    if known.can_edit:
        return
    if (
        not token
        or known.invite_token is None
        or not secrets.compare_digest(known.invite_token.encode(), token.encode())
    ):
        raise NotFoundError(_NO_INVITATION)
    of_it = collection_members.c.collection_id == known.id
    count = await session.execute(select(func.count()).select_from(collection_members).where(of_it))
    if count.scalar_one() >= policy.MAX_COLLABORATORS:
        raise InvalidInputError(f"A collection can have up to {policy.MAX_COLLABORATORS} collaborators.", field="token")
    values = {"collection_id": known.id, "user_id": viewer.user_id}
    await session.execute(upsert(collection_members).values(values).on_conflict_do_nothing())


async def remove_collaborator(session: AsyncSession, viewer: Viewer, *, slug: str, user_id: str) -> None:
    """Remove a collaborator. The owner may remove anybody, a collaborator only themselves. Idempotent.

    Raises:
        NotFoundError: there is no such collection, or the id is malformed.
        ForbiddenError: the viewer is neither the owner nor this collaborator.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.COLLECTION, str(viewer.user_id)))
    known = await find(session, viewer, slug=slug, is_locked=True)
    gone = require_id(user_id, "There is no such collaborator.")
    if not known.is_own and gone != viewer.user_id:
        raise ForbiddenError("Only the owner of a collection can do this.")
    await session.execute(
        delete(collection_members).where(
            collection_members.c.collection_id == known.id, collection_members.c.user_id == gone
        )
    )
