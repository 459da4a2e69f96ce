"""Trust in members: restrictions on new ones."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ForbiddenError
from askchopper.schemas.accounts import Viewer
from askchopper.services import limits
from askchopper.services.community import wording

_STANDING = text("""
    SELECT u.created_at > now() - make_interval(hours => :new) AS is_new,
        u.created_at < now() - make_interval(days => :days) AND (
            EXISTS (SELECT FROM purchases p WHERE p.buyer_id = u.id AND p.status = 'completed')
            OR EXISTS (SELECT FROM packs p JOIN creators c ON c.id = p.creator_id WHERE c.user_id = u.id AND p.status = 'published')
        ) AS is_trusted
    FROM users u WHERE u.id = :user
""")


async def check(session: AsyncSession, viewer: Viewer, written: str) -> None:
    """Count an attempt to post a text, and refuse links by members who are not trusted yet.

    Raises:
        LimitReachedError: too many texts within an hour; the limit is lower for new members.
        ForbiddenError: the text has a link, and the viewer is neither trusted nor a moderator.
    """
    values = {"user": viewer.user_id, "new": policy.NEW_MEMBER_HOURS, "days": policy.TRUSTED_AFTER_DAYS}
    standing = (await session.execute(_STANDING, values)).one()
    await limits.hit((limits.NEW_MEMBER_COMMENT if standing.is_new else limits.COMMENT, str(viewer.user_id)))
    if wording.has_link(written) and not (standing.is_trusted or viewer.is_moderator):
        raise ForbiddenError(
            f"Links are for members who have bought or published something and joined at least {policy.TRUSTED_AFTER_DAYS} days ago."
        )
