"""Creators' trust levels, which decide whose packs are reviewed before publication.

At level watched, every pack is reviewed; at new, the first; at known, packs with a near duplicate; at trusted, none. A
moderator can set the lowest or highest level; otherwise it depends on the creator's packs and the decisions against them.
"""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.moderation_vocabulary import ChosenTrust, TrustLevel
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.moderation import CreatorTrust
from askchopper.services import audit

_MISSING = "There is no such creator."
_STANDING = text("""
    SELECT c.id, c.user_id, c.slug, c.display_name, c.trust,
        (SELECT count(*) FROM packs p WHERE p.creator_id = c.id AND p.published_at IS NOT NULL) AS packs,
        (SELECT count(*) FROM takedowns t JOIN packs p ON p.id = t.pack_id
            WHERE p.creator_id = c.id AND t.lifted_at IS NULL AND t.created_at > now() - make_interval(days => :days))
        + (SELECT count(*) FROM moderation_decisions d WHERE d.owner_id = c.user_id AND d.verdict = 'returned'
            AND d.kind IN ('pack', 'twin', 'report', 'comment') AND d.undone_at IS NULL
            AND d.decided_at > now() - make_interval(days => :days)) AS against
    FROM creators c WHERE c.user_id = :user
""")
_CHOOSE = text("UPDATE creators SET trust = :trust WHERE id = :id")


def level(chosen: str | None, *, packs: int, against: int) -> TrustLevel:
    """Return a creator's level: the one set by a moderator, or else the earned one."""
    if chosen is not None:
        return TrustLevel(chosen)
    if not packs:
        return TrustLevel.NEW
    return TrustLevel.TRUSTED if packs >= policy.TRUSTED_AFTER_PACKS and not against else TrustLevel.KNOWN


async def standing(session: AsyncSession, user_id: uuid.UUID) -> CreatorTrust | None:
    """Return a creator's level with the figures behind it, without authorisation; None if the user is not a creator."""
    values = {"user": user_id, "days": policy.TRUST_CLEAN_DAYS}
    row = (await session.execute(_STANDING, values)).one_or_none()
    if row is None:
        return None
    return CreatorTrust(
        id=str(row.id), user_id=str(row.user_id), slug=row.slug, name=row.display_name, packs=row.packs, against=row.against,
        level=level(row.trust, packs=row.packs, against=row.against), is_chosen=row.trust is not None,
    )  # fmt: skip


async def get(session: AsyncSession, viewer: Viewer, *, member_id: str) -> CreatorTrust | None:
    """Return a creator's level with the figures behind it; None if the member is not a creator.

    Raises:
        NotFoundError: the viewer is not a moderator, or the id is malformed.
    """
    if not viewer.is_moderator:
        raise NotFoundError(_MISSING)
    return await standing(session, require_id(member_id, _MISSING))


async def choose(session: AsyncSession, viewer: Viewer, *, member_id: str, chosen: str, reason: str = "") -> None:
    """Set a creator's level; an empty ``chosen`` restores the earned one.

    Raises:
        NotFoundError: the viewer is not a moderator, or there is no such creator.
        InvalidInputError: the level cannot be chosen.
        ForbiddenError: it is the viewer's own.
    """
    before = await get(session, viewer, member_id=member_id)
    if before is None:
        raise NotFoundError(_MISSING)
    if chosen not in {"", *ChosenTrust}:
        raise InvalidInputError("Choose watched, trusted or the earned level.", field="trust")
    if before.user_id == str(viewer.user_id):
        raise ForbiddenError("You cannot change your own trust level.")
    await session.execute(_CHOOSE, {"id": before.id, "trust": chosen or None})
    after = level(chosen or None, packs=before.packs, against=before.against)
    await audit.record(
        session, viewer, action="moderation.trust", target="creator", target_id=before.id, reason=reason,
        before={"level": before.level, "chosen": before.is_chosen}, after={"level": after, "chosen": bool(chosen)},
    )  # fmt: skip
