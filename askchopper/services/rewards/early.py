"""Early listening, an advantage of higher tiers: a pack's first release can be heard some hours before publication."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackDetail
from askchopper.schemas.identifiers import require_id
from askchopper.services.catalogue import detail
from askchopper.services.community import blocks
from askchopper.services.rewards import loyalty
from askchopper.services.studio import drafts, preview

_NOT_YET = "This pack does not exist, or it is too early to hear it."
# Selects a scheduled first release by a creator who is neither suspended nor about to be deleted; new versions of a pack are excluded.
_OPENS_IN = text(f"""
    SELECT d.id, extract(epoch FROM d.release_at - now()) / 3600 AS hours
    FROM drafts d JOIN users u ON u.id = d.user_id AND u.disabled_at IS NULL AND u.delete_after IS NULL
        LEFT JOIN draft_files f ON f.draft_id = d.id AND f.id = CAST(:file AS uuid)
    WHERE (d.id = CAST(:draft AS uuid) OR f.id IS NOT NULL) AND d.state = 'scheduled' AND d.release_at > now()
        AND NOT EXISTS (SELECT FROM packs WHERE packs.id = d.id) AND {blocks.not_blocked("d.user_id")}
    LIMIT 1
""")  # noqa: S608 - constants


async def pack_page(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> PackDetail:
    """Return the page of a scheduled first release that the viewer's tier may hear already.

    Raises:
        NotFoundError: there is none, it is too early for the viewer's tier, or its creator or the viewer has blocked the other.
    """
    known_id = require_id(draft_id, _NOT_YET)
    await _require_open(session, viewer, draft=known_id, file=None)
    return await preview.page_of(session, await drafts.load(session, known_id))


async def file_media(session: AsyncSession, viewer: Viewer | None, *, file_id: str) -> tuple[str, bytes, bool]:
    """Return preview key, waveform and public flag of a sound; includes scheduled releases open to the viewer's tier.

    Raises:
        NotFoundError: there is no such sound, or the viewer may not hear it.
    """
    try:
        return await detail.get_file_media(session, viewer, file_id=file_id)
    except NotFoundError:
        if viewer is None:
            raise
    known_id = require_id(file_id, _NOT_YET)
    await _require_open(session, viewer, draft=None, file=known_id)
    return await detail.get_draft_media(session, known_id)


async def _require_open(session: AsyncSession, viewer: Viewer, **wanted: object) -> None:
    row = (await session.execute(_OPENS_IN, {**wanted, "viewer": viewer.user_id})).one_or_none()
    if row is None or row.hours > (await loyalty.tier(session, viewer.user_id)).early_hours:
        raise NotFoundError(_NOT_YET)
