"""Decides whether a submitted pack needs manual review: by the creator's trust level and near duplicates of others' sounds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import creators, packs
from askchopper.moderation_vocabulary import TrustLevel
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import DraftDetail
from askchopper.services.studio import trust

_ALIKE = 0.99  # cosine similarity above which two sounds count as duplicates
MAX_TWINS = 20
_MOST_ALIKE = 50  # candidates per sound; the creator's own are among them


async def is_first_pack(session: AsyncSession, viewer: Viewer) -> bool:
    """Return whether the viewer has never published a pack."""
    known = select(packs.c.id).join(creators, creators.c.id == packs.c.creator_id).where(
        creators.c.user_id == viewer.user_id, packs.c.published_at.is_not(None)
    )  # fmt: skip
    return (await session.execute(known.limit(1))).one_or_none() is None


async def review_reason(session: AsyncSession, draft: DraftDetail) -> str:
    """Return why a pack needs manual review, by its creator's trust level and near duplicates; empty if it does not."""
    reached = await trust.standing(session, draft.user_id)
    assert reached is not None  # noqa: S101 - submitting makes a creator
    if reached.level is TrustLevel.WATCHED:
        return "The creator is watched."
    if reached.level is TrustLevel.NEW:
        return "The creator's first pack."
    if reached.level is TrustLevel.TRUSTED:
        return ""
    found = await _twins(session, draft)
    return f"{found[0].mine} sounds the same as {found[0].theirs} of another creator." if found else ""


async def store_twins(session: AsyncSession, draft: DraftDetail) -> None:
    """Replace the stored near duplicates of a draft by the current ones, at most ``MAX_TWINS``, for the reviewing moderator."""
    await session.execute(_FORGET_TWINS, {"draft": draft.id})
    for row in await _twins(session, draft):
        values = {"mine": row.mine_id, "theirs": row.theirs_id, "draft": draft.id, "similarity": 1 - row.far}
        await session.execute(_STORE_TWIN, values)


async def _twins(session: AsyncSession, draft: DraftDetail) -> Sequence[Any]:
    values = {"draft": draft.id, "user": draft.user_id, "alike": _ALIKE, "most": _MOST_ALIKE, "limit": MAX_TWINS}
    return (await session.execute(_NEAR_TWINS, values)).all()


# Nearest neighbours of the same kind and similar length. Their creators are checked afterwards: the creator's own sounds may be
# among the nearest, so there are several candidates for each sound.
_NEAR_TWINS = text("""
    WITH alike AS MATERIALIZED (
        SELECT f.id AS mine_id, f.title AS mine, near.sha256, near.far
        FROM draft_files f JOIN analyses a ON a.sha256 = f.sha256
        CROSS JOIN LATERAL (
            SELECT other.sha256, CAST(CAST(other.embedding AS vector) <=> CAST(a.embedding AS vector) AS real) AS far
            FROM analyses other
            WHERE other.kind = a.kind AND other.embedding_version = a.embedding_version AND other.sha256 <> a.sha256
                AND other.duration_seconds BETWEEN a.duration_seconds * 0.98 AND a.duration_seconds * 1.02
            ORDER BY far LIMIT :most
        ) near
        WHERE f.draft_id = :draft AND 1 - near.far >= :alike
    )
    SELECT alike.mine_id, s.id AS theirs_id, alike.far, alike.mine, s.title || ' in ' || p.title AS theirs
    FROM alike JOIN audio_files s ON s.sha256 = alike.sha256
    JOIN packs p ON p.id = s.pack_id JOIN creators c ON c.id = p.creator_id
    WHERE c.user_id <> :user AND s.published_at IS NOT NULL
    ORDER BY alike.far LIMIT :limit
""")
_FORGET_TWINS = text("DELETE FROM draft_twins WHERE draft_id = :draft")
_STORE_TWIN = text("""
    INSERT INTO draft_twins (draft_file_id, file_id, draft_id, similarity) VALUES (:mine, :theirs, :draft, :similarity)
    ON CONFLICT DO NOTHING
""")
