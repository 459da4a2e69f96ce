"""Popularity of packs from plays and purchases, refreshed by a periodic job."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

WINDOW_DAYS = 90
PURCHASE_WEIGHT = 20

_REFRESH = text("""
    WITH heard AS (
        SELECT pack_id, count(*) AS plays FROM plays
        WHERE created_at > now() - make_interval(days => :days) GROUP BY pack_id
    ), sold AS (
        SELECT pack_id, count(*) AS purchases FROM purchases
        WHERE status = 'completed' AND created_at > now() - make_interval(days => :days) GROUP BY pack_id
    ), fresh AS (
        SELECT p.id, (coalesce(plays, 0) + :weight * coalesce(purchases, 0))::integer AS popularity
        FROM packs p LEFT JOIN heard ON heard.pack_id = p.id LEFT JOIN sold ON sold.pack_id = p.id
    ), changed AS (
        UPDATE packs SET popularity = fresh.popularity FROM fresh
        WHERE packs.id = fresh.id AND packs.popularity <> fresh.popularity
        RETURNING packs.id, packs.popularity
    ), copied AS (
        UPDATE audio_files SET popularity = changed.popularity FROM changed
        WHERE audio_files.pack_id = changed.id
    )
    SELECT count(*) FROM changed
""")


async def refresh(session: AsyncSession) -> int:
    """Recompute popularity from the plays and purchases of the last 90 days; returns how many packs changed.

    Invariant: a sound's popularity is that of its pack.
    """
    result = await session.execute(_REFRESH, {"days": WINDOW_DAYS, "weight": PURCHASE_WEIGHT})
    return result.scalar_one()
