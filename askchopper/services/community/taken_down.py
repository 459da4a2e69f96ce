"""Taken-down packs, for moderators, and putting them back on sale. Only administrators set and end legal holds."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.errors import ForbiddenError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.community import TakenDownPack
from askchopper.schemas.identifiers import printable_slug
from askchopper.services import activity, audit
from askchopper.services.catalogue import takedowns
from askchopper.vocabulary import Role

MAX_LISTED = 200
_MISSING = "There is nothing here."
_CURRENT = """
    SELECT p.id, p.slug, p.title, c.display_name AS creator, c.user_id AS owner_id, t.reason, t.is_legal_hold, t.created_at,
        coalesce(u.display_name, CASE WHEN t.is_decided THEN 'a former moderator' ELSE 'reports' END) AS decided_by
    FROM takedowns t JOIN packs p ON p.id = t.pack_id JOIN creators c ON c.id = p.creator_id
    LEFT JOIN users u ON u.id = t.decided_by WHERE t.lifted_at IS NULL
"""
_LIST = text(f"{_CURRENT} ORDER BY t.created_at DESC LIMIT :limit")
_ONE = text(f"{_CURRENT} AND p.slug = :slug")


async def list_current(session: AsyncSession, viewer: Viewer) -> tuple[TakenDownPack, ...]:
    """List taken-down packs, latest first, at most ``MAX_LISTED``.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    _require_moderator(viewer)
    rows = await session.execute(_LIST, {"limit": MAX_LISTED})
    return tuple(
        TakenDownPack(row.slug, row.title, row.creator, row.reason, row.is_legal_hold, row.created_at, row.decided_by)
        for row in rows
    )


async def lift(session: AsyncSession, viewer: Viewer, *, slug: str) -> None:
    """Put a taken-down pack back on sale.

    Raises:
        NotFoundError: the viewer is not a moderator, or it is not taken down.
        ForbiddenError: it is the viewer's own, or on legal hold and the viewer is not an administrator.

    Emits: a notification to its creator.
    """
    row = await _found(session, viewer, slug)
    await takedowns.lift(session, row.id)
    await audit.record(
        session, viewer, action="moderation.lifted", target="pack", target_id=str(row.id),
        before={"reason": row.reason, "legal_hold": row.is_legal_hold}, after={"on_sale": True},
    )  # fmt: skip
    await activity.notify(
        session,
        user_id=row.owner_id,
        kind="moderation",
        sentence=f"{row.title} is on sale again.",
        link=routes.pack(row.slug),
    )


async def _found(session: AsyncSession, viewer: Viewer, slug: str) -> Any:
    _require_moderator(viewer)
    row = (await session.execute(_ONE, {"slug": printable_slug(slug)})).one_or_none()
    if row is None:
        raise NotFoundError("This pack is not taken down.")
    if row.owner_id == viewer.user_id:
        raise ForbiddenError("This is your pack, so another moderator must decide.")
    if row.is_legal_hold and viewer.role is not Role.ADMIN:
        raise ForbiddenError("Only an administrator ends a legal hold.")
    return row


def _require_moderator(viewer: Viewer) -> None:
    if not viewer.is_moderator:
        raise NotFoundError(_MISSING)
