"""Decides whether a submitted pack needs manual review: near duplicates of other creators' sounds, flagged creators, first packs."""

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import creators, packs
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import DraftDetail

_ALIKE = 0.99  # cosine similarity above which two sounds count as duplicates
_MOST_ALIKE = 50  # candidates per sound; the creator's own are among them


async def is_first_pack(session: AsyncSession, viewer: Viewer) -> bool:
    """Whether the viewer has published nothing yet, so that the next pack is reviewed."""
    known = select(packs.c.id).join(creators, creators.c.id == packs.c.creator_id).where(
        creators.c.user_id == viewer.user_id, packs.c.published_at.is_not(None)
    )  # fmt: skip
    return (await session.execute(known.limit(1))).one_or_none() is None


async def review_reason(session: AsyncSession, draft: DraftDetail) -> str:
    """Return why a pack needs manual review: flagged creator, first pack, or a sound of another creator; empty if it does not."""
    found = await session.execute(
        select(
            creators.c.is_flagged,
            exists().where(packs.c.creator_id == creators.c.id, packs.c.published_at.is_not(None)).label("is_known"),
        ).where(creators.c.user_id == draft.user_id)
    )
    row = found.one()
    if row.is_flagged:
        return "The creator is flagged."
    if not row.is_known:
        return "The creator's first pack."
    values = {"draft": draft.id, "user": draft.user_id, "alike": _ALIKE, "most": _MOST_ALIKE}
    twin = (await session.execute(_NEAR_TWIN, values)).first()
    return f"{twin.mine} sounds the same as {twin.theirs} of another creator." if twin else ""


# Nearest neighbours of the same kind and length, by index. Their owners are checked afterwards, since a creator's own sounds
# may be nearer than those that they were copied from.
_NEAR_TWIN = text("""
    WITH alike AS MATERIALIZED (
        SELECT f.title AS mine, near.sha256, near.far
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
    SELECT alike.mine, s.title || ' in ' || p.title AS theirs
    FROM alike JOIN audio_files s ON s.sha256 = alike.sha256
    JOIN packs p ON p.id = s.pack_id JOIN creators c ON c.id = p.creator_id
    WHERE c.user_id <> :user AND s.published_at IS NOT NULL
    ORDER BY alike.far LIMIT 1
""")
