"""Why a person should look at a pack before it is sold."""

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.tables import (
    creators,
    packs,
)
from askchopper.schemas.drafts import DraftDetail

_ALIKE = 0.99  # cosine of two embeddings above which two sounds are taken for one


async def reason(session: AsyncSession, draft: DraftDetail) -> str:
    """Say why a person has to look first: a flag, a first pack, or a sound that is somebody else's; empty if none."""
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
    twin = (await session.execute(_NEAR_TWIN, {"draft": draft.id, "user": draft.user_id, "alike": _ALIKE})).first()
    return f"{twin.mine} sounds the same as {twin.theirs} of another creator." if twin else ""


_NEAR_TWIN = text("""
    SELECT f.title AS mine, sold.title || ' in ' || p.title AS theirs
    FROM draft_files f JOIN analyses a ON a.sha256 = f.sha256
    CROSS JOIN LATERAL (
        SELECT s.title, s.pack_id, CAST(CAST(other.embedding AS vector) <=> CAST(a.embedding AS vector) AS real) AS far
        FROM audio_files s JOIN analyses other ON other.sha256 = s.sha256
        WHERE other.embedding_version = a.embedding_version AND other.kind = a.kind
            AND abs(other.duration_seconds / a.duration_seconds - 1) < 0.02 AND s.published_at IS NOT NULL
        ORDER BY 3 LIMIT 1
    ) sold
    JOIN packs p ON p.id = sold.pack_id JOIN creators c ON c.id = p.creator_id
    WHERE f.draft_id = :draft AND c.user_id <> :user AND 1 - sold.far >= :alike
    ORDER BY sold.far LIMIT 1
""")
